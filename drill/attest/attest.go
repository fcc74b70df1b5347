package attest

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/passmuster/muster/drill/audit"
)

// Attest signs the files of a folder: one report of a drill (JSON), the results that it rests on, the plan, and whatever else is
// there. It refuses to sign what does not fit together: results that were changed after they were written, a report about
// other files, or with another plan.
func Attest(dir string, key ed25519.PrivateKey) ([]byte, *Statement, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	defer root.Close()
	names, err := gather(root)
	if err != nil {
		return nil, nil, err
	}
	var files []file
	var r *audit.Report
	for _, name := range names {
		f, err := look(root, name)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		if f.report != nil {
			if r != nil {
				return nil, nil, fmt.Errorf("%s: there is another report of a drill; a statement is about one", name)
			}
			r = f.report
		}
		files = append(files, f)
	}
	if r == nil {
		return nil, nil, errors.New("there is no report of a drill: write one with muster drill audit -o json=report.json")
	}
	s, err := statement(r, files)
	if err != nil {
		return nil, nil, err
	}
	if p := fits(r, files); len(p) > 0 {
		return nil, nil, fmt.Errorf("not signed: %s", p[0])
	}
	payload, err := s.payload()
	if err != nil {
		return nil, nil, err
	}
	e, err := Sign(payload, key)
	if err != nil {
		return nil, nil, err
	}
	data, err := json.MarshalIndent(e, "", "  ")
	return append(data, '\n'), s, err
}

// fits lists what does not fit together of a report and the files beside it.
func fits(r *audit.Report, files []file) []Problem {
	var list []Problem
	sums := map[string]bool{}
	for _, f := range files {
		sums[f.sum] = true
		if f.plan == nil {
			continue
		}
		if d, err := f.plan.Digest(); err != nil || d != r.PlanDigest {
			list = append(list, Problem{File: f.name, Text: "this is not the plan that the report is about: its digest is " + d + ", and the report says " + r.PlanDigest})
		}
	}
	if r.Plan != nil {
		if d, err := r.Plan.Digest(); err != nil || d != r.PlanDigest {
			list = append(list, Problem{Text: "the plan inside of the report is not the one whose digest it gives"})
		}
	}
	for _, s := range r.Sources {
		if s.Broken != "" {
			list = append(list, Problem{Text: fmt.Sprintf("the report says that %.200q was changed before it was audited: %.500s", s.Name, s.Broken)})
		}
		if !sums[strings.TrimPrefix(s.SHA256, "sha256:")] {
			list = append(list, Problem{Text: fmt.Sprintf("the report rests on %.200q (sha256 %.80s), and no file here is that", s.Name, s.SHA256)})
		}
	}
	return list
}
