package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// target is an expression and where it is evaluated.
type target struct {
	scope *scope
	expr  hcl.Expression
	frame frame
}

// resolve is the expression that a local, an argument of a module's call, a default or an output stands for.
func (s *scope) resolve(e *hclsyntax.ScopeTraversalExpr, f frame) (target, bool) {
	v := e.Traversal
	if _, hidden := f.iterators[v.RootName()]; hidden || len(v) < 2 {
		return target{}, false
	}
	steps := stepsOf(v[1:])
	if !isSet(steps[0]) || !isText(steps[0]) {
		return target{}, false
	}
	name, rest := steps[0].AsString(), steps[1:]
	var to target
	switch v.RootName() {
	case "local":
		if a := s.module.locals[name]; a != nil {
			to = target{s, a.expr, noFrame}
		}
	case "var":
		if a := s.argument(name); a != nil {
			to = target{s.parent, a.expr, s.frame}
		}
	case "module":
		if x := s.child(name); x != nil && len(rest) > 0 {
			i, after, many := x.chosen(rest)
			if i != nil && i.scope != nil && !many && len(after) > 0 && isText(after[0]) {
				if b := i.scope.module.outputs[after[0].AsString()]; b != nil && b.expr("value") != nil {
					to, rest = target{i.scope, b.expr("value"), noFrame}, after[1:]
				}
			}
		}
	}
	if to.expr == nil {
		return to, false
	}
	for _, p := range rest {
		next, ok := to.scope.item(to.expr, to.frame, p)
		if !ok {
			return to, false
		}
		to.expr = next
	}
	return to, true
}

// argument is what a call gives for a variable of its module, if the variable takes it as it is.
func (s *scope) argument(name string) *attribute {
	if s.parent == nil || s.module.variables[name] == nil {
		return nil
	}
	return s.call.attrs[name]
}

// item is the expression of one element of a constructor.
func (s *scope) item(e hcl.Expression, f frame, p step) (hcl.Expression, bool) {
	if !isSet(p) {
		return nil, false
	}
	switch c := inside(e).(type) {
	case *hclsyntax.ObjectConsExpr:
		for _, item := range c.Items {
			if key, _ := s.quietly(item.KeyExpr, f).Unmark(); isText(key) && p.Type() == cty.String && key.AsString() == p.AsString() {
				return item.ValueExpr, true
			}
		}
	case *hclsyntax.TupleConsExpr:
		if p.Type() == cty.Number {
			if i, _ := p.AsBigFloat().Int64(); i >= 0 && int(i) < len(c.Exprs) {
				return c.Exprs[i], true
			}
		}
	}
	return nil, false
}
