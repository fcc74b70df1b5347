package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// Code hosts name files from the root of the repository, wherever muster ran in it.
func TestFilesAreNamedFromTheRootOfTheRepository(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(dir+"/deploy/prod", 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir + "/deploy/prod")
	if got := base(); got != "" {
		t.Errorf("outside of a repository the base is %q", got)
	}
	if err := os.Mkdir(dir+"/.git", 0o755); err != nil {
		t.Fatal(err)
	}
	if got := base(); got != "deploy/prod" {
		t.Errorf("below the root the base is %q", got)
	}
	t.Chdir(dir)
	if got := base(); got != "" {
		t.Errorf("in the root the base is %q", got)
	}
}

func TestFormatsNameFilesFromTheRoot(t *testing.T) {
	broken(t)
	if err := os.Mkdir("../.git", 0o755); err != nil {
		t.Fatal(err)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want := dir[strings.LastIndexByte(dir, '/')+1:] + "/"
	for format, text := range map[string]string{"sarif": `"uri": "` + want, "gitlab": `"path": "` + want, "github": "file=" + want, "junit": " at " + want} {
		if out := scan(t, "-o", format); !strings.Contains(out, text) {
			t.Errorf("%s does not say %s:\n%.500s", format, text, out)
		}
	}
}

func TestExitCodeIsTheSameInEveryFormat(t *testing.T) {
	broken(t)
	for _, format := range reportFormats {
		for level, want := range map[string]int{"error": exitFindings, "none": exitClean} {
			var out, errs bytes.Buffer
			if code := run([]string{"scan", "-o", format, "--fail-on", level}, strings.NewReader(""), &out, &errs); code != want || out.Len() == 0 || errs.Len() > 0 {
				t.Errorf("%s, --fail-on %s: exit %d, want %d, %d bytes on stdout, stderr %q", format, level, code, want, out.Len(), errs.String())
			}
		}
	}
}

// Every line of the examples in docs/formats.md is in the report that it is about; "…" stands for anything.
func TestExamplesOfFormatsAreWhatIsWritten(t *testing.T) {
	t.Chdir("../..")
	page, _, _ := strings.Cut(content(t, "docs/formats.md"), "\n# Formats of a diff") // whose examples package report holds
	_, sections, _ := strings.Cut(page, "\n## ")
	seen := 0
	for section := range strings.SplitSeq(sections, "\n## ") {
		format, rest, _ := strings.Cut(strings.TrimPrefix(section, "`"), "`")
		parts := strings.Split(rest, "```")
		if len(parts) != 3 {
			t.Fatalf("%s has %d parts, want one example", format, len(parts))
		}
		seen++
		out := scan(t, "testdata/fleets/shop-broken", "-o", format)
		_, example, _ := strings.Cut(parts[1], "\n")
		for line := range strings.Lines(example) {
			at := out
			for piece := range strings.SplitSeq(strings.TrimSpace(line), "…") {
				_, after, ok := strings.Cut(at, piece)
				if !ok {
					t.Errorf("%s: the report has no %q of %s", format, piece, line)
					break
				}
				at = after
			}
		}
	}
	if seen != len(reportFormats) {
		t.Errorf("%d formats have an example, want %d", seen, len(reportFormats))
	}
}
