package suggest

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
)

// Limits of a folder of reports.
const (
	mostReports = 10_000
	mostBytes   = 64 << 20 // of one
)

// Reports is the evidence in drift reports.
type Reports struct{ latest map[string]Drill }

// Latest is the latest drill of a cell.
func (r *Reports) Latest(cell string) (Drill, bool) {
	d, ok := r.latest[cell]
	return d, ok
}

// ReadReports reads the drift reports of a folder, those in folders below it too. Other files are left out, and so is every cell
// of which a drill came to no verdict.
func ReadReports(dir string) (*Reports, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("cannot read the evidence: %w", err)
	}
	defer root.Close()
	r, n := &Reports{latest: map[string]Drill{}}, 0
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.Type().IsRegular() || path.Ext(name) != ".json":
			return nil
		case n >= mostReports:
			return fmt.Errorf("there are more than %d files", mostReports)
		}
		n++
		return r.add(root, name)
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read the evidence in %s: %w", dir, err)
	}
	return r, nil
}

func (r *Reports) add(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, mostBytes+1))
	if err != nil {
		return err
	}
	if len(data) > mostBytes {
		return fmt.Errorf("%s is larger than %d bytes", name, mostBytes)
	}
	var kind struct{ Kind string }
	if json.Unmarshal(data, &kind) != nil || kind.Kind != audit.Kind {
		return nil // something else lies in the folder
	}
	var report audit.Report
	if err := json.Unmarshal(data, &report); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	for i := range report.Cells {
		c := &report.Cells[i]
		if c.Verdict != measure.Pass && c.Verdict != measure.Fail {
			continue
		}
		r.keep(c.Cell, Drill{Run: report.Run, Passed: c.Verdict == measure.Pass, At: report.Ended, Prediction: c.Expected.Prediction})
	}
	return nil
}

// keep takes a drill if it is the latest of its cell. Of several sources of one run the one that failed counts.
func (r *Reports) keep(cell string, d Drill) {
	was, ok := r.latest[cell]
	if ok && (was.At.After(d.At) || was.Run == d.Run && !was.Passed) {
		return
	}
	r.latest[cell] = d
}

var _ Evidence = (*Reports)(nil)
