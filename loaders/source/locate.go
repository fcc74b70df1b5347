package source

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

const mergeTag = "!!merge"

// text is the stretch of a file that holds one document. Its spots, or its node tree where the fast
// reader did not read it, are built when a position is asked for, once.
type text struct {
	raw    []byte
	line   int    // of the first byte in the file
	column int    // of the first byte in its line; lines after the first start at column 1
	json   bool   // raw is a JSON value, which is located without a tree
	items  []span // where the items of a List stand, if that is known without a tree

	plain   bool // the fast reader reads it, from content on
	content int
	spotted sync.Once
	spots   []spot

	once   sync.Once
	root   *yaml.Node
	breaks []int // see plainLine
}

// tree is the node tree of a YAML text; nil if the text has none.
func (t *text) tree() *yaml.Node {
	t.once.Do(func() {
		raw := t.raw
		if t.column > 1 { // an item of a list: keep its columns, and with them its indentation
			raw = append(bytes.Repeat([]byte{' '}, t.column-1), raw...)
		}
		if !hasMoreValues(raw, DefaultLimits().Values) {
			t.root = parseNodes(raw)
		}
		t.breaks = oddBreaks(t.raw)
	})
	return t.root
}

// Locate returns where the value at a JSON pointer stands: the key of a mapping's entry, or the
// element of a list itself. A path that is not there yields its nearest ancestor that is. A path
// that ends in "#text:N" means line N, from 1, of a multi-line string written as a literal
// block ("|"): the YAML that ConfigMaps embed.
func (d *Document) Locate(path string) mesh.Position {
	if d == nil || d.text == nil {
		return mesh.Position{}
	}
	if d.from != nil {
		return d.from.Locate(path, d.text.locate("", d.base, path))
	}
	return d.text.locate(d.File, d.base, path)
}

// locate resolves path below base. The position's path is the part of path that was found.
func (t *text) locate(file, base, path string) mesh.Position {
	path, textLine := cutTextLine(path)
	if t.json {
		at, found := locateJSON(t.raw, path)
		p := t.offset(file, at)
		p.Path = found
		return p
	}
	if spots := t.plainSpots(); spots != nil && textLine == 0 {
		at, found := followSpots(spots, base+path)
		p := t.offset(file, at)
		p.Path = strings.TrimPrefix(found, base)
		return p
	}
	root := t.tree()
	if root == nil {
		return t.start(file)
	}
	at, value, found := descend(root, base+path)
	p := t.node(file, at)
	p.Path = strings.TrimPrefix(found, base)
	if textLine > 0 && found == base+path {
		if line, column, ok := t.literalLine(value, textLine); ok {
			p = t.place(file, line, column)
			p.Path = path + "#text:" + strconv.Itoa(textLine)
		}
	}
	return p
}

func cutTextLine(path string) (string, int) {
	i := strings.LastIndex(path, "#text:")
	if i < 0 {
		return path, 0
	}
	n, err := strconv.Atoi(path[i+len("#text:"):])
	if err != nil || n < 1 {
		return path, 0
	}
	return path[:i], n
}

// descend follows a JSON pointer as far as it goes: to the node that is shown for it, its value,
// and the part of the pointer that was found.
func descend(root *yaml.Node, path string) (shown, value *yaml.Node, found string) {
	shown, value = root, dereference(root)
	for rest := path; strings.HasPrefix(rest, "/"); {
		elem, tail, more := strings.Cut(rest[1:], "/")
		s, v := child(value, unescape(elem))
		if v == nil {
			break
		}
		shown, value = s, dereference(v)
		found = path[:len(found)+1+len(elem)]
		if !more {
			break
		}
		rest = "/" + tail
	}
	return shown, value, found
}

var unescaper = strings.NewReplacer("~1", "/", "~0", "~")

func unescape(elem string) string { return unescaper.Replace(elem) }

func dereference(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode && n.Alias != nil {
		n = n.Alias
	}
	return n
}

func child(n *yaml.Node, elem string) (shown, value *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		return entry(n, elem, maxMerges)
	case yaml.SequenceNode:
		if i, err := strconv.Atoi(elem); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i], n.Content[i]
		}
	}
	return nil, nil
}

// maxMerges bounds how many merge keys are followed inside one another.
const maxMerges = 20

// entry finds the key that decides: Kubernetes' YAML parser takes keys and merges in the order
// in which they stand, so that the last one wins, even a merge over a key above it.
func entry(n *yaml.Node, elem string, merges int) (key, value *yaml.Node) {
	for i := len(n.Content) - 2; i >= 0; i -= 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Tag != mergeTag || k.Kind != yaml.ScalarNode {
			if keyIs(k, elem) {
				return k, v
			}
			continue
		}
		if merges == 0 {
			continue
		}
		sources := []*yaml.Node{v}
		if v = dereference(v); v.Kind == yaml.SequenceNode {
			sources = v.Content // the first of several has precedence
		}
		for _, s := range sources {
			if s = dereference(s); s.Kind == yaml.MappingNode {
				if key, value = entry(s, elem, merges-1); value != nil {
					return key, value
				}
			}
		}
	}
	return nil, nil
}

