package terraform

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// module is the declarations of one directory. The calls of a directory share them.
type module struct {
	dir         string // slash-separated, below the root of the scan
	variables   map[string]*variable
	locals      map[string]*attribute
	outputs     map[string]*block
	outputOrder []string
	resources   map[string]*block // by "type.name"; data sources by "data.type.name"
	order       []string          // of the resources
	calls       map[string]*block
	callOrder   []string
	providers   []*block
	imports     []*block
	settings    []*block // "terraform", those of override files behind the others
	overriding  int      // how many of them are of override files
	moved       []*block
	removed     []*block
	reads       map[string]map[string]bool // attributes that expressions read of a resource, by its key
}

// module parses a directory, once.
func (r *Root) module(dir string) *module {
	if m, ok := r.modules[dir]; ok {
		return m
	}
	m := &module{dir: dir, variables: map[string]*variable{}, locals: map[string]*attribute{}, outputs: map[string]*block{},
		resources: map[string]*block{}, calls: map[string]*block{}, reads: map[string]map[string]bool{}}
	r.modules[dir] = m
	plain, overrides := r.files(dir)
	for _, name := range plain {
		for _, b := range r.parseFile(name) {
			r.declare(m, b, false)
		}
	}
	for _, name := range overrides {
		for _, b := range r.parseFile(name) {
			r.declare(m, b, true)
		}
	}
	for _, order := range [][]string{m.order, m.callOrder, m.outputOrder} {
		slices.Sort(order) // the files that blocks are in, and their order there, mean nothing
	}
	slices.SortStableFunc(m.providers, func(a, b *block) int {
		return cmp.Or(strings.Compare(a.labels[0], b.labels[0]), strings.Compare(literal(a.expr("alias")), literal(b.expr("alias"))))
	})
	for _, key := range m.order {
		r.collectReads(m, m.resources[key].body)
	}
	for _, b := range m.calls {
		r.collectReads(m, b.body)
	}
	for _, b := range m.outputs {
		r.collectReads(m, b.body)
	}
	for _, b := range slices.Concat(m.providers, m.imports) {
		r.collectReads(m, b.body)
	}
	for _, a := range m.locals {
		r.collectExpr(m, a.expr)
	}
	return m
}

// declare takes a block of the top level into the module; those of override files change what is there.
func (r *Root) declare(m *module, b *block, overrides bool) {
	into := func(known map[string]*block, key string, order *[]string) {
		switch old := known[key]; {
		case old != nil && overrides:
			old.override(b)
		case old != nil:
			r.tell(b.rng, "%s %s is declared a second time", b.kind, key)
		default:
			known[key] = b
			*order = append(*order, key)
		}
	}
	switch {
	case b.kind == "locals":
		for name, a := range b.attrs {
			m.locals[name] = a
		}
	case b.kind == "variable" && len(b.labels) == 1:
		r.declareVariable(m, b, overrides)
	case b.kind == "output" && len(b.labels) == 1:
		into(m.outputs, b.labels[0], &m.outputOrder)
	case b.kind == "module" && len(b.labels) == 1:
		into(m.calls, b.labels[0], &m.callOrder)
	case b.kind == "resource" && len(b.labels) == 2:
		into(m.resources, strings.Join(b.labels, "."), &m.order)
	case b.kind == "data" && len(b.labels) == 2:
		into(m.resources, "data."+strings.Join(b.labels, "."), &m.order)
	case b.kind == "provider" && len(b.labels) == 1:
		for _, old := range m.providers {
			if overrides && old.labels[0] == b.labels[0] && literal(old.expr("alias")) == literal(b.expr("alias")) {
				old.override(b)
				return
			}
		}
		m.providers = append(m.providers, b)
	case b.kind == "terraform":
		m.settings = append(m.settings, b)
		if overrides {
			m.overriding++
		}
	case b.kind == "import":
		m.imports = append(m.imports, b)
	case b.kind == "moved":
		m.moved = append(m.moved, b)
	case b.kind == "removed":
		m.removed = append(m.removed, b)
	}
}

// literal is the text of an expression that is one; "" for any other, and for none.
func literal(e hcl.Expression) string {
	if e == nil {
		return ""
	}
	v, ok := constant(e)
	if !ok || !isText(v) {
		return ""
	}
	return v.AsString()
}

// constant is the value of an expression that needs no names; false for any other.
func constant(e hcl.Expression) (v cty.Value, ok bool) {
	defer func() {
		if recover() != nil { // a bound, in what should have been a word
			v, ok = cty.DynamicVal, false
		}
	}()
	v, diags := e.Value(nil)
	return v, !diags.HasErrors()
}

// collectReads notes which attributes of resources the expressions of a body read.
func (r *Root) collectReads(m *module, b *body) {
	for _, a := range b.attrs {
		r.collectExpr(m, a.expr)
	}
	for _, n := range b.blocks {
		r.collectReads(m, n.body)
	}
}

// collectExpr notes reads by name where the resource is named in the same breath. What is read through an iteration variable, an
// index, a splat or a module may be of any resource.
func (r *Root) collectExpr(m *module, e hcl.Expression) {
	for _, t := range e.Variables() {
		r.collectTraversal(m, t)
	}
	if native, ok := e.(hclsyntax.Expression); ok {
		_ = hclsyntax.VisitAll(native, func(n hclsyntax.Node) hcl.Diagnostics {
			switch n := n.(type) {
			case *hclsyntax.ScopeTraversalExpr: // those that name iteration variables are no variables of the whole
				r.collectTraversal(m, n.Traversal)
			case *hclsyntax.RelativeTraversalExpr:
				r.common(n.Traversal)
			}
			return nil
		})
	}
}

func (r *Root) collectTraversal(m *module, t hcl.Traversal) {
	key, rest, ok := m.named(t)
	if !ok {
		r.common(t[1:])
		return
	}
	if m.resources[key] == nil {
		r.common(t[1:]) // an iteration variable may have a name like that of a type
	}
	for i, step := range rest {
		if a, ok := step.(hcl.TraverseAttr); ok {
			if m.reads[key] == nil {
				m.reads[key] = map[string]bool{}
			}
			m.reads[key][a.Name] = true
			r.common(rest[i+1:])
			return
		}
	}
}

func (r *Root) common(t hcl.Traversal) {
	for _, step := range t {
		if a, ok := step.(hcl.TraverseAttr); ok {
			r.reads[a.Name] = true
		}
	}
}

// named is the resource or data source that a traversal begins with, and what follows; false if it begins with none.
func (m *module) named(t hcl.Traversal) (key string, rest hcl.Traversal, ok bool) {
	if t.IsRelative() || len(t) < 2 {
		return "", nil, false
	}
	root := t.RootName()
	name, isAttr := t[1].(hcl.TraverseAttr)
	switch {
	case !isAttr:
		return "", nil, false
	case root == "data":
		if len(t) < 3 {
			return "", nil, false
		}
		second, isAttr := t[2].(hcl.TraverseAttr)
		if !isAttr {
			return "", nil, false
		}
		return "data." + name.Name + "." + second.Name, t[3:], true
	case symbols[root]:
		return "", nil, false
	}
	return root + "." + name.Name, t[2:], m.resources[root+"."+name.Name] != nil || m.resources[root+"."+name.Name] == nil && strings.Contains(root, "_")
}

// symbols are the roots of traversals that are no types of resources.
var symbols = map[string]bool{"var": true, "local": true, "module": true, "path": true, "terraform": true, "each": true, "count": true, "self": true, "data": true, "ephemeral": true}
