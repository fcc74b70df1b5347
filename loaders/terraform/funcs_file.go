package terraform

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// fileFunctions read files of the tree alone.
func (r *Root) fileFunctions() map[string]function.Function {
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
		functions := maps.Clone(r.functions)
		delete(functions, "templatefile")
		delete(functions, "templatestring")
		return functions
	}
	out["templatefile"] = r.template(inside, func(v cty.Value) (hclsyntax.Expression, error) { return r.templateFile(v.AsString()) })
	out["templatestring"] = r.template(inside, func(v cty.Value) (hclsyntax.Expression, error) {
		return r.parseTemplate(v.AsString(), "template", hcl.InitialPos)
	})
	return out
}

// templateFile parses a template of the tree, once.
func (r *Root) templateFile(p string) (hclsyntax.Expression, error) {
	name, ok := r.inTree(p)
	if !ok {
		return nil, fmt.Errorf("%s lies outside of what is read", p)
	}
	if e, ok := r.templates[name]; ok {
		return e, nil
	}
	data, err := r.readByFunction(name)
	if err != nil {
		return nil, err
	}
	r.meter.tick(len(data) / 16)
	e, err := r.parseTemplate(string(data), name, hcl.InitialPos)
	if err == nil {
		r.templates[name], r.sources[name] = e, data
	}
	return e, err
}

// ofFile is a function of the contents of a file.
func (r *Root) ofFile(do func([]byte) (string, error)) function.Function {
	return text(func(name string) (string, error) {
		at, ok := r.inTree(name)
		if !ok {
			return "", fmt.Errorf("%s lies outside of what is read", name)
		}
		data, err := r.readByFunction(at)
		if err != nil {
			return "", err
		}
		return do(data)
	})
}

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
	err = doublestar.GlobWalk(&countedFS{FS: sub, left: r.limits.Entries}, path.Clean(a[1]), func(name string, _ fs.DirEntry) error {
		if stat, err := fs.Stat(sub, name); err == nil && stat.Mode().IsRegular() {
			out = append(out, cty.StringVal(name))
		}
		return nil
	})
	if err != nil {
		return cty.NilVal, r.meter.over(err)
	}
	if len(out) == 0 {
		return cty.SetValEmpty(cty.String), nil
	}
	return cty.SetVal(out), nil
}

// countedFS lists directories until their entries are too many.
type countedFS struct {
	fs.FS
	left int
}

// ReadDir lists a directory.
func (c *countedFS) ReadDir(name string) ([]fs.DirEntry, error) {
	d, err := c.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = d.Close() }()
	list, ok := d.(fs.ReadDirFile)
	if !ok {
		return nil, errNotAFile
	}
	out, err := list.ReadDir(c.left + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if c.left -= len(out); c.left < 0 {
		return nil, refuse("fileset goes through too many files")
	}
	slices.SortFunc(out, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return out, nil
}

// template renders one with its own variables and nothing else.
func (r *Root) template(inside func() map[string]function.Function, load func(cty.Value) (hclsyntax.Expression, error)) function.Function {
	var functions map[string]function.Function
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType, AllowUnknown: true}},
		Type:   function.StaticReturnType(cty.DynamicPseudoType),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if !args[0].IsKnown() || !args[1].IsKnown() {
				return cty.DynamicVal, nil
			}
			t := args[1].Type()
			if !t.IsObjectType() && !t.IsMapType() {
				return cty.NilVal, errors.New("the variables of a template are a map")
			}
			e, err := load(args[0])
			if err != nil {
				return cty.NilVal, r.meter.over(err)
			}
			if functions == nil {
				functions = inside()
			}
			v, diags := e.Value(&hcl.EvalContext{Variables: args[1].AsValueMap(), Functions: functions})
			if diags.HasErrors() {
				return cty.NilVal, diags
			}
			return v, nil
		},
	})
}

func basename(p string) string {
	if p == "" {
		return "."
	}
	return path.Base(p)
}

func dirname(p string) string { return path.Dir(p) }
