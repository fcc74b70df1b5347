package report

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// What the audit lacks is said wherever a person looks for its result: a pass that is none would
// otherwise look like one.
func TestFormatsSayWhatIsMissing(t *testing.T) {
	at := PositionAt(mesh.Position{File: "policies/owner.rego", Line: 7, Column: 1})
	r := &Report{Tool: ToolOf("v1.0.0"), Inputs: Inputs{
		Unreadable:   []Unreadable{{File: "east/locked.yaml", Message: "permission denied"}},
		NotEvaluated: []NotEvaluated{{Rule: "ACME_001", Position: at, Message: "took longer than 5s"}},
		Missing:      []Missing{{Position: at, What: "the chart cart needs redis"}},
	}}
	r.Cells = func(func(*Cell) bool) {}
	for _, format := range []string{"text", "json", "jsonl", "sarif", "junit", "github", "markdown"} {
		got := strings.Join(strings.Fields(in(t, format, r, Options{})), " ")
		for _, want := range []string{"permission denied", "took longer than 5s", "the chart cart needs redis"} {
			if !strings.Contains(got, want) {
				t.Errorf("%s does not say %q:\n%s", format, want, got)
			}
		}
	}
}
