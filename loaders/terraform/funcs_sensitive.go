package terraform

import (
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// markless is a parameter that takes anything, its marks included.
var markless = function.Parameter{Name: "value", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true, AllowMarked: true}

var sensitiveFunc = function.New(&function.Spec{
	Params: []function.Parameter{markless},
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0].Mark(sensitive), nil },
})

var nonsensitiveFunc = function.New(&function.Spec{
	Params: []function.Parameter{markless},
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, _ := args[0].Unmark()
		return v, nil
	},
})

// issensitiveFunc looks at the marks of the value itself, not at those inside.
var issensitiveFunc = function.New(&function.Spec{
	Params: []function.Parameter{markless},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if args[0].HasMark(sensitive) {
			return cty.True, nil
		}
		if !args[0].IsKnown() {
			return cty.UnknownVal(cty.Bool), nil
		}
		return cty.False, nil
	},
})

// ephemeralFunc: what is ephemeral is unknown here, and stays so.
var ephemeralFunc = function.New(&function.Spec{
	Params: []function.Parameter{markless},
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl:   func(args []cty.Value, _ cty.Type) (cty.Value, error) { return args[0], nil },
})
