package report

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
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

// Every line of the examples of a diff in docs/formats.md is in the golden file of its format; "…" stands for anything.
func TestExamplesOfADiffAreWhatIsWritten(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, about, _ := strings.Cut(string(page), "\n# Formats of a diff\n")
	seen := 0
	for section := range strings.SplitSeq(about, "\n## `") {
		format, rest, _ := strings.Cut(section, "` of a diff\n")
		parts := strings.Split(rest, "```")
		if len(parts) != 3 {
			continue
		}
		seen++
		written, err := os.ReadFile(filepath.Join("testdata", map[string]string{"text": "diff.txt", "json": "diff.json", "markdown": "diff.md"}[format]))
		if err != nil {
			t.Fatal(err)
		}
		_, example, _ := strings.Cut(parts[1], "\n")
		for line := range strings.Lines(example) {
			at := string(written)
			for piece := range strings.SplitSeq(strings.TrimRight(line, "\n"), "…") {
				_, after, ok := strings.Cut(at, piece)
				if !ok {
					t.Errorf("%s: the diff has no %q of %s", format, piece, line)
					break
				}
				at = after
			}
		}
	}
	if seen != 3 {
		t.Errorf("%d formats have an example, want 3", seen)
	}
}