// jsonKey is a key as Kubernetes reads it: 8080, 0777, yes and on are no strings in YAML 1.1, and
// become the strings of what they mean.
func jsonKey(k *yaml.Node) string {
	if k.Style != 0 || k.Value == "" || !mayResolve(k.Value[0]) {
		return k.Value
	}
	if k.Value[0] >= 'A' && k.Value[0] != '~' { // a word, or a word that stands for a boolean
		if js := string(resolvedWord([]byte(k.Value))); js != "" && js != "null" {
			return js
		}
		return k.Value
	}
	js, _, err := toJSON([]byte("? " + k.Value + "\n: 0\n"))
	if err != nil {
		return k.Value
	}
	name := k.Value
	if js[0] == '{' {
		members(js, 0, func(m member) bool {
			name = unquote(js[m.key:m.keyEnd])
			return false
		})
	}
	return name
}

// mayResolve reports whether an unquoted scalar that starts like this can be anything but a
// string for YAML 1.1: a number, a boolean, null.
func mayResolve(first byte) bool {
	return first >= '0' && first <= '9' || strings.IndexByte("+-.~yYnNtTfFoO", first) >= 0
}

func keyIs(k *yaml.Node, elem string) bool {
	k = dereference(k)
	return k.Kind == yaml.ScalarNode && (k.Value == elem || jsonKey(k) == elem)
}

// start is the place of the text itself, for documents that no tree can be built of.
func (t *text) start(file string) mesh.Position {
	at := 0
	for at < len(t.raw) { // past the marker, comments and blank lines
		end := len(t.raw)
		if i := bytes.IndexByte(t.raw[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		if line := t.raw[at:end]; !isBlank(line) && !(isMarker(line, "---") && isBlank(line[3:])) {
			break
		}
		at = end
	}
	return t.offset(file, skipSpace(t.raw, at))
}

// node is the place of a node of the tree.
func (t *text) node(file string, n *yaml.Node) mesh.Position {
	return t.place(file, t.plainLine(n.Line), n.Column)
}

// place is line and column of the text, both one-based and with the columns of the file.
func (t *text) place(file string, line, column int) mesh.Position {
	return mesh.Position{File: file, Line: t.line + line - 1, Column: column}
}

// offset is the place of a byte of the text.
func (t *text) offset(file string, at int) mesh.Position {
	w := wayThrough{text: t}
	return w.to(file, at)
}

// wayThrough finds the places of many bytes of a text, in ascending order, in one pass.
type wayThrough struct {
	*text
	at    int // how far it has come
	lines int // line breaks on the way
	runes int // characters since the last of them
}

func (w *wayThrough) to(file string, at int) mesh.Position {
	passed := w.raw[w.at:min(at, len(w.raw))]
	if i := bytes.LastIndexByte(passed, '\n'); i >= 0 {
		w.lines += bytes.Count(passed, []byte{'\n'})
		w.runes = utf8.RuneCount(passed[i+1:])
	} else {
		w.runes += utf8.RuneCount(passed)
	}
	w.at += len(passed)
	column := 1
	if w.lines == 0 {
		column = w.column
	}
	return mesh.Position{File: file, Line: w.line + w.lines, Column: column + w.runes}
}

// lineStart is the offset of line n, from 1; the end of the text if there is no such line.
func (t *text) lineStart(n int) int {
	at := 0
	for ; n > 1; n-- {
		i := bytes.IndexByte(t.raw[at:], '\n')
		if i < 0 {
			return len(t.raw)
		}
		at += i + 1
	}
	return at
}

// lineText is line n, from 1, without its line break.
func (t *text) lineText(n int) []byte {
	rest := t.raw[t.lineStart(n):]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	return bytes.TrimSuffix(rest, []byte{'\r'})
}

// oddBreaks lists, for texts that have any, the YAML lines that end in something that is a line
// break for YAML 1.1 but for no editor: a lone CR, NEL, LS or PS.
func oddBreaks(raw []byte) (lines []int) {
	if bytes.IndexByte(raw, '\r') < 0 && !bytes.ContainsAny(raw, "\u0085\u2028\u2029") {
		return nil
	}
	line := 1
	for i, r := range string(raw) {
		switch {
		case r == '\n':
			line++
		case r == '\r' && i+1 < len(raw) && raw[i+1] == '\n':
		case r == '\r', r == 0x85, r == 0x2028, r == 0x2029:
			lines = append(lines, line)
			line++
		}
	}
	return lines
}

// plainLine turns the number of a line as YAML counts them into the number that editors show.
func (t *text) plainLine(yamlLine int) int {
	odd := 0
	for _, at := range t.breaks {
		if at < yamlLine {
			odd++
		}
	}
	return max(yamlLine-odd, 1)
}
