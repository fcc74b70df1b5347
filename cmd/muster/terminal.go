package main

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"github.com/passmuster/muster/report"
)

// widest is where lines of prose stop being easy to read, however wide the terminal is.
const widest = 120

// terminal says what text on w may look like; w is nil for a file.
func (f *outputFlags) terminal(w io.Writer) report.Terminal {
	fd, isTerminal := terminalOf(w)
	t := report.Terminal{Width: f.Width, ASCII: asciiOnly(os.Getenv)}
	switch f.Color {
	case "always":
		t.Color = true
	case "auto":
		t.Color = isTerminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	if !isTerminal {
		return t
	}
	if columns, _, err := term.GetSize(fd); err == nil && t.Width == 0 {
		t.Width = min(columns, widest)
	}
	forced := os.Getenv("FORCE_HYPERLINK") != ""
	if dir, err := os.Getwd(); err == nil && (t.Color || forced) && hasLinks(os.Getenv) {
		t.Links, t.Dir = true, dir
	}
	return t
}

// terminalOf returns the file descriptor of a terminal, or false.
func terminalOf(w any) (fd int, ok bool) {
	file, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	return int(file.Fd()), term.IsTerminal(int(file.Fd()))
}

// asciiOnly: the locale names a character set, and it is not UTF-8. An environment without any
// locale (a container, a CI job) is taken to show UTF-8, as nearly all logs do.
func asciiOnly(env func(string) string) bool {
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToUpper(env(name)); v != "" {
			return !strings.Contains(v, "UTF-8") && !strings.Contains(v, "UTF8")
		}
	}
	return false
}

// hasLinks recognises terminals that have OSC 8 hyperlinks and say who they are; others may
// print the escape. FORCE_HYPERLINK, which other programs heed too, outweighs that: 0 is no.
func hasLinks(env func(string) string) bool {
	if force := env("FORCE_HYPERLINK"); force != "" {
		return force != "0"
	}
	switch env("TERM_PROGRAM") {
	case "iTerm.app", "WezTerm", "vscode", "ghostty", "zed":
		return true
	}
	if vte, err := strconv.Atoi(env("VTE_VERSION")); err == nil && vte >= 5000 {
		return true
	}
	switch env("TERM") {
	case "xterm-kitty", "xterm-ghostty", "alacritty", "foot":
		return true
	}
	return env("WT_SESSION") != "" || env("KONSOLE_VERSION") != ""
}
