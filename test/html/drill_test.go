//go:build unix

package html

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"

	drillreport "github.com/passmuster/muster/report/drill"
)

// drilled is the page of the report of a drill, of those that report/drill keeps.
func drilled(t *testing.T, name string) string {
	t.Helper()
	needBrowser(t)
	file := filepath.Join(shared.dir, "drill-"+name+".html")
	muster(t, "convert", filepath.Join("..", "..", "report", "drill", "testdata", name+".json"), "-o", "html="+file)
	return file
}

func TestADrillThatFailedSaysWhy(t *testing.T) {
	p := open(t, drilled(t, "fail"))
	p.says("#verdict", "fail", "pay does not fail over when eu-west hangs", "2 of 2", "Payments survive")
	if got := eval[[]string](p, `[...document.querySelectorAll('.cell-title')].map((n) => n.textContent)`); len(got) != 2 || got[0] != "shop/pay:8080 from west/shop/web@eu-west/eu-west-1 when eu-west hangs" {
		t.Errorf("cells %q: want those that failed first", got)
	}
	p.says("#cell-0", "at least 7 s, no end was seen", "D01 Nothing fails over", "mesh/pay.yaml:12:5", "Said by the scan", "DR201", "What to do next", "p1.ndjson:1210-1612")
	p.says("#cell-1", "0 s to 40 ms; objective 2 s; predicted 500 ms to 1.5 s")
	p.says("#drift table", "D05 Slower than promised", "high")
	p.says("#predictions", "refuted", "untested", "eu-west is cut off")
	p.says("#people", "pay-lead", "team-pay", "2026-12-15")
	p.says("#evidence", "p1.ndjson", "2,310")
}

// The picture says what the figures say.
func TestTheTimelineOfADrill(t *testing.T) {
	p := open(t, drilled(t, "fail"))
	at := func(cell, what string) float64 {
		return eval[float64](p, fmt.Sprintf(`(() => { const n = document.querySelector('#cell-%s .chart %s'); return Number(n.getAttribute('x') || n.getAttribute('x1')); })()`, cell, what))
	}
	width := func(cell, what string) float64 {
		return eval[float64](p, fmt.Sprintf(`Number(document.querySelector('#cell-%s .chart %s').getAttribute('width'))`, cell, what))
	}
	// Of 23 s, the fault lasts 8, the outage 7, and the prediction ends 1.5 s after it began.
	second := width("0", ".fault-bar") / 8
	for what, tc := range map[string]struct{ got, want float64 }{
		"the outage":     {width("0", ".outage"), 7.02 * second},
		"the promise":    {at("0", ".rto") - at("0", ".fault-bar"), 2.012 * second},
		"the prediction": {at("0", ".predicted-bar") - at("0", ".fault-bar"), 0.5 * second},
		"the shade":      {width("0", ".fault"), 8 * second},
	} {
		if d := tc.got - tc.want; d > 2 || d < -2 {
			t.Errorf("%s: %.1f wide, want %.1f", what, tc.got, tc.want)
		}
	}
	if eval[int](p, `document.querySelectorAll('#cell-0 .bad').length`) != 7 || eval[int](p, `document.querySelectorAll('#cell-0 .layer.place-1').length`) != 0 {
		t.Error("the failed cell does not show seven seconds of failures, or shows a place that never answered")
	}
	if eval[int](p, `document.querySelectorAll('#cell-1 .layer.place-1').length`) != 1 {
		t.Error("the cell that passed does not show the standby")
	}
	if got := eval[string](p, `document.querySelector('#cell-0 .chart').getAttribute('aria-label')`); got != "Timeline of shop/pay:8080 from west/shop/web@eu-west/eu-west-1 when eu-west hangs: outage 7 s to 7.04 s. The figures stand below." {
		t.Errorf("the picture is called %q", got)
	}
}

