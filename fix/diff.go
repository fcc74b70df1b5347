package fix

import (
	"fmt"
	"strings"

	"github.com/passmuster/muster/textdiff"
)

// around is how many lines of context a hunk has on either side.
const around = 3

// mostDifferences bounds the search for the shortest script.
const mostDifferences = 1000

// Diff is the unified diff of a file, or "" if nothing changes. show makes a line fit to be printed; nil leaves it as
// it is.
func Diff(file string, old, now []byte, show func(string) string) string {
	if show == nil {
		show = func(line string) string { return line }
	}
	script := textdiff.Lines(old, now, mostDifferences)
	var out strings.Builder
	for at := 0; at < len(script); {
		if script[at].Kind == ' ' {
			at++
			continue
		}
		from, to := max(at-around, 0), at
		for gap := 0; to < len(script) && gap <= 2*around; to++ {
			if gap++; script[to].Kind != ' ' {
				gap = 0
			}
		}
		for last := to; ; last-- {
			if script[last-1].Kind != ' ' {
				to = min(last+around, len(script))
				break
			}
		}
		if out.Len() == 0 {
			fmt.Fprintf(&out, "--- a/%s\n+++ b/%s\n", show(file), show(file))
		}
		hunk(&out, script[from:to], show)
		at = to
	}
	return out.String()
}

func hunk(out *strings.Builder, lines []textdiff.Line, show func(string) string) {
	old, now := 0, 0
	for _, l := range lines {
		if l.Kind != '+' {
			old++
		}
		if l.Kind != '-' {
			now++
		}
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", extent(lines[0].Old, old), extent(lines[0].Now, now))
	for _, l := range lines {
		text, complete := strings.CutSuffix(l.Text, "\n")
		text, cr := strings.CutSuffix(text, "\r")
		out.WriteByte(l.Kind)
		out.WriteString(show(text))
		if cr {
			out.WriteByte('\r')
		}
		out.WriteByte('\n')
		if !complete {
			out.WriteString("\\ No newline at end of file\n")
		}
	}
}

// extent is where a hunk begins and how many lines it has; one without lines stands behind the line it names.
func extent(start, n int) string {
	if n == 0 {
		return fmt.Sprintf("%d,0", start)
	}
	if n == 1 {
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, n)
}
