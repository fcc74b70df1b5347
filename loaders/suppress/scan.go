package suppress

import (
	"bytes"
	"unicode/utf8"
)

// scan goes through a line, or what is left of it, outside of scalars that go on from above, unless they are quoted.
func (x *lexer) scan(l *line, text, whole []byte, at, n int) {
	x.scalar = 0
	fresh := x.quote == 0 && !x.plain // a value may begin
	behind := false                   // a value has ended: only : , ] } or a comment can follow
	i := at
	for i < len(text) {
		c := text[i]
		switch {
		case x.quote != 0:
			i = x.quoted(text, i)
			fresh, behind = false, x.quote == 0
		case isSpace(c):
			i++
		case c == '#' && (i == 0 || isSpace(text[i-1])):
			x.comment(l, text, whole, i)
			x.endOfLine(l, text[:i], fresh)
			return
		case x.depth > 0 && bytes.IndexByte([]byte(",]}"), c) >= 0, fresh && (c == '[' || c == '{'):
			x.marks = append(x.marks, mark{spot{n, utf8.RuneCount(text[:i]) + 1}, c})
			switch c {
			case '[', '{':
				x.depth++
			case ']', '}':
				x.depth--
			}
			fresh, behind, x.plain = c != ']' && c != '}', c == ']' || c == '}', false
			i++
		case c == ':' && x.depth > 0 && (behind || x.plain && endsKey(text, i, true) || fresh && endsKey(text, i, true)):
			fresh, behind, x.plain = true, false, false
			i++
		case c == ':' && x.depth == 0 && endsKey(text, i, false):
			x.key(l)
			fresh, behind = true, false
			i++
		case fresh && x.depth == 0 && (c == '-' || c == '?') && (i+1 == len(text) || isSpace(text[i+1])):
			x.begin(l, text, i, c == '-')
			i++
		case fresh && (c == '"' || c == '\''):
			x.begin(l, text, i, false)
			x.quote, fresh = c, false
			i++
		case fresh && (c == '&' || c == '!'):
			for i < len(text) && !isSpace(text[i]) && (x.depth == 0 || bytes.IndexByte([]byte(",[]{}"), text[i]) < 0) {
				i++
			}
		default:
			if fresh {
				x.begin(l, text, i, false)
			}
			fresh, behind = false, false
			x.plain = x.depth > 0
			i++
		}
	}
	x.endOfLine(l, text, fresh)
}

// quoted goes on inside quotes, and returns the byte behind them.
func (x *lexer) quoted(text []byte, i int) int {
	for ; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && x.quote == '"':
			i++
		case c != x.quote:
		case x.quote == '\'' && i+1 < len(text) && text[i+1] == '\'': // two stand for one
			i++
		default:
			x.quote = 0
			return i + 1
		}
	}
	return len(text)
}

// endsKey reports whether the colon at i ends a key.
func endsKey(text []byte, i int, flow bool) bool {
	return i+1 == len(text) || isSpace(text[i+1]) || flow && bytes.IndexByte([]byte(",[]{}"), text[i+1]) >= 0
}

// begin notes that a dash begins, or a scalar, which may turn out to be a key.
func (x *lexer) begin(l *line, text []byte, i int, dash bool) {
	if x.depth > 0 || l.sort == continuation {
		return
	}
	x.scalar = utf8.RuneCount(text[:i]) + 1
	if dash {
		l.item = l.item || l.column == x.scalar
		l.last, l.lastItem, x.scalar = x.scalar, true, 0
	}
}

// key notes that the scalar that began last is a key. What follows it in the line is its value.
func (x *lexer) key(l *line) {
	if x.scalar > 0 && (l.last == 0 || l.lastItem) {
		l.last, l.lastItem = x.scalar, false
	}
	x.scalar = 0
}

// endOfLine sees whether a scalar goes on below. text is the line without its comment.
func (x *lexer) endOfLine(l *line, text []byte, fresh bool) {
	if x.depth > 0 || x.quote != 0 || l.sort == continuation || l.sort == stop {
		return
	}
	text = bytes.TrimRight(text, " \t")
	if explicit, ok := blockScalar(text); ok {
		x.parent, x.literal = l.last, true
		if explicit > 0 {
			x.parent = max(l.last-1, 0) + explicit
		}
		return
	}
	if l.comment == 0 && !fresh && l.last > 0 {
		x.parent, x.literal = l.last, false
	}
}

// blockScalar reports whether a line ends in the sign of a block scalar, and the indentation that it states.
func blockScalar(text []byte) (explicit int, ok bool) {
	i := len(text)
	for i > 0 && bytes.IndexByte([]byte("+-123456789"), text[i-1]) >= 0 {
		i--
		if text[i] >= '1' && text[i] <= '9' {
			explicit = int(text[i] - '0')
		}
	}
	if i == 0 || len(text)-i > 2 || text[i-1] != '|' && text[i-1] != '>' {
		return 0, false
	}
	return explicit, i == 1 || isSpace(text[i-2])
}
