package drillreport

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every line of the examples in docs/drills/reports.md is in the golden file of its format.
func TestExamplesAreWhatIsWritten(t *testing.T) {
	page, err := os.ReadFile(filepath.FromSlash("../../docs/drills/reports.md"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"text": "fail.txt", "json": "fail.json", "markdown": "fail.md"}
	seen := 0
	parts := strings.Split(string(page), "```")
	for i := 1; i < len(parts); i += 2 {
		kind, example, _ := strings.Cut(parts[i], "\n")
		if files[kind] == "" {
			continue
		}
		seen++
		written, err := os.ReadFile(filepath.Join("testdata", files[kind]))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(example) {
			if !strings.Contains(string(written), line) {
				t.Errorf("%s has no %q", files[kind], line)
			}
		}
	}
	if seen != len(files) {
		t.Errorf("%d examples, want %d", seen, len(files))
	}
	for _, name := range Names {
		if !strings.Contains(string(page), "\n## `"+name+"`\n") {
			t.Errorf("nothing is said about %s", name)
		}
	}
}
