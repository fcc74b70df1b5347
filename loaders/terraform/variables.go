package terraform

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variable is a declared input of a module.
type variable struct {
	name      string
	kind      cty.Type // cty.DynamicPseudoType = any
	defaults  *typeexpr.Defaults
	value     hcl.Expression // its default; nil = there is none
	nullable  bool
	sensitive bool
	ephemeral bool
	rng       hcl.Range
	*block
}

func (r *Root) declareVariable(m *module, b *block, overrides bool) {
	name := b.labels[0]
	if old := m.variables[name]; old != nil && overrides {
		old.block.override(b)
		b = old.block
	}
	v := &variable{name: name, kind: cty.DynamicPseudoType, nullable: true, rng: b.rng, block: b}
	if e := b.expr("type"); e != nil {
		if t := quotedType(e); t != nil {
			e = t
		}
		kind, defaults, diags := typeexpr.TypeConstraintWithDefaults(e)
		r.diagnose(diags)
		if !diags.HasErrors() {
			v.kind, v.defaults = kind, defaults
		}
	}
	v.value = b.expr("default")
	v.nullable = flag(b.expr("nullable"), true)
	v.sensitive, v.ephemeral = flag(b.expr("sensitive"), false), flag(b.expr("ephemeral"), false)
	m.variables[name] = v
}

// quotedType is the type that JSON has as a text.
func quotedType(e hcl.Expression) hcl.Expression {
	if _, native := e.(hclsyntax.Expression); native {
		return nil
	}
	text := literal(e)
	if text == "" {
		return nil
	}
	out, diags := hclsyntax.ParseExpression([]byte(text), e.Range().Filename, e.Range().Start)
	if diags.HasErrors() {
		return nil
	}
	return out
}

func flag(e hcl.Expression, otherwise bool) bool {
	if e == nil {
		return otherwise
	}
	v, ok := constant(e)
	if !ok || v.IsNull() || !v.IsKnown() || v.Type() != cty.Bool {
		return otherwise
	}
	return v.True()
}

// accept makes what was given for a variable into its value: defaults of optional attributes, conversion, and the default in place of a
// null that it does not take.
func (v *variable) accept(r *Root, given cty.Value) cty.Value {
	out, marks := given.Unmark()
	if v.defaults != nil && !out.IsNull() && out.IsKnown() {
		deep, paths := out.UnmarkDeepWithPaths()
		out = v.defaults.Apply(deep).MarkWithPaths(paths)
	}
	if v.kind != cty.DynamicPseudoType {
		if r.limits.longNumber(out, v.kind) {
			r.tell(v.rng, "variable %s: a text of more than %d bytes is used as a number", v.name, r.limits.NumberBytes)
			return cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
		}
		if v.kind.HasDynamicTypes() {
			slim, err := r.meter.slim(out)
			if err != nil {
				r.refuse(v, err)
				return cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
			}
			out = slim
		}
		converted, err := convert.Convert(out, v.kind)
		if err != nil {
			r.refuse(v, err)
			return cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
		}
		out = converted
		if err := r.meter.measure(out); err != nil {
			r.refuse(v, err)
			return cty.UnknownVal(out.Type())
		}
	}
	if out.IsKnown() && out.IsNull() && !v.nullable && v.value != nil {
		return v.fallback(r)
	}
	out = out.WithMarks(marks)
	if v.ephemeral {
		out = cty.UnknownVal(out.Type())
	}
	if v.sensitive {
		out = out.Mark(sensitive)
	}
	return out
}

// fallback is the variable's default; unknown if it has none.
func (v *variable) fallback(r *Root) cty.Value {
	if v.value == nil {
		out := cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
		if v.sensitive {
			out = out.Mark(sensitive)
		}
		return out
	}
	value, ok := r.plainValue(v.value)
	if !ok {
		return cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
	}
	if value.IsNull() && !v.nullable {
		return cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
	}
	return v.accept(r, value)
}

// refuse tells why a value of a variable is not taken.
func (r *Root) refuse(v *variable, err error) {
	r.tell(v.rng, "variable %s: %v", v.name, err)
	kind := "error"
	if _, ok := errors.AsType[limited](err); ok {
		kind = "limit"
	}
	r.refused[v] = fmt.Sprintf("%s: variable %s: %v", kind, v.name, err)
}

// longNumber reports whether a conversion would make a number of a long text, at any depth.
func (l Limits) longNumber(v cty.Value, to cty.Type) bool {
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return false
	}
	if v.Type() == cty.String {
		return to == cty.Number && len(v.AsString()) > l.NumberBytes
	}
	if !v.CanIterateElements() {
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		inner := cty.NilType
		switch {
		case to.IsCollectionType():
			inner = to.ElementType()
		case to.IsObjectType() && k.Type() == cty.String && to.HasAttribute(k.AsString()):
			inner = to.AttributeType(k.AsString())
		case to.IsTupleType() && k.Type() == cty.Number:
			if i, _ := k.AsBigFloat().Int64(); int(i) < to.Length() {
				inner = to.TupleElementType(int(i))
			}
		}
		if inner != cty.NilType && l.longNumber(e, inner) {
			return true
		}
	}
	return false
}
