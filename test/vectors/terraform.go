package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/passmuster/muster/loaders/terraform"
)

// terraformQuery is query.json: how the plan was made, and what a reader may accept.
type terraformQuery struct {
	Input, Root, Workspace string
	Args                   []string
	Env                    map[string]string
	Newer                  map[string]any // answers of later versions, by path
	MayBeUnknown           []string
	Sets                   []string
}

// terraformAnswer is expect.json.
type terraformAnswer struct {
	Instances map[string]map[string]any
	Outputs   map[string]terraformOutput
	Providers map[string]string
	Sensitive []string
}

type terraformOutput struct {
	Value, Type any
	Sensitive   bool
}

// probe is the type of the provider that three vectors were recorded with.
const probe = "probe_site"

// compareTerraform evaluates a root module and lists where it differs from the recorded plan. What the plan does not know we must not
// know either; what it knows we may leave unknown only where the vector says so.
func compareTerraform(dir string) ([]string, error) {
	var q terraformQuery
	var want terraformAnswer
	if err := decodeNumbers(filepath.Join(dir, "query.json"), &q); err != nil {
		return nil, err
	}
	if err := decodeNumbers(filepath.Join(dir, "expect.json"), &want); err != nil {
		return nil, err
	}
	r, err := loadTerraform(dir, q)
	if err != nil {
		return nil, err
	}
	c := &terraformComparison{query: q}
	c.instances(r.Instances(), want)
	c.outputs(r.Outputs(), want.Outputs)
	for _, d := range r.Diagnostics() {
		if !d.Note {
			c.differ("%s: %s", d.Range, d.Message)
		}
	}
	return c.differences, nil
}

func decodeNumbers(file string, into any) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return nil
}

func loadTerraform(dir string, q terraformQuery) (*terraform.Root, error) {
	input := filepath.Join(dir, "input")
	if q.Input != "" {
		input = filepath.Join(dir, filepath.FromSlash(q.Input))
	}
	tree, err := os.OpenRoot(input)
	if err != nil {
		return nil, err
	}
	o := terraform.Options{Env: q.Env, Workspace: q.Workspace}
	for _, a := range q.Args {
		if file, ok := strings.CutPrefix(a, "-var-file="); ok {
			o.Variables = append(o.Variables, terraform.Variable{File: file})
		} else if v, ok := strings.CutPrefix(a, "-var="); ok {
			name, value, _ := strings.Cut(v, "=")
			o.Variables = append(o.Variables, terraform.Variable{Name: name, Value: value})
		} else {
			return nil, fmt.Errorf("query.json: unknown argument %s", a)
		}
	}
	root := q.Root
	if root == "" {
		root = "."
	}
	return terraform.Load(context.Background(), tree, root, o)
}

// terraformComparison walks what was recorded and what we say together.
type terraformComparison struct {
	query       terraformQuery
	differences []string
}

func (c *terraformComparison) differ(format string, args ...any) {
	c.differences = append(c.differences, fmt.Sprintf(format, args...))
}

