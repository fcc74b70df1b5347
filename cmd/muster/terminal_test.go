package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func scan(t *testing.T, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(append([]string{"scan"}, args...), strings.NewReader(""), &out, &errs); code > 1 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	return out.String()
}

func broken(t *testing.T) {
	t.Helper()
	trio(t, map[string]string{"muster.yaml": hang, "all/cart.yaml": ""})
}

func TestReportFitsEightyColumns(t *testing.T) {
	broken(t)
	for line := range strings.Lines(scan(t)) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	wide := 0
	for line := range strings.Lines(scan(t, "--width", "110")) {
		wide = max(wide, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
	}
	if wide <= 80 || wide > 110 {
		t.Errorf("--width 110 gives %d columns", wide)
	}
}

func TestColourNeedsATerminalOrAFlag(t *testing.T) {
	broken(t)
	t.Setenv("TERM", "xterm-256color")
	for _, tc := range []struct {
		noColor string
		args    []string
		want    bool
	}{
		{"", nil, false}, // not a terminal
		{"1", nil, false},
		{"", []string{"--color", "always"}, true},
		{"1", []string{"--color", "always"}, true}, // a flag outweighs the environment
		{"", []string{"--color", "never"}, false},
	} {
		t.Setenv("NO_COLOR", tc.noColor)
		if got := strings.Contains(scan(t, tc.args...), "\x1b["); got != tc.want {
			t.Errorf("NO_COLOR=%q %v: colour %v, want %v", tc.noColor, tc.args, got, tc.want)
		}
	}
}

// A file never gets the escapes of the terminal that is also written to.
func TestFilesHaveNoColourUnlessAsked(t *testing.T) {
	broken(t)
	scan(t, "-o", "text=report.txt")
	data, err := os.ReadFile("report.txt")
	if err != nil || bytes.ContainsRune(data, '\x1b') || len(data) == 0 {
		t.Errorf("%v: %q", err, data)
	}
}

func TestLocaleDecidesTheCharacterSet(t *testing.T) {
	for _, tc := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, false},
		{map[string]string{"LANG": "C.UTF-8"}, false},
		{map[string]string{"LANG": "en_US.utf8"}, false},
		{map[string]string{"LANG": "C"}, true},
		{map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "POSIX"}, true},
		{map[string]string{"LANG": "C", "LC_CTYPE": "de_DE.UTF-8"}, false},
	} {
		if got := asciiOnly(func(name string) string { return tc.env[name] }); got != tc.want {
			t.Errorf("%v: ASCII %v, want %v", tc.env, got, tc.want)
		}
	}
	broken(t)
	t.Setenv("LC_ALL", "C")
	for _, r := range scan(t) {
		if r > 126 {
			t.Fatalf("%q in a C locale", r)
		}
	}
}

func TestLinksOnlyOnTerminalsThatHaveThem(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		want        bool
	}{
		{"TERM_PROGRAM", "vscode", true}, {"TERM_PROGRAM", "Apple_Terminal", false}, {"VTE_VERSION", "7200", true},
		{"VTE_VERSION", "4000", false}, {"TERM", "xterm-kitty", true}, {"TERM", "xterm-256color", false}, {"WT_SESSION", "x", true},
		{"FORCE_HYPERLINK", "1", true}, {"FORCE_HYPERLINK", "0", false},
	} {
		if got := hasLinks(func(name string) string {
			if name == tc.name {
				return tc.value
			}
			return ""
		}); got != tc.want {
			t.Errorf("%s=%s: links %v, want %v", tc.name, tc.value, got, tc.want)
		}
	}
}

// Progress shows after a second, and leaves nothing behind.
func TestProgressTakesItsLineAway(t *testing.T) {
	ticks := make(chan time.Time)
	p := &progress{stop: make(chan struct{}), done: make(chan struct{})}
	p.at("reading")
	var out bytes.Buffer
	go p.run(&out, ticks)
	ticks <- time.Time{}
	ticks <- time.Time{}
	p.end()
	const back = "\r\x1b[K"
	if want := back + "muster: reading (1 s)" + back + "muster: reading (2 s)" + back; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	quick := &progress{stop: make(chan struct{}), done: make(chan struct{})}
	quick.at("reading")
	out.Reset()
	go quick.run(&out, ticks)
	quick.end()
	if out.Len() != 0 {
		t.Errorf("a quick run shows %q", out.String())
	}
	if p := startProgress(&out); p != nil {
		t.Error("progress without a terminal")
	}
}
