package terraform

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// step is a name, a key or an index on the way into a value.
type step = cty.Value

// asStep is a key or an index as a step; any element, if it is neither or is not known.
func asStep(key cty.Value) step {
	if !isSet(key) {
		return cty.NilVal
	}
	if key, _ = key.Unmark(); key.IsKnown() && !key.IsNull() && (key.Type() == cty.String || key.Type() == cty.Number) {
		return key
	}
	return cty.NilVal
}

func written(path []step) string {
	var b strings.Builder
	for _, p := range path {
		switch {
		case !isSet(p):
			b.WriteString("[*]")
		case p.Type() == cty.Number:
			fmt.Fprintf(&b, "[%s]", p.AsBigFloat().Text('f', -1))
		case hclsyntax.ValidIdentifier(p.AsString()):
			b.WriteString("." + p.AsString())
		default:
			b.WriteString("[" + quote(p.AsString()) + "]")
		}
	}
	return b.String()
}

// at is the part of a value at a path; unknown where the way is.
func at(v cty.Value, path []step) cty.Value {
	for _, p := range path {
		v, _ = v.Unmark()
		if !isSet(p) || !v.IsKnown() || v.IsNull() {
			return v
		}
		switch t := v.Type(); {
		case p.Type() == cty.String && t.IsObjectType() && t.HasAttribute(p.AsString()):
			v = v.GetAttr(p.AsString())
		case p.Type() == cty.String && t.IsMapType() && v.HasIndex(p).True():
			v = v.Index(p)
		case p.Type() == cty.Number && t.IsSetType(): // in the order in which it is gone through
			n, ok := index(p)
			if list := v.AsValueSlice(); ok && n < len(list) {
				v = list[n]
				continue
			}
			return cty.NullVal(cty.DynamicPseudoType)
		case p.Type() == cty.Number && (t.IsTupleType() || t.IsListType()) && v.HasIndex(p).True():
			v = v.Index(p)
		default:
			return cty.NullVal(cty.DynamicPseudoType)
		}
	}
	return v
}

// quietly evaluates a part of an expression; what fails is unknown and told by whoever evaluates the whole.
func (s *scope) quietly(e hcl.Expression, f frame) cty.Value {
	v, diags, why := s.root.run(e, s.context(e, f), s.root.meter.fresh())
	if why != "" || diags.HasErrors() {
		return cty.DynamicVal
	}
	return v
}

// over is a frame in which the variables of a for expression are unknown elements of its collection.
func (f frame) over(e *hclsyntax.ForExpr) frame {
	g := f
	g.iterators, g.dynamic = map[string]cty.Value{}, map[string]*iterator{}
	for name, v := range f.iterators {
		g.iterators[name] = v
	}
	for name, v := range f.dynamic {
		g.dynamic[name] = v
	}
	for _, name := range []string{e.KeyVar, e.ValVar} {
		if name != "" {
			g.iterators[name], g.dynamic[name] = cty.DynamicVal, &iterator{each: e.CollExpr, element: true}
		}
	}
	return g
}

func stepsOf(t hcl.Traversal) (out []step) {
	for _, p := range t {
		switch p := p.(type) {
		case hcl.TraverseAttr:
			out = append(out, cty.StringVal(p.Name))
		case hcl.TraverseIndex:
			out = append(out, asStep(p.Key))
		default:
			out = append(out, cty.NilVal)
		}
	}
	return out
}

func pathSteps(p cty.Path) (out []step) {
	for _, s := range p {
		switch s := s.(type) {
		case cty.GetAttrStep:
			out = append(out, cty.StringVal(s.Name))
		case cty.IndexStep:
			out = append(out, asStep(s.Key))
		}
	}
	return out
}
