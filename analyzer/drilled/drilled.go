// Package drilled holds what drills have shown of cells of the survival matrix, and says of a cell what that is worth today:
// whether it was drilled at all, when, with which verdict, and whether the prediction is still the one that was drilled.
// drill/evidence fills it from drift reports.
package drilled

import (
	"cmp"
	"slices"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Verdict is what a drill says about promises: that they were kept, broken, or that nobody can tell.
type Verdict string

// Verdicts, as drift reports have them.
const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)

// Standing is what a drill says about a prediction.
type Standing string

// Standings, as drift reports have them.
const (
	Confirmed Standing = "confirmed"
	Refuted   Standing = "refuted"
	Untested  Standing = "untested"
)

// Drill is what one drill said about one cell.
type Drill struct {
	Cell    string // its id
	Run     string // id of the run
	Verdict Verdict
	Static  Standing
	Ended   time.Time
	// Prediction is the digest of what was predicted then; "" = the report does not tell.
	Prediction string
	Config     string // digest of the configuration as a whole
	File       string // the report that says so
	// Signature is what is known of the report's: "" where nobody looked, else "valid", "missing", or why it does not hold.
	Signature string
}

// Conclusive reports whether the drill came to a verdict. One that did not proves nothing.
func (d *Drill) Conclusive() bool { return d.Verdict == Pass || d.Verdict == Fail }

// Index is the evidence of one directory, by cell.
type Index struct {
	Dir     string    // as it was given
	AsOf    time.Time // the moment at which ages are taken
	Reports int       // that were read
	// Bound is the largest probability of failure, at 95 %, of what succeeded in n drills of n; nil = nobody asks.
	Bound func(n int) float64
	// Prediction is the digest of what is predicted for a cell; nil = that is not compared.
	Prediction func(*failover.Cell) string

	cells map[string][]*Drill
}

// New makes an index of drills. What one run says of one cell in several reports, or from several sources, is to be one drill.
func New(dir string, asOf time.Time, reports int, drills []*Drill) *Index {
	x := &Index{Dir: dir, AsOf: asOf, Reports: reports, cells: map[string][]*Drill{}}
	for _, d := range drills {
		x.cells[d.Cell] = append(x.cells[d.Cell], d)
	}
	for _, list := range x.cells {
		slices.SortStableFunc(list, func(a, b *Drill) int { // the latest first; of two at the same time, the worse
			return cmp.Or(b.Ended.Compare(a.Ended), cmp.Compare(badness[b.Verdict], badness[a.Verdict]), cmp.Compare(a.Run, b.Run))
		})
	}
	return x
}

var badness = map[Verdict]int{Pass: 0, Inconclusive: 1, Fail: 2}

// Worse is the worse of two verdicts: fail before inconclusive before pass.
func Worse(a, b Verdict) Verdict {
	if badness[b] > badness[a] {
		return b
	}
	return a
}

// Drills are those of the cell with an id, the latest first.
func (x *Index) Drills(cell string) []*Drill { return x.cells[cell] }

// Cells are how many cells the index knows.
func (x *Index) Cells() int { return len(x.cells) }

// MaxAge is how old evidence of a cell may be.
func MaxAge(c *failover.Cell) time.Duration {
	if o := c.Service.Objective; o != nil {
		if d, ok := o.Drill.MaxAge.Get(); ok {
			return d
		}
	}
	return mesh.DefaultDrillAge
}
