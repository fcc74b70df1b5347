package terraform

import (
	"encoding/json"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// region is the instance's own, else that of its provider; never a default.
func (x *planned) region(provider string) cty.Value {
	if v, ok := x.attr("region"); ok {
		if v, _ := v.Unmark(); !v.IsKnown() || !v.IsNull() {
			return v
		}
	}
	l := x.providerLeaf(provider, []any{"region"})
	switch {
	case l.Absent:
		return cty.NilVal
	case l.Unknown != nil:
		return cty.DynamicVal
	}
	return l.Value
}

func (x *planned) attr(name string) (cty.Value, bool) {
	v, _ := x.value.Unmark()
	if !v.Type().HasAttribute(name) {
		return cty.NilVal, false
	}
	return v.GetAttr(name), true
}

// provider is a leaf of the configuration of the provider that serves the instance.
func (x *planned) provider(path []any) Leaf {
	if _, ok := first(path); !ok {
		return x.absent() // all of a configuration is no leaf
	}
	key := ""
	if x.written != nil {
		key = x.written.Provider
	}
	l := x.providerLeaf(key, path)
	if x.config != nil && (l.Absent || l.Unknown != nil) {
		return x.config.ProviderLeaf(path...)
	}
	return l
}

// providerLeaf is the value at a path into what a plan shows of a provider's configuration.
func (x *planned) providerLeaf(key string, path []any) Leaf {
	name, _ := first(path)
	c, ok := x.file.config.Providers[key]
	e, set := c.Expressions[name]
	if !ok || !set {
		return x.absent()
	}
	v, err := decodeJSON(e)
	for path = path[1:]; err == nil && len(path) > 0; path = path[1:] {
		if m, ok := v.(map[string]any); ok && (m["references"] != nil || m["constant_value"] != nil) {
			break
		}
		next, ok := inner(v, path[0])
		if !ok {
			return x.absent()
		}
		v = next
	}
	if e, err = json.Marshal(v); err != nil {
		return x.absent()
	}
	out := x.file.expressionLeaf(e, c.Module, x.file.moduleAt(c.Module))
	at := x.file.text.space(0)
	to := "/configuration/provider_config/" + escaped(key) + "/expressions/" + escaped(name)
	where, found := x.file.text.find(at, to)
	pos := x.file.text.at(where, found)
	out.at = &pos
	return out.part(path)
}

func escaped(name string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(name) }

// absent is a leaf that nobody configures.
func (x *planned) absent() Leaf {
	l := Leaf{Absent: true, Value: cty.NilVal}
	x.place(&l, nil)
	return l
}

// expressionLeaf is an expression of the configuration in a plan: a constant, or references that lead to values of variables.
func (p *Planned) expressionLeaf(e json.RawMessage, address string, m *planModule) Leaf {
	var c struct {
		Constant   json.RawMessage `json:"constant_value"`
		References []string        `json:"references"`
	}
	if json.Unmarshal(e, &c) != nil || len(c.References) == 0 { // of blocks, a plan shows the expressions inside
		if v, err := p.plainJSON(c.Constant); err == nil && len(c.Constant) > 0 {
			return Leaf{Value: v}
		}
		refs, _ := p.resolve(referencesIn(e), address, m)
		return Leaf{Value: cty.DynamicVal, Refs: refs, Unknown: &Unknown{Reason: "a plan does not show what it is", Refs: refs}}
	}
	out := Leaf{Value: cty.DynamicVal}
	out.Refs, _ = p.resolve(c.References, address, m)
	if name, ok := strings.CutPrefix(c.References[0], "var."); ok && len(c.References) == 1 && address == "" {
		if v, known := p.variables[name]; known {
			out.Value, out.Sensitive = v, p.config.Root != nil && p.config.Root.Variables[name].Sensitive
			return out
		}
	}
	out.Unknown = &Unknown{Reason: "a plan shows only what it refers to: " + strings.Join(c.References[:min(3, len(c.References))], ", "), Refs: out.Refs}
	return out
}
