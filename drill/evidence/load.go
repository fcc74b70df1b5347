// Package evidence reads the drift reports of a folder into an index of what drills have shown, cell by cell.
//
// A report is as trustworthy as whoever can write to the folder, unless it is signed. Files are hostile: one that cannot be read
// is told at its line, and the others still count.
package evidence

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/mesh"
)

// Limits of what is read as evidence. A report of some hundred cells with their timelines takes a few megabytes.
const (
	maxFiles = 10_000
	maxFile  = 32 << 20  // bytes of one file
	maxTotal = 512 << 20 // bytes of all files
	maxSteps = 100_000   // entries of the folder, read or not
	maxCells = 2_000_000 // entries of all reports
)

// Options say how evidence is taken.
type Options struct {
	// AsOf is the moment at which ages are taken. What ended more than a day later is no evidence yet.
	AsOf time.Time
	// Shown is how positions name the folder; "" = as it is.
	Shown string
	// Verify holds a report against the envelope of its signature beside it; nil = nobody looks at signatures.
	Verify func(report, envelope []byte) error
}

// Problem is what is wrong with a file, at its line. What the file would have said is missing.
type Problem struct {
	Position mesh.Position
	Message  string
}

// Error renders "file:line: message".
func (p Problem) Error() string { return p.Position.String() + ": " + p.Message }

// Evidence is what a folder holds.
type Evidence struct {
	Index    *drilled.Index
	Problems []Problem
	// Notes name what is in the folder and is no evidence.
	Notes []string
}

// Load reads every .json of a folder and below it, hidden folders left out. It reads nothing outside of the folder, and follows
// no link that leads out of it. The error is for a folder that cannot be read at all.
func Load(dir string, o Options) (*Evidence, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, cause(err)
	}
	defer root.Close()
	if o.Shown == "" {
		o.Shown = dir
	}
	r := &reader{Options: o, files: root.FS(), runs: map[runCell]*drilled.Drill{}}
	if err := r.folder(); err != nil {
		return nil, err
	}
	x := drilled.New(o.Shown, o.AsOf, r.reports, r.drills)
	x.Bound, x.Prediction = measure.ZeroBound, plan.Prediction
	return &Evidence{Index: x, Problems: r.problems, Notes: r.notes}, nil
}

// reader collects the drills of one folder.
type reader struct {
	Options
	files    fs.FS
	drills   []*drilled.Drill
	runs     map[runCell]*drilled.Drill // those of drills
	problems []Problem
	notes    []string

	read, cells, reports int
	total                int64
}

// runCell is one cell in one run: one drill of it, however many reports tell of the run.
type runCell struct{ run, cell string }

func (r *reader) problem(at string, line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{mesh.Position{File: at, Line: line}, fmt.Sprintf(format, args...)})
}

func (r *reader) folder() error {
	steps := 0
	return fs.WalkDir(r.files, ".", func(name string, entry fs.DirEntry, err error) error {
		if steps++; steps > maxSteps {
			return fmt.Errorf("it has more than %d entries", maxSteps)
		}
		at := path.Join(r.Shown, name)
		switch {
		case err != nil && name == ".":
			return cause(err)
		case err != nil:
			r.problem(at, 0, "it cannot be read: %v", cause(err))
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir(), !strings.HasSuffix(name, ".json"):
		default:
			return r.file(name, at)
		}
		return nil
	})
}

func (r *reader) file(name, at string) error {
	if r.read++; r.read > maxFiles {
		return fmt.Errorf("it has more than %d files", maxFiles)
	}
	data, err := r.bytes(name)
	if err != nil {
		r.problem(at, 0, "it cannot be read: %v", cause(err))
		return nil
	}
	if r.total += int64(len(data)); r.total > maxTotal {
		return fmt.Errorf("its files are larger than %d bytes together", maxTotal)
	}
	report, err := parse(data)
	switch wrong, is := errors.AsType[*lineError](err); {
	case is:
		r.problem(at, wrong.line, "%s; what this report says of drills is missing", wrong.message)
		return nil
	case report.envelope:
		return nil
	case report.kind != reportKind:
		r.notes = append(r.notes, fmt.Sprintf("%s is no drift report, and is left out", at))
		return nil
	case report.ended.After(r.AsOf.Add(24 * time.Hour)):
		r.notes = append(r.notes, fmt.Sprintf("%s tells of a drill that ended after the day of the audit, and is left out", at))
		return nil
	}
	if r.cells += len(report.cells); r.cells > maxCells {
		return fmt.Errorf("its reports have more than %d cells", maxCells)
	}
	r.reports++
	r.take(report, at, r.signature(name, data))
	return nil
}

// bytes reads a file within the limits.
func (r *reader) bytes(name string) ([]byte, error) {
	info, err := fs.Stat(r.files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	f, err := r.files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("it is larger than %d bytes", maxFile)
	}
	return data, err
}

// signature is what is known of that of a report; its envelope stands beside it.
func (r *reader) signature(name string, report []byte) string {
	if r.Verify == nil {
		return ""
	}
	base := strings.TrimSuffix(name, ".json")
	for _, beside := range []string{name + ".dsse", base + ".dsse.json", base + ".dsse", base + ".intoto.json"} {
		envelope, err := r.bytes(beside)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = r.Verify(report, envelope)
		}
		if err != nil {
			return err.Error()
		}
		return "valid"
	}
	return "missing"
}

// take adds the drills of a report.
func (r *reader) take(x *driftReport, at, signature string) {
	for cell, said := range x.byCell() {
		d := &drilled.Drill{Cell: cell, Run: x.run, Verdict: said.verdict, Static: said.static, Ended: x.ended,
			Prediction: said.prediction, Config: x.config, File: at, Signature: signature}
		key := runCell{x.run, cell}
		old := r.runs[key]
		if old == nil {
			r.runs[key] = d
			r.drills = append(r.drills, d)
			continue
		}
		// Another report of the same run: a copy, or an audit of more sources. The worse counts.
		if d.Ended.After(old.Ended) {
			old.Ended = d.Ended
		}
		if drilled.Worse(old.Verdict, d.Verdict) != old.Verdict {
			old.Verdict, old.File, old.Signature = d.Verdict, d.File, d.Signature
		}
		old.Static = worseStanding(old.Static, d.Static)
		if old.Prediction == "" {
			old.Prediction = d.Prediction
		}
	}
}

// worseStanding: one source that saw something else refutes, and one that saw the same confirms what others could not see.
func worseStanding(a, b drilled.Standing) drilled.Standing {
	order := []drilled.Standing{drilled.Untested, drilled.Confirmed, drilled.Refuted}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// cause takes the path from an error, which its message begins with already.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
