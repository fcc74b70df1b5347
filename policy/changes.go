package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/mesh"
)

// Change is one module that differs between two states of policies.
type Change struct {
	Package    string // "muster.rules.ACME_001"; the file, where a module cannot be parsed
	Change     string // added, removed or changed
	Base, Head mesh.Position
}

// Weakens reports whether findings may be lost by it. What another text of a policy does can only be judged by people.
func (c Change) Weakens() bool { return c.Change != "added" }

// Changes tells which modules differ in what they say. A module is known by its package, wherever its file is; tests, comments and
// format make no change.
func Changes(base, head []Source) []Change {
	was, is := modulesOf(base), modulesOf(head)
	var list []Change
	for _, b := range was {
		i := slices.IndexFunc(is, func(h compared) bool { return h.name == b.name })
		switch {
		case i < 0:
			list = append(list, Change{Package: b.name, Change: "removed", Base: b.at})
		case !b.same(is[i]):
			list = append(list, Change{Package: b.name, Change: "changed", Base: b.at, Head: is[i].at})
		}
	}
	for _, h := range is {
		if !slices.ContainsFunc(was, func(b compared) bool { return h.name == b.name }) {
			list = append(list, Change{Package: h.name, Change: "added", Head: h.at})
		}
	}
	return list
}

// compared is a module to be held against another one.
type compared struct {
	name   string
	at     mesh.Position
	module *ast.Module // nil if it cannot be parsed
	notes  [][]byte    // its METADATA
	text   []byte
}

func modulesOf(sources []Source) []compared {
	var list []compared
	for _, src := range sources {
		if src.test() || src.Builtin != nil {
			continue
		}
		c := compared{name: src.File, at: mesh.Position{File: src.File, Line: 1, Column: 1}, text: src.Text}
		if m, _ := parse(src); m != nil {
			c.name, c.at = words(m.Package.Path), positionOf(m.Package.Location)
			c.takeNotes(m)
		}
		list = append(list, c)
	}
	slices.SortStableFunc(list, func(a, b compared) int { return cmp.Compare(a.name, b.name) })
	return list
}

// takeNotes puts METADATA aside: it may hold values that the library cannot compare.
func (c *compared) takeNotes(m *ast.Module) {
	for _, a := range m.Annotations {
		note, err := json.Marshal(a)
		if err != nil {
			return // the texts are compared
		}
		c.notes = append(c.notes, note)
	}
	m.Annotations = nil
	for _, r := range m.Rules {
		r.Annotations = nil
	}
	c.module = m
}

func (c *compared) same(other compared) bool {
	if c.module == nil || other.module == nil {
		return bytes.Equal(c.text, other.text)
	}
	return slices.EqualFunc(c.notes, other.notes, bytes.Equal) && c.module.Compare(other.module) == 0
}

// words are those of a path of data, with dots between.
func words(path ast.Ref) string {
	var b bytes.Buffer
	for i, t := range path {
		if i == 0 {
			continue // data
		}
		if i > 1 {
			b.WriteByte('.')
		}
		if word, ok := t.Value.(ast.String); ok {
			b.WriteString(string(word))
		}
	}
	return b.String()
}
