// Package textdiff compares two texts line by line.
package textdiff

import "strings"

// Line is one line of a comparison, with its line ending.
type Line struct {
	Kind     byte // kept (' '), removed ('-') or added ('+')
	Text     string
	Old, Now int // its number before and after, from 0; of a line that one side lacks, where it would stand there
}

// Lines is the shortest way from one text to another, if it takes no more than most lines that are removed or added;
// otherwise all from the first line that differs to the last is replaced. Time and memory grow with the square of most.
// Myers: An O(ND) Difference Algorithm and Its Variations.
func Lines(old, now []byte, most int) []Line {
	return compared(linesOf(old), linesOf(now), most)
}

func compared(a, b []string, most int) []Line {
	head, tail := 0, 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []Line
	add := func(kind byte, text string, old, now int) { out = append(out, Line{kind, text, old, now}) }
	for i := range head {
		add(' ', a[i], i, i)
	}
	old, now := head, head
	for _, kind := range shortest(a[head:len(a)-tail], b[head:len(b)-tail], most) {
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

func shortest(a, b []string, most int) []byte {
	n, m := len(a), len(b)
	reach := map[int]int{1: 0} // by diagonal
	var trace []map[int]int
	for d := 0; d <= min(n+m, most); d++ {
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

func linesOf(data []byte) []string {
	lines := strings.SplitAfter(string(data), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}
