package policy

import (
	"bytes"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// given is a value of the inputs: a term, or the text of a part of an object.
type given struct {
	term ast.Value
	text []byte
}

// value is the value as a term; nil if it is none.
func (g given) value() ast.Value {
	if g.term != nil {
		return g.term
	}
	switch first := g.text[0]; {
	case first == '"' && bytes.IndexByte(g.text, '\\') < 0:
		return ast.String(g.text[1 : len(g.text)-1])
	case first == '-' || first >= '0' && first <= '9':
		return ast.Number(g.text)
	}
	v, err := ast.ValueFromReader(bytes.NewReader(g.text))
	if err != nil {
		return nil
	}
	return v
}

// is reports whether it is a truth value.
func (g given) is(b ast.Boolean) bool {
	if g.term != nil {
		return g.term.Compare(b) == 0
	}
	return string(g.text) == b.String()
}

// name is the value as a key.
func (g given) name() (string, bool) {
	s, ok := g.value().(ast.String)
	return string(s), ok
}

// step is a member or an element.
func (g given) step(name string) (given, bool) {
	if g.term != nil {
		v := inside(g.term, []string{name})
		return given{term: v}, v != nil
	}
	at := stepTo(g.text, skipSpace(g.text, 0), name)
	if at < 0 {
		return given{}, false
	}
	return given{text: g.text[at:skipValue(g.text, at)]}, true
}

// some reports whether some member or element is as is says.
func (g given) some(is func(given) bool) bool {
	one := func(t *ast.Term) bool { return is(given{term: t.Value}) }
	switch v := g.term.(type) {
	case ast.Object:
		return v.Until(func(_, t *ast.Term) bool { return one(t) })
	case *ast.Array:
		return v.Until(one)
	case ast.Set:
		return v.Until(one)
	case nil:
	default:
		return false
	}
	at := skipSpace(g.text, 0)
	found := false
	switch {
	case at >= len(g.text):
	case g.text[at] == '{':
		eachMember(g.text, at, func(_ []byte, value int) {
			found = found || is(given{text: g.text[value:skipValue(g.text, value)]})
		})
	case g.text[at] == '[':
		for i := skipSpace(g.text, at+1); i < len(g.text) && g.text[i] != ']' && !found; {
			end := skipValue(g.text, i)
			found = is(given{text: g.text[i:end]})
			i = skipComma(g.text, end)
		}
	}
	return found
}

// some reports whether some value that a reference stands for is as is says, or whether it is not known what it stands for.
func (x *looking) some(r ast.Ref, in *bound, is func(given) bool) bool {
	head, _ := r[0].Value.(ast.Var)
	if v, known := in.of(head); known {
		return x.walk(v, r[1:], in, is)
	}
	if !r[0].Equal(ast.DefaultRootDocument) || len(r) < 4 {
		return true
	}
	switch {
	case r[1].Equal(graphTerm) && len(r) > 4: // a node as a whole has many fields
		key, known := keyOf(r[3], in)
		section, isText := r[2].Value.(ast.String)
		if !known || !isText {
			return true
		}
		path := append(x.path[:0], "graph", string(section), key)
		rest := r[4:]
		for len(rest) > 0 {
			field, ok := rest[0].Value.(ast.String)
			if !ok {
				break
			}
			path, rest = append(path, string(field)), rest[1:]
		}
		v := x.e.data.value(x.p, path)
		return v != nil && x.walk(given{term: v}, rest, in, is)
	case r[1].Equal(objectsTerm):
		key, known := keyOf(r[2], in)
		field, isText := r[3].Value.(ast.String)
		if !known || !isText {
			return true
		}
		o, ok := x.e.objects.object(key)
		if !ok {
			return false
		}
		if field == "id" || field == "cluster" || field == "services" || o.Kind == "Secret" {
			v := x.e.objects.value(x.p, key, []string{string(field)})
			return v != nil && x.walk(given{term: v}, r[4:], in, is)
		}
		return x.walk(given{text: o.JSON}, r[3:], in, is)
	}
	return true
}

var graphTerm, objectsTerm = ast.StringTerm("graph"), ast.StringTerm("objects")

// walk goes on from a value.
func (x *looking) walk(g given, path ast.Ref, in *bound, is func(given) bool) bool {
	if len(path) == 0 {
		return is(g)
	}
	if v, ok := path[0].Value.(ast.Var); ok && v.IsWildcard() {
		return g.some(func(one given) bool { return x.walk(one, path[1:], in, is) })
	}
	key, known := keyOf(path[0], in)
	if !known {
		return true
	}
	next, ok := g.step(key)
	return ok && x.walk(next, path[1:], in, is)
}

// keyOf is what an element of a reference says, if that is known.
func keyOf(t *ast.Term, in *bound) (string, bool) {
	switch v := t.Value.(type) {
	case ast.String:
		return string(v), true
	case ast.Number:
		return v.String(), true
	case ast.Var:
		if g, known := in.of(v); known {
			return g.name()
		}
	}
	return "", false
}

// keyed is what is known of a body whose first condition chooses one of the services that a target is about.
type keyed struct {
	once sync.Once
	none bool // no service of the graph meets what follows
}

// anyService reports whether there is any service for which an opening may hold, where it looks at the services of an object
// first: which these are takes longer to find out than all the rest.
func (x *outlook) anyService(p *projection, i int) bool {
	o, k := x.openings[i], &x.keys[i]
	k.once.Do(func() {
		if len(o.rest) < 2 {
			return
		}
		some, ok := o.rest[0].Terms.(*ast.SomeDecl)
		if !ok {
			return
		}
		member, ok := some.Symbols[0].Value.(ast.Call)
		if !ok || len(member) != 3 || member[2].String() != "data.objects["+string(o.id)+"].services" {
			return
		}
		name, ok := member[1].Value.(ast.Var)
		if !ok {
			return
		}
		k.none = true
		for _, s := range p.graph.Services {
			if (&looking{outlook: x, p: p}).hold(o.rest[1:], &bound{name, given{term: ast.String(s.ID)}, nil}) {
				k.none = false
				return
			}
		}
	})
	return !k.none
}
