package drillreport

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/passmuster/muster/drill/audit"
)

// The schema is a slice of the model that was written by hand: see its comment.
func TestOSCALFollowsTheModel(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("testdata/oscal-slice.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	all := fixtures()
	all["empty"] = &audit.Report{}
	for name, r := range all {
		text := in(t, "oscal", r)
		if err := s.Validate(decode(t, []byte(text))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		identified(t, name, decode(t, []byte(text)))
		if text != in(t, "oscal", r) {
			t.Errorf("%s: it is another one when it is written again", name)
		}
	}
	golden(t, "inconclusive-oscal.json", in(t, "oscal", undecided()))
}

// identified holds that each id is given once, and that each reference leads to one.
func identified(t *testing.T, name string, v any) {
	t.Helper()
	ids, wanted := map[string]bool{}, map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for member, x := range v {
				text, _ := x.(string)
				switch {
				case member == "uuid" && ids[text]:
					t.Errorf("%s: %s is given twice", name, text)
				case member == "uuid":
					ids[text] = true
				case strings.HasSuffix(member, "-uuid"):
					wanted[text] = true
				case member == "href" && strings.HasPrefix(text, "#"):
					wanted[text[1:]] = true
				case member == "party-uuids":
					wanted[x.([]any)[0].(string)] = true
				}
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(v)
	if len(ids) < 4 || len(wanted) < 2 {
		t.Errorf("%s: %d ids, %d references", name, len(ids), len(wanted))
	}
	for id := range wanted {
		if !ids[id] {
			t.Errorf("%s: nothing has the id %s", name, id)
		}
	}
}

// What is inconclusive is not satisfied, and is told from what failed.
func TestOSCALKnowsTwoStates(t *testing.T) {
	for name, tc := range map[string]struct {
		r    *audit.Report
		want []string // of each finding: promises, encryption
	}{
		"pass":         {passing(), []string{"satisfied pass", "satisfied pass", "satisfied pass", "satisfied pass"}},
		"fail":         {failing(), []string{"satisfied pass", "satisfied pass", "not-satisfied fail", "not-satisfied other inconclusive"}},
		"inconclusive": {undecided(), []string{"not-satisfied other inconclusive", "not-satisfied other inconclusive"}},
	} {
		var d oscalDocument
		if err := json.Unmarshal([]byte(in(t, "oscal", tc.r)), &d); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range d.Results.Results[0].Findings {
			text := f.Target.Status.State + " " + f.Target.Status.Reason
			for _, p := range f.Props {
				if p.Name == "inconclusive" {
					text += " inconclusive"
				}
			}
			got = append(got, text)
		}
		if strings.Join(got, "; ") != strings.Join(tc.want, "; ") {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestOSCALOfAnotherRunHasOtherIDs(t *testing.T) {
	r := passing()
	a := in(t, "oscal", r)
	r.Run = "another"
	var x, y oscalDocument
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(in(t, "oscal", r)), &y) != nil || x.Results.UUID == y.Results.UUID || x.Results.UUID == "" {
		t.Errorf("%s, %s", x.Results.UUID, y.Results.UUID)
	}
}
