package policy

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What a built-in policy finds of a target is found by one of a few bodies, and these begin with conditions that most
// targets fail. To look takes a small part of what OPA takes to find that out, so that targets for which no body can
// hold are not handed to it. What is not understood here is left to OPA: a condition that may hold counts as one that does.

// opening is how a body of findings goes on after `some id in input.targets`.
type opening struct {
	id   ast.Var
	rest []*ast.Expr
}

// openings are those of all findings of a module; false if some body begins otherwise, or anything else depends on what
// the targets are.
func openings(m *ast.Module) ([]opening, bool) {
	var list []opening
	for _, r := range m.Rules {
		if r.Head.Name != "findings" && r.Head.Ref().String() != "findings" {
			continue
		}
		some, ok := r.Body[0].Terms.(*ast.SomeDecl)
		if !ok {
			return nil, false
		}
		in, ok := some.Symbols[0].Value.(ast.Call)
		if !ok || len(in) != 3 || in[2].String() != "input.targets" {
			return nil, false
		}
		id, ok := in[1].Value.(ast.Var)
		if !ok {
			return nil, false
		}
		list = append(list, opening{id, r.Body[1:]})
	}
	uses := 0
	ast.WalkRefs(m, func(r ast.Ref) bool {
		if r.HasPrefix(ast.InputRootRef) && !strings.HasPrefix(r.String(), "input.params.") {
			uses++
		}
		return false
	})
	return list, uses == len(list)
}

// hopeful leaves out the targets of which no policy finds anything, and the policies that find nothing of any.
func (e *evaluation) hopeful(g group) group {
	keep, some := make([]bool, len(g.targets)), make([]atomic.Bool, len(g.policies))
	outlooks := make([]*outlook, len(g.policies))
	for i, p := range g.policies {
		if m := e.set.modules[p.File]; p.Builtin && m != nil {
			if list, ok := openings(m); ok {
				outlooks[i] = &outlook{e: e, module: m, openings: list, keys: make([]keyed, len(list))}
			}
		}
	}
	e.p.each(len(g.targets), func(p *projection, t int) {
		for i, x := range outlooks {
			if x == nil || x.may(p, g.targets[t]) {
				keep[t] = true
				some[i].Store(true)
			}
		}
	})
	out := group{}
	for t, id := range g.targets {
		if keep[t] {
			out.targets = append(out.targets, id)
		}
	}
	for i, p := range g.policies {
		if some[i].Load() {
			out.policies = append(out.policies, p)
		}
	}
	return out
}

// outlook tells whether a policy may find anything of a target.
type outlook struct {
	e        *evaluation
	module   *ast.Module
	openings []opening
	keys     []keyed // of each opening
}

// may reports whether some body may hold for a target.
func (x *outlook) may(p *projection, target string) bool {
	look, id := looking{outlook: x, p: p}, bound{value: given{term: ast.String(target)}}
	for i, o := range x.openings {
		if id.name = o.id; x.anyService(p, i) && look.hold(o.rest, &id) {
			return true
		}
	}
	return false
}

// looking is one look at a target.
type looking struct {
	*outlook
	p    *projection
	path [8]string // a buffer
}

// bound is a variable with its value, and those around it.
type bound struct {
	name  ast.Var
	value given
	outer *bound
}

func (b *bound) of(name ast.Var) (given, bool) {
	for ; b != nil; b = b.outer {
		if b.name == name {
			return b.value, true
		}
	}
	return given{}, false
}

// hold reports whether all of some conditions may hold at once.
func (x *looking) hold(conditions []*ast.Expr, in *bound) bool {
	if len(conditions) == 0 || conditions[0].Negated || len(conditions[0].With) > 0 {
		return true
	}
	rest := conditions[1:]
	switch t := conditions[0].Terms.(type) {
	case *ast.Term:
		return x.truth(t, in) && x.hold(rest, in)
	case []*ast.Term:
		return x.call(t, in) && x.hold(rest, in)
	case *ast.SomeDecl:
		member, ok := t.Symbols[0].Value.(ast.Call)
		if !ok || len(member) < 3 {
			return true
		}
		ref, isRef := member[len(member)-1].Value.(ast.Ref)
		name, isName := member[len(member)-2].Value.(ast.Var)
		if !isRef || !isName {
			return x.defined(member[len(member)-1], in)
		}
		return x.some(ref, in, func(list given) bool {
			return list.some(func(one given) bool { return x.hold(rest, &bound{name, one, in}) })
		})
	}
	return true
}

// truth reports whether a term may have a value that is not false.
func (x *looking) truth(t *ast.Term, in *bound) bool {
	if ref, ok := t.Value.(ast.Ref); ok {
		return x.some(ref, in, func(g given) bool { return !g.is(false) })
	}
	return x.defined(t, in)
}

// defined reports whether a term may have a value.
func (x *looking) defined(t *ast.Term, in *bound) bool {
	switch v := t.Value.(type) {
	case ast.Ref:
		return x.some(v, in, func(given) bool { return true })
	case ast.Call:
		return x.call(v, in)
	}
	return true
}

// call reports whether a call may have a value: its operands do, a comparison holds, and so does a body of a function.
func (x *looking) call(terms []*ast.Term, in *bound) bool {
	name, operands := terms[0].String(), terms[1:]
	if compare := comparisons[name]; compare != nil && len(operands) == 2 && ast.IsScalar(operands[1].Value) {
		if ref, ok := operands[0].Value.(ast.Ref); ok {
			return x.some(ref, in, func(g given) bool {
				v := g.value()
				return v == nil || compare(v.Compare(operands[1].Value))
			})
		}
	}
	if slices.ContainsFunc(operands, func(t *ast.Term) bool { return !x.defined(t, in) }) {
		return false
	}
	own := slices.DeleteFunc(slices.Clone(x.module.Rules), func(r *ast.Rule) bool { return string(r.Head.Name) != name || len(r.Head.Args) != len(operands) })
	return len(own) == 0 || slices.ContainsFunc(own, func(r *ast.Rule) bool { return x.function(r, operands, in) })
}

// function reports whether one body of a function, or what stands after else, may hold.
func (x *looking) function(r *ast.Rule, operands []*ast.Term, in *bound) bool {
	var own *bound
	for i, arg := range r.Head.Args {
		name, isName := arg.Value.(ast.Var)
		from, isVar := operands[i].Value.(ast.Var)
		if v, known := in.of(from); isName && isVar && known {
			own = &bound{name, v, own}
		}
	}
	return r.Default || x.hold(r.Body, own) && x.defined(r.Head.Value, own) || r.Else != nil && x.function(r.Else, operands, in)
}

// comparisons with what is written in a policy, by the name of the function.
var comparisons = map[string]func(int) bool{
	"equal": func(c int) bool { return c == 0 },
	"lt":    func(c int) bool { return c < 0 },
	"lte":   func(c int) bool { return c <= 0 },
	"gt":    func(c int) bool { return c > 0 },
	"gte":   func(c int) bool { return c >= 0 },
}
