package terraform

import (
	"errors"
	"math/big"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// distinctFunc keeps the first of equal elements. Texts and numbers are looked up; other elements are compared with each other.
var distinctFunc = function.New(&function.Spec{
	Params:       []function.Parameter{{Name: "list", Type: cty.List(cty.DynamicPseudoType)}},
	Type:         func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	RefineResult: func(b *cty.RefinementBuilder) *cty.RefinementBuilder { return b.NotNull() },
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		if !t.ElementType().IsPrimitiveType() {
			if n := args[0].LengthInt(); n > maxCompared {
				return cty.NilVal, refuse("it has more than %d elements that are compared with each other", maxCompared)
			}
			return stdlib.Distinct(args[0])
		}
		var out []cty.Value
		seen := map[string]bool{}
		for it := args[0].ElementIterator(); it.Next(); {
			_, e := it.Element()
			key := "null"
			if !e.IsNull() {
				text, err := convert.Convert(e, cty.String)
				if err != nil {
					return cty.NilVal, err
				}
				key = "=" + text.AsString()
			}
			if !seen[key] {
				seen[key] = true
				out = append(out, e)
			}
		}
		if len(out) == 0 {
			return cty.ListValEmpty(t.ElementType()), nil
		}
		return cty.ListVal(out), nil
	},
})

// maxCompared bounds what takes its square in comparisons.
const maxCompared = 1000

var matchKeysFunc = function.New(&function.Spec{
	Params: []function.Parameter{
		{Name: "values", Type: cty.List(cty.DynamicPseudoType)}, {Name: "keys", Type: cty.List(cty.DynamicPseudoType)}, {Name: "searchset", Type: cty.List(cty.DynamicPseudoType)},
	},
	Type: func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if !args[0].IsKnown() {
			return cty.UnknownVal(t), nil
		}
		if args[0].LengthInt() != args[1].LengthInt() {
			return cty.ListValEmpty(t.ElementType()), errors.New("length of keys and values should be equal")
		}
		var out []cty.Value
		values := args[0].AsValueSlice()
		wanted, _ := convert.UnifyUnsafe([]cty.Type{args[1].Type(), args[2].Type()})
		if wanted == cty.NilType {
			return cty.NilVal, errors.New("keys and searchset must be of the same type")
		}
		keys, _ := convert.Convert(args[1], wanted)
		search, _ := convert.Convert(args[2], wanted)
		for i, key := range keys.AsValueSlice() {
			for it := search.ElementIterator(); it.Next(); {
				_, s := it.Element()
				eq, err := stdlib.Equal(key, s)
				if err != nil {
					return cty.NilVal, err
				}
				if !eq.IsKnown() {
					return cty.UnknownVal(t), nil
				}
				if eq.True() {
					out = append(out, values[i])
					break
				}
			}
		}
		if len(out) == 0 {
			return cty.ListValEmpty(t.ElementType()), nil
		}
		return cty.ListVal(out), nil
	},
})

var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true}},
	Type: func(args []cty.Value) (cty.Type, error) {
		t := args[0].Type()
		switch {
		case t.IsListType(), t.IsSetType():
			return t.ElementType(), nil
		case t.IsTupleType():
			switch types := t.TupleElementTypes(); len(types) {
			case 0:
				return cty.DynamicPseudoType, nil
			case 1:
				return types[0], nil
			}
			return cty.NilType, errors.New("must be a list, set, or tuple value with either zero or one elements")
		case t == cty.DynamicPseudoType:
			return t, nil
		}
		return cty.NilType, errors.New("must be a list, set, or tuple value with either zero or one elements")
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		v := args[0]
		if v.Type() == cty.DynamicPseudoType || !v.IsKnown() {
			return cty.UnknownVal(t), nil
		}
		n := v.Length()
		if !n.IsKnown() {
			return cty.UnknownVal(t), nil
		}
		switch v.LengthInt() {
		case 0:
			return cty.NullVal(t), nil
		case 1:
			it := v.ElementIterator()
			it.Next()
			_, e := it.Element()
			return e, nil
		}
		return cty.NilVal, errors.New("must be a list, set, or tuple value with either zero or one elements")
	},
})

var sumFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.DynamicPseudoType}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		t := args[0].Type()
		if !t.IsListType() && !t.IsSetType() && !t.IsTupleType() {
			return cty.NilVal, errors.New("argument must be list, set, or tuple")
		}
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(cty.Number), nil
		}
		if args[0].LengthInt() == 0 {
			return cty.NilVal, errors.New("cannot sum an empty list")
		}
		total := cty.NumberVal(new(big.Float))
		for it := args[0].ElementIterator(); it.Next(); {
			_, v := it.Element()
			n, err := convert.Convert(v, cty.Number)
			if err != nil || n.IsNull() {
				return cty.NilVal, errors.New("argument must be list, set, or tuple of number values")
			}
			total = total.Add(n)
		}
		return total, nil
	},
})

var transposeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "values", Type: cty.Map(cty.List(cty.String))}},
	Type:   function.StaticReturnType(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		out := map[string][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); {
			key, list := it.Element()
			for inner := list.ElementIterator(); inner.Next(); {
				_, v := inner.Element()
				if v.IsNull() {
					return cty.NilVal, errors.New("input must not contain null string")
				}
				out[v.AsString()] = append(out[v.AsString()], key)
			}
		}
		if len(out) == 0 {
			return cty.MapValEmpty(cty.List(cty.String)), nil
		}
		lists := map[string]cty.Value{}
		for k, v := range out {
			lists[k] = cty.ListVal(v)
		}
		return cty.MapVal(lists), nil
	},
})
