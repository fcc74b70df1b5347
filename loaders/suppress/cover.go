package suppress

import "slices"

// What a comment that covers nothing is told.
const (
	nothingBelow = "nothing stands below it"
	blankBelow   = "a blank line divides it from what stands below it"
	deeper       = "it is indented deeper than what stands below it"
)

// covered is the stretch [from, to) that the comment of line i covers, or why there is none.
func (x *lexer) covered(i int) (from, to spot, why string) {
	l := &x.lines[i]
	if l.sort != remark {
		from, to = spot{i + 1, 1}, spot{i + 2, 1}
		switch {
		case l.sort == start:
			return from, x.endOfDocument(i), ""
		case l.depth > 0:
			if open := x.openedIn(i); open >= 0 {
				to = x.close(open)
			}
		case l.sort == structural:
			to = x.endBelow(i, l.last, l.lastItem)
		}
		return from, to, ""
	}
	below, why := x.below(i)
	if why != "" {
		return from, to, why
	}
	target := &x.lines[below]
	from = spot{below + 1, target.column}
	switch {
	case target.sort == stop:
		return from, to, nothingBelow
	case target.sort == start:
		return spot{below + 1, 1}, x.endOfDocument(below), ""
	case l.depth > 0:
		return x.inFlow(from)
	case x.beginsDocument(below):
		return spot{below + 1, 1}, x.endOfDocument(below), ""
	}
	return from, x.endBelow(below, target.column, target.item), ""
}

// below is the line that a comment of its own line stands on.
func (x *lexer) below(i int) (int, string) {
	for j := i + 1; j < len(x.lines); j++ {
		switch l := &x.lines[j]; l.sort {
		case remark, generated:
		case blank:
			for k := j; k < len(x.lines); k++ {
				if s := x.lines[k].sort; s != blank && s != remark && s != generated {
					return 0, blankBelow
				}
			}
			return 0, nothingBelow
		default:
			if l.column < x.lines[i].comment {
				return 0, deeper
			}
			return j, ""
		}
	}
	return 0, nothingBelow
}

// beginsDocument reports whether line i is the first of its document that holds anything.
func (x *lexer) beginsDocument(i int) bool {
	for j := i - 1; j >= 0; j-- {
		switch x.lines[j].sort {
		case start, stop:
			return x.lines[j].last == 0
		case structural, continuation:
			return false
		}
	}
	return true
}

func (x *lexer) endOfDocument(i int) spot {
	for j := i + 1; j < len(x.lines); j++ {
		if s := x.lines[j].sort; s == start || s == stop {
			return spot{j + 1, 1}
		}
	}
	return spot{len(x.lines) + 1, 1}
}

// endBelow is where what begins in line i at a column ends: at the next line that is not nested in it. The items of a
// list may stand in the column of its key.
func (x *lexer) endBelow(i, column int, item bool) spot {
	for j := i + 1; j < len(x.lines); j++ {
		switch l := &x.lines[j]; l.sort {
		case start, stop:
			return spot{j + 1, 1}
		case structural:
			if l.column < column || l.column == column && (item || !l.item) {
				return spot{j + 1, 1}
			}
		}
	}
	return spot{len(x.lines) + 1, 1}
}

// openedIn is the last bracket of line i that is not closed in it, or -1.
func (x *lexer) openedIn(i int) int {
	open := []int{}
	for m := x.firstMark(spot{i + 1, 1}); m < len(x.marks) && x.marks[m].at.line == i+1; m++ {
		switch k := &x.marks[m]; {
		case k.char == '[' || k.char == '{':
			open = append(open, m)
		case k.char != ',' && len(open) > 0:
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return -1
	}
	return open[len(open)-1]
}

// firstMark is the first mark that does not stand before a place.
func (x *lexer) firstMark(at spot) int {
	m, _ := slices.BinarySearchFunc(x.marks, at, func(k mark, at spot) int {
		if k.at.before(at) {
			return -1
		}
		return 1
	})
	return m
}

// close is the place behind the bracket that closes the one at index m.
func (x *lexer) close(m int) spot {
	depth := 0
	for ; m < len(x.marks); m++ {
		switch x.marks[m].char {
		case '[', '{':
			depth++
		case ']', '}':
			if depth--; depth == 0 {
				return spot{x.marks[m].at.line, x.marks[m].at.column + 1}
			}
		}
	}
	return spot{len(x.lines) + 1, 1}
}

// inFlow is the entry of a flow style that begins at a place: it ends at a comma, or where what it stands in is closed.
func (x *lexer) inFlow(from spot) (spot, spot, string) {
	depth := 0
	for m := x.firstMark(from); m < len(x.marks); m++ {
		k := &x.marks[m]
		switch k.char {
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		}
		if k.char == ',' && depth == 0 || depth < 0 {
			if k.at == from {
				return from, from, nothingBelow
			}
			return from, k.at, ""
		}
	}
	return from, spot{len(x.lines) + 1, 1}, ""
}
