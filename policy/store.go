package policy

import (
	"context"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
)

// store is data as policies see it. What they read is made when they first read it: of most nodes and objects of a
// fleet no policy looks at more than a field or two.
type store struct {
	storage.Store // an empty one, for what is not reading

	graph   func() ast.Value // as a whole
	section map[string]section
	objects *manifests
	own     sync.Pool // of *projection: one goroutine uses it at a time
}

// newStore is a store of the sections that some policy reads, and of objects.
func newStore(p *projection, sections []section, objects *manifests) *store {
	s := &store{Store: inmem.New(), section: map[string]section{}, objects: objects}
	for _, x := range sections {
		s.section[x.name] = x
	}
	s.graph = sync.OnceValue(func() ast.Value {
		o := ast.NewObjectWithCapacity(len(sections))
		for _, x := range sections {
			o.Insert(ast.StringTerm(x.name), x.term())
		}
		return o
	})
	s.own.New = func() any { return p.fork() }
	return s
}

// Read returns the value at a path.
func (s *store) Read(_ context.Context, _ storage.Transaction, path storage.Path) (any, error) {
	p, _ := s.own.Get().(*projection)
	defer s.own.Put(p)
	if v := s.value(p, path); v != nil {
		return v, nil
	}
	return nil, missing
}

// missing tells the evaluation that a value is undefined, which most are: nobody reads the words.
var missing = &storage.Error{Code: storage.NotFoundErr, Message: "document does not exist"}

// value is the value at a path, nil if there is none.
func (s *store) value(p *projection, path storage.Path) ast.Value {
	switch {
	case len(path) == 0:
		return ast.NewObject([2]*ast.Term{p.text("graph"), ast.NewTerm(s.graph())}, [2]*ast.Term{p.text("objects"), ast.NewTerm(s.objects.all())})
	case path[0] == "graph" && len(path) == 1:
		return s.graph()
	case path[0] == "graph":
		x, ok := s.section[path[1]]
		switch {
		case !ok:
			return nil
		case len(path) == 2:
			return x.term().Value
		}
		return x.node(p, path[2], path[3:])
	case path[0] == "objects" && len(path) == 1:
		return s.objects.all()
	case path[0] == "objects":
		return s.objects.value(p, path[1], path[2:])
	}
	return nil
}

// inside is the value that a path leads to from another, nil if there is none.
func inside(v ast.Value, path []string) ast.Value {
	for _, step := range path {
		var t *ast.Term
		switch x := v.(type) {
		case ast.Object:
			t = x.Get(ast.StringTerm(step))
		case *ast.Array:
			if i := indexOf(step); i >= 0 && i < x.Len() {
				t = x.Elem(i)
			}
		}
		if t == nil {
			return nil
		}
		v = t.Value
	}
	return v
}
