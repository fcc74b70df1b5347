//go:build unix

// Package html holds what a reader does with the pages that muster writes: the real program's reports in a real browser.
package html

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// patience bounds every wait for the browser; nothing waits that long unless it fails.
const patience = 90 * time.Second

var shared struct {
	dir     string          // of this run
	binary  string          // muster
	browser context.Context // nil = there is none
}

func TestMain(m *testing.M) { os.Exit(prepareAndRun(m)) }

func prepareAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "muster-html")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}()
	shared.dir = dir
	program := executable()
	if program == "" {
		return m.Run()
	}
	shared.binary = filepath.Join(dir, "muster")
	if out, err := exec.Command("go", "build", "-o", shared.binary, "github.com/passmuster/muster/cmd/muster").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(dir, "profile")), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	browser, end := chromedp.NewContext(allocator)
	defer end()
	if err := chromedp.Do(browser); err != nil {
		fmt.Fprintf(os.Stderr, "%s does not start: %v\n", program, err)
		return 1
	}
	shared.browser = browser
	return m.Run()
}

// executable is the browser of this machine, or "".
func executable() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// tab is a page in the browser. When its test ends it has made no request but for itself, and nothing has gone wrong in it.
type tab struct {
	*testing.T
	ctx  context.Context
	mu   sync.Mutex
	seen []string
	asks []string
}

func needBrowser(t *testing.T) {
	t.Helper()
	if shared.browser == nil {
		t.Skip("needs chromium, chromium-browser or google-chrome: make deps")
	}
}

// open opens a file in a new tab and waits until it is drawn.
func open(t *testing.T, file string, prepare ...func(*tab)) *tab {
	t.Helper()
	needBrowser(t)
	ctx, end := chromedp.NewContext(shared.browser)
	ctx, cancel := context.WithTimeout(ctx, patience)
	p := &tab{T: t, ctx: ctx}
	t.Cleanup(func() { cancel(); end() })
	p.must(chromedp.Do(ctx))
	address := (&url.URL{Scheme: "file", Path: file}).String()
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	p.must(err)
	requests := chromedp.Events(ctx, network.RequestWillBeSent)
	console := chromedp.Console(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for e, err := range requests {
			if err != nil {
				return
			}
			p.note(&p.asks, e.Request.URL)
		}
	})
	wg.Go(func() {
		for m, err := range console {
			if err != nil {
				return
			}
			p.note(&p.seen, string(m.Type)+": "+m.Text)
		}
	})
	p.size(1280, 900)
	for _, f := range prepare {
		f(p)
	}
	p.must(chromedp.Do(ctx, chromedp.Navigate(address), chromedp.WaitReady("html[data-ready], #main [role=alert]")))
	if failure := p.text("#main [role=alert]"); failure != "" {
		t.Fatal(failure)
	}
	t.Cleanup(func() {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[int]("1")) // so that all events of before have come
		if err != nil && !t.Failed() {
			t.Error(err)
		}
		cancel()
		wg.Wait()
		for _, m := range p.seen {
			t.Errorf("console: %s", m)
		}
		for _, u := range p.asks {
			if u != address {
				t.Errorf("the page asks for %s", u)
			}
		}
		if len(p.asks) == 0 {
			t.Error("no request was seen, not even that for the page itself")
		}
	})
	return p
}

func (p *tab) note(list *[]string, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*list = append(*list, text)
}

func (p *tab) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *tab) size(width, height int64) {
	p.Helper()
	p.must(chromedp.Do(p.ctx, chromedp.EmulateViewport(width, height)))
}

// media emulates a medium and how the reader's system is set.
func (p *tab) media(medium, scheme, motion string) {
	p.Helper()
	_, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium, Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion},
	}})
	p.must(err)
}

// eval is what a script says.
func eval[T any](p *tab, script string) T {
	p.Helper()
	got, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		p.Fatalf("%s: %v", script, err)
	}
	return got
}

// wait waits until a script says true.
func (p *tab) wait(script string) {
	p.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Poll[bool](script, chromedp.WithPollingTimeout(patience/3))); err != nil {
		p.Fatalf("never true: %s: %v", script, err)
	}
}

func (p *tab) click(selector string) {
	p.Helper()
	if err := chromedp.Do(p.ctx, chromedp.ScrollIntoView(chromedp.CSS(selector)), chromedp.Click(chromedp.CSS(selector))); err != nil {
		p.Fatalf("click %s: %v", selector, err)
	}
}

// choose picks an entry of a list as a reader does.
func (p *tab) choose(name, value string) {
	p.Helper()
	eval[bool](p, fmt.Sprintf(`(() => { const s = document.querySelector('[name="%s"]'); s.value = %q; s.dispatchEvent(new Event('change', {bubbles: true})); return s.value === %q; })()`, name, value, value))
}

func (p *tab) press(keys ...string) {
	p.Helper()
	for _, k := range keys {
		p.must(chromedp.Do(p.ctx, chromedp.KeyEvent(k)))
	}
}

func (p *tab) text(selector string) string {
	p.Helper()
	return eval[string](p, fmt.Sprintf(`(document.querySelector(%q) || {textContent: ''}).textContent`, selector))
}

func (p *tab) says(selector string, want ...string) {
	p.Helper()
	got := p.text(selector)
	for _, w := range want {
		if !strings.Contains(got, w) {
			p.Errorf("%s says %q, want %q in it", selector, got, w)
		}
	}
}

// scanned is the page of a fleet of testdata, written once.
func scanned(t *testing.T, fleet string) string {
	t.Helper()
	needBrowser(t)
	file := filepath.Join(shared.dir, fleet+".html")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	muster(t, "scan", filepath.Join("..", "..", "testdata", "fleets", fleet), "-o", "html="+file, "-o", "json="+filepath.Join(shared.dir, fleet+".json"))
	return file
}

// muster runs the program; findings are no failure here.
func muster(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), shared.binary, args...).CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() == 2 || exit.ExitCode() > 4) {
		t.Fatalf("muster %v: %v\n%s", args, err, out)
	}
}
