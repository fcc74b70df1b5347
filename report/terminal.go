package report

import (
	"cmp"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Terminal says what text may look like where it is shown. The zero Terminal is a log file: 80
// columns, no colours.
type Terminal struct {
	Width int    // columns; 0 = 80
	Color bool   // ANSI colours
	ASCII bool   // no character beyond ASCII of our own
	Links bool   // OSC 8 hyperlinks on positions
	Dir   string // what links resolve relative files against
}

// DefaultWidth is the width of text that no terminal shows.
const DefaultWidth = 80

// leastWidth is what tables need.
const leastWidth = 60

func (t Terminal) width() int { return max(cmp.Or(t.Width, DefaultWidth), leastWidth) }

// Colours by what they mean.
const (
	plain   = ""
	bold    = "1"
	dim     = "2"
	red     = "31"
	green   = "32"
	yellow  = "33"
	magenta = "35"
	cyan    = "36"
)

func (t Terminal) paint(color, s string) string {
	if !t.Color || color == plain || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

var levelColor = map[string]string{
	string(analyzer.Error): "1;" + red, string(analyzer.Warning): "1;" + yellow, string(analyzer.Note): "1;" + cyan,
}

// mark is one character for an outcome; "" is a cell that is not there.
func (t Terminal) mark(o failover.Outcome) (mark, color string) {
	ascii := t.ASCII
	pick := func(a, b, color string) (string, string) {
		if ascii {
			return b, color
		}
		return a, color
	}
	switch o {
	case failover.Survives:
		return pick("✓", "+", green)
	case failover.Degraded:
		return pick("~", "~", yellow)
	case failover.Lost:
		return pick("✗", "x", red)
	case failover.Unknown:
		return pick("?", "?", magenta)
	}
	return pick("·", ".", dim)
}

// legend explains the marks.
func (t Terminal) legend() string {
	var parts []string
	for _, o := range outcomes {
		m, _ := t.mark(o)
		parts = append(parts, m+" "+string(o))
	}
	m, _ := t.mark("")
	return strings.Join(append(parts, m+" not touched"), "  ")
}

// outcomes from best to worst; unknown stands apart.
var outcomes = [...]failover.Outcome{failover.Survives, failover.Degraded, failover.Lost, failover.Unknown}

// glyph picks a character or its ASCII stand-in.
func (t Terminal) glyph(s, ascii string) string {
	if t.ASCII {
		return ascii
	}
	return s
}

// longestPlace is how many characters of a position or of an object's name are shown: no real path has more.
const longestPlace = 4200

// position renders "file:line:column", as a link where the terminal has links.
func (t Terminal) position(p mesh.Position) string {
	text := printable(t.shorten(p.String(), longestPlace))
	if !t.Links || p.File == "" || p.File == "-" {
		return text
	}
	abs := p.File
	if !path.IsAbs(abs) {
		abs = path.Join(filepath.ToSlash(t.Dir), abs)
	}
	target := url.URL{Scheme: "file", Path: abs}
	return "\x1b]8;;" + target.String() + "\x1b\\" + text + "\x1b]8;;\x1b\\"
}

// printable takes out what would not show as a character but move the cursor, colour the rest or
// turn the order of the text: names and snippets come from files that nobody vouches for.
func printable(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return s // as nearly all texts
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == utf8.RuneError || !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, s)
}

// commands are what the log of a pipeline takes for an instruction: "::add-mask::" at the start of a
// line (GitHub), "##[error]" anywhere in it (GitHub's older form, Azure, TeamCity).
var commands = regexp.MustCompile(`^\s*::|##[A-Za-z]*\[`)

// inert takes the meaning from commands to a pipeline, which names and values of inputs may hold.
func inert(line string) string {
	if !strings.Contains(line, "::") && !strings.Contains(line, "##") {
		return line
	}
	return commands.ReplaceAllStringFunc(line, func(command string) string {
		if at := strings.Index(command, "::"); at >= 0 {
			return command[:at] + ":?"
		}
		return "#?" + command[2:]
	})
}

// Printable is a line of text as it may be shown where a terminal or the log of a pipeline reads
// along: for names and values of inputs in what is no report.
func Printable(line string) string { return inert(printable(line)) }

// wrap breaks text at spaces into lines of at most width characters; a longer word stays whole,
// so that a name or a path can still be copied.
func wrap(text string, width int) []string {
	var lines []string
	var line []byte
	length := 0 // of the line, in characters
	for word := range strings.FieldsSeq(text) {
		n := utf8.RuneCountInString(word)
		switch {
		case len(line) == 0:
			line, length = append(line, word...), n
		case length+1+n <= width:
			line, length = append(append(line, ' '), word...), length+1+n
		default:
			lines = append(lines, string(line))
			line, length = append(line[:0], word...), n
		}
	}
	return append(lines, string(line))
}

// pad fills s up to n characters.
func pad(s string, n int) string {
	return s + strings.Repeat(" ", max(0, n-utf8.RuneCountInString(s)))
}

// shorten cuts the middle out of s if it is longer than n characters: names differ at both ends.
func (t Terminal) shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	gap := []rune(t.glyph("…", "..."))
	keep := max(n-len(gap), 2)
	head := keep / 2
	return string(r[:head]) + string(gap) + string(r[len(r)-(keep-head):])
}
