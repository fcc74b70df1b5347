//go:build unix

package html

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// cell is the place of a service under a failure in the map of shop-broken.
func cell(service, target string) string {
	return fmt.Sprintf(`[muster.data.services.findIndex((s) => s.name === %q), muster.data.columns.findIndex((c) => c.target === %q)]`, service, target)
}

func TestACellTellsEverythingAboutItself(t *testing.T) {
	p := open(t, scanned(t, "shop"))
	place := eval[[]int](p, cell("checkout/checkout", "region=us-east-1"))
	p.click(fmt.Sprintf(`.cell[data-service="%d"][data-key="%d"]`, place[0], place[1]))
	p.wait(`!document.getElementById('panel').hidden`)
	p.says("#panel-title", "checkout/checkout")
	p.says(".panel-lead", "region us-east-1 fails", "survives")
	p.says("#panel details[open] .flows", "us-west-2/us-west-2a", "us-east-1/us-east-1a", "50 %", "mTLS")
	p.says("#panel details[open] .capacity", "4 replicas left, 2 needed")
	p.says("#panel details[open] .recovery", "3 s to 5 s", "detect", "testdata/fleets/shop/mesh/checkout.yaml:23", "consecutive5xxErrors: 5")
	p.says("#panel details[open] .trace", "each proxy ejects 2 of 4 hosts")
	p.says("#panel details[open]", "eu/storefront/frontend@eu-west-1/eu-west-1a", "region=us-east-1")
	widths := eval[[]float64](p, `[...document.querySelectorAll('#panel details[open] .stack rect')].map((r) => Number(r.getAttribute('width')))`)
	if len(widths) != 2 || widths[0] >= widths[1] || widths[0] <= 0 {
		t.Errorf("the bars are %v wide, want the shorter bound first", widths)
	}
	if got := eval[bool](p, `document.activeElement.id === 'panel-title'`); !got {
		t.Error("the focus is not in the panel")
	}
	p.click("#panel .panel-bar button")
	if eval[bool](p, `!document.getElementById('panel').hidden`) {
		t.Error("the panel is still there")
	}
}

func TestAScenarioShowsWhatIsLostAndWhereTrafficGoes(t *testing.T) {
	p := open(t, scanned(t, "shop"))
	before := eval[int](p, `document.querySelectorAll('.arc.tier-2').length`)
	if before == 0 || eval[int](p, `document.querySelectorAll('.cluster.dead').length`) != 0 {
		t.Errorf("%d arcs of the second tier without a failure", before)
	}
	column := eval[int](p, cell("", "region=us-east-1")+`[1]`)
	p.choose("scenario", fmt.Sprint(column))
	eval[bool](p, `document.querySelector('[name="flow-fault"][value="1"]').click() || true`)
	p.wait(`document.querySelectorAll('.cluster.dead').length === 1`)
	if got := eval[string](p, `document.querySelector('.cluster.dead').dataset.cluster`); got != "us-east" {
		t.Errorf("%s fails, want us-east", got)
	}
	p.says(".topology", "✗ fails")
	p.says(".words", "If region us-east-1 fails (hang)")
	flow := `.arc.flow[data-from="eu"][data-to="us-west"]`
	after := eval[float64](p, `Number(document.querySelector('`+flow+`').getAttribute('stroke-width'))`)
	eval[bool](p, `document.querySelector('[name="moment"][value="before"]').click() || true`)
	p.wait(`!document.querySelector('` + flow + `')`)
	if got := eval[int](p, `document.querySelectorAll('.arc.flow[data-from="eu"][data-to="us-east"]').length`); got != 1 || after < 5 {
		t.Errorf("before, %d flows lead from eu to us-east; after, the flow to us-west is %v wide", got, after)
	}
	p.choose("flow-service", fmt.Sprint(eval[int](p, cell("checkout/orders", "")+`[0]`)))
	p.wait(`document.querySelectorAll('.tile.chosen').length > 0`)
	p.says(".words table", "us-west", "100 %")
	p.says("#live", "orders survives")
	// Replay goes from before to after by itself.
	p.click(".replay")
	p.wait(`muster.state.moment === 'after'`)
}

func TestFlowsMoveOnlyForThoseWhoWantMotion(t *testing.T) {
	for motion, want := range map[string]string{"no-preference": "flow", "reduce": "none"} {
		p := open(t, scanned(t, "shop"), func(p *tab) { p.media("", "light", motion) })
		p.choose("scenario", fmt.Sprint(eval[int](p, cell("", "region=us-east-1")+`[1]`)))
		if got := eval[string](p, `getComputedStyle(document.querySelector('.arc.flow')).animationName`); got != want {
			t.Errorf("prefers-reduced-motion %s: the animation is %s, want %s", motion, got, want)
		}
	}
}

