package terraform

import (
	"errors"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// providerFunctions are those of the provider that is built into Terraform.
func (r *Root) providerFunctions() map[string]function.Function {
	return map[string]function.Function{
		"provider::terraform::decode_tfvars": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "src", Type: cty.String}},
			Type:   function.StaticReturnType(cty.DynamicPseudoType),
			Impl:   func(a []cty.Value, _ cty.Type) (cty.Value, error) { return r.decodeVariables(a[0].AsString()) },
		}),
		"provider::terraform::encode_tfvars": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType}},
			Type:   function.StaticReturnType(cty.String),
			Impl:   func(a []cty.Value, _ cty.Type) (cty.Value, error) { return encodeVariables(a[0]) },
		}),
		"provider::terraform::encode_expr": function.New(&function.Spec{
			Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowNull: true}},
			Type:   function.StaticReturnType(cty.String),
			Impl: func(a []cty.Value, _ cty.Type) (cty.Value, error) {
				if !a[0].IsWhollyKnown() {
					return cty.UnknownVal(cty.String), nil
				}
				return cty.StringVal(string(hclwrite.TokensForValue(a[0]).Bytes())), nil
			},
		}),
	}
}

func (r *Root) decodeVariables(text string) (cty.Value, error) {
	tokens, _ := hclsyntax.LexConfig([]byte(text), "tfvars", hcl.InitialPos)
	if _, what := r.limits.tooDeep(tokens); what != "" {
		return cty.NilVal, limited(what)
	}
	file, diags := hclsyntax.ParseConfig([]byte(text), "tfvars", hcl.InitialPos)
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	if native, ok := file.Body.(*hclsyntax.Body); ok {
		r.meter.prepare(native)
	}
	attrs, diags := file.Body.JustAttributes()
	if diags.HasErrors() {
		return cty.NilVal, diags
	}
	out := map[string]cty.Value{}
	for name, a := range attrs {
		v, diags := a.Expr.Value(nil)
		if diags.HasErrors() {
			return cty.NilVal, diags
		}
		out[name] = v
	}
	return cty.ObjectVal(out), nil
}

func encodeVariables(v cty.Value) (cty.Value, error) {
	if !v.Type().IsObjectType() && !v.Type().IsMapType() {
		return cty.NilVal, errors.New("an object is wanted")
	}
	if !v.IsWhollyKnown() {
		return cty.UnknownVal(cty.String), nil
	}
	values := v.AsValueMap()
	names := make([]string, 0, len(values))
	for name := range values {
		if !hclsyntax.ValidIdentifier(name) {
			return cty.NilVal, errors.New("a name is no identifier")
		}
		names = append(names, name)
	}
	slices.Sort(names)
	file := hclwrite.NewEmptyFile()
	for _, name := range names {
		file.Body().SetAttributeValue(name, values[name])
	}
	return cty.StringVal(string(hclwrite.Format(file.Bytes()))), nil
}
