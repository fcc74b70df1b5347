package source

import "bytes"

var bom = []byte("\ufeff")

// chunk is the stretch of a file that holds one YAML document (or a stream of JSON values).
// Splitting happens on bytes, before anything is parsed, so that a broken document cannot take
// its neighbours with it.
type chunk struct {
	from, body, to int // lead is [from,body), the document with its marker [body,to)
	fromLine       int // line of from
	bodyLine       int // line of body
	content        int // first line that is neither blank, comment, directive nor bare marker; 0 = none
	contentAt      int // where that line starts, behind the marker if it shares its line
	marked         bool
	directives     bool // the lead holds %YAML or %TAG
}

// split finds the documents of a file. A line that starts with "---" or "..." followed by a
// blank is a marker wherever it stands: YAML forbids both at column 0 inside quoted, plain and
// block scalars. Comments and directives between documents go with the document below them;
// documents without content are left out. It stops when it has found most documents.
func split(data []byte, most int) []chunk {
	out := make([]chunk, 0, min(most, 1+bytes.Count(data, []byte("\n---"))))
	start := 0
	if bytes.HasPrefix(data, bom) {
		start = len(bom)
	}
	c := chunk{from: start, body: start, fromLine: 1, bodyLine: 1}
	flush := func(to int) {
		if c.content > 0 {
			c.to = to
			out = append(out, c)
		}
	}
	for pos, line := start, 1; pos < len(data) && len(out) < most; line++ {
		next := len(data)
		if i := bytes.IndexByte(data[pos:], '\n'); i >= 0 {
			next = pos + i + 1
		}
		text, at := data[pos:next], pos
		if bytes.HasPrefix(text, bom) { // files that were concatenated keep their marks
			text, at = text[len(bom):], pos+len(bom)
		}
		switch {
		case isMarker(text, "---"):
			if c.content > 0 || c.marked {
				flush(pos)
				c = chunk{from: at, fromLine: line}
			}
			c.body, c.bodyLine, c.marked = at, line, true
			if !isBlank(text[3:]) {
				c.content, c.contentAt = line, at+3
			}
		case isMarker(text, "..."):
			flush(pos)
			c = chunk{from: next, body: next, fromLine: line + 1, bodyLine: line + 1}
		case c.content > 0 || isBlank(text):
		case text[0] == '%' && !c.marked:
			c.directives = true
		default:
			c.content, c.contentAt = line, at
		}
		pos = next
	}
	if len(out) < most {
		flush(len(data))
	}
	return out
}

// text is what the YAML parser is given, and the line it starts in. Directives belong to it.
func (c chunk) text(data []byte) ([]byte, int) {
	if c.directives {
		return data[c.from:c.to:c.to], c.fromLine
	}
	return data[c.body:c.to:c.to], c.bodyLine
}

func isMarker(line []byte, marker string) bool {
	if len(line) < 3 || string(line[:3]) != marker {
		return false
	}
	return len(line) == 3 || line[3] == ' ' || line[3] == '\t' || line[3] == '\n' || line[3] == '\r'
}

// isBlank reports whether a line holds nothing but white space and a comment.
func isBlank(line []byte) bool {
	for _, b := range line {
		switch b {
		case ' ', '\t', '\r', '\n':
		case '#':
			return true
		default:
			return false
		}
	}
	return true
}
