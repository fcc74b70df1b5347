package catalogue

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Mutation is one entry of a rule's testdata/mutations.yaml: edits of a clean fleet, and what the rule says then. Either
// Finds or Silent is set.
type Mutation struct {
	Title string `json:"title"`
	// Fleet is the folder of the clean fleet in testdata/fleets; "" = Shop.
	Fleet string `json:"fleet,omitempty"`
	Edits []Edit `json:"edits,omitempty"`
	// Drills are what drills have shown of the fleet after the edits; [] = a folder of evidence without any, and without the
	// key there is no such folder.
	Drills []Drill `json:"drills,omitempty"`
	// Finds are the findings of this rule, which are all that is new.
	Finds []Found `json:"finds,omitempty"`
	// Silent says why the rule has nothing to say although the edit looks like its subject: a near miss.
	Silent string `json:"silent,omitempty"`
}

// Shop is the clean fleet that most rules are proven on.
const Shop = "shop"

// MutableFleets are the clean fleets that a mutation may edit: the one of manifests, and one that Terraform builds.
var MutableFleets = []string{Shop, "atlas"}

// Of is the folder of the clean fleet in testdata/fleets.
func (m *Mutation) Of() string { return cmp.Or(m.Fleet, Shop) }

// Drill stands for drift reports of a run, on the cells that it names.
type Drill struct {
	// Cells are ids of cells, in which * stands for any text. One that names no cell of the fleet is a mistake.
	Cells string `json:"cells"`
	Ended string `json:"ended"` // the day, as 2026-12-01
	// Verdict is pass, fail or inconclusive; "" = pass. Static is confirmed, refuted or untested; "" = confirmed.
	Verdict string `json:"verdict,omitempty"`
	Static  string `json:"static,omitempty"`
	// Prediction that was drilled: "" = that of today, other, or unknown.
	Prediction string `json:"prediction,omitempty"`
}

// Edit replaces a text that occurs exactly once in a file of the fleet.
type Edit struct {
	File string `json:"file"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// Found is one finding. It stands on the line of File, after the edits, on which Match begins; Match occurs once.
type Found struct {
	Level   string `json:"level"`
	Service string `json:"service,omitempty"` // the id; "" = a finding of no service
	File    string `json:"file"`
	Match   string `json:"match"`
}

// ReadMutations reads the table of a rule. A rule without one has a problem, and so has an entry that proves nothing.
func ReadMutations(rules fs.FS, e *Entry) ([]Mutation, error) {
	file := e.Dir() + "/testdata/mutations.yaml"
	data, err := fs.ReadFile(rules, file)
	if err != nil {
		return nil, fmt.Errorf("%s: a rule needs a mutation of a clean fleet that it finds: %w", e.Dir(), err)
	}
	var list []Mutation
	if err := yaml.UnmarshalStrict(data, &list, yaml.DisallowUnknownFields); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var problems []error
	loud, silent := 0, 0
	for i, m := range list {
		switch {
		case m.Title == "" || len(m.Edits) == 0 && m.Drills == nil:
			problems = append(problems, fmt.Errorf("%s: entry %d: want a title and edits", file, i+1))
		case !slices.Contains(MutableFleets, m.Of()):
			problems = append(problems, fmt.Errorf("%s: %s: fleet: want one of %v, got %q", file, m.Title, MutableFleets, m.Fleet))
		case (len(m.Finds) > 0) == (m.Silent != ""):
			problems = append(problems, fmt.Errorf("%s: %s: want either finds or silent", file, m.Title))
		case m.Silent != "":
			silent++
		default:
			loud++
		}
	}
	if loud == 0 || silent == 0 {
		problems = append(problems, fmt.Errorf("%s: want at least one mutation that the rule finds and one near miss", file))
	}
	return list, errors.Join(problems...)
}

// Apply makes the edits to the texts of files, by their paths.
func (m *Mutation) Apply(files map[string]string) error {
	for _, e := range m.Edits {
		if n := strings.Count(files[e.File], e.Old); e.Old == "" || n != 1 {
			return fmt.Errorf("%s: %q occurs %d times, want once", e.File, e.Old, n)
		}
		files[e.File] = strings.Replace(files[e.File], e.Old, e.New, 1)
	}
	return nil
}
