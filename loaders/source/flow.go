package source

import (
	"bytes"
	"strings"
)

// flow reads a flow mapping or list of simple words, all in one line.
func (p *plain) flow(text []byte, depth int) (n int32, rest []byte, ok bool) {
	kind, closing := sequence, byte(']')
	if text[0] == '{' {
		kind, closing = mapping, '}'
	}
	self, last := p.add(node{kind: kind}), int32(0)
	rest = bytes.TrimLeft(text[1:], " ")
	if len(rest) > 0 && rest[0] == closing {
		return self, rest[1:], true
	}
	for depth < plainDepth && len(rest) > 0 {
		var key []byte
		at := p.offset(rest)
		if kind == mapping {
			if key, rest, ok = plainKey(rest); !ok || len(rest) == 0 {
				return 0, nil, false
			}
		}
		var value int32
		if value, rest, ok = p.flowValue(rest, depth); !ok {
			return 0, nil, false
		}
		p.nodes[value].key, p.nodes[value].at = key, int32(at)
		p.chain(self, last, value)
		last = value
		rest = bytes.TrimLeft(rest, " ")
		switch {
		case len(rest) == 0:
			return 0, nil, false
		case rest[0] == closing:
			return self, rest[1:], true
		case rest[0] != ',':
			return 0, nil, false
		}
		rest = bytes.TrimLeft(rest[1:], " ")
	}
	return 0, nil, false
}

// offset is where a rest of the current line starts in raw.
func (p *plain) offset(rest []byte) int { return p.start + len(p.text) - len(rest) }

func (p *plain) flowValue(text []byte, depth int) (n int32, rest []byte, ok bool) {
	switch text[0] {
	case '{', '[':
		return p.flow(text, depth+1)
	case '"', '\'':
		s, rest, ok := quoted(text)
		return p.add(node{kind: str, text: s}), rest, ok
	}
	end := 0
	for end < len(text) && (wordByte(text[end]) && text[end] != ':' || end > 0 && strings.IndexByte("%*+", text[end]) >= 0) {
		end++
	}
	if end == 0 || isDash(text[:end]) {
		return 0, nil, false
	}
	n, ok = p.scalar(text[:end])
	return n, text[end:], ok
}