func (c *terraformComparison) may(path string) bool {
	return slices.ContainsFunc(c.query.MayBeUnknown, func(p string) bool {
		rest, ok := strings.CutPrefix(path, p)
		return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

func (c *terraformComparison) instances(got []terraform.Instance, want terraformAnswer) {
	for _, in := range got {
		w, ok := want.Instances[in.Address]
		if !ok {
			if !c.may(in.Address) {
				c.differ("%s is not expected", in.Address)
			}
			continue
		}
		delete(want.Instances, in.Address)
		if p := want.Providers[in.Address]; want.Providers != nil && p != "" && p != in.Provider {
			c.differ("%s: provider %s, want %s", in.Address, in.Provider, p)
		}
		values := maps.Clone(in.Values.AsValueMap())
		if values == nil {
			values = map[string]cty.Value{}
		}
		if in.Type == probe {
			values["region"] = in.Region
		}
		for name, v := range w {
			g, ok := values[name]
			if !ok || g == cty.NilVal {
				g = cty.NullVal(cty.DynamicPseudoType)
			}
			if name == "id" && !ok {
				g = cty.UnknownVal(cty.String)
			}
			if slices.ContainsFunc(in.Open, func(o string) bool { return o == name }) {
				g = cty.DynamicVal
			}
			if slices.Contains(c.query.Sets, name) {
				g, v = sortedBlocks(g), sortedAny(v)
			}
			c.value(in.Address+"."+name, g, v)
		}
		for name, v := range values {
			if _, ok := w[name]; !ok && v != cty.NilVal && v.IsKnown() && !v.IsNull() && !(in.Type == probe && v.CanIterateElements() && v.LengthInt() == 0) {
				c.differ("%s.%s: %#v is not expected", in.Address, name, v)
			}
		}
	}
	c.sensitive(got, want.Sensitive)
	for address := range want.Instances {
		if !c.may(address) {
			c.differ("%s is missing", address)
		}
	}
}

// sensitive compares the paths of attributes that must not be shown. What another state calls sensitive is not shown either, although
// Terraform forgets it on the way.
func (c *terraformComparison) sensitive(got []terraform.Instance, want []string) {
	var list []string
	for _, in := range got {
		_, marked := in.Values.UnmarkDeepWithPaths()
		for _, m := range marked {
			path := in.Address
			for _, step := range m.Path {
				switch s := step.(type) {
				case cty.GetAttrStep:
					path += "." + s.Name
				case cty.IndexStep:
					if s.Key.Type() == cty.String {
						path += "." + s.Key.AsString()
					} else {
						path += "[" + s.Key.AsBigFloat().Text('f', -1) + "]"
					}
				}
			}
			if in.Type != "terraform_remote_state" {
				list = append(list, path)
			}
		}
	}
	slices.Sort(list)
	want = slices.Sorted(slices.Values(want))
	if list = slices.Compact(list); !slices.Equal(list, want) {
		c.differ("sensitive: %v, want %v", list, want)
	}
}

func sortedBlocks(v cty.Value) cty.Value {
	if !v.IsWhollyKnown() || !v.CanIterateElements() {
		return v
	}
	list := v.AsValueSlice()
	slices.SortFunc(list, func(a, b cty.Value) int { return strings.Compare(fmt.Sprintf("%#v", a), fmt.Sprintf("%#v", b)) })
	return cty.TupleVal(list)
}

func sortedAny(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return list
}

func (c *terraformComparison) value(path string, got cty.Value, want any) {
	got, _ = got.Unmark()
	if m, ok := want.(map[string]any); ok && len(m) == 1 && m["$unknown"] == true {
		if got.IsKnown() {
			if newer, ok := c.query.Newer[path]; ok {
				c.value(path, got, newer)
				return
			}
			c.differ("WRONG %s: %#v, and it is unknown", path, got)
		}
		return
	}
	if !got.IsKnown() {
		if !c.may(path) {
			c.differ("too cautious: %s, want %v", path, want)
		}
		return
	}
	switch w := want.(type) {
	case nil:
		if !got.IsNull() {
			c.differ("%s: %#v, want null", path, got)
		}
	case map[string]any:
		if got.IsNull() || !got.Type().IsObjectType() && !got.Type().IsMapType() {
			c.differ("%s: %#v, want %v", path, got, want)
			return
		}
		m := got.AsValueMap()
		for _, k := range slices.Sorted(maps.Keys(w)) {
			v, ok := m[k]
			if !ok {
				v = cty.NullVal(cty.DynamicPseudoType)
			}
			c.value(path+"."+k, v, w[k])
		}
		for k, v := range m {
			if _, ok := w[k]; !ok {
				u, _ := v.Unmark()
				if !u.IsKnown() || !u.IsNull() && !(u.CanIterateElements() && u.LengthInt() == 0) {
					c.differ("%s.%s: %#v is not expected", path, k, u)
				}
			}
		}
	case []any:
		if got.IsNull() || !got.CanIterateElements() || got.LengthInt() != len(w) {
			c.differ("%s: %#v, want %v", path, got, want)
			return
		}
		for i, v := range got.AsValueSlice() {
			c.value(fmt.Sprintf("%s[%d]", path, i), v, w[i])
		}
	case json.Number:
		n, err := cty.ParseNumberVal(w.String())
		if err != nil || got.IsNull() || got.Type() != cty.Number || got.Equals(n).False() {
			c.differ("%s: %#v, want %v", path, got, want)
		}
	case string:
		if got.IsNull() || got.Type() != cty.String || got.AsString() != w {
			c.differ("%s: %#v, want %q", path, got, w)
		}
	case bool:
		if got.IsNull() || got.Type() != cty.Bool || got.True() != w {
			c.differ("%s: %#v, want %v", path, got, want)
		}
	}
}

func (c *terraformComparison) outputs(got []terraform.Output, want map[string]terraformOutput) {
	missing := maps.Clone(want)
	for _, o := range got {
		w, ok := want[o.Name]
		if !ok {
			c.differ("output %s: surplus", o.Name)
			continue
		}
		delete(missing, o.Name)
		c.value("output."+o.Name, o.Value, w.Value)
		if w.Sensitive != o.Sensitive {
			c.differ("output %s: sensitive %v, want %v", o.Name, o.Sensitive, w.Sensitive)
		}
		v, _ := o.Value.UnmarkDeep()
		if w.Type == nil || w.Type == "dynamic" || !v.IsKnown() || v.IsNull() {
			continue
		}
		kind, err := ctyjson.MarshalType(v.Type())
		if err != nil {
			c.differ("output %s: %v", o.Name, err)
		} else if d := field("type of output "+o.Name, json.RawMessage(kind), w.Type); d != "" && v.IsWhollyKnown() {
			c.differ("%s", d)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(missing)) {
		c.differ("output %s: missing", name)
	}
}
