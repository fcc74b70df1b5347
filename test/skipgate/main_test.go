package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The samples in testdata were recorded with `go test -trimpath -json` from small packages that
// pass, fail, panic, skip, do not build, die in TestMain, or hold no test.
func TestRun(t *testing.T) {
	allSkips := `
# a comment
example.com/sample/skippy TestNeedsAPIServer    # only where a kube-apiserver is
example.com/sample/skippy TestCases/windows     # CI runs on Linux
example.com/sample/skippy TestCases/windows#01  # CI runs on Linux
example.com/sample/skippy TestBare              # flaky upstream
`
	stale := allSkips + "example.com/sample/good TestAdds  # was slow once\n"

	for _, tc := range []struct {
		name, sample, allow string
		strict              bool
		exit                int
		last                string
		wants               []string
	}{
		{name: "passes", sample: "good", strict: true, exit: 0, last: "5 passed, 0 failed, 0 skipped"},
		{name: "every kind of failure is counted", sample: "everything", exit: 1, last: "10 passed, 5 failed, 4 skipped"},
		{name: "a skip is only shown on a laptop", sample: "skips", exit: 0, last: "7 passed, 0 failed, 4 skipped",
			wants: []string{"skip  example.com/sample/skippy TestNeedsAPIServer: a_test.go:3: no kube-apiserver on this machine"}},
		{name: "a skip that is not listed fails CI", sample: "skips", strict: true, exit: 1, last: "7 passed, 0 failed, 4 skipped",
			wants: []string{"error: example.com/sample/skippy TestBare was skipped but is not listed"}},
		{name: "listed skips pass CI", sample: "skips", allow: allSkips, strict: true, exit: 0, last: "7 passed, 0 failed, 4 skipped"},
		{name: "an entry that no longer skips fails CI", sample: "skips", allow: stale, strict: true, exit: 1, last: "7 passed, 0 failed, 4 skipped",
			wants: []string{":7: example.com/sample/good TestAdds no longer skips: remove the entry"}},
		{name: "an entry that no longer skips passes on a laptop", sample: "skips", allow: stale, exit: 0, last: "7 passed, 0 failed, 4 skipped"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			exit, out, errs := runSample(t, readSample(t, tc.sample), tc.allow, tc.strict)
			if exit != tc.exit || errs != "" {
				t.Errorf("exit code %d, want %d; stderr %q", exit, tc.exit, errs)
			}
			lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
			if last := lines[len(lines)-1]; last != tc.last {
				t.Errorf("last line %q, want %q", last, tc.last)
			}
			for _, want := range tc.wants {
				if !strings.Contains(out, want) {
					t.Errorf("output lacks %q:\n%s", want, out)
				}
			}
		})
	}
}

func TestFailuresAreShownInFullAndPassesInOneLine(t *testing.T) {
	_, got, _ := runSample(t, readSample(t, "everything"), "", false)
	golden := filepath.Join("testdata", "everything.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestStreamThatBreaksOffIsAFailure(t *testing.T) {
	half, _, _ := strings.Cut(readSample(t, "good"), `"Action":"pass"`)
	exit, out, _ := runSample(t, half, "", false)
	if exit != 1 || !strings.Contains(out, "error: example.com/sample/good ended without a verdict") {
		t.Errorf("exit code %d, output:\n%s", exit, out)
	}
}

func TestRunWithoutTestsIsAFailure(t *testing.T) {
	exit, out, _ := runSample(t, "go: cannot find main module\n", "", false)
	want := "go: cannot find main module\nerror: no test ran\n0 passed, 0 failed, 0 skipped\n"
	if exit != 1 || out != want {
		t.Errorf("exit code %d, output:\n%s", exit, out)
	}
}

func TestEntryWithoutReasonIsRefused(t *testing.T) {
	exit, _, errs := runSample(t, readSample(t, "skips"), "example.com/sample/skippy TestBare\n", true)
	if exit != 2 || !strings.Contains(errs, ":1: want `package TestName  # reason`") {
		t.Errorf("exit code %d, stderr %q", exit, errs)
	}
}

func readSample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func runSample(t *testing.T, events, allow string, strict bool) (exit int, stdout, stderr string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "skips.txt")
	if err := os.WriteFile(file, []byte(allow), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	exit = run(strings.NewReader(events), &out, &errs, file, strict)
	return exit, out.String(), errs.String()
}
