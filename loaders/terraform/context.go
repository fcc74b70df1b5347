package terraform

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// context gives an expression the names that it mentions.
func (s *scope) context(e hcl.Expression, f frame) *hcl.EvalContext {
	values := map[string]cty.Value{}
	nested := map[string]map[string]cty.Value{}
	put := func(root, name string, v cty.Value) {
		if nested[root] == nil && (isSet(v) || root == "var" || root == "local") {
			nested[root] = map[string]cty.Value{}
		}
		if !isSet(v) {
			return
		}
		nested[root][name] = v
	}
	data := map[string]map[string]cty.Value{}
	calls := map[string]map[string]bool{} // nil = the whole
	for _, t := range e.Variables() {
		root := t.RootName()
		if v, ok := f.iterators[root]; ok {
			values[root] = v
			continue
		}
		name := ""
		if len(t) > 1 {
			if a, ok := t[1].(hcl.TraverseAttr); ok {
				name = a.Name
			}
		}
		switch root {
		case "var":
			put(root, name, s.variable(name))
		case "local":
			put(root, name, s.local(name))
		case "each":
			if isSet(f.key) {
				put(root, "key", f.key)
				put(root, "value", f.each)
			}
		case "count":
			put(root, "index", f.count)
		case "path":
			put(root, name, s.path(name))
		case "terraform":
			if name == "workspace" {
				put(root, name, cty.StringVal(s.root.options.Workspace))
			}
		case "self":
			values[root] = cty.DynamicVal
		case "module":
			wantOutput(calls, name, t)
		case "data", "ephemeral":
			if key, _, ok := s.module.named(t); ok && root == "data" {
				parts := strings.Split(key, ".")
				if v := s.resource(key); isSet(v) {
					if data[parts[1]] == nil {
						data[parts[1]] = map[string]cty.Value{}
					}
					data[parts[1]][parts[2]] = v
				}
			} else {
				values[root] = cty.DynamicVal
			}
		default:
			put(root, name, s.resource(root+"."+name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		put("module", name, s.outputs(name, calls[name]))
	}
	for kind, of := range data {
		put("data", kind, cty.ObjectVal(of))
	}
	for root, of := range nested {
		values[root] = cty.ObjectVal(of)
	}
	return &hcl.EvalContext{Variables: values, Functions: s.root.functions}
}

// wantOutput notes which output of a call a traversal reads: the whole, unless an attribute follows its name or its index.
func wantOutput(calls map[string]map[string]bool, name string, t hcl.Traversal) {
	rest := t[min(2, len(t)):]
	if len(rest) > 0 {
		if _, ok := rest[0].(hcl.TraverseIndex); ok {
			rest = rest[1:]
		}
	}
	known, seen := calls[name]
	a, isAttr := hcl.TraverseAttr{}, false
	if len(rest) > 0 {
		a, isAttr = rest[0].(hcl.TraverseAttr)
	}
	switch {
	case !isAttr, seen && known == nil:
		calls[name] = nil
	case !seen:
		calls[name] = map[string]bool{a.Name: true}
	default:
		known[a.Name] = true
	}
}

// path is path.module, path.root and path.cwd. Paths are relative to the directory of the root module.
func (s *scope) path(name string) cty.Value {
	switch name {
	case "root":
		return cty.StringVal(".")
	case "module":
		return cty.StringVal(relative(s.root.dir, s.module.dir))
	}
	return cty.UnknownVal(cty.String)
}

// relative is one slash path seen from another; both lie below the same root.
func relative(from, to string) string {
	if from == to {
		return "."
	}
	a, b := split(from), split(to)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	return path.Join(append(slices.Repeat([]string{".."}, len(a)), b...)...)
}

func split(p string) []string {
	if p == "." {
		return nil
	}
	return strings.Split(p, "/")
}
