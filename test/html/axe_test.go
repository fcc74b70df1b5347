//go:build unix

package html

import (
	"os"
	"testing"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// check runs axe-core over the page as it stands now.
func (p *tab) check(what string) {
	p.Helper()
	axe, err := os.ReadFile("../../report/html/testdata/axe-core/axe.min.js")
	if err != nil {
		p.Fatal(err)
	}
	eval[bool](p, string(axe)+"\n;true")
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](`axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}).then((r) =>
		r.violations.flatMap((v) => v.nodes.slice(0, 4).map((n) => v.id + ': ' + n.target.join(' ') + ': ' + n.failureSummary)))`,
		chromedp.EvalAwaitPromise, func(e *runtime.EvaluateParams) {}))
	p.must(err)
	for _, f := range found {
		p.Errorf("%s: %s", what, f)
	}
}

func TestPagesAreAccessible(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			p := open(t, scanned(t, "shop-broken"), func(p *tab) { p.media("", scheme, "reduce") })
			p.check("as it opens")
			p.choose("scenario", eval[string](p, `String(`+cell("", "region=us-east-1")+`[1])`))
			p.choose("flow-service", eval[string](p, `String(`+cell("checkout/checkout", "")+`[0])`))
			p.choose("matrix-outcome", "lost")
			p.check("with a scenario and filters")
			p.click(".cell.is-lost")
			p.wait(`!document.getElementById('panel').hidden`)
			p.check("with a panel")
		})
	}
}

func TestDiffsAreAccessible(t *testing.T) {
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			p := open(t, changed(t), func(p *tab) { p.media("", scheme, "reduce") })
			p.check("as it opens")
			eval[bool](p, `document.querySelectorAll('details').forEach((d) => { d.open = true; }) || true`)
			p.wait(`document.querySelectorAll('.change .two').length > 0`)
			p.check("unfolded")
			p.click("#map .cell:not(.is-none)")
			p.wait(`!document.getElementById('panel').hidden`)
			p.check("with a panel")
		})
	}
}
