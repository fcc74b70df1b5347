package terraform

import (
	"fmt"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

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
