package terraform

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
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
			e.KeyExpr, e.ValExpr, e.CondExpr = m.guarded(e.KeyExpr, false), m.guarded(e.ValExpr, false), m.guarded(e.CondExpr, false)
		case *hclsyntax.ConditionalExpr:
			e.TrueResult, e.FalseResult = m.guarded(e.TrueResult, false), m.guarded(e.FalseResult, false)
		case *hclsyntax.BinaryOpExpr:
			m.operation(e)
		case *hclsyntax.UnaryOpExpr:
			e.Val = m.guarded(e.Val, e.Op.Type == cty.Number)
		case *hclsyntax.IndexExpr:
			e.Key = m.guarded(e.Key, true)
		case *hclsyntax.FunctionCallExpr:
			for i, a := range e.Args {
				e.Args[i] = m.guarded(a, m.takesNumber(e.Name, i))
			}
		}
		return nil
	})
	return refused
}

// takesNumber reports whether an argument of a function becomes a number.
func (m *meter) takesNumber(name string, i int) bool {
	f, ok := m.functions[name]
	if !ok {
		return false
	}
	p := f.VarParam()
	if params := f.Params(); i < len(params) {
		p = &params[i]
	}
	return name == "tonumber" || p != nil && p.Type == cty.Number
}

// guarded is an expression that pays for its evaluation. It embeds parentheses, so that walks go through it to what it holds.
type guarded struct {
	*hclsyntax.ParenthesesExpr
	meter  *meter
	number bool // it is used as a number
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
	if g, ok := e.(guarded); ok {
		g.number = g.number || number
		return g
	}
	return guarded{&hclsyntax.ParenthesesExpr{Expression: e, SrcRange: e.Range()}, m, number}
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

// arithmetic is an operation that refuses numbers which are out of bounds, before and after.
func (l Limits) arithmetic(f function.Function) function.Function {
	return function.New(&function.Spec{
		Params: open(f.Params()),
		Type:   function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for _, a := range args {
				if err := l.topNumber(a); err != nil {
					return cty.NilVal, err
				}
			}
			v, err := f.Call(args)
			if err != nil {
				return v, err
			}
			return v, l.topNumber(v)
		},
	})
}

func (l Limits) topNumber(v cty.Value) error {
	v, _ = v.Unmark()
	if v.IsKnown() && !v.IsNull() && v.Type() == cty.Number {
		return l.number(v)
	}
	return nil
}

// open lets parameters take anything, so that the function behind decides what to do with it.
func open(params []function.Parameter) []function.Parameter {
	out := make([]function.Parameter, len(params))
	for i, p := range params {
		p.AllowUnknown, p.AllowNull, p.AllowMarked, p.AllowDynamicType = true, true, true, true
		out[i] = p
	}
	return out
}

var (
	opEqual    = &hclsyntax.Operation{Impl: comparing(stdlib.EqualFunc), Type: cty.Bool}
	opNotEqual = &hclsyntax.Operation{Impl: comparing(stdlib.NotEqualFunc), Type: cty.Bool}
)

// comparing is a comparison whose answer does not depend on the order in which a Go map is gone through: it is unknown for objects and
// maps of one type that are not known as a whole. cty compares their attributes in no order, and stops at the first that is unknown or
// unequal.
func comparing(compare function.Function) function.Function {
	return function.New(&function.Spec{
		Params: compare.Params(),
		Type:   function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			a, b := args[0], args[1]
			if a.Type().Equals(b.Type()) && unordered(a.Type()) && !(a.IsWhollyKnown() && b.IsWhollyKnown()) {
				return cty.UnknownVal(cty.Bool), nil
			}
			return compare.Call(args)
		},
	})
}

// unordered reports whether a type has members that a Go map holds, at any depth.
func unordered(t cty.Type) bool {
	switch {
	case t.IsObjectType(), t.IsMapType():
		return true
	case t.IsCollectionType():
		return unordered(t.ElementType())
	case t.IsTupleType():
		for _, e := range t.TupleElementTypes() {
			if unordered(e) {
				return true
			}
		}
	}
	return false
}

// refuse is an error that a bound is the reason of.
func refuse(format string, args ...any) error { return limited(fmt.Sprintf(format, args...)) }