// Without a mouse: the slider tells each moment in words, and cells unfold.
func TestADrillIsReadWithTheKeyboard(t *testing.T) {
	p := open(t, drilled(t, "fail"))
	eval[bool](p, `document.querySelector('#cell-0 .moment').focus() || true`)
	p.press(kb.ArrowRight, kb.ArrowRight, kb.ArrowRight, kb.ArrowRight, kb.ArrowRight, kb.ArrowRight)
	p.says("#cell-0 .moment-words", "41 s to 42 s, while the fault holds: failed 50; p50 1000 ms")
	if got := eval[string](p, `document.querySelector('#cell-0 .moment').getAttribute('aria-valuetext')`); got != p.text("#cell-0 .moment-words") {
		t.Errorf("the slider says %q", got)
	}
	p.press(kb.Home)
	p.says("#cell-0 .moment-words", "before the fault: eu-west 50")
	eval[bool](p, `document.querySelector('#cell-0 summary').focus() || true`)
	p.press(kb.Enter)
	p.wait(`!document.getElementById('cell-0').open`)
	eval[bool](p, `document.querySelector('a[href="#cell-0"]').focus() || true`)
	p.press(kb.Enter)
	p.wait(`document.getElementById('cell-0').open && document.activeElement.className === 'cell-body'`)
}

func TestDrillsAreAccessible(t *testing.T) {
	for _, name := range []string{"fail", "pass", "inconclusive"} {
		for _, scheme := range []string{"light", "dark"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				p := open(t, drilled(t, name), func(p *tab) { p.media("", scheme, "reduce") })
				eval[bool](p, `document.querySelectorAll('details').forEach((d) => { d.open = true; }) || true`)
				p.wait(`[...document.querySelectorAll('details')].every((d) => d.filled)`)
				p.check("unfolded")
			})
		}
	}
}

func TestDrillsFitNarrowScreens(t *testing.T) {
	for _, name := range []string{"fail", "inconclusive"} {
		p := open(t, drilled(t, name), func(p *tab) { p.size(390, 844) })
		if got := eval[int](p, `document.documentElement.scrollWidth`); got > 390 {
			t.Errorf("%s is %d wide", name, got)
		}
		if got := eval[float64](p, `document.querySelector('.chart').getBoundingClientRect().width`); got > 380 || got < 280 {
			t.Errorf("%s: the chart is %v wide", name, got)
		}
		p.size(1000, 800)
		p.wait(`document.querySelector('.chart').getBoundingClientRect().width > 700`)
	}
}

func TestADrillOnPaper(t *testing.T) {
	p := open(t, drilled(t, "fail"))
	eval[bool](p, `document.querySelectorAll('details').forEach((d) => { d.open = false; }) || true`)
	p.media("print", "light", "reduce")
	p.wait(`[...document.querySelectorAll('details')].every((d) => d.open)`)
	p.media("", "light", "reduce")
	p.wait(`[...document.querySelectorAll('details')].every((d) => !d.open)`)
}

// Names of results and plans that would run, fetch or mislead are shown as the text that they are.
func TestHostileDrillsDoNothing(t *testing.T) {
	needBrowser(t)
	r, err := os.ReadFile(filepath.Join("..", "..", "report", "drill", "testdata", "hostile.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !drillreport.IsReport(r) {
		t.Fatal("no report")
	}
	p := open(t, drilled(t, "hostile"))
	eval[bool](p, `document.querySelectorAll('details').forEach((d) => { d.open = true; }) || true`)
	p.wait(`[...document.querySelectorAll('details')].every((d) => d.filled)`)
	for _, where := range []string{"#verdict", ".cell-fold", "#drift", "#predictions", "#people", "#evidence", "footer"} {
		p.says(where, `<script>document.title='owned'</script>`)
	}
	if got := eval[string](p, `document.title`); got != "muster drill" {
		t.Errorf("the title became %q", got)
	}
	if got := eval[int](p, `document.querySelectorAll('main img, main script, main style, a[href^="javascript"]').length`); got != 0 {
		t.Errorf("%d elements were made of names", got)
	}
}
