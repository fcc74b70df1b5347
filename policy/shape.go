package policy

import (
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/mesh"
)

// shape describes how values of a type look to policies: one table gives the projection, the JSON Schema and the
// places of fields.
type shape[T any] []field[T]

// field is one member. A term of nil means that the member is absent.
type field[T any] struct {
	name   string
	key    *ast.Term // name, for the projection
	schema schema
	term   func(p *projection, v T, at string) *ast.Term
	// origin finds where the field stands, or one that rest names below it; nil = where its parent does.
	origin func(v T, rest []string) (mesh.Origin, bool)
}

// term projects a value. Fields that are unknown are noted in the projection by their path; at is that of v.
func (s shape[T]) term(p *projection, v T, at string) *ast.Term {
	first := len(p.pairs)
	for i := range s {
		if t := s[i].term(p, v, at); t != nil {
			p.pairs = append(p.pairs, [2]*ast.Term{s[i].key, t})
		}
	}
	pairs := p.pairs[first:]
	p.pairs = p.pairs[:first]
	if len(pairs) == 0 {
		return p.emptyDict
	}
	return ast.ObjectTerm(pairs...) // it copies them
}

// unknown is the member of a node that lists what is unknown of it.
const unknown = "unknown"

// node is term for something with an id of its own: what is unknown of it is listed in it.
func (s shape[T]) node(p *projection, v T) *ast.Term {
	p.unknown = p.unknown[:0]
	t := s.term(p, v, "")
	if len(p.unknown) > 0 {
		if t == p.emptyDict {
			t = ast.ObjectTerm() // the empty one is shared
		}
		t.Value.(ast.Object).Insert(p.text(unknown), p.texts(p.unknown))
	}
	return t
}

// field is one field of v; nil if it is absent.
func (s shape[T]) field(p *projection, v T, name string) *ast.Term {
	for i := range s {
		if s[i].name == name {
			return s[i].term(p, v, "")
		}
	}
	return nil
}

// origin finds where a field of v stands, given by its path ("update.history"); false if there is no such field.
func (s shape[T]) origin(v T, path []string) (mesh.Origin, bool) {
	for _, f := range s {
		if f.name != path[0] {
			continue
		}
		if f.origin == nil {
			return mesh.Origin{}, true
		}
		return f.origin(v, path[1:])
	}
	return mesh.Origin{}, false
}

func (s shape[T]) schema() schema {
	properties := map[string]schema{}
	for _, f := range s {
		properties[f.name] = f.schema
	}
	return schema{Type: "object", Properties: properties, closed: true}
}

// text is a text, absent if empty.
func text[T any](name, doc string, get func(T) string) field[T] {
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: "string", Description: doc}, term: func(p *projection, v T, _ string) *ast.Term {
		if s := get(v); s != "" {
			return p.text(s)
		}
		return nil
	}}
}

// at gives a field a place of its own.
func (f field[T]) at(of func(T) mesh.Origin) field[T] {
	f.origin = func(v T, _ []string) (mesh.Origin, bool) { return of(v), true }
	return f
}

// number is a number, absent if ok is false.
func number[T any](name, doc string, get func(T) (n float64, ok bool)) field[T] {
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: "number", Description: doc}, term: func(p *projection, v T, _ string) *ast.Term {
		if n, ok := get(v); ok {
			return p.number(n)
		}
		return nil
	}}
}

// integer is a number that is always there.
func integer[T any](name, doc string, get func(T) int) field[T] {
	return number(name, doc, func(v T) (float64, bool) { return float64(get(v)), true })
}

// truth is true or false, always there.
func truth[T any](name, doc string, get func(T) bool) field[T] {
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: "boolean", Description: doc}, term: func(_ *projection, v T, _ string) *ast.Term {
		return ast.InternedTerm(get(v))
	}}
}

// texts is a list, always there.
func texts[T any](name, doc string, get func(T) []string) field[T] {
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: "array", Description: doc, Items: &schema{Type: "string"}}, term: func(p *projection, v T, _ string) *ast.Term {
		return p.texts(get(v))
	}}
}

// numbers is a list, always there.
func numbers[T any](name, doc string, get func(T) []int) field[T] {
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: "array", Description: doc, Items: &schema{Type: "number"}}, term: func(p *projection, v T, _ string) *ast.Term {
		list := get(v)
		if len(list) == 0 {
			return p.emptyList
		}
		terms := make([]*ast.Term, len(list))
		for i, n := range list {
			terms[i] = p.number(float64(n))
		}
		return ast.ArrayTerm(terms...)
	}}
}

