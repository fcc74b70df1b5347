package source

import (
	"bytes"
	"slices"
	"sync"

	"github.com/passmuster/muster/loaders/intern"
)

// plainJSON reads the YAML that nearly all manifests are written in (block mappings and lists,
// one-line values, literal blocks, short flow collections) about ten times as fast as the full
// parser, byte for byte to the same JSON. Whatever is not obviously inside that subset makes it
// return false, and the full parser decides: anchors, tags, most multi-line strings, escapes,
// repeated keys, tabs, every error. FuzzPlain holds the two to each other.
//
// raw starts at the first line with content.
func plainJSON(raw []byte) (d plainDocument, ok bool) {
	if !plainBytes(raw) {
		return d, false
	}
	p := plainPool.Get().(*plain)
	defer plainPool.Put(p)
	root, ok := p.read(raw, 1)
	if !ok || !p.write(root) {
		return d, false
	}
	d = plainDocument{js: bytes.Clone(p.out), items: p.items}
	d.head, d.headed = p.head(root)
	return d, true
}

// plainDocument is a document as the fast reader reads it.
type plainDocument struct {
	js     []byte
	items  []span // of the elements of a top-level "items", relative to the text
	head   head   // what readHead would find, if headed
	headed bool
}

// read reads the nodes of a text whose first line starts at a column of its file.
func (p *plain) read(raw []byte, column int) (root int32, ok bool) {
	p.raw, p.pos, p.number, p.start, p.indent, p.text, p.items = raw, 0, 0, 0, 0, nil, nil
	p.nodes, p.out, p.order = p.nodes[:0], p.out[:0], p.order[:0]
	if p.next(); p.start < len(raw) && p.number == 1 {
		p.indent += column - 1
	}
	at := p.start
	if root, ok = p.block(0); ok {
		p.nodes[root].at = int32(at)
	}
	return root, ok && p.text == nil
}

var plainPool = sync.Pool{New: func() any { return new(plain) }}

// plainBytes reports whether a text is free of characters that YAML treats in some special way
// wherever they stand: tabs, control characters, line breaks other than LF and CRLF, marks.
func plainBytes(raw []byte) bool {
	for i, b := range raw {
		switch {
		case b >= ' ' && b < 0x7f, b == '\n':
		case b == '\r':
			if i+1 == len(raw) || raw[i+1] != '\n' {
				return false
			}
		case b < 0x80, b == 0xef, b == 0xc2 && raw[i+1] < 0xa0, b == 0xe2 && raw[i+1] == 0x80 && raw[i+2] >= 0xa8:
			return false // what follows b is there, because the text is valid UTF-8
		}
	}
	return true
}

// plain is a reader of the subset. It looks at one line at a time, the next that is neither
// blank nor a comment.
type plain struct {
	raw    []byte
	pos    int    // where the line after the current one starts
	number int    // of the current line, from 1
	start  int    // where its text starts in raw
	indent int    // column of its text, from 0
	text   []byte // nil at the end

	nodes []node
	items []span
	out   []byte
	order []int32 // scratch: children in the order of their keys
	known intern.Strings
}

type nodeKind uint8

const (
	verbatim nodeKind = iota // text is JSON
	str                      // text is the string
	literal                  // text is the block with its indentation
	folded                   // text is the block with its indentation, and its lines are one
	mapping
	sequence
)

// node is a value; the children of a mapping or sequence are chained.
type node struct {
	kind         nodeKind
	chomp        byte // of a literal: 0, '-' or '+'
	block        int  // indentation of a literal
	key, text    []byte
	child, after int32 // index in nodes; 0 = none (the root is nobody's child)
	at           int32 // offset of its key in raw, or of itself if it has none
}

const (
	plainDepth   = 60                // deeper documents are the full parser's
	plainDeepest = 2*plainDepth + 10 // no document nests deeper than block collections with flow collections inside
)

// next moves to the next line with content.
func (p *plain) next() {
	for p.pos < len(p.raw) {
		line := p.raw[p.pos:]
		at := p.pos
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i]
			p.pos += i + 1
		} else {
			p.pos = len(p.raw)
		}
		p.number++
		indent := 0
		for indent < len(line) && line[indent] == ' ' {
			indent++
		}
		line = bytes.TrimRight(line[indent:], " \r")
		if len(line) > 0 && line[0] != '#' {
			p.text, p.indent, p.start = line, indent, at+indent
			return
		}
	}
	p.text, p.indent, p.start = nil, -1, len(p.raw)
}

// into makes the rest of the current line, behind a dash, the current line.
func (p *plain) into(rest []byte) {
	skipped := len(p.text) - len(rest)
	p.text, p.indent, p.start = rest, p.indent+skipped, p.start+skipped
}

func (p *plain) add(n node) int32 {
	p.nodes = append(p.nodes, n)
	return int32(len(p.nodes) - 1)
}

// chain appends a child to a parent.
func (p *plain) chain(parent, last, child int32) {
	if last == 0 {
		p.nodes[parent].child = child
	} else {
		p.nodes[last].after = child
	}
}

func isDash(text []byte) bool {
	return len(text) > 0 && text[0] == '-' && (len(text) == 1 || text[1] == ' ')
}

