package github

import (
	"strconv"
	"strings"
)

// lines is a range of lines, from 1, both ends included.
type lines struct{ from, to int }

// rightSide are the lines of a file that a patch shows on its right side, one range for each hunk: GitHub takes comments
// on these alone, and on several lines only within one hunk. What is no patch shows nothing.
func rightSide(patch string) []lines {
	var out []lines
	var at, left, right int // the next line of the right side; lines of the hunk that are still to come
	for text := range strings.Lines(patch) {
		text = strings.TrimSuffix(text, "\n")
		if left <= 0 && right <= 0 {
			h, ok := hunkHeader(text)
			if !ok {
				continue
			}
			at, left, right = h.start, h.old, h.count
			out = append(out, lines{at, at - 1})
			continue
		}
		switch {
		case text == "" || text[0] == ' ':
			left--
			right--
		case text[0] == '+':
			right--
		case text[0] == '-':
			left--
			continue
		case text[0] == '\\': // "No newline at end of file"
			continue
		default: // no line of a hunk: the patch is cut or broken, and what follows means nothing
			return nonempty(out)
		}
		if right < 0 || left < 0 {
			return nonempty(out)
		}
		out[len(out)-1].to = at
		at++
	}
	return nonempty(out)
}

func nonempty(list []lines) []lines {
	var out []lines
	for _, l := range list {
		if l.from >= 1 && l.to >= l.from {
			out = append(out, l)
		}
	}
	return out
}

// hunk is what the header of a hunk says.
type hunk struct{ old, start, count int }

// hunkHeader reads "@@ -a,b +c,d @@ …", in which ",b" and ",d" are left out for 1.
func hunkHeader(text string) (hunk, bool) {
	text, ok := strings.CutPrefix(text, "@@ -")
	if !ok {
		return hunk{}, false
	}
	ranges, _, ok := strings.Cut(text, " @@")
	if !ok {
		return hunk{}, false
	}
	left, right, ok := strings.Cut(ranges, " +")
	if !ok {
		return hunk{}, false
	}
	_, old, ok1 := extent(left)
	start, count, ok2 := extent(right)
	return hunk{old, start, count}, ok1 && ok2
}

// extent reads a start and a number of lines, each below a hundred million.
func extent(text string) (start, count int, ok bool) {
	first, second, several := strings.Cut(text, ",")
	if !several {
		second = "1"
	}
	start, ok1 := number(first)
	count, ok2 := number(second)
	return start, count, ok1 && ok2
}

func number(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return int(n), err == nil && n < 100_000_000
}
