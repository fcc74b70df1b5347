package fix

import (
	"fmt"
	"strings"
)

// around is how many lines of context a hunk has on either side.
const around = 3

// Diff is the unified diff of a file, or "" if nothing changes. show makes a line fit to be printed; nil leaves it as
// it is.
func Diff(file string, old, now []byte, show func(string) string) string {
	if show == nil {
		show = func(line string) string { return line }
	}
	a, b := linesOf(old), linesOf(now)
	script := compared(a, b)
	var out strings.Builder
	for at := 0; at < len(script); {
		if script[at].kind == ' ' {
			at++
			continue
		}
		from, to := max(at-around, 0), at
		for gap := 0; to < len(script) && gap <= 2*around; to++ {
			if gap++; script[to].kind != ' ' {
				gap = 0
			}
		}
		for last := to; ; last-- {
			if script[last-1].kind != ' ' {
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

// line is one line of a diff: kept (' '), removed ('-') or added ('+'), with its number before and after, from 0.
type line struct {
	kind     byte
	text     string
	old, now int
}

func hunk(out *strings.Builder, lines []line, show func(string) string) {
	old, now := 0, 0
	for _, l := range lines {
		if l.kind != '+' {
			old++
		}
		if l.kind != '-' {
			now++
		}
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", extent(lines[0].old, old), extent(lines[0].now, now))
	for _, l := range lines {
		text, complete := strings.CutSuffix(l.text, "\n")
		text, cr := strings.CutSuffix(text, "\r")
		out.WriteByte(l.kind)
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

func linesOf(data []byte) []string {
	lines := strings.SplitAfter(string(data), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// mostDifferences bounds the search for the shortest script; files that differ more are shown as replaced from the
// first line that differs to the last.
const mostDifferences = 1000

// compared is the shortest way from a to b. Myers: An O(ND) Difference Algorithm and Its Variations.
func compared(a, b []string) []line {
	head, tail := 0, 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []line
	add := func(kind byte, text string, old, now int) { out = append(out, line{kind, text, old, now}) }
	for i := range head {
		add(' ', a[i], i, i)
	}
	old, now := head, head
	for _, kind := range shortest(a[head:len(a)-tail], b[head:len(b)-tail]) {
		if kind == '+' {
			add(kind, b[now], old, now)
			now++
			continue
		}
		add(kind, a[old], old, now)
		old++
		if kind == ' ' {
			now++
		}
	}
	for i := range tail {
		add(' ', a[old+i], old+i, now+i)
	}
	return out
}

func shortest(a, b []string) []byte {
	n, m := len(a), len(b)
	reach := map[int]int{1: 0} // by diagonal
	var trace []map[int]int
	for d := 0; d <= min(n+m, mostDifferences); d++ {
		next := make(map[int]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			x := 0
			if k == -d || k != d && reach[k-1] < reach[k+1] {
				x = reach[k+1]
			} else {
				x = reach[k-1] + 1
			}
			for x < n && x-k < m && a[x] == b[x-k] {
				x++
			}
			next[k] = x
			if x >= n && x-k >= m {
				return walk(append(trace, reach), n, m)
			}
		}
		trace = append(trace, reach)
		merged := make(map[int]int, len(next)+len(reach))
		for k, x := range reach {
			merged[k] = x
		}
		for k, x := range next {
			merged[k] = x
		}
		reach = merged
	}
	return []byte(strings.Repeat("-", n) + strings.Repeat("+", m))
}

// walk goes back from the end along the furthest points.
func walk(trace []map[int]int, x, y int) []byte {
	var back []byte
	for d := len(trace) - 1; d >= 0; d-- {
		reach := trace[d]
		k := x - y
		from := k - 1
		if k == -d || k != d && reach[k-1] < reach[k+1] {
			from = k + 1
		}
		px := reach[from]
		py := px - from
		for x > px && y > py && x > 0 && y > 0 {
			back, x, y = append(back, ' '), x-1, y-1
		}
		if d > 0 {
			if x == px {
				back, y = append(back, '+'), y-1
			} else {
				back, x = append(back, '-'), x-1
			}
		}
	}
	out := make([]byte, len(back))
	for i, kind := range back {
		out[len(back)-1-i] = kind
	}
	return out
}
