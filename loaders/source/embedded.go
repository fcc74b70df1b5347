package source

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"

	"github.com/passmuster/muster/mesh"
)

// Embedded locates values inside YAML that is the string at path of d, such as the mesh
// configuration in a ConfigMap: text is that string. If it is written as a literal block ("|")
// the positions are lines of the file; written any other way, all are the place of the string.
// The Path of a position is path, "#" and the JSON pointer inside the text.
func Embedded(d *Document, path, text string) mesh.Locator {
	return &embedded{doc: d, path: path, text: text}
}

// EmbeddedJSON is Kubernetes' reading of YAML inside a string, within the limits that hold for a
// document of its own. The error is for a person, and names no place: Embedded knows that.
func EmbeddedJSON(text string) ([]byte, error) {
	limits := DefaultLimits()
	t := newEmbedded(text)
	if hasMoreValues(t.raw, limits.Values) {
		return nil, errors.New(tooManyValues(limits))
	}
	if problem := expansionProblem(t, limits.Aliases); problem != nil {
		return nil, fmt.Errorf("line %d: %s", problem.node.Line, problem.message)
	}
	js, _, err := toJSON(t.raw)
	if err != nil {
		at, message := t.syntax("", err)
		return nil, fmt.Errorf("line %d: %s", at.Line, message)
	}
	if _, depth := skipValue(js, 0); depth > limits.Depth {
		return nil, errors.New(tooDeep(limits))
	}
	return js, nil
}

func newEmbedded(s string) *text { return &text{raw: []byte(s), line: 1, column: 1} }

type embedded struct {
	doc        *Document
	path, text string

	once sync.Once
	root *yaml.Node
}

// Resource is the object that the text stands in.
func (e *embedded) Resource() mesh.Resource { return e.doc.Resource() }

func (e *embedded) Locate(path string) mesh.Position {
	e.once.Do(func() {
		t := newEmbedded(e.text)
		if expansionProblem(t, DefaultLimits().Aliases) == nil {
			e.root = t.tree()
		}
	})
	whole := e.doc.Locate(e.path)
	if e.root == nil || whole.Path != e.path {
		return whole
	}
	shown, _, found := descend(e.root, path)
	whole.Path = e.path + "#" + found
	if e.doc.from != nil {
		return e.rendered(whole, shown)
	}
	if d := e.doc; !d.text.json {
		_, value, _ := descend(d.text.tree(), d.base+e.path)
		line, _, ok := d.text.literalLine(value, shown.Line)
		inText := lineAt(e.text, shown.Line)
		if inFile := string(d.text.lineText(line)); ok && strings.HasSuffix(inFile, inText) {
			indent := len(inFile) - len(inText)
			if column := indent + shown.Column; strings.TrimLeft(inFile[:indent], " ") == "" {
				at := d.text.place(d.File, line, column)
				whole.Line, whole.Column = at.Line, at.Column
			}
		}
	}
	return whole
}

// rendered is the place of a node of a text that a renderer's output holds: the line of the text
// is asked for, and the column follows from how far that line is indented.
func (e *embedded) rendered(whole mesh.Position, shown *yaml.Node) mesh.Position {
	line := e.doc.Locate(e.path + "#text:" + strconv.Itoa(shown.Line))
	if !strings.Contains(line.Path, "#text:") {
		return whole
	}
	inText := lineAt(e.text, shown.Line)
	indent := len(inText) - len(strings.TrimLeft(inText, " "))
	line.Path, line.Column = whole.Path, max(line.Column+shown.Column-1-indent, 1)
	return line
}

func lineAt(text string, n int) string {
	for ; n > 1; n-- {
		_, text, _ = strings.Cut(text, "\n")
	}
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// literalLine is the place, in t, of line n of a string that is written as a literal block. Every
// line below the block's header is a line of the string, blank ones too.
func (t *text) literalLine(value *yaml.Node, n int) (line, column int, ok bool) {
	if value == nil || value.Kind != yaml.ScalarNode || value.Style&yaml.LiteralStyle == 0 {
		return 0, 0, false
	}
	header := t.plainLine(value.Line)
	for !isLiteralHeader(t.lineText(header)) { // an anchor or tag may stand on a line above the "|"
		if header++; header > t.plainLine(value.Line)+2 {
			return 0, 0, false
		}
	}
	if n > strings.Count(value.Value, "\n")+1 {
		return 0, 0, false
	}
	content := t.lineText(header + n)
	return header + n, len(content) - len(bytes.TrimLeft(content, " ")) + 1, true
}

// isLiteralHeader reports whether a line ends in the header of a literal block: "|", "|-", "|2+",
// perhaps with a comment.
func isLiteralHeader(line []byte) bool {
	if i := bytes.Index(line, []byte(" #")); i >= 0 {
		line = line[:i]
	}
	line = bytes.TrimRight(bytes.TrimSpace(line), "+-0123456789")
	return bytes.HasSuffix(line, []byte("|"))
}
