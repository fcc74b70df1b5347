package terraform

import (
	"bytes"
	"encoding/json"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/passmuster/muster/mesh"
)

// jsonText is a file of JSON that is known to be valid, with the places of its values.
type jsonText struct {
	name string
	data []byte
	// marks are the lines and columns of every few kilobytes, so that a place in a file of one line is found without counting from its start.
	marks []textMark
}

type textMark struct{ offset, line, column int }

const markEvery = 4096

// at is the place of a byte; lines and columns count from one, columns in characters.
func (t *jsonText) at(offset int, pointer string) mesh.Position {
	if t.marks == nil {
		m := textMark{0, 1, 1}
		t.marks = append(t.marks, m)
		for from := 0; from+markEvery < len(t.data); from += markEvery {
			m = t.advance(m, from+markEvery)
			t.marks = append(t.marks, m)
		}
	}
	i := sort.Search(len(t.marks), func(i int) bool { return t.marks[i].offset > offset }) - 1
	m := t.advance(t.marks[max(i, 0)], offset)
	return mesh.Position{File: t.name, Line: m.line, Column: m.column, Path: pointer}
}

func (t *jsonText) advance(m textMark, to int) textMark {
	part := t.data[m.offset:min(to, len(t.data))]
	if n := bytes.Count(part, []byte{'\n'}); n > 0 {
		m.line, m.column = m.line+n, 1
		part = part[bytes.LastIndexByte(part, '\n')+1:]
	}
	for _, c := range part {
		if utf8.RuneStart(c) {
			m.column++
		}
	}
	m.offset = to
	return m
}

// space is the next byte that is none.
func (t *jsonText) space(i int) int {
	for i < len(t.data) && (t.data[i] == ' ' || t.data[i] == '\n' || t.data[i] == '\r' || t.data[i] == '\t') {
		i++
	}
	return i
}

// end is the byte behind the value that begins at i.
func (t *jsonText) end(i int) int {
	depth, quoted := 0, false
	for ; i < len(t.data); i++ {
		switch c := t.data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			if quoted = !quoted; !quoted && depth == 0 {
				return i + 1
			}
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			} else if depth < 0 {
				return i
			}
		case depth == 0 && (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'):
			return i
		}
	}
	return len(t.data)
}

// members visits the members of the object, or the elements of the list, that begins at i: names or indexes, and where the values begin.
func (t *jsonText) members(i int, visit func(name string, index, at int)) {
	if i >= len(t.data) || t.data[i] != '{' && t.data[i] != '[' {
		return
	}
	object := t.data[i] == '{'
	for n := 0; ; n++ {
		i = t.space(i + 1)
		if i >= len(t.data) || t.data[i] == '}' || t.data[i] == ']' {
			return
		}
		name := ""
		if object {
			end := t.end(i)
			_ = json.Unmarshal(t.data[i:end], &name) // a text, as the whole is valid
			i = t.space(t.space(end) + 1)
		}
		visit(name, n, i)
		if i = t.space(t.end(i)); i >= len(t.data) || t.data[i] != ',' {
			return
		}
	}
}

// value is the text of the value that begins at i.
func (t *jsonText) value(i int) []byte { return t.data[i:t.end(i)] }

// find goes on from the value at i along a JSON pointer, as far as it leads.
func (t *jsonText) find(i int, pointer string) (at int, found string) {
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if part == "" {
			break
		}
		next, name := -1, strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		list := i < len(t.data) && t.data[i] == '['
		t.members(i, func(key string, index, at int) {
			if next < 0 && (!list && key == name || list && itoa(index) == name) {
				next = at
			}
		})
		if next < 0 {
			break
		}
		i, found = next, found+"/"+part
	}
	return i, found
}
