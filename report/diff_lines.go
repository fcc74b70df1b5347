package report

import (
	"strings"

	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/textdiff"
)

const (
	mostLines       = 12      // of a hunk that is shown
	contextLines    = 2       // unchanged lines on either side of what changed
	nearLines       = 5       // how far from a position a change may be to be told of it
	longestLine     = 240     // bytes of one line
	largestFile     = 1 << 20 // bytes of a file that is compared
	farLines        = 60      // the same, in the document of the position, where nothing is nearer
	mostFiles       = 200     // that are compared
	mostDifferences = 300     // lines that differ, beyond which a file counts as rewritten
)

// changedLines finds what changed around places. Files are compared once each.
type changedLines struct {
	base, head func(file string) ([]byte, bool)
	scripts    map[string][]textdiff.Line
}

// next is the change next to one of several places, the first that has one near it; else any in the document of one. It is
// never nil.
func (c *changedLines) next(places []changeable) []string {
	for _, reach := range [...]int{nearLines, farLines} {
		for _, p := range places {
			if lines := c.around(p.at.Position(), p.inBase, reach); len(lines) > 0 {
				return lines
			}
		}
	}
	return []string{}
}

// around is the change next to a position as lines of a unified diff, or nil if there is none within so many lines.
func (c *changedLines) around(at mesh.Position, inBase bool, reach int) []string {
	if c.base == nil || c.head == nil || at.File == "" || at.Line == 0 {
		return nil
	}
	script := c.script(at.File)
	here := -1
	for i, l := range script {
		n, other := l.Now, byte('-')
		if inBase {
			n, other = l.Old, '+'
		}
		if l.Kind != other && n == at.Line-1 {
			here = i
			break
		}
	}
	if here < 0 {
		return nil
	}
	changed := nearest(script, here, reach)
	if changed < 0 {
		return nil
	}
	return excerpt(script, changed, here)
}

// nearest is the index of the changed line that is next to one in the same document, or -1.
func nearest(script []textdiff.Line, here, reach int) int {
	ends := [...]bool{false, false} // of the document, on either side
	for away := range reach + 1 {
		for side, i := range [...]int{here + away, here - away} {
			if i < 0 || i >= len(script) || ends[side] {
				continue
			}
			if script[i].Kind != ' ' {
				return i
			}
			ends[side] = strings.HasPrefix(script[i].Text, "---")
		}
	}
	return -1
}

// excerpt is the lines around a changed one: its neighbours that changed, too, and some context.
func excerpt(script []textdiff.Line, changed, here int) []string {
	from, to := changed, changed+1
	for from > 0 && gap(script, from-1, -1) {
		from--
	}
	for to < len(script) && gap(script, to, 1) {
		to++
	}
	from, to = max(from-contextLines, 0), min(to+contextLines, len(script))
	if to-from > mostLines { // what is next to the place
		middle := changed
		if here >= from && here < to {
			middle = here
		}
		from = min(max(middle-mostLines/2, from), to-mostLines)
		if changed < from {
			from = changed
		}
		if changed >= from+mostLines {
			from = changed - mostLines + 1
		}
		to = from + mostLines
	}
	lines := make([]string, 0, to-from)
	for _, l := range script[from:to] {
		text := strings.TrimRight(l.Text, "\r\n")
		lines = append(lines, string(l.Kind)+upTo(strings.ToValidUTF8(text, "\ufffd"), longestLine))
	}
	return lines
}

// gap reports whether a line belongs to a stretch of changes: it changed, or the next one does.
func gap(script []textdiff.Line, i, step int) bool {
	if script[i].Kind != ' ' {
		return true
	}
	next := i + step
	return next >= 0 && next < len(script) && script[next].Kind != ' '
}

// script compares a file. A side that has none counts as empty; neither does, or one is too large: nothing is known.
func (c *changedLines) script(file string) []textdiff.Line {
	if s, ok := c.scripts[file]; ok {
		return s
	}
	if len(c.scripts) >= mostFiles {
		return nil
	}
	if c.scripts == nil {
		c.scripts = map[string][]textdiff.Line{}
	}
	old, inBase := c.base(file)
	now, inHead := c.head(file)
	var s []textdiff.Line
	if (inBase || inHead) && len(old) <= largestFile && len(now) <= largestFile {
		s = textdiff.Lines(old, now, mostDifferences)
	}
	c.scripts[file] = s
	return s
}
