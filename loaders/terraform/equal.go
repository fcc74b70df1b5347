package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// steady replaces the comparisons of a tree by ones whose answer does not depend on the order in which a Go map is gone through:
// cty compares the attributes of objects in no order, and stops at the first that is unknown or unequal.
func steady(n hclsyntax.Node) {
	_ = hclsyntax.VisitAll(n, func(n hclsyntax.Node) hcl.Diagnostics {
		if e, ok := n.(*hclsyntax.BinaryOpExpr); ok {
			switch e.Op {
			case hclsyntax.OpEqual:
				e.Op = opEqual
			case hclsyntax.OpNotEqual:
				e.Op = opNotEqual
			}
		}
		return nil
	})
}

var (
	opEqual    = &hclsyntax.Operation{Impl: comparing(stdlib.EqualFunc), Type: cty.Bool}
	opNotEqual = &hclsyntax.Operation{Impl: comparing(stdlib.NotEqualFunc), Type: cty.Bool}
)

// comparing is a comparison that is unknown for objects and maps of one type that are not known as a whole.
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
