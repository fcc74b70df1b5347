package terraform

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
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
	v, diags := e.Value(nil)
	if diags.HasErrors() || v.IsNull() || !v.IsKnown() || v.Type() != cty.Bool {
		return otherwise
	}
	return v.True()
}

// raw is a value of a root variable as it was given, before its type is applied.
type raw struct {
	value cty.Value
	text  *string // of the environment or of -var: an expression, unless the variable is a string
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

// plainValue is the value of an expression without any variable. Texts of JSON are literal there.
func (r *Root) plainValue(e hcl.Expression) (cty.Value, bool) {
	v, diags, why := r.run(e, nil, r.meter.fresh())
	switch {
	case why != "":
		r.tell(e.Range(), "%s", why)
		return cty.DynamicVal, false
	case diags.HasErrors():
		r.diagnose(diags)
		return cty.DynamicVal, false
	}
	return v, true
}

// given collects the values of the root's variables by rising precedence: the environment, terraform.tfvars, terraform.tfvars.json,
// *.auto.tfvars and *.auto.tfvars.json in the order of their names, and the command line in its order. The last one wins as a whole.
func (r *Root) given(m *module) map[string]raw {
	out := map[string]raw{}
	for name, text := range r.options.Env {
		if v, ok := strings.CutPrefix(name, "TF_VAR_"); ok {
			out[v] = raw{text: &text}
		}
	}
	entries, err := r.entries(m.dir)
	if err != nil {
		return out
	}
	var auto []string
	for _, e := range entries {
		if n := e.Name(); strings.HasSuffix(n, ".auto.tfvars") || strings.HasSuffix(n, ".auto.tfvars.json") {
			auto = append(auto, n)
		}
	}
	slices.Sort(auto)
	for _, name := range append([]string{"terraform.tfvars", "terraform.tfvars.json"}, auto...) {
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == name }) {
			r.variableFile(path.Join(m.dir, name), out)
		}
	}
	for _, a := range r.options.Variables {
		if a.File != "" {
			r.variableFile(path.Join(m.dir, a.File), out)
			continue
		}
		if m.variables[a.Name] == nil {
			r.tell(hcl.Range{Filename: m.dir}, "-var %s: there is no such variable", a.Name)
			continue
		}
		out[a.Name] = raw{text: &a.Value}
	}
	return out
}

func (r *Root) variableFile(name string, into map[string]raw) {
	data, ok := r.readConfig(name)
	if !ok {
		return
	}
	if strings.HasSuffix(name, ".json") {
		var v ctyjson.SimpleJSONValue
		if err := v.UnmarshalJSON(data); err != nil || !v.Type().IsObjectType() {
			r.tell(hcl.Range{Filename: name}, "is no JSON object of variables")
			return
		}
		if err := r.meter.measure(v.Value); err != nil {
			r.tell(hcl.Range{Filename: name}, "%v", err)
			return
		}
		for key, value := range v.AsValueMap() {
			r.undeclared(key, hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos})
			into[key] = raw{value: value}
		}
		return
	}
	file, diags := hclsyntax.ParseConfig(data, name, hcl.InitialPos)
	r.diagnose(diags)
	if file == nil {
		return
	}
	if native, ok := file.Body.(*hclsyntax.Body); ok {
		r.prepare(native)
	}
	attrs, diags := file.Body.JustAttributes()
	r.diagnose(diags)
	for key, a := range attrs {
		r.undeclared(key, a.Range)
		if v, ok := r.plainValue(a.Expr); ok {
			into[key] = raw{value: v}
		}
	}
}

// undeclared notes a value for nobody.
func (r *Root) undeclared(name string, at hcl.Range) {
	if r.modules[r.dir].variables[name] == nil {
		r.report(Diagnostic{Range: at, Message: "variable " + name + " is not declared", Note: true})
	}
}

// value is the value of a root variable.
func (g raw) valueFor(r *Root, v *variable) cty.Value {
	if g.text == nil {
		return v.accept(r, g.value)
	}
	if v.kind == cty.String || v.kind == cty.DynamicPseudoType {
		return v.accept(r, cty.StringVal(*g.text))
	}
	at := hcl.Range{Filename: "variable " + v.name}
	if len(*g.text) > r.limits.FileBytes {
		r.tell(at, "its value is larger than %d bytes", r.limits.FileBytes)
		return cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
	}
	tokens, _ := hclsyntax.LexExpression([]byte(*g.text), at.Filename, hcl.InitialPos)
	if where, what := r.limits.tooDeep(tokens); what != "" {
		r.tell(where, "%s", what)
		return cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
	}
	e, diags := hclsyntax.ParseExpression([]byte(*g.text), at.Filename, hcl.InitialPos)
	r.diagnose(diags)
	if diags.HasErrors() {
		return cty.UnknownVal(v.kind.WithoutOptionalAttributesDeep())
	}
	r.prepare(e)
	value, ok := r.plainValue(e)
	if !ok {
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
