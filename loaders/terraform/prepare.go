package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// prepare changes a tree so that evaluating it is bounded and steady. Parts of templates, bodies and conditions of for, and arguments
// of functions and of arithmetic pay for what they do; comparisons do not depend on chance. It returns the places of numbers that are
// out of bounds, which are unknown from there on.
func (m *meter) prepare(n hclsyntax.Node) (refused []hcl.Range) {
	_ = hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
		switch e := n.(type) {
		case *hclsyntax.LiteralValueExpr:
			if v := e.Val; v.IsKnown() && !v.IsNull() && v.Type() == cty.Number && m.limits.number(v) != nil {
				e.Val = cty.UnknownVal(cty.Number)
				refused = append(refused, e.SrcRange)
			}
		case *hclsyntax.TemplateExpr:
			for i, p := range e.Parts {
				e.Parts[i] = m.guarded(p, false)
			}
		case *hclsyntax.ForExpr:
			e.KeyExpr, e.ValExpr, e.CondExpr = m.always(e.KeyExpr), m.always(e.ValExpr), m.always(e.CondExpr)
		case *hclsyntax.ConditionalExpr:
			e.TrueResult, e.FalseResult = m.converted(e.TrueResult), m.converted(e.FalseResult)
		case *hclsyntax.BinaryOpExpr:
			m.operation(e)
		case *hclsyntax.UnaryOpExpr:
			e.Val = m.guarded(e.Val, e.Op.Type == cty.Number)
		case *hclsyntax.IndexExpr:
			e.Key = m.guarded(e.Key, true)
		case *hclsyntax.FunctionCallExpr:
			for i, a := range e.Args {
				e.Args[i] = m.argument(e.Name, i, a)
			}
		}
		return nil
	})
	return refused
}

// argument guards an argument of a function by what it becomes there.
func (m *meter) argument(name string, i int, e hclsyntax.Expression) hclsyntax.Expression {
	f, ok := m.functions[name]
	if !ok || name == "try" || name == "can" {
		return m.guarded(e, false)
	}
	p := f.VarParam()
	if params := f.Params(); i < len(params) {
		p = &params[i]
	}
	switch {
	case name == "tonumber" || p != nil && p.Type == cty.Number:
		return m.guarded(e, true)
	case name == "tolist" || name == "toset" || name == "tomap" || p != nil && p.Type.IsCollectionType():
		if g, ok := m.converted(e).(guarded); ok {
			g.collection = true
			return g
		}
	}
	return m.guarded(e, false)
}

// converted guards what is converted to the type of something else.
func (m *meter) converted(e hclsyntax.Expression) hclsyntax.Expression {
	g, ok := m.guarded(e, false).(guarded)
	if !ok {
		return e
	}
	g.converts = true
	return g
}

// guarded is an expression that pays for its evaluation. It embeds parentheses, so that walks go through it to what it holds.
type guarded struct {
	*hclsyntax.ParenthesesExpr
	meter  *meter
	number bool // it is used as a number

	converts   bool // to a type that is found by comparing all elements
	collection bool // to one that has elements of one type
}

func (m *meter) guarded(e hclsyntax.Expression, number bool) hclsyntax.Expression {
	switch l := e.(type) {
	case nil:
		return nil
	case *hclsyntax.LiteralValueExpr:
		if !l.Val.IsKnown() || l.Val.IsNull() || l.Val.Type() != cty.String || len(l.Val.AsString()) <= m.limits.NumberBytes {
			return e
		}
	case *hclsyntax.TemplateExpr:
		if l.IsStringLiteral() && !number {
			return e
		}
	}
	g, ok := m.always(e).(guarded)
	g.number = g.number || number
	if !ok {
		return e
	}
	return g
}

// always guards what would need no guard if it were not evaluated again and again.
func (m *meter) always(e hclsyntax.Expression) hclsyntax.Expression {
	if e == nil {
		return nil
	}
	if g, ok := e.(guarded); ok {
		return g
	}
	return guarded{ParenthesesExpr: &hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}, meter: m}
}

// Value evaluates what is guarded.
func (g guarded) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	g.meter.tick(1)
	v, diags := g.Expression.Value(ctx)
	bare := v
	if v.IsMarked() {
		bare, _ = v.Unmark()
	}
	if !bare.IsKnown() || bare.IsNull() {
		return v, diags
	}
	if g.converts {
		v = g.meter.convertible(v, g.collection)
	}
	switch bare.Type() {
	case cty.String:
		n := len(bare.AsString())
		g.meter.text(n)
		if g.number && n > g.meter.limits.NumberBytes {
			g.meter.stop("a text of more than %d bytes is used as a number", g.meter.limits.NumberBytes)
		}
	case cty.Number:
		if err := g.meter.limits.number(bare); err != nil {
			g.meter.stop("%s", err)
		}
	}
	return v, diags
}

func (m *meter) operation(e *hclsyntax.BinaryOpExpr) {
	switch {
	case e.Op == hclsyntax.OpEqual:
		e.Op = opEqual
	case e.Op == hclsyntax.OpNotEqual:
		e.Op = opNotEqual
	case e.Op.Impl.Params()[0].Type == cty.Number:
		e.LHS, e.RHS = m.guarded(e.LHS, true), m.guarded(e.RHS, true)
		if e.Op.Type != cty.Number {
			return // a comparison makes no number
		}
		if m.operations[e.Op] == nil {
			m.operations[e.Op] = &hclsyntax.Operation{Impl: m.limits.arithmetic(e.Op.Impl), Type: cty.Number, ShortCircuit: e.Op.ShortCircuit}
		}
		e.Op = m.operations[e.Op]
	}
}

// inside is the expression below guards and parentheses.
func inside(e hcl.Expression) hcl.Expression {
	for {
		switch p := e.(type) {
		case guarded:
			e = p.Expression
		case *hclsyntax.ParenthesesExpr:
			e = p.Expression
		case *hclsyntax.TemplateWrapExpr:
			e = p.Wrapped
		default:
			return e
		}
	}
}
