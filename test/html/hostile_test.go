//go:build unix

package html

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/report/html"
)

// Names that would run, break out, fetch or mislead are shown as the text that they are, wherever they appear.
func TestHostileNamesAreShownAndDoNothing(t *testing.T) {
	needBrowser(t)
	evil := `</script><img src=x onerror="document.title='owned'"><script>document.title='owned'</script><a href="javascript:1">` + "\u202egnp\x00\u2028" + `<style>@import "http://example.com/x"</style>`
	id := "prod/prod/shop/" + evil
	place := report.PositionAt(mesh.Position{File: evil, Line: 1, Column: 1})
	d := []failover.Destination{{Locality: evil, Cluster: evil, Service: evil, Share: 1, Encryption: evil}}
	cell := &report.Cell{
		ID: id + "|80||" + evil + "|region=" + evil + "|crash", Service: id, Port: 80, Subset: evil, Client: report.Client{ID: evil, Namespace: evil, Cluster: evil, Locality: evil},
		Scenario: "region=us", Fault: "crash", Outcome: "lost", Reason: evil, Before: d, Destinations: d, Trace: []string{evil},
		Recovery: report.Recovery{Lower: "0s", Upper: "1s", Terms: []report.Term{{Name: evil, Lower: "0s", Upper: "1s", Position: place}}},
	}
	r := &report.Report{
		Tool:     report.ToolOf(evil),
		Inputs:   report.Inputs{Unreadable: []report.Unreadable{{File: evil, Message: evil}}, Missing: []report.Missing{{Position: place, What: evil, Help: evil}}},
		Services: []report.Service{{ID: id, Hosts: []string{evil}, Mesh: evil, Clusters: []string{evil}, Pattern: report.Pattern{Inferred: evil, Evidence: []report.Evidence{{What: evil, Position: place}}}}},
		Findings: []report.Finding{{Rule: evil, Slug: evil, Level: "error", Message: evil, Service: id, Position: place, Related: []report.Related{{Position: place, Message: evil}}, Suppressed: nil, Cells: []string{cell.ID}}},
		Cells:    slices.Values([]*report.Cell{cell}),
	}
	file := filepath.Join(t.TempDir(), "hostile.html")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := html.Write(out, r, html.Options{Line: func(string, int) (string, bool) { return evil, true }}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	p := open(t, file)
	p.click(".cell.is-lost")
	p.wait(`!document.getElementById('panel').hidden`)
	p.choose("scenario", "0")
	p.wait(`document.querySelectorAll('.arc.flow').length > 0`)
	shown := `</script><img src=x onerror="document.title='owned'"><script>document.title='owned'</script><a href="javascript:1">U+202EgnpU+0000U+2028<style>`
	for _, where := range []string{"#panel .trace", "#panel .flows", "#panel .terms", "#panel .reason", ".finding .message", ".finding .snippet", "#inputs table", "footer"} {
		p.says(where, shown)
	}
	if got := eval[string](p, `document.title`); got != "muster report" {
		t.Errorf("the title became %q", got)
	}
	if got := eval[int](p, `document.querySelectorAll('main img, aside img, main script, aside script, main style, a[href^="javascript"]').length`); got != 0 {
		t.Errorf("%d elements were made of names", got)
	}
}
