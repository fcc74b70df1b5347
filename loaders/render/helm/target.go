package helm

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// target is the value that a position is asked for.
type target struct {
	line  int
	shown int        // offset of its key, or of itself in a list
	value *yaml.Node // nil if there is no node at the place
	from  int        // of a scalar: offset of its first character, without a quote; else of its beginning
	to    int        // of a scalar: behind its last character
	way   []stage    // from the document's root to the value
}

// stage is one step into a document.
type stage struct {
	token string
	at    int   // offset of the key or element
	peers []int // offsets of the elements of the list it is in
}

// target finds the node at a place of the rendered text. path tells a list's element from the
// first key of the mapping that it is.
func (a *Attribution) target(path string, at mesh.Position) target {
	t := target{line: at.Line, shown: a.offset(at.Line, at.Column)}
	if strings.Contains(path, "#text:") {
		return t
	}
	d := a.document(at.Line)
	if d.root == nil {
		return t
	}
	last := ""
	if elems := tokens(path); len(elems) > 0 {
		last = elems[len(elems)-1]
	}
	f := finder{a: a, d: d, line: at.Line - d.line + 1, column: at.Column, last: last, budget: maxFinder}
	f.search(d.root)
	if f.best == nil {
		return t
	}
	t.value, t.way = f.best, f.found
	t.from, t.to = a.extent(d, t.value)
	return t
}

const maxFinder = 2_000_000 // nodes looked at for one position

type finder struct {
	a            *Attribution
	d            *rendered
	line, column int
	last         string
	budget       int
	best         *yaml.Node
	exact        bool    // best also has the name that path ends in
	found        []stage // the way to best
	way          []stage // to the node being looked at
}

func (f *finder) search(n *yaml.Node) {
	f.budget--
	if n == nil || f.exact || f.budget < 0 {
		return
	}
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			f.enter(k, v, stage{token: k.Value, at: f.offset(k)})
		}
	case yaml.SequenceNode:
		peers := make([]int, len(n.Content))
		for i, e := range n.Content {
			peers[i] = f.offset(e)
		}
		for i, e := range n.Content {
			f.enter(e, e, stage{token: strconv.Itoa(i), at: peers[i], peers: peers})
		}
	}
}

// enter looks at an entry or element, which may stand at the place, and at what is below it.
func (f *finder) enter(shown, value *yaml.Node, s stage) {
	f.way = append(f.way, s)
	if exact := s.token == f.last; shown.Line == f.line && shown.Column == f.column && (f.best == nil || exact) {
		f.best, f.found, f.exact = resolved(value), slices.Clone(f.way), exact
	}
	f.search(value)
	f.way = f.way[:len(f.way)-1]
}

func (f *finder) offset(n *yaml.Node) int { return f.a.offset(f.d.line+n.Line-1, n.Column) }

// extent is where the characters of a scalar stand: without quotes, and for a block of text the
// first of its lines.
func (a *Attribution) extent(d *rendered, n *yaml.Node) (from, to int) {
	text := a.text.Rendered
	from = a.offset(d.line+n.Line-1, n.Column)
	if n.Kind != yaml.ScalarNode {
		return from, from
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		if i := bytes.IndexByte(text[from:], '\n'); i >= 0 {
			from += i + 1
			from += len(text[from:]) - len(bytes.TrimLeft(text[from:], " \t\r\n"))
		}
		return from, lineEnd(text, from)
	}
	if from < len(text) && (text[from] == '&' || text[from] == '!') { // an anchor or a tag
		if i := bytes.IndexAny(text[from:], " \n"); i >= 0 {
			from += i + 1
		}
	}
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 && from < len(text) {
		quote := text[from]
		from++
		if bytes.HasPrefix(text[from:], []byte(n.Value)) {
			return from, from + len(n.Value)
		}
		for to = from; to < len(text) && text[to] != quote; to++ {
			if text[to] == '\\' && quote == '"' {
				to++
			}
		}
		return from, min(to, len(text))
	}
	if bytes.HasPrefix(text[min(from, len(text)):], []byte(n.Value)) {
		return from, from + len(n.Value)
	}
	return from, lineEnd(text, from)
}

func lineEnd(text []byte, from int) int {
	from = min(from, len(text))
	line := text[from:]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
	}
	return from + len(bytes.TrimRight(line, " \t\r"))
}
