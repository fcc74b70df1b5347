package report

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
)

// errNoFile says that a side does not have a file.
var errNoFile = errors.New("there is no such file")

// The verdicts, in the order in which they are given: the first one that holds.
const (
	verdictWorse      = "worse"
	verdictUnproven   = "unproven"
	verdictIncomplete = "incomplete"
	verdictBetter     = "better"
	verdictUnchanged  = "unchanged"
)

func (d *Diff) verdict() string {
	n := d.Summary.Cells
	switch {
	case n.Worse > 0 || d.atThreshold(d.Findings.New)+d.atThreshold(d.Findings.Raised) > 0:
		return verdictWorse
	case n.Unproven > 0:
		return verdictUnproven
	case len(d.Base.Inputs.shortfalls())+len(d.Head.Inputs.shortfalls()) > 0:
		return verdictIncomplete
	case n.Better > 0 || d.Summary.Gone.findings() > 0:
		return verdictBetter
	}
	return verdictUnchanged
}

// findings counts those that nobody accepted.
func (s Summary) findings() int { return s.Error + s.Warning + s.Note }

// gate judges the change. Findings that somebody accepted do not count.
func (d *Diff) gate(failOn string, unproven, acceptConfig bool) Gate {
	d.Gate.FailOn = cmp.Or(failOn, string(analyzer.Error))
	reasons := []string{}
	if n := d.atThreshold(d.Findings.New); n > 0 {
		reasons = append(reasons, count(n, "new finding")+d.Gate.ofLevel())
	}
	if n := d.atThreshold(d.Findings.Raised); n > 0 {
		reasons = append(reasons, fmt.Sprintf("%s more severe than before,%s", verb(n, "finding is", "findings are"), d.Gate.ofLevel()))
	}
	if cells, services := d.counted(diff.Worse, d.Gate.reached); cells > 0 {
		reasons = append(reasons, fmt.Sprintf("%s of %s became worse,%s", count(cells, "cell"), count(services, "service"), d.Gate.ofLevel()))
	}
	if cells, services := d.counted(diff.Unproven, func(string) bool { return unproven }); cells > 0 {
		reasons = append(reasons, fmt.Sprintf("%s of %s %s no longer proven", count(cells, "cell"), count(services, "service"), plural(cells, "is", "are")))
	}
	if n := d.Summary.Weakened; n > 0 && !acceptConfig {
		reasons = append(reasons, fmt.Sprintf("%s of what muster judges by may hide findings, and nobody accepted %s", count(n, "change"), plural(n, "it", "them")))
	}
	return Gate{Failed: len(reasons) > 0, FailOn: d.Gate.FailOn, Reasons: reasons}
}

// reached reports whether a level is at the threshold of the gate.
func (g Gate) reached(level string) bool {
	return g.FailOn != "none" && analyzer.Level(level).AtLeast(analyzer.Level(g.FailOn))
}

func (g Gate) ofLevel() string {
	if g.FailOn == string(analyzer.Error) {
		return " at level error"
	}
	return " at level " + g.FailOn + " or above"
}

func (d *Diff) atThreshold(list []Finding) (n int) {
	for i := range list {
		if list[i].Suppressed == nil && d.Gate.reached(list[i].Level) {
			n++
		}
	}
	return n
}

// counted counts the cells that changed in a way at levels that count, and their services.
func (d *Diff) counted(change diff.Change, counts func(level string) bool) (cells, services int) {
	seen := map[string]bool{}
	for i := range d.Cells {
		if g := &d.Cells[i]; g.Change == string(change) && counts(g.Level) {
			cells += g.Count
			seen[g.Service] = true
		}
	}
	return cells, len(seen)
}