func TestAFindingLeadsToItsCellsAndBack(t *testing.T) {
	p := open(t, scanned(t, "shop-broken"))
	i := eval[int](p, `muster.data.findings.findIndex((f) => f.rule === 'DR301')`)
	p.says(fmt.Sprintf("#finding-%d", i), "kiosk/receipts", "plaintext", "clusters/eu-north/kiosk/receipts.yaml:24", `sidecar.istio.io/inject: "false"`, "Spoils")
	p.click(fmt.Sprintf("#finding-%d .chip", i))
	p.wait(`!document.getElementById('panel').hidden`)
	p.says("#panel-title", "kiosk/receipts")
	p.says("#panel .flows", "plaintext")
	if eval[int](p, `document.querySelectorAll('.cell.marked').length`) != 1 {
		t.Error("the map does not show which cell is open")
	}
	p.click(fmt.Sprintf(`#panel [data-finding="%d"]`, i))
	p.wait(fmt.Sprintf(`document.activeElement.id === 'finding-%d'`, i))
}

func TestFilters(t *testing.T) {
	p := open(t, scanned(t, "shop-broken"))
	rows := func() int {
		return eval[int](p, `Number(document.querySelector('#matrix [role=grid]').getAttribute('aria-rowcount')) - 2`)
	}
	all := rows()
	for _, tc := range []struct {
		name, value string
		want        string // script that says how many services remain
	}{
		{"matrix-namespace", "kiosk", `muster.data.services.filter((s) => s.namespace === 'kiosk' && muster.worst.spots[s.index].size).length`},
		{"matrix-outcome", "lost", `muster.data.services.filter((s) => muster.data.columns.some((_, c) => muster.worst.of(s.index, c, -1) === 'lost')).length`},
		{"matrix-region", "ap-south-1", `muster.data.services.filter((s) => s.clusters.includes('ap') && muster.worst.spots[s.index].size).length`},
	} {
		want := eval[int](p, tc.want)
		p.choose(tc.name, tc.value)
		if got := rows(); got != want || got == 0 || got >= all {
			t.Errorf("%s=%s leaves %d of %d services, want %d", tc.name, tc.value, got, all, want)
		}
		p.choose(tc.name, "")
		if rows() != all {
			t.Errorf("%s: the filter stays", tc.name)
		}
	}
	eval[bool](p, `(() => { const i = document.querySelector('[name=matrix-text]'); i.value = 'quotes'; i.dispatchEvent(new Event('input')); return true; })()`)
	if rows() != 1 {
		t.Errorf("the search leaves %d services, want 1", rows())
	}
	p.says("#live", "1 service of 38")
	worst := eval[string](p, `[...document.querySelectorAll('#matrix .cell:not(.is-none)')].map((c) => c.textContent).join('')`)
	p.choose("matrix-fault", "0")
	if crash := eval[string](p, `[...document.querySelectorAll('#matrix .cell:not(.is-none)')].map((c) => c.textContent).join('')`); crash == worst {
		t.Errorf("quotes fares under crashes as under the worst of all: %s", crash)
	}
	p.choose("finding-rule", "DR301")
	if got := eval[[]string](p, `[...document.querySelectorAll('.finding a')].map((a) => a.textContent)`); len(got) != 1 || got[0] != "DR301 exposed-failover-path" {
		t.Errorf("findings of DR301: %v", got)
	}
	p.choose("finding-level", "warning")
	p.says("#findings-count", "0 findings of 20")
}

