package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// event is one line of `go test -json`, as `go doc test2json` and `go help buildjson` describe it.
type event struct {
	Action      string
	Package     string
	Test        string
	Output      string
	Elapsed     float64 // seconds
	ImportPath  string  // of a package that is being built
	FailedBuild string  // why a package failed without running: an ImportPath
}

// skip is a test that did not run, with the reason it gave.
type skip struct {
	test   testID
	reason string
}

// tally counts verdicts and shows each package when it ends.
type tally struct {
	out    io.Writer
	passed int
	failed int
	skips  []skip

	open   map[string]*packageRun // packages that have started and not ended
	builds map[string]string      // output of builds, until a failed package shows it
}

// packageRun is what is known about a package while its tests run.
type packageRun struct {
	passed, failed, skipped int

	cached bool
	lines  []outputLine
	ended  map[string]string // verdict by test
}

type outputLine struct{ test, text string }

func newTally(out io.Writer) *tally {
	return &tally{out: out, open: map[string]*packageRun{}, builds: map[string]string{}}
}

// readAll consumes events until the stream ends. A line that is no event is shown as it is: the go
// command had something to say.
func (t *tally) readAll(r io.Reader) error {
	for in := bufio.NewReader(r); ; {
		line, err := in.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil && e.Action != "" {
			t.add(e)
		} else if len(bytes.TrimSpace(line)) > 0 {
			fmt.Fprintf(t.out, "%s\n", bytes.TrimRight(line, "\n"))
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (t *tally) add(e event) {
	if e.Action == "build-output" {
		t.builds[e.ImportPath] += e.Output
		return
	}
	if e.Package == "" {
		return
	}
	p := t.open[e.Package]
	if p == nil {
		p = &packageRun{ended: map[string]string{}}
		t.open[e.Package] = p
	}
	switch e.Action {
	case "output":
		p.cached = p.cached || e.Test == "" && strings.HasSuffix(e.Output, "(cached)\n")
		p.lines = append(p.lines, outputLine{e.Test, e.Output})
	case "pass", "fail", "skip":
		if e.Test != "" {
			t.endTest(p, e)
		} else {
			t.endPackage(p, e)
			delete(t.open, e.Package)
		}
	}
}

func (t *tally) endTest(p *packageRun, e event) {
	p.ended[e.Test] = e.Action
	switch e.Action {
	case "pass":
		p.passed++
	case "fail":
		p.failed++
	case "skip":
		p.skipped++
		t.skips = append(t.skips, skip{testID{e.Package, e.Test}, p.reason(e.Test)})
	}
}

func (t *tally) endPackage(p *packageRun, e event) {
	if e.Action == "fail" && p.failed == 0 {
		p.failed = 1 // it did not build, or it died outside any test
	}
	t.passed += p.passed
	t.failed += p.failed
	took := fmt.Sprintf("%.1fs", e.Elapsed)
	if p.cached {
		took = "cached"
	}
	switch {
	case e.Action == "fail":
		fmt.Fprintf(t.out, "FAIL  %7s  %s: %d passed, %d failed\n", took, e.Package, p.passed, p.failed)
		fmt.Fprint(t.out, t.builds[e.FailedBuild])
		delete(t.builds, e.FailedBuild)
		p.showFailures(t.out)
	case p.passed+p.skipped > 0:
		fmt.Fprintf(t.out, "ok    %7s  %s: %d passed\n", took, e.Package, p.passed)
	}
}

// showFailures prints what the package said outside of tests, and what those tests said that
// failed or did not end.
func (p *packageRun) showFailures(out io.Writer) {
	for _, l := range p.lines {
		verdict := p.ended[l.test]
		if verdict == "pass" || verdict == "skip" || strings.HasPrefix(l.text, "=== ") {
			continue
		}
		if l.test == "" && strings.HasPrefix(l.text, "FAIL") {
			continue // our own line says so
		}
		fmt.Fprint(out, l.text)
	}
}

// reason is what a skipped test said.
func (p *packageRun) reason(test string) string {
	var said []string
	for _, l := range p.lines {
		if l.test == test && !strings.HasPrefix(l.text, "=== ") && !strings.HasPrefix(l.text, "--- ") {
			said = append(said, strings.TrimSpace(l.text))
		}
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}

// finish ends the stream and returns why it cannot be trusted, if so.
func (t *tally) finish() (objections []string) {
	for _, pkg := range slices.Sorted(maps.Keys(t.open)) {
		t.failed++
		objections = append(objections, pkg+" ended without a verdict")
	}
	if t.passed+t.failed == 0 {
		objections = append(objections, "no test ran")
	}
	return objections
}