// block reads the mapping or list that starts in the current line.
func (p *plain) block(depth int) (int32, bool) {
	switch {
	case depth > plainDepth || p.text == nil:
		return 0, false
	case isDash(p.text):
		return p.sequence(depth, false)
	}
	return p.mapping(depth)
}

func (p *plain) mapping(depth int) (int32, bool) {
	self, last, indent := p.add(node{kind: mapping}), int32(0), p.indent
	for p.text != nil && p.indent == indent {
		key, rest, ok := plainKey(p.text)
		if !ok {
			return 0, false
		}
		at := p.start
		var value int32
		if rest = withoutComment(rest); len(rest) > 0 {
			value, ok = p.inline(rest, indent)
		} else {
			p.next()
			switch {
			case p.indent > indent:
				value, ok = p.block(depth + 1)
			case p.indent == indent && isDash(p.text): // a list may stand as far left as its key
				value, ok = p.sequence(depth+1, depth == 0 && string(key) == "items")
			default:
				value = p.add(node{text: null})
			}
		}
		if !ok {
			return 0, false
		}
		p.nodes[value].key, p.nodes[value].at = key, int32(at)
		p.chain(self, last, value)
		last = value
	}
	return self, p.indent < indent
}

// sequence reads a list; with record it notes where the elements stand.
func (p *plain) sequence(depth int, record bool) (int32, bool) {
	self, last, indent := p.add(node{kind: sequence}), int32(0), p.indent
	var spans []span
	for p.indent == indent && isDash(p.text) {
		var value int32
		ok := depth <= plainDepth
		rest := bytes.TrimLeft(p.text[1:], " ")
		at := span{start: p.start + len(p.text) - len(rest), line: p.number, column: p.indent + len(p.text) - len(rest) + 1}
		own := at.start
		if rest = withoutComment(rest); len(rest) == 0 {
			own = p.start + 1 // nothing, behind the dash
			if p.next(); p.indent > indent {
				record, own = false, p.start
				value, ok = p.block(depth + 1)
			} else {
				value = p.add(node{text: null})
			}
		} else if _, _, isKey := plainKey(rest); isKey || isDash(rest) {
			p.into(bytes.TrimLeft(p.text[1:], " "))
			value, ok = p.block(depth + 1)
		} else {
			value, ok = p.inline(rest, indent)
		}
		if !ok {
			return 0, false
		}
		p.nodes[value].at = int32(own)
		at.end = p.start - max(p.indent, 0)
		spans = append(spans, at)
		p.chain(self, last, value)
		last = value
	}
	if record {
		p.items = spans
	}
	return self, p.indent <= indent
}

// write appends the JSON of a node, mappings in the order of their keys. It refuses a key that
// stands twice.
func (p *plain) write(i int32) bool {
	n := &p.nodes[i]
	switch n.kind {
	case verbatim:
		p.out = append(p.out, n.text...)
	case str:
		p.out = append(appendEscaped(append(p.out, '"'), n.text), '"')
	case literal:
		p.out = append(appendLiteral(append(p.out, '"'), n), '"')
	case folded:
		p.out = append(appendFolded(append(p.out, '"'), n), '"')
	case sequence:
		p.out = append(p.out, '[')
		for c := n.child; c != 0; c = p.nodes[c].after {
			if c != n.child {
				p.out = append(p.out, ',')
			}
			if !p.write(c) {
				return false
			}
		}
		p.out = append(p.out, ']')
	case mapping:
		return p.writeMapping(n)
	}
	return true
}

func (p *plain) writeMapping(n *node) bool {
	from := len(p.order)
	for c := n.child; c != 0; c = p.nodes[c].after {
		p.order = append(p.order, c)
	}
	children := p.order[from:]
	slices.SortFunc(children, func(a, b int32) int { return bytes.Compare(p.nodes[a].key, p.nodes[b].key) })
	p.out = append(p.out, '{')
	for i, c := range children {
		key := p.nodes[c].key
		if i > 0 {
			if bytes.Equal(key, p.nodes[children[i-1]].key) {
				return false
			}
			p.out = append(p.out, ',')
		}
		p.out = append(appendEscaped(append(p.out, '"'), key), '"', ':')
		if !p.write(c) {
			return false
		}
	}
	p.out = append(p.out, '}')
	p.order = p.order[:from]
	return true
}

// head is what readHead finds in the JSON of a document; false if that has to be read: members that
// are no strings, or "items".
func (p *plain) head(root int32) (h head, ok bool) {
	h.items = -1
	if p.nodes[root].kind != mapping {
		return h, false
	}
	ok = true
	text := func(n *node) string {
		ok = ok && n.kind == str
		return p.known.Of(n.text)
	}
	for c := p.nodes[root].child; c != 0; c = p.nodes[c].after {
		switch n := &p.nodes[c]; string(n.key) {
		case "apiVersion":
			h.apiVersion = text(n)
		case "kind":
			h.kind = text(n)
		case "items":
			return h, false
		case "metadata":
			if n.kind != mapping {
				continue
			}
			for in := n.child; in != 0; in = p.nodes[in].after {
				switch n := &p.nodes[in]; string(n.key) {
				case "name":
					h.name = text(n)
				case "namespace":
					h.namespace = text(n)
				}
			}
		}
	}
	return h, ok
}
