package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// transparent are functions that leave every placeholder in their arguments visible in their result, or do not; the latter is noticed.
var transparent = map[string]bool{"upper": true, "lower": true, "indent": true, "format": true, "formatlist": true, "join": true, "replace": true,
	"trimspace": true, "trimprefix": true, "trimsuffix": true, "chomp": true, "yamlencode": true, "jsonencode": true, "concat": true, "merge": true,
	"tolist": true, "tomap": true, "flatten": true, "values": true}

// value is that of an expression with placeholders in the place of unknown parts.
func (d *drawing) value(s *scope, e hcl.Expression, f frame, path []step) cty.Value {
	v, _ := s.quietly(e, f).UnmarkDeep()
	if v.IsWhollyKnown() {
		return v
	}
	*d.steps++
	if d.depth++; d.depth > maxDrawn || d.exhausted() {
		d.depth--
		return cty.StringVal(d.token(s, e, f, path))
	}
	defer func() { d.depth-- }()
	switch n := inside(e).(type) {
	case *hclsyntax.ObjectConsExpr:
		object := map[string]cty.Value{}
		for _, item := range n.Items {
			key, _ := s.quietly(item.KeyExpr, f).Unmark()
			if text, err := convert.Convert(key, cty.String); err == nil && isText(text) {
				object[text.AsString()] = d.value(s, item.ValueExpr, f, nil)
			} else {
				return cty.StringVal(d.token(s, e, f, nil))
			}
		}
		return cty.ObjectVal(object)
	case *hclsyntax.TupleConsExpr:
		var list []cty.Value
		for _, item := range n.Exprs {
			list = append(list, d.value(s, item, f, nil))
		}
		return cty.TupleVal(list)
	case *hclsyntax.TemplateExpr:
		in := d.inner()
		in.draw(s, n, f)
		return cty.StringVal(string(in.text))
	case *hclsyntax.ScopeTraversalExpr:
		if to, ok := s.resolve(n, f); ok && to.scope.quietly(to.expr, to.frame).IsKnown() == v.IsKnown() && s == to.scope {
			return d.value(to.scope, to.expr, to.frame, nil)
		}
	case *hclsyntax.FunctionCallExpr:
		if n.Name == "templatefile" {
			in := d.inner()
			in.draw(s, n, f)
			return cty.StringVal(string(in.text))
		}
		if out, ok := d.call(s, n, f); ok {
			return out
		}
	}
	if !v.IsKnown() {
		return cty.StringVal(d.token(s, e, f, path))
	}
	out, err := cty.Transform(loose(v), func(p cty.Path, v cty.Value) (cty.Value, error) {
		if !v.IsKnown() {
			return cty.StringVal(d.token(s, e, f, pathSteps(p))), nil
		}
		return v, nil
	})
	if err != nil {
		return cty.StringVal(d.token(s, e, f, path))
	}
	return out
}

// call calls a transparent function with placeholders, and looks whether all of them can still be seen.
func (d *drawing) call(s *scope, e *hclsyntax.FunctionCallExpr, f frame) (out cty.Value, ok bool) {
	if !transparent[e.Name] || e.ExpandFinal {
		return cty.NilVal, false
	}
	function := d.root.functions[e.Name]
	params := function.Params()
	args := make([]cty.Value, len(e.Args))
	used := map[string]bool{}
	for i, a := range e.Args {
		v := d.value(s, a, f, nil)
		for t := range tokensIn(v) {
			used[t] = true
		}
		p := function.VarParam()
		if i < len(params) {
			p = &params[i]
		}
		if p == nil {
			return cty.NilVal, false
		}
		c, err := convert.Convert(v, p.Type)
		if err != nil {
			return cty.NilVal, false
		}
		args[i] = c
	}
	defer func() {
		if recover() != nil { // a bound
			out, ok = cty.NilVal, false
		}
	}()
	d.root.meter.budget = d.root.meter.fresh()
	v, err := function.Call(args)
	if err != nil || !v.IsWhollyKnown() {
		return cty.NilVal, false
	}
	seen := tokensIn(v)
	for t := range used {
		if !seen[t] {
			return cty.NilVal, false
		}
	}
	return v, true
}

// loose is a value whose lists, maps and sets are tuples and objects, so that parts of it can be of other types.
func loose(v cty.Value) cty.Value {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return v
	}
	if t := v.Type(); t.IsMapType() || t.IsObjectType() {
		out := map[string]cty.Value{}
		for k, e := range v.AsValueMap() {
			out[k] = loose(e)
		}
		return cty.ObjectVal(out)
	}
	var out []cty.Value
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, loose(e))
	}
	return cty.TupleVal(out)
}

// tokensIn are the placeholders in the texts of a value, its keys included.
func tokensIn(v cty.Value) map[string]bool {
	out := map[string]bool{}
	_ = cty.Walk(v, func(p cty.Path, v cty.Value) (bool, error) {
		if isText(v) {
			for _, t := range tokenPattern.FindAllString(v.AsString(), -1) {
				out[t] = true
			}
		}
		return true, nil
	})
	return out
}
