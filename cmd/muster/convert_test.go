package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pageSnippets are the lines of manifests in a page's data.
var pageSnippets = regexp.MustCompile(`"snippets":\[.*?\],"topology"`)

// What convert makes of a JSON report is what the scan would have written, to the byte. Text and pages have lines of
// the manifests in a scan, and are compared where there are none.
func TestConvertWritesWhatScanWrites(t *testing.T) {
	fleets, err := filepath.Abs("../../testdata/fleets")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"shop-broken", "demo-boutique"} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.CopyFS("fleet", os.DirFS(filepath.Join(fleets, name))); err != nil {
				t.Fatal(err)
			}
			args := []string{"scan", "fleet"}
			again := []string{"convert", "report.json"}
			for _, format := range reportFormats {
				args = append(args, "-o", format+"=scan."+format)
				again = append(again, "-o", format+"=convert."+format)
			}
			var out, errs bytes.Buffer
			code := run(append(args, "-o", "json=report.json"), strings.NewReader(""), &out, &errs)
			if code > exitFindings || out.Len() > 0 {
				t.Fatalf("exit %d, stdout %q: %s", code, out.String(), errs.String())
			}
			if code := run(again, strings.NewReader(""), &out, &errs); code != exitClean || out.Len() > 0 {
				t.Fatalf("exit %d, stdout %q: %s", code, out.String(), errs.String())
			}
			for _, format := range reportFormats {
				got, want := content(t, "convert."+format), content(t, "scan."+format)
				switch format {
				case "text":
					want = withoutSnippets(want)
				case "html":
					want = pageSnippets.ReplaceAllString(want, `"snippets":[],"topology"`)
				}
				if got != want {
					t.Errorf("%s differs, %d and %d bytes", format, len(got), len(want))
				}
			}
		})
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil || len(data) == 0 && !strings.HasSuffix(file, ".github") {
		t.Fatalf("%s has %d bytes: %v", file, len(data), err)
	}
	return string(data)
}

// withoutSnippets takes out the lines of manifests and the carets below them.
func withoutSnippets(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if before, _, ok := strings.Cut(line, "│"); !ok || strings.Trim(before, " 0123456789") != "" {
			b.WriteString(line)
		}
	}
	return b.String()
}