// labels is a mapping of texts, always there.
func labels[T any](name, doc string, get func(T) map[string]string) field[T] {
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: "object", Description: doc, Each: &schema{Type: "string"}}, term: func(p *projection, v T, _ string) *ast.Term {
		return p.labels(get(v))
	}}
}

// counts is a mapping from names to numbers, always there.
func counts[T any](name, doc string, get func(T) map[string]int) field[T] {
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: "object", Description: doc, Each: &schema{Type: "number"}}, term: func(p *projection, v T, _ string) *ast.Term {
		return p.counts(get(v))
	}}
}

// scalar is a type that a single value can have in the projection.
type scalar interface {
	string | bool | int | float64
}

// value is a mesh.Value whose absence and ignorance policies can tell apart.
func value[T any, X any, S scalar](name, doc string, get func(T) mesh.Value[X], of func(X) S) field[T] {
	kind := "string"
	switch any(*new(S)).(type) {
	case bool:
		kind = "boolean"
	case int, float64:
		kind = "number"
	}
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: kind, Description: doc},
		term: func(p *projection, v T, at string) *ast.Term {
			x := get(v)
			switch x.State {
			case mesh.Known:
				return p.scalar(of(x.V))
			case mesh.Unknown:
				p.unknown = append(p.unknown, at+name)
			}
			return nil
		},
		origin: func(v T, _ []string) (mesh.Origin, bool) { return get(v).Origin, true },
	}
}

// nested is a value with fields of its own; ok tells whether it is there.
func nested[T, U any](name, doc string, of shape[U], get func(T) (u U, ok bool), at func(U) mesh.Origin) field[T] {
	s := of.schema()
	s.Description = doc
	return field[T]{name: name, key: ast.StringTerm(name), schema: s,
		term: func(p *projection, v T, path string) *ast.Term {
			if u, ok := get(v); ok {
				return of.term(p, u, path+name+".")
			}
			return nil
		},
		origin: func(v T, rest []string) (mesh.Origin, bool) {
			u, ok := get(v)
			if !ok {
				return mesh.Origin{}, true
			}
			return below(of, u, rest, at)
		},
	}
}

// list is a list of values with fields, always there.
func list[T, U any](name, doc string, of shape[U], get func(T) []U, at func(U) mesh.Origin) field[T] {
	item := of.schema()
	return field[T]{name: name, key: ast.StringTerm(name), schema: schema{Type: "array", Description: doc, Items: &item},
		term: func(p *projection, v T, path string) *ast.Term {
			items := get(v)
			if len(items) == 0 {
				return p.emptyList
			}
			terms := make([]*ast.Term, len(items))
			for i, u := range items {
				terms[i] = of.term(p, u, path+name+"."+strconv.Itoa(i)+".")
			}
			return ast.ArrayTerm(terms...)
		},
		origin: func(v T, rest []string) (mesh.Origin, bool) {
			if len(rest) == 0 {
				return mesh.Origin{}, true
			}
			items := get(v)
			i, err := strconv.Atoi(rest[0])
			if err != nil || i < 0 || i >= len(items) {
				return mesh.Origin{}, false
			}
			return below(of, items[i], rest[1:], at)
		},
	}
}

// below finds the origin of a value, or of a field of it. A field without a place of its own stands where its value
// does.
func below[U any](of shape[U], u U, rest []string, at func(U) mesh.Origin) (mesh.Origin, bool) {
	var own mesh.Origin
	if at != nil {
		own = at(u)
	}
	if len(rest) == 0 {
		return own, true
	}
	o, ok := of.origin(u, rest)
	if ok && o.In == nil {
		return own, true
	}
	return o, ok
}

// place splits the path of a field.
func place(path string) []string { return strings.Split(path, ".") }

// noting is the term of a field that is noted as unknown where is says so.
func (f field[T]) noting(name string, is func(T) bool) func(*projection, T, string) *ast.Term {
	return func(p *projection, v T, at string) *ast.Term {
		if is(v) {
			p.unknown = append(p.unknown, at+name)
			return nil
		}
		return f.term(p, v, at)
	}
}
