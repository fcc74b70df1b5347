package github_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/fix"
	"github.com/passmuster/muster/github"
	"github.com/passmuster/muster/report"
)

const manifest = "kind: DestinationRule\nspec:\n  host: checkout\n  trafficPolicy:\n    tls: {}\n"

// repair changes what stands in the manifest first; an empty old text is an insertion before the line that begins with next.
func repair(rule, old, now, next string) fix.Repaired {
	at := strings.Index(manifest, next)
	if old != "" {
		at = strings.Index(manifest, old)
	}
	if next == "" && old == "" {
		at = len(manifest)
	}
	return fix.Repaired{Finding: &analyzer.Finding{Rule: &analyzer.Rule{ID: rule}}, Description: "repair it",
		Edits: []fix.Edit{{File: "dr.yaml", Start: at, End: at + len(old), New: now, Fingerprint: "of " + rule}}}
}

func TestRepairsBecomeSuggestions(t *testing.T) {
	both := repair("DR1", "checkout", "cart", "")
	both.Edits = append(both.Edits, repair("DR1", "tls: {}", "tls: {mode: SIMPLE}", "").Edits...)
	elsewhere := repair("DR1", "checkout", "cart", "")
	elsewhere.Edits = append(elsewhere.Edits, fix.Edit{File: "other.yaml"})
	taken := repair("DR1", "checkout", "cart", "")
	taken.Edits = nil
	outside := repair("DR1", "checkout", "cart", "")
	outside.Edits[0].End = 10_000
	for _, tc := range []struct {
		name     string
		repaired []fix.Repaired
		want     []github.Suggestion
		left     int
	}{
		{"none", nil, nil, 0},
		{"a value", []fix.Repaired{repair("DR1", "checkout", "cart", "")}, []github.Suggestion{{StartLine: 3, EndLine: 3, Lines: []string{"  host: cart"}}}, 0},
		{"lines between two", []fix.Repaired{repair("DR1", "", "  subsets: []\n  exportTo: []\n", "  trafficPolicy")},
			[]github.Suggestion{{StartLine: 3, EndLine: 3, Lines: []string{"  host: checkout", "  subsets: []", "  exportTo: []"}}}, 0},
		{"a line at the end", []fix.Repaired{repair("DR1", "", "    x: 1\n", "")}, []github.Suggestion{{StartLine: 5, EndLine: 5, Lines: []string{"    tls: {}", "    x: 1"}}}, 0},
		{"a line at the beginning", []fix.Repaired{repair("DR1", "", "# new\n", "kind")}, []github.Suggestion{{StartLine: 1, EndLine: 1, Lines: []string{"# new", "kind: DestinationRule"}}}, 0},
		{"a line removed", []fix.Repaired{repair("DR1", "    tls: {}\n", "", "")}, []github.Suggestion{{StartLine: 5, EndLine: 5}}, 0},
		{"a line emptied", []fix.Repaired{repair("DR1", "    tls: {}\n", "\n", "")}, []github.Suggestion{{StartLine: 5, EndLine: 5, Lines: []string{""}}}, 0},
		{"of Windows", []fix.Repaired{repair("DR1", "checkout", "cart\r\n  x: 1", "")}, []github.Suggestion{{StartLine: 3, EndLine: 3, Lines: []string{"  host: cart", "  x: 1"}}}, 0},
		{"two places", []fix.Repaired{both}, []github.Suggestion{{StartLine: 3, EndLine: 5, Lines: []string{"  host: cart", "  trafficPolicy:", "    tls: {mode: SIMPLE}"}}}, 0},
		{"two findings at one line", []fix.Repaired{repair("DR2", "", "  x: 1\n", "  trafficPolicy"), repair("DR1", "checkout", "cart", "")},
			[]github.Suggestion{{StartLine: 3, EndLine: 3, Lines: []string{"  host: cart", "  x: 1"}, Titles: []string{"DR2: repair it", "DR1: repair it"}, Fingerprints: []string{"of DR2", "of DR1"}}}, 0},
		{"two files", []fix.Repaired{elsewhere}, nil, 1},
		{"another one takes it along", []fix.Repaired{taken}, nil, 0},
		{"out of the file", []fix.Repaired{outside}, nil, 1},
	} {
		got, left := github.Suggestions(tc.repaired, map[string][]byte{"dr.yaml": []byte(manifest)}, report.Options{Base: "deploy"})
		for i := range tc.want {
			tc.want[i].Path = "deploy/dr.yaml"
			if tc.want[i].Titles == nil {
				tc.want[i].Titles, tc.want[i].Fingerprints = []string{"DR1: repair it"}, []string{"of DR1"}
			}
		}
		if !reflect.DeepEqual(got, tc.want) || left != tc.left {
			t.Errorf("%s:\n got %+v, %d left\nwant %+v, %d left", tc.name, got, left, tc.want, tc.left)
		}
	}
}

func TestRepairsOutsideOfTheRepositoryAreNoSuggestions(t *testing.T) {
	r := repair("DR1", "checkout", "cart", "")
	r.Edits[0].File = "../dr.yaml"
	got, left := github.Suggestions([]fix.Repaired{r}, map[string][]byte{"../dr.yaml": []byte(manifest)}, report.Options{})
	if len(got) != 0 || left != 1 {
		t.Errorf("%+v, %d", got, left)
	}
	long := repair("DR1", "checkout", "cart", "")
	text := strings.Repeat("x\n", 30)
	long.Edits[0].Start, long.Edits[0].End = 0, len(text)
	got, left = github.Suggestions([]fix.Repaired{long}, map[string][]byte{"dr.yaml": []byte(text)}, report.Options{})
	if len(got) != 0 || left != 1 {
		t.Errorf("%+v, %d", got, left)
	}
}
