package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// The samples of the README are what its commands print: line by line, with "…" for what is left out.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("../..")
	for _, tc := range []struct {
		args string
		code int
	}{
		{"scan --fail-on none testdata/fleets/shop-broken", exitClean},
		{"diff testdata/fleets/shop testdata/fleets/shop-broken", exitFindings},
	} {
		_, after, found := strings.Cut(string(readme), "$ go run ./cmd/muster "+tc.args+"\n")
		_, after, more := strings.Cut(after, "```\n\n")
		_, after, block := strings.Cut(after, "```\n")
		sample, _, end := strings.Cut(after, "\n```\n")
		if !found || !more || !block || !end {
			t.Fatalf("the README has no sample after %s", tc.args)
		}
		var out, errs bytes.Buffer
		if code := run(strings.Fields(tc.args), strings.NewReader(""), &out, &errs); code != tc.code {
			t.Fatalf("%s: exit %d: %s", tc.args, code, errs.String())
		}
		for _, line := range strings.Split(sample, "\n") {
			if text := strings.TrimSpace(line); text != "" && text != "…" && !strings.Contains(out.String(), line+"\n") {
				t.Errorf("%s: nothing prints %q", tc.args, line)
			}
		}
	}
}
