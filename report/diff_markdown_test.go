package report

import (
	"bytes"
	"testing"

	"github.com/passmuster/muster/rules/catalogue"
)

func diffMarkdown(t *testing.T, d *Diff, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := d.Markdown(&out, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDiffMarkdownGolden(t *testing.T) {
	o := Options{Rules: []*catalogue.Entry{aRule()}}
	golden(t, "diff.md", diffMarkdown(t, NewDiff(handDiff(t)), o))
	if got, want := diffMarkdown(t, NewDiff(quiet(t)), o), "✅ muster: no change in survival (42 cells of 4 services in both compared)\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
