package policy

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/mesh"
)

// manifests are data.objects: the objects that policies select, as they are written, each with id, cluster and the
// services that it is about.
type manifests struct {
	list  []mesh.Object
	index map[string]int // by id
	whole []atomic.Pointer[ast.Term]
	about []atomic.Pointer[ast.Term] // the services of each, once somebody asked
	all   func() ast.Value
}

// newManifests are those among objects whose kinds are selected. What is no JSON object is left out.
func newManifests(p *projection, objects []mesh.Object, kinds map[string]bool) *manifests {
	m := &manifests{index: make(map[string]int, len(objects)), list: make([]mesh.Object, 0, len(objects))}
	for _, o := range objects {
		if !kinds[o.Kind] {
			continue
		}
		if text := bytes.TrimSpace(o.JSON); len(text) > 0 && text[0] == '{' {
			m.index[o.ID] = len(m.list)
			m.list = append(m.list, o)
		}
	}
	m.whole, m.about = make([]atomic.Pointer[ast.Term], len(m.list)), make([]atomic.Pointer[ast.Term], len(m.list))
	m.all = sync.OnceValue(func() ast.Value {
		p.each(len(m.list), func(p *projection, i int) { m.term(p, i) })
		o := ast.NewObjectWithCapacity(len(m.list))
		for i := range m.list {
			if t := m.whole[i].Load(); t != nil {
				o.Insert(ast.StringTerm(m.list[i].ID), t)
			}
		}
		return o
	})
	return m
}

// object finds an object by its id.
func (m *manifests) object(id string) (mesh.Object, bool) {
	i, ok := m.index[id]
	if !ok {
		return mesh.Object{}, false
	}
	return m.list[i], true
}

// term is an object as a whole; nil if it is not JSON.
func (m *manifests) term(p *projection, i int) *ast.Term {
	t := m.whole[i].Load()
	if t == nil {
		if t = p.objectTerm(m.list[i], m.services(p, i)); t != nil {
			m.whole[i].Store(t)
		}
	}
	return t
}

// services are the ids of those that an object is about.
func (m *manifests) services(p *projection, i int) *ast.Term {
	t := m.about[i].Load()
	if t == nil {
		t = p.texts(p.about(m.list[i]))
		m.about[i].Store(t)
	}
	return t
}

// value is what a path inside an object leads to, nil if there is nothing. Only that part is decoded.
func (m *manifests) value(p *projection, id string, path []string) ast.Value {
	i, ok := m.index[id]
	if !ok {
		return nil
	}
	o := m.list[i]
	switch {
	case len(path) == 0 || m.whole[i].Load() != nil:
		if t := m.term(p, i); t != nil {
			return inside(t.Value, path)
		}
		return nil
	case path[0] == "id":
		return inside(p.text(o.ID).Value, path[1:])
	case path[0] == "cluster":
		return inside(p.text(o.Cluster).Value, path[1:])
	case path[0] == "services":
		return inside(m.services(p, i).Value, path[1:])
	case o.Kind == "Secret" && !shownOfSecret(path[0]):
		return nil
	}
	text := valueAt(o.JSON, path)
	if text == nil {
		return nil
	}
	v, err := ast.ValueFromReader(bytes.NewReader(text))
	if err != nil {
		return nil
	}
	return v
}
