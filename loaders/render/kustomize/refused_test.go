package kustomize

import (
	"strings"
	"testing"
)

// Entries without end are one line, and problems without end are a few.
func TestManyEntriesAreBounded(t *testing.T) {
	const remote = "- https://example.com/a\n"
	p := read(t, refusing(t, "resources:\n- plain.yaml\n"+strings.Repeat(remote, maxEntries)), "top", DefaultLimits())
	if len(p.Problems) != 1 || !strings.Contains(p.Problems[0].Message, "more than 10000 entries") || len(p.Input().Files) != 0 {
		t.Errorf("%d problems, %d files", len(p.Problems), len(p.Input().Files))
	}
	p = read(t, refusing(t, "resources:\n- plain.yaml\n# "+strings.Repeat("x", maxFileBytes)), "top", DefaultLimits())
	if len(p.Problems) != 1 || !strings.Contains(p.Problems[0].Message, "larger than 2 MiB") {
		t.Errorf("%+v", p.Problems)
	}
	p = read(t, refusing(t, "resources:\n- plain.yaml\n"+strings.Repeat(remote, 5000)), "top", DefaultLimits())
	n := len(p.Problems)
	if n != maxProblems+1 || p.Problems[n-1].Position.Line != maxProblems+3 || !strings.Contains(p.Problems[n-1].Message, "here and in more places") || p.Problems[n-1].Refused {
		t.Errorf("%d problems, the last %+v", n, p.Problems[n-1])
	}
	if out := Run(p.Input()); len(out.Objects) != 1 {
		t.Errorf("%d objects, %s", len(out.Objects), out.Error)
	}
}

// What kustomize refuses too is told from what is only not here.
func TestRefusedIsToldFromAbsent(t *testing.T) {
	for entry, want := range map[string]bool{
		"https://example.com/a": false, "../../elsewhere": false, "linked": false,
		"gone.yaml": true, "../top": true, "/etc/passwd": true, "../elsewhere": true, "../component": true,
	} {
		p := read(t, refusing(t, "resources: [plain.yaml, "+entry+"]\n"), "top", DefaultLimits())
		if len(p.Problems) != 1 || p.Problems[0].Refused != want {
			t.Errorf("%s: want refused %v: %+v", entry, want, p.Problems)
		}
	}
}