// Without a mouse: Tab to the map, arrows to a cell that is lost, Enter, Escape, and the focus is where it was.
func TestTheKeyboardReachesEverything(t *testing.T) {
	p := open(t, scanned(t, "shop-broken"))
	p.press(kb.Tab)
	if got := eval[string](p, `document.activeElement.className`); got != "skip" {
		t.Errorf("the first stop is %q, want the link to the content", got)
	}
	for range 80 {
		if eval[bool](p, `document.activeElement.getAttribute('role') === 'gridcell'`) {
			break
		}
		p.press(kb.Tab)
	}
	p.wait(`document.activeElement.getAttribute('role') === 'gridcell'`)
	if got := eval[string](p, `getComputedStyle(document.activeElement).outlineStyle`); got == "none" {
		t.Error("the focus does not show")
	}
	p.press(kb.End, kb.Home, kb.ArrowDown, kb.ArrowUp)
	for range 30 {
		if eval[bool](p, `document.activeElement.classList.contains('is-lost')`) {
			break
		}
		p.press(kb.ArrowRight)
	}
	label := eval[string](p, `document.activeElement.getAttribute('aria-label')`)
	p.press(kb.Enter)
	p.wait(`!document.getElementById('panel').hidden`)
	p.says(".panel-lead", "lost")
	p.press(kb.Escape)
	p.wait(`document.getElementById('panel').hidden`)
	if got := eval[string](p, `document.activeElement.getAttribute('aria-label')`); got != label {
		t.Errorf("the focus is on %q, want %q", got, label)
	}
	if got := eval[int](p, `document.querySelectorAll('#matrix [role=grid] [tabindex="0"]').length`); got != 1 {
		t.Errorf("%d stops inside of the map, want 1", got)
	}
	eval[bool](p, `document.querySelector('.tile > [tabindex="0"]').focus() || true`)
	p.press(kb.ArrowRight, kb.Enter)
	p.wait(`document.activeElement.parentNode.classList.contains('chosen') && document.activeElement.getAttribute('aria-pressed') === 'true'`)
}

func TestLightAndDark(t *testing.T) {
	background := `getComputedStyle(document.body).backgroundColor`
	p := open(t, scanned(t, "shop"), func(p *tab) { p.media("", "dark", "reduce") })
	if got := eval[string](p, background); got != "rgb(15, 18, 22)" {
		t.Errorf("on a dark system the page is %s", got)
	}
	eval[bool](p, `document.querySelector('[name=theme][value=light]').click() || true`)
	if got := eval[string](p, background); got != "rgb(255, 255, 255)" {
		t.Errorf("switched to light the page is %s", got)
	}
	eval[bool](p, `document.querySelector('[name=theme][value=auto]').click() || true`)
	p.media("", "light", "reduce")
	if got := eval[string](p, background); got != "rgb(255, 255, 255)" {
		t.Errorf("on a light system the page is %s", got)
	}
}

// On paper every row and every finding stands there in full.
func TestPaperHidesNothing(t *testing.T) {
	p := open(t, large(t))
	if shown := eval[int](p, `document.querySelectorAll('.grid-body .grid-row').length`); shown > 100 {
		t.Errorf("%d rows are in the document on a screen", shown)
	}
	p.media("print", "light", "reduce")
	p.wait(`document.querySelectorAll('.grid-body .grid-row').length === muster.data.services.length`)
	p.wait(`document.querySelectorAll('.finding').length === muster.data.findings.length`)
	if got := eval[[]string](p, `[...document.querySelectorAll('main *')].filter((n) => n.clientHeight > 0 && ['auto', 'scroll', 'hidden'].includes(getComputedStyle(n).overflowY) && n.scrollHeight > n.clientHeight + 2 && !n.classList.contains('quiet')).map((n) => n.className)`); len(got) > 0 {
		t.Errorf("paper cuts off %v", got)
	}
	if got := eval[int](p, `document.querySelectorAll('details:not([open])').length`); got != 0 {
		t.Errorf("%d details are folded", got)
	}
	p.media("", "light", "reduce")
	p.wait(`document.querySelectorAll('.grid-body .grid-row').length < 100`)
}

func TestNarrowScreensNeedNoSidewaysScrolling(t *testing.T) {
	p := open(t, scanned(t, "shop-broken"), func(p *tab) { p.size(390, 844) })
	if got := eval[int](p, `document.documentElement.scrollWidth`); got > 390 {
		t.Errorf("the page is %d wide", got)
	}
}

var snippets = regexp.MustCompile(`"snippets":\[.*?\],"topology"`)

// The page that convert writes is the page that scan writes, but for the lines of manifests.
func TestConvertGivesTheSamePage(t *testing.T) {
	page := scanned(t, "shop")
	converted := filepath.Join(t.TempDir(), "converted.html")
	muster(t, "convert", "-o", "html="+converted, filepath.Join(shared.dir, "shop.json"))
	content := func(file string) string {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return snippets.ReplaceAllString(string(data), `"snippets":[],"topology"`)
	}
	if content(page) != content(converted) {
		t.Error("the pages differ")
	}
	open(t, converted).says("#overview", "18 services", "predictions")
}

// What was not audited is said first.
func TestWhatIsMissingIsSaid(t *testing.T) {
	needBrowser(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"broken.yaml": "a: [", "ok.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\nspec: {ports: [{port: 80}]}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "page.html")
	muster(t, "scan", dir, "--config", "none", "-o", "html="+file)
	p := open(t, file)
	p.says("#overview .notice", "Not everything was audited", "1 input")
	p.says("#inputs", "Not read", "broken.yaml")
}
