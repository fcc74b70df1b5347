package kustomize

import (
	"bytes"
	"encoding/json"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// text is a value of one YAML document, with its places.
type text struct {
	doc   *source.Document
	value func() any // decoded, numbers as they are written

	// For a text that is a string of another document, such as an inline patch:
	in *source.Document
	at string // the JSON pointer of that string
}

func newText(doc *source.Document) *text {
	return &text{doc: doc, value: sync.OnceValue(func() any { return decode(doc.JSON) })}
}

func decode(js []byte) (v any) {
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return nil
	}
	return v
}

// patchFile reads a file of patches or replacements.
func (r *reader) patchFile(n *node, at place, entry string) bool {
	if !r.file(n, at, "patch", entry) {
		return false
	}
	name := path.Clean(entry)
	if _, ok := n.texts[name]; ok {
		return true
	}
	docs, diags := source.ParseAny(n.data[name], n.contents[name], r.opts)
	r.plan.Diagnostics = append(r.plan.Diagnostics, diags...)
	n.texts[name] = texts(docs)
	if len(diags) > 0 && !readable(n.contents[name]) {
		n.dropped = true
		return false
	}
	return true
}

func texts(docs []*source.Document) []*text {
	out := make([]*text, len(docs))
	for i, d := range docs {
		out[i] = newText(d)
	}
	return out
}

// inline reads a string of a kustomization that is YAML itself.
func inline(in *source.Document, at, content string) []*text {
	docs, _ := source.ParseAny("", []byte(content), source.Options{})
	out := texts(docs)
	for _, t := range out {
		t.in, t.at = in, at
	}
	return out
}

// locate is the place of the value at a JSON pointer of t. Lines of a text that is written as a
// literal block are lines of the file; of any other text, all places are that of the string.
func (t *text) locate(pointer string) mesh.Position {
	p := t.doc.Locate(pointer)
	if t.in == nil {
		return p
	}
	line := t.in.Locate(t.at + "#text:" + strconv.Itoa(p.Line))
	if strings.Contains(line.Path, "#text:") {
		raw, first := t.doc.Raw()
		line.Path = p.Path
		line.Column = max(line.Column+p.Column-1-indentOf(raw, p.Line-first), 1)
	} else {
		line.Path = ""
	}
	return line
}

// indentOf counts the blanks before line n, from 0, of a text.
func indentOf(raw []byte, n int) int {
	for ; n > 0; n-- {
		i := bytes.IndexByte(raw, '\n')
		if i < 0 {
			return 0
		}
		raw = raw[i+1:]
	}
	return len(raw) - len(bytes.TrimLeft(raw, " "))
}
