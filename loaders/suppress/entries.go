package suppress

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseComment reads the text of a comment, without the sign that begins it. It returns false for a comment that does
// not begin with the marker.
func ParseComment(text string) (Entry, *Problem, bool) {
	rest, ours := strings.CutPrefix(strings.TrimLeftFunc(text, unicode.IsSpace), Marker)
	if !ours {
		return Entry{}, nil, false
	}
	skipped := len(text) - len(rest)
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && !unicode.IsSpace(r) {
		return Entry{}, wrong(skipped, "want a space behind %s, then the rules: %s DR103 until=2027-03-31 reason=\"…\"", Marker, Marker), true
	}
	e, p := Parse(rest)
	if p != nil {
		p.Offset += skipped
	}
	return e, p, true
}

// Piece is one entry of several, and where it begins.
type Piece struct {
	Entry   Entry
	Problem *Problem // its offset is in the whole text
	Offset  int
}

// ParseAll reads entries that newlines or semicolons divide, as annotations hold them. Each may begin with the marker.
// Empty ones are passed over.
func ParseAll(text string) []Piece {
	var list []Piece
	for from := 0; from <= len(text); {
		to := endOfEntry(text, from)
		piece := text[from:to]
		lead := len(piece) - len(strings.TrimLeftFunc(piece, unicode.IsSpace))
		if strings.TrimSpace(piece) != "" {
			at := from + lead
			e, p, marked := ParseComment(piece[lead:])
			if !marked {
				e, p = Parse(piece[lead:])
			}
			if p != nil {
				p.Offset += at
			}
			list = append(list, Piece{e, p, at})
		}
		from = to + 1
	}
	return list
}

// endOfEntry is the next newline, or semicolon outside quotes.
func endOfEntry(text string, from int) int {
	quoted := false
	for i := from; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n', c == ';' && !quoted:
			return i
		case c == '\\' && quoted && i+1 < len(text) && text[i+1] != '\n':
			i++
		case c == '"':
			quoted = !quoted
		}
	}
	return len(text)
}
