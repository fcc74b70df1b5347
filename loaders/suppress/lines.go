package suppress

import (
	"bytes"
	"unicode/utf8"
)

// spot is a place in a file, both one-based, columns in characters.
type spot struct{ line, column int }

func (s spot) before(t spot) bool {
	return s.line < t.line || s.line == t.line && s.column < t.column
}

// sort says what a line of YAML is.
type sort int

const (
	structural   sort = iota // a key, a list item or a scalar begins in it, outside of any flow style
	continuation             // it goes on with what a line above began: a block scalar, quotes, a flow style
	blank
	remark    // a comment alone
	generated // template actions alone: whatever comes of them, they are no YAML here
	start     // ---
	stop      // ...
)

// line is one line of a file, as far as comments need to know it.
type line struct {
	sort   sort
	column int // of the first character that is no space
	item   bool
	// last is the column of the last key or dash that begins in the line; lastItem: it is a dash.
	last     int
	lastItem bool
	comment  int // column of the # that begins a comment; 0 = none
	text     string
	depth    int // of flow style, where the comment stands
}

// mark is a bracket or a comma of a flow style.
type mark struct {
	at   spot
	char byte
}

// lexer goes through the lines of a YAML file. It is no parser: it knows where scalars, flow styles and comments begin
// and end, which is all that it takes to tell a comment from what only looks like one.
type lexer struct {
	lines []line
	marks []mark

	depth   int  // brackets that are open
	quote   byte // the quote that is open
	plain   bool // inside a flow style, an unquoted scalar goes on
	parent  int  // a scalar of several lines goes on in lines with more columns than this; -1 = none does
	literal bool // that scalar is a block scalar
	scalar  int  // the column of the scalar of this line that may be a key; 0 = none
}

// none is the parent of no scalar.
const none = -1

var bom = []byte("\ufeff")

// read goes through a file. masked is the file with template actions taken out, of the same length, or the file itself.
func read(data, masked []byte) *lexer {
	x := &lexer{parent: none}
	for at := 0; at < len(data); {
		to := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			to = at + i
		}
		whole := bytes.TrimSuffix(data[at:to], []byte{'\r'})
		text := masked[at : at+len(whole)]
		skipped := 0
		if bytes.HasPrefix(text, bom) {
			skipped = len(bom)
		}
		x.line(text[skipped:], whole[skipped:])
		at = to + 1
	}
	return x
}

func (x *lexer) line(text, whole []byte) {
	n := len(x.lines) + 1
	indent := 0
	for indent < len(text) && text[indent] == ' ' {
		indent++
	}
	first := indent
	for first < len(text) && isSpace(text[first]) {
		first++
	}
	l := line{column: first + 1}
	empty := first == len(text)
	switch {
	case isMarker(text, "---"), isMarker(text, "..."):
		x.depth, x.quote, x.plain, x.parent, x.literal = 0, 0, false, none, false
		if l.sort = start; text[0] == '.' {
			l.sort = stop
		}
		x.scan(&l, text, whole, 3, n)
	case empty && len(bytes.TrimSpace(whole)) > 0:
		l.sort = generated
	case x.quote != 0:
		l.sort = continuation
		x.scan(&l, text, whole, first, n)
	case empty:
		l.sort = blank
	case x.literal && indent >= x.parent:
		l.sort = continuation
	case text[first] == '#':
		l.sort = remark
		x.comment(&l, text, whole, first)
		x.literal, x.parent = false, none
	case x.depth > 0:
		l.sort = continuation
		x.scan(&l, text, whole, first, n)
	case !x.literal && x.parent != none && indent >= x.parent:
		l.sort = continuation
		x.rest(&l, text, whole, first)
	default:
		x.literal, x.parent = false, none
		x.scan(&l, text, whole, first, n)
	}
	x.lines = append(x.lines, l)
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// isMarker reports whether a line begins with --- or ... that divides documents.
func isMarker(text []byte, marker string) bool {
	return bytes.HasPrefix(text, []byte(marker)) && (len(text) == len(marker) || isSpace(text[len(marker)]))
}

// comment notes the comment that begins at a byte of the line.
func (x *lexer) comment(l *line, text, whole []byte, at int) {
	l.comment, l.text, l.depth = utf8.RuneCount(text[:at])+1, string(whole[at+1:]), x.depth
}

// rest looks for a comment behind a line of an unquoted scalar that began above.
func (x *lexer) rest(l *line, text, whole []byte, at int) {
	for i := at; i < len(text); i++ {
		if text[i] == '#' && i > 0 && isSpace(text[i-1]) {
			x.comment(l, text, whole, i)
			x.parent = none
			return
		}
	}
}
