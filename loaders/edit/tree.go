package edit

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/loaders/source"
)

// text is one document, its tree, and where its bytes stand.
type text struct {
	raw    []byte // from the first byte of the document to the end of the file
	size   int    // of the document itself
	at     int    // of raw in the file
	column int    // of raw in its line, from 1
	lines  []int  // offsets of lines in raw
	json   bool
	root   *yaml.Node
}

// open finds a document in the bytes of its file, and reads it into a tree.
func open(file []byte, d *source.Document) (*text, error) {
	s, ok := d.Stretch()
	switch {
	case !ok:
		return nil, errors.New("it is rendered, and its text stands in no file")
	case s.Odd:
		return nil, errors.New("its lines end in characters that are no line breaks to an editor")
	}
	at, ok := find(file, s)
	if !ok {
		return nil, errors.New("its text is not found in the file")
	}
	t := &text{raw: file[at:], size: len(s.Raw), at: at, column: s.Column, lines: []int{0}, json: s.JSON}
	for i, b := range s.Raw {
		if b == '\n' {
			t.lines = append(t.lines, i+1)
		}
	}
	padded := s.Raw
	if s.Column > 1 { // an item of a list: keep its columns, and with them its indentation
		padded = append(bytes.Repeat([]byte{' '}, s.Column-1), s.Raw...)
	}
	if t.root = parse(padded); t.root == nil {
		return nil, errors.New("it cannot be read as one YAML document")
	}
	return t, nil
}

// find returns where a stretch begins in its file.
func find(file []byte, s source.Stretch) (int, bool) {
	at := 0
	for line := 1; line < s.Line; line++ {
		i := bytes.IndexByte(file[at:], '\n')
		if i < 0 {
			return 0, false
		}
		at += i + 1
	}
	mark := len("\ufeff")
	for _, start := range []int{at, at + mark} { // a byte order mark has no column
		if start > len(file) || start > at && !bytes.HasPrefix(file[at:], []byte("\ufeff")) {
			continue
		}
		if start = skipRunes(file, start, s.Column-1); bytes.HasPrefix(file[start:], s.Raw) {
			return start, true
		}
	}
	return 0, false
}

func skipRunes(data []byte, at, n int) int {
	for ; n > 0 && at < len(data); n-- {
		_, size := utf8.DecodeRune(data[at:])
		at += size
	}
	return at
}

func parse(raw []byte) (root *yaml.Node) {
	defer func() {
		if recover() != nil {
			root = nil
		}
	}()
	var doc yaml.Node
	if yaml.Unmarshal(raw, &doc) != nil || len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

// start is the offset of a node's first byte.
func (t *text) start(n *yaml.Node) int {
	if n.Line < 1 || n.Line > len(t.lines) {
		return len(t.raw)
	}
	column := n.Column - 1
	if n.Line == 1 {
		column -= t.column - 1
	}
	return skipRunes(t.raw, t.lines[n.Line-1], column)
}

// step is one mapping or list on the way to a value.
type step struct {
	node  *yaml.Node
	index int // of the entry or item that the way goes on with
}

func (s step) key() *yaml.Node { return s.node.Content[2*s.index] }

// value is what the step leads to.
func (s step) value() *yaml.Node {
	if s.node.Kind == yaml.MappingNode {
		return s.node.Content[2*s.index+1]
	}
	return s.node.Content[s.index]
}

// errAbsent: a path leads to nothing that is written.
var errAbsent = errors.New("there is no such value in the text")

// follow goes to the value at a JSON pointer. Everything on the way must be what it looks like: no alias, nothing with
// an anchor or a tag, nothing that a merge key brings in.
func (t *text) follow(path string) (steps []step, value *yaml.Node, err error) {
	value = t.root
	if err := plain(value); err != nil {
		return nil, nil, err
	}
	for path != "" {
		elem, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		if path = ""; more {
			path = "/" + rest
		}
		s := step{node: value, index: -1}
		switch value.Kind {
		case yaml.MappingNode:
			if s.index, err = entryOf(value, unescape(elem)); err != nil {
				return nil, nil, err
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(elem); err == nil && i >= 0 && i < len(value.Content) {
				s.index = i
			}
		}
		if s.index < 0 {
			return nil, nil, errAbsent
		}
		value = s.value()
		if err := plain(value); err != nil {
			return nil, nil, err
		}
		steps = append(steps, s)
	}
	return steps, value, nil
}

var unescape = strings.NewReplacer("~1", "/", "~0", "~").Replace

// entryOf is the number of the one entry with a key; -1 if there is none.
func entryOf(n *yaml.Node, key string) (int, error) {
	at, merges := -1, false
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		merges = merges || k.Tag == "!!merge"
		if k.Kind == yaml.ScalarNode && k.Value == key {
			if at >= 0 {
				return -1, errors.New("the key " + strconv.Quote(key) + " stands twice")
			}
			at = i / 2
		}
	}
	if at < 0 && merges {
		return -1, errors.New("a merge key may bring " + strconv.Quote(key) + " in")
	}
	return at, nil
}

// plain refuses nodes that stand for something else, or that something else stands for.
func plain(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return errors.New("it is an alias; what it repeats stands elsewhere")
	case n.Anchor != "":
		return errors.New("it bears the anchor &" + n.Anchor + ", which others repeat")
	case n.Style&yaml.TaggedStyle != 0:
		return errors.New("it bears a tag")
	}
	return nil
}

func isFlow(n *yaml.Node) bool { return n.Style&yaml.FlowStyle != 0 }
