package terraform

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// raw is a value of a root variable as it was given, before its type is applied.
type raw struct {
	value cty.Value
	text  *string // of the environment or of -var: an expression, unless the variable is a string
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
