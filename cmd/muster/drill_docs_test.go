package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// The commands of the guide run in their order on the example fleet, and print what it shows: line by line, with "…" for what is left out.
func TestDrillPlanGuideShowsWhatIsPrinted(t *testing.T) {
	guide, err := os.ReadFile("../../docs/drills/plan.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../testdata/fleets/shop")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	blocks := strings.Split(string(guide), "```console\n$ muster ")
	if len(blocks) != 6 {
		t.Fatalf("%d commands in the guide", len(blocks)-1)
	}
	for _, block := range blocks[1:] {
		block, _, _ = strings.Cut(block, "\n```")
		command, sample, _ := strings.Cut(block, "\n")
		args := word.FindAllString(command, -1)
		for i := range args {
			args[i] = strings.Trim(args[i], "'")
		}
		var out, errs bytes.Buffer
		if code := run(args, strings.NewReader(""), &out, &errs); code != exitClean && code != exitFindings {
			t.Fatalf("%s: exit %d: %s", command, code, errs.String())
		}
		printed := out.String() + errs.String()
		for line := range strings.SplitSeq(sample, "\n") {
			if text := strings.TrimSpace(line); text != "" && text != "…" && !strings.Contains(printed, line+"\n") {
				t.Errorf("%s: nothing prints %q, but\n%s", command, line, printed)
			}
		}
	}
}
