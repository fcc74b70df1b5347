package report

import (
	"bytes"
	"testing"
)

func diffText(t *testing.T, d *Diff, terminal Terminal) string {
	t.Helper()
	var out bytes.Buffer
	if err := d.Text(&out, terminal); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestDiffTextGolden(t *testing.T) {
	d := NewDiff(handDiff(t))
	golden(t, "diff.txt", diffText(t, d, Terminal{}))
	golden(t, "diff-colour.txt", diffText(t, d, Terminal{Color: true}))
	golden(t, "diff-ascii.txt", diffText(t, d, Terminal{ASCII: true}))
	golden(t, "diff-quiet.txt", diffText(t, NewDiff(quiet(t)), Terminal{}))
	d.Verbose = true
	golden(t, "diff-verbose.txt", diffText(t, d, Terminal{}))
}
