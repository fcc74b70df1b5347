package terraform

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// eval is the value of an expression. What fails is told and unknown; of an object or a list only the part that fails.
func (s *scope) eval(e hcl.Expression, f frame) cty.Value {
	return s.evalPart(e, f, s.root.meter.fresh())
}

func (s *scope) evalPart(e hcl.Expression, f frame, b *budget) cty.Value {
	r := s.root
	fail := func(why string) cty.Value {
		r.failures[place{s, e}] = why
		return cty.DynamicVal
	}
	r.meter.enter()
	defer r.meter.leave()
	if why := r.meter.late(); why != "" {
		r.tell(hcl.Range{Filename: r.dir}, "%s; what is left is unknown", why)
		return fail("limit: " + why)
	}
	v, diags, why := r.run(e, s.context(e, f), b)
	switch {
	case why != "":
		r.tell(e.Range(), "%s", why)
		return fail("limit: " + why)
	case !diags.HasErrors():
		return v
	}
	switch e := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		object := map[string]cty.Value{}
		for _, item := range e.Items {
			key, failed, why := r.run(item.KeyExpr, s.context(item.KeyExpr, f), b)
			if why != "" || failed.HasErrors() || !key.IsWhollyKnown() || key.IsNull() || key.IsMarked() || key.Type() != cty.String {
				r.diagnose(diags)
				return fail("error: " + diags[0].Summary)
			}
			object[key.AsString()] = s.evalPart(item.ValueExpr, f, b)
		}
		return cty.ObjectVal(object)
	case *hclsyntax.TupleConsExpr:
		list := make([]cty.Value, len(e.Exprs))
		for i, item := range e.Exprs {
			list[i] = s.evalPart(item, f, b)
		}
		return cty.TupleVal(list)
	}
	r.diagnose(diags)
	return fail("error: " + errorOf(diags))
}

func errorOf(diags hcl.Diagnostics) string {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return d.Summary
		}
	}
	return ""
}

// run evaluates within a budget. What stops it is the reason that it returns: a bound, or a defect of the evaluator, which must not end
// the program.
func (r *Root) run(e hcl.Expression, ctx *hcl.EvalContext, b *budget) (v cty.Value, diags hcl.Diagnostics, why string) {
	defer func() {
		p := recover()
		r.meter.rest()
		if b.over != "" {
			v, why = cty.DynamicVal, b.over
		} else if p != nil {
			v, why = cty.DynamicVal, fmt.Sprintf("the evaluation broke off: %v", p)
		}
	}()
	r.meter.budget = b
	if b.over != "" {
		return cty.DynamicVal, nil, b.over
	}
	if v, diags = e.Value(ctx); diags.HasErrors() {
		return v, diags, ""
	}
	switch e.(type) {
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.LiteralValueExpr: // no larger than what was measured
		if v.Type() != cty.Number {
			return v, nil, ""
		}
	}
	if err := r.meter.measure(v); err != nil {
		return cty.DynamicVal, nil, err.Error()
	}
	return v, nil, ""
}
