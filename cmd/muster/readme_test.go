package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// The sample of the README is what its first command prints: line by line, with "…" for what
// is left out.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(readme), "$ go run ./cmd/muster scan --fail-on none testdata/fleets/shop-broken\n")
	_, after, more := strings.Cut(after, "```\n\n")
	_, after, block := strings.Cut(after, "\n```\n")
	sample, _, end := strings.Cut(after, "\n```\n")
	if !found || !more || !block || !end {
		t.Fatal("the README has no sample after its first command")
	}
	t.Chdir("../..")
	var out, errs bytes.Buffer
	if code := run([]string{"scan", "--fail-on", "none", "testdata/fleets/shop-broken"}, strings.NewReader(""), &out, &errs); code != exitClean {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	for _, line := range strings.Split(sample, "\n") {
		if text := strings.TrimSpace(line); text != "" && text != "…" && !strings.Contains(out.String(), line+"\n") {
			t.Errorf("nothing prints %q", line)
		}
	}
}
