package consul

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// plainHCL reads what nearly all files are written in (ASCII; names, texts without escapes, decimal integers, true and
// false, comments to the end of a line) several times as fast as the library. Whatever is not obviously inside that subset
// makes it return false, and the library decides: heredocs, interpolation, every error. FuzzPlainHCL holds the two to each
// other.
func plainHCL(data []byte, limits source.Limits) ([]hclItem, bool) {
	if len(data) > limits.Values {
		return nil, false
	}
	for _, b := range data {
		if (b < ' ' || b >= 0x7f) && b != '\n' && b != '\t' {
			return nil, false
		}
	}
	p := &plainReader{text: string(data), line: 1, depth: min(limits.Depth, maxPlainDepth)}
	items, ok := p.items(0)
	return items, ok && p.at == len(p.text)
}

const maxPlainDepth = 60 // deeper files are the library's

// plainReader is a reader of the subset.
type plainReader struct {
	text  string
	at    int // offset of the next byte
	line  int // that it stands in, from 1
	start int // where that line starts
	depth int // the most that may nest

	keys []hclKey // of all items
	open []hclItem
	list []hclNode
}

// next is the next byte that is neither blank nor in a comment; 0 at the end, and for what is no comment after all.
func (p *plainReader) next() byte {
	for p.at < len(p.text) {
		switch b := p.text[p.at]; b {
		case '\n':
			p.at++
			p.line, p.start = p.line+1, p.at
		case ' ', '\t':
			p.at++
		case '/', '#':
			if b == '/' && !strings.HasPrefix(p.text[p.at:], "//") {
				return 0
			}
			if end := strings.IndexByte(p.text[p.at:], '\n'); end >= 0 {
				p.at += end
			} else {
				p.at = len(p.text)
			}
		default:
			return b
		}
	}
	return 0
}

// here is where the next byte stands.
func (p *plainReader) here() spot { return spot{int32(p.line), int32(p.at - p.start + 1)} }

// items reads the items of an object up to its closing brace, or to the end of the text.
func (p *plainReader) items(depth int) ([]hclItem, bool) {
	from := len(p.open)
	for {
		b := p.next()
		if b == '}' && depth > 0 || b == 0 && depth == 0 {
			items := slices.Clone(p.open[from:])
			p.open = p.open[:from]
			return items, true
		}
		item, ok := p.item(depth)
		if !ok {
			return nil, false
		}
		p.open = append(p.open, item)
		if p.next() == ',' {
			p.at++
		}
	}
}

func (p *plainReader) item(depth int) (item hclItem, ok bool) {
	from := len(p.keys)
	for {
		b, at := p.next(), p.here()
		n := len(p.keys) - from
		switch {
		case b == '=' && n == 1, b == '{' && n > 0 && n <= maxLabels:
			item.keys = p.keys[from : from+n : from+n]
			if b == '=' {
				p.at++
				p.next()
			}
			item.value, ok = p.value(depth)
			return item, ok
		case b == '"':
			text, ok := p.quoted()
			if !ok {
				return item, false
			}
			p.keys = append(p.keys, hclKey{text, at})
		case startsWord(b):
			word := p.word()
			if word == "true" || word == "false" {
				return item, false
			}
			p.keys = append(p.keys, hclKey{word, at})
		default:
			return item, false
		}
	}
}

// value reads the value that starts at the next byte.
func (p *plainReader) value(depth int) (n hclNode, ok bool) {
	if depth >= p.depth || p.at >= len(p.text) {
		return n, false
	}
	n.at = p.here()
	switch b := p.text[p.at]; {
	case b == '{':
		p.at++
		n.kind = objectValue
		n.items, ok = p.items(depth + 1)
		p.at++ // the closing brace
		return n, ok
	case b == '[':
		p.at++
		n.kind = listValue
		n.elements, ok = p.elements(depth + 1)
		return n, ok
	case b == '"':
		n.kind = textValue
		n.text, ok = p.quoted()
		return n, ok
	case startsWord(b):
		n.kind, n.text = boolValue, p.word()
		return n, n.text == "true" || n.text == "false"
	}
	n.kind = numberValue
	n.text, ok = p.integer()
	return n, ok
}

// elements reads the elements of a list, its closing bracket included.
func (p *plainReader) elements(depth int) ([]hclNode, bool) {
	from := len(p.list)
	for {
		if p.next() != ']' {
			n, ok := p.value(depth)
			if !ok {
				return nil, false
			}
			p.list = append(p.list, n)
			if p.next() == ',' {
				p.at++
				continue
			}
		}
		if p.next() != ']' {
			return nil, false
		}
		p.at++
		elements := slices.Clone(p.list[from:])
		p.list = p.list[:from]
		return elements, true
	}
}

// quoted reads a text without escapes, interpolation or line breaks.
func (p *plainReader) quoted() (string, bool) {
	rest := p.text[p.at+1:]
	end := strings.IndexAny(rest, "\"\\\n\t")
	if end < 0 || rest[end] != '"' || strings.Contains(rest[:end], "${") {
		return "", false
	}
	p.at += end + 2
	return rest[:end], true
}

func startsWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_'
}

func (p *plainReader) word() string {
	from := p.at
	for p.at < len(p.text) {
		if b := p.text[p.at]; !startsWord(b) && (b < '0' || b > '9') && b != '-' && b != '.' {
			break
		}
		p.at++
	}
	return p.text[from:p.at]
}

// integer reads a decimal integer as Go writes it.
func (p *plainReader) integer() (string, bool) {
	from := p.at
	if strings.HasPrefix(p.text[p.at:], "-") {
		p.at++
	}
	digits := p.at
	for p.at < len(p.text) && p.text[p.at] >= '0' && p.text[p.at] <= '9' {
		p.at++
	}
	n := p.at - digits
	ends := p.at == len(p.text) || strings.IndexByte(" \t\n,]}", p.text[p.at]) >= 0
	return p.text[from:p.at], ends && n > 0 && n <= 18 && (p.text[digits] != '0' || n == 1 && digits == from)
}
