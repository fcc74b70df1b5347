package terraform

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// fileFunctions read files of the tree alone.
func (r *Root) fileFunctions(others map[string]function.Function) map[string]function.Function {
	out := map[string]function.Function{
		"file": r.ofFile(func(data []byte) (string, error) {
			if !utf8.Valid(data) {
				return "", errors.New("its contents are no UTF-8")
			}
			return string(data), nil
		}),
		"filebase64": r.ofFile(func(data []byte) (string, error) { return base64.StdEncoding.EncodeToString(data), nil }),
		"fileexists": onTexts([]string{"path"}, cty.Bool, func(a []string) (cty.Value, error) {
			name, ok := r.inTree(a[0])
			if !ok {
				return cty.UnknownVal(cty.Bool), nil
			}
			stat, err := fs.Stat(r.fsys, name)
			if err == nil && !stat.Mode().IsRegular() {
				return cty.NilVal, errNotAFile
			}
			return cty.BoolVal(err == nil), nil
		}),
		"fileset": onTexts([]string{"path", "pattern"}, cty.Set(cty.String), r.fileSet),
	}
	for name, digest := range digests {
		out["file"+name] = r.ofFile(func(data []byte) (string, error) { return hex.EncodeToString(digest(data)), nil })
		if name == "sha256" || name == "sha512" {
			out["filebase64"+name] = r.ofFile(func(data []byte) (string, error) { return base64.StdEncoding.EncodeToString(digest(data)), nil })
		}
	}
	inside := func() map[string]function.Function { // what templates can call: not one another
		functions := maps.Clone(others)
		maps.Copy(functions, out)
		delete(functions, "templatefile")
		delete(functions, "templatestring")
		return functions
	}
	out["templatefile"] = r.template(inside, func(v cty.Value) (string, string, error) {
		name, ok := r.inTree(v.AsString())
		if !ok {
			return "", "", errors.New("it lies outside of what is read")
		}
		data, err := r.read(name)
		return name, string(data), err
	})
	out["templatestring"] = r.template(inside, func(v cty.Value) (string, string, error) { return "template", v.AsString(), nil })
	return out
}

// ofFile is a function of the contents of a file.
func (r *Root) ofFile(do func([]byte) (string, error)) function.Function {
	return text(func(name string) (string, error) {
		at, ok := r.inTree(name)
		if !ok {
			return "", fmt.Errorf("%s lies outside of what is read", name)
		}
		data, err := r.read(at)
		if err != nil {
			return "", err
		}
		return do(data)
	})
}

const maxFileSet = 100_000

// fileSet is the regular files below a directory that match.
func (r *Root) fileSet(a []string) (cty.Value, error) {
	dir, ok := r.inTree(a[0])
	if !ok || strings.Contains("/"+a[1]+"/", "/../") {
		return cty.NilVal, fmt.Errorf("%s lies outside of what is read", a[0])
	}
	var out []cty.Value
	sub, err := fs.Sub(r.fsys, dir)
	if err != nil {
		return cty.NilVal, err
	}
	err = doublestar.GlobWalk(sub, path.Clean(a[1]), func(name string, d fs.DirEntry) error {
		if len(out) > maxFileSet {
			return fmt.Errorf("there are more than %d files", maxFileSet)
		}
		if stat, err := fs.Stat(sub, name); err == nil && stat.Mode().IsRegular() {
			out = append(out, cty.StringVal(name))
		}
		return nil
	})
	if err != nil {
		return cty.NilVal, err
	}
	if len(out) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	return cty.SetVal(out), nil
}

// template renders one with its own variables and nothing else.
func (r *Root) template(inside func() map[string]function.Function, load func(cty.Value) (name, text string, err error)) function.Function {
	render := func(args []cty.Value) (cty.Value, error) {
		if !args[0].IsKnown() || !args[1].IsKnown() {
			return cty.DynamicVal, nil
		}
		name, text, err := load(args[0])
		if err != nil {
			return cty.NilVal, err
		}
		tokens, _ := hclsyntax.LexTemplate([]byte(text), name, hcl.InitialPos)
		if _, what := tooDeep(tokens); what != "" {
			return cty.NilVal, errors.New(what)
		}
		e, diags := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
		if diags.HasErrors() {
			return cty.NilVal, diags
		}
		steady(e)
		vars := map[string]cty.Value{}
		if t := args[1].Type(); t.IsObjectType() || t.IsMapType() {
			for k, v := range args[1].AsValueMap() {
				vars[k] = v
			}
		} else {
			return cty.NilVal, errors.New("the variables of a template are a map")
		}
		v, diags := e.Value(&hcl.EvalContext{Variables: vars, Functions: inside()})
		if diags.HasErrors() {
			return cty.NilVal, diags
		}
		return v, nil
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType, AllowUnknown: true}},
		Type: func(args []cty.Value) (cty.Type, error) {
			v, err := render(args)
			if err != nil {
				return cty.DynamicPseudoType, err
			}
			return v.Type(), nil
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return render(args) },
	})
}

func basename(p string) string {
	if p == "" {
		return "."
	}
	return path.Base(p)
}

func dirname(p string) string { return path.Dir(p) }
