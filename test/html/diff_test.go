//go:build unix

package html

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/report/html"
)

// changed is the page of testdata/diff.json, which is a diff in the terms of its contract.
func changed(t *testing.T) string {
	t.Helper()
	needBrowser(t)
	data, err := os.ReadFile("testdata/diff.json")
	if err != nil {
		t.Fatal(err)
	}
	var fixture struct {
		Tool       report.Tool
		Base, Head report.DiffSide
		Verdict    string
		Gate       report.Gate
		Config     []report.ConfigChange
		Services   report.DiffServices
		Edges      report.DiffEdges
		Cells      []report.CellGroup
		Findings   report.DiffFindings
		Summary    report.DiffSummary
	}
	if err := json.Unmarshal(data, &fixture); err != nil {
		t.Fatal(err)
	}
	d := report.Diff{
		Tool: fixture.Tool, Base: fixture.Base, Head: fixture.Head, Verdict: fixture.Verdict, Gate: fixture.Gate, Config: fixture.Config,
		Services: fixture.Services, Edges: fixture.Edges, Cells: fixture.Cells, Findings: fixture.Findings, Summary: fixture.Summary,
	}
	file := filepath.Join(t.TempDir(), "diff.html")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	line := func(file string, n int) (string, bool) {
		return "  outlierDetection: {}", file == "mesh/pay.yaml" && n == 12
	}
	if err := html.WriteDiff(out, &d, html.Options{Line: line}); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestADiffTellsWhatBecameOfSurvival(t *testing.T) {
	p := open(t, changed(t))
	p.says("#top", "main 4f0c2d91aa10 → working tree")
	p.says("#verdict", "worse", "The change does not pass", "1 cell group is worse", "12")
	p.says(`[data-change="worse"]`, "If us-east crashes, half of the requests to pay fail", "mesh/pay.yaml:12", "outlierDetection: {}", "-  interval: 5s")
	p.says(`[data-change="better"]`, "in the base: the line is gone")
	p.says("#config", "1 change may hide findings", "DR103 is off", "weakens", "shop/cart.shop.svc", "shop/pay → shop/cart")
	p.says("#findings", "New (1)", "Gone (1)", "3 findings did not change")
	p.says("#inputs", "Not read", "west/broken.yaml")
	p.click(`[data-change="worse"] summary`)
	p.wait(`document.querySelectorAll('[data-change="worse"] .two .flows').length === 2`)
	p.says(`[data-change="worse"] .two`, "Before", "After", "mTLS", "50 %", "detect")
	p.says(`[data-change="worse"] .change-more .scroll`, "region=us-east")
	if got := p.text(`[data-change="worse"] .two > div:first-child .where`); got != "mesh/pay.yaml:12" {
		t.Errorf("the base stands at %q: it must not show a line of the head", got)
	}
	p.click(`#map .cell.is-worse`)
	p.wait(`!document.getElementById('panel').hidden`)
	p.says("#panel", "shop/pay", "region us-east fails", "crash", "half of the requests")
	p.click("#panel [data-group]")
	p.wait(`document.activeElement.id === 'change-0'`)
	p.choose("change-kind", "better")
	if got := eval[int](p, `document.querySelectorAll('#changes .change').length`); got != 1 {
		t.Errorf("%d changes are better, want 1", got)
	}
}
