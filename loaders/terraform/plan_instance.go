package terraform

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/mesh"
)

// planObject is what plans and states have of every resource.
type planObject struct {
	Address string          `json:"address"`
	Module  string          `json:"module_address"`
	Mode    string          `json:"mode"`
	Type    string          `json:"type"`
	Name    string          `json:"name"`
	Index   json.RawMessage `json:"index"`
}

// planned is what a plan or a state says of one instance.
type planned struct {
	file     *Planned
	of       planObject
	start    int    // of the object of the file that holds the values
	pointer  string // to it
	position mesh.Position
	value    cty.Value     // an object, with unknown parts and marks
	module   *planModule   // of the configuration in the plan; nil = there is none
	written  *planResource // in it
	opaque   string        // why nothing of it is known; "" = what is not there is absent
	config   *Instance     // of a configuration that stands beside it; nil = none is known
	drift    bool          // plan and configuration differ
	before   Leaf          // create_before_destroy, which a state keeps
}

// afterApply is why a plan does not know a value.
const afterApply = "known after apply"

// add takes an object of the file among the instances.
func (p *Planned) add(o planObject, at int, pointer, values string, after, unknown, secret json.RawMessage) *planned {
	if len(p.instances) >= p.limits.AllInstances {
		if len(p.instances) == p.limits.AllInstances {
			p.tell(at, "there are more than %d instances; these are not read", p.limits.AllInstances)
		}
		return nil
	}
	if o.Mode == "managed" {
		o.Mode = "resource"
	}
	if o.Address == "" || o.Type == "" || o.Mode != "resource" && o.Mode != "data" {
		if o.Mode != "ephemeral" {
			p.tell(at, "a resource has no address, or is of no mode that is understood")
		}
		return nil
	}
	if p.seen[o.Address] {
		return nil // a data source that is read again: what is to come goes before what was
	}
	p.seen[o.Address] = true
	x := &planned{file: p, of: o, pointer: pointer + values, position: p.text.at(at, pointer)}
	x.start, _ = p.text.find(at, values)
	v, err := p.tristate(after, unknown, secret)
	if err != nil {
		p.tell(at, "%s cannot be read: %v", clip(o.Address), err)
		v, x.opaque = cty.DynamicVal, "error: "+err.Error()
	}
	bare, marks := v.Unmark()
	if !bare.IsKnown() || bare.IsNull() || !bare.Type().IsObjectType() {
		v = cty.EmptyObjectVal.WithMarks(marks)
		if !bare.IsKnown() && x.opaque == "" {
			x.opaque = afterApply
		}
	}
	x.value = v
	x.module = p.moduleAt(o.Module)
	x.written = x.module.resource(strings.Replace(o.Mode, "resource", "managed", 1), o.Type, o.Name)
	shown := x.position
	in := Instance{Address: o.Address, Mode: o.Mode, Type: o.Type, Name: o.Name, Values: v, Region: cty.NilVal, plan: x,
		Range: hcl.Range{Filename: shown.File, Start: hcl.Pos{Line: shown.Line, Column: shown.Column, Byte: at}, End: hcl.Pos{Line: shown.Line, Column: shown.Column, Byte: at}}}
	if x.written != nil {
		in.Provider = x.written.Provider
	}
	in.Region = x.region(in.Provider)
	p.instances = append(p.instances, in)
	return x
}

// moduleAt is the configuration of a module, by its address.
func (p *Planned) moduleAt(address string) *planModule {
	m := p.config.Root
	for _, name := range modulesOf(address) {
		if m == nil {
			return nil
		}
		m = m.Calls[name].Module
	}
	return m
}

// modulesOf are the names of the calls in the address of a module.
func modulesOf(address string) (names []string) {
	for i, part := range parts(address) {
		if i%2 == 1 {
			name, _, _ := strings.Cut(part, "[")
			names = append(names, name)
		}
	}
	return names
}

// parts are what dots divide in an address, outside of keys.
func parts(address string) (list []string) {
	from, quoted, depth := 0, false, 0
	for i := 0; i < len(address); i++ {
		switch c := address[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == '.' && depth == 0:
			list = append(list, address[from:i])
			from = i + 1
		}
	}
	if from < len(address) {
		list = append(list, address[from:])
	}
	return list
}

// keyless is an address without the keys of instances.
func keyless(address string) string {
	list := parts(address)
	for i, part := range list {
		list[i], _, _ = strings.Cut(part, "[")
	}
	return strings.Join(list, ".")
}

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
		refs := p.resolve(referencesIn(e), address, m)
		return Leaf{Value: cty.DynamicVal, Refs: refs, Unknown: &Unknown{Reason: "a plan does not show what it is", Refs: refs}}
	}
	out := Leaf{Value: cty.DynamicVal, Refs: p.resolve(c.References, address, m)}
	if name, ok := strings.CutPrefix(c.References[0], "var."); ok && len(c.References) == 1 && address == "" {
		if v, known := p.variables[name]; known {
			out.Value, out.Sensitive = v, p.config.Root != nil && p.config.Root.Variables[name].Sensitive
			return out
		}
	}
	out.Unknown = &Unknown{Reason: "a plan shows only what it refers to: " + strings.Join(c.References[:min(3, len(c.References))], ", "), Refs: out.Refs}
	return out
}

func (x *planned) lifecycle(in Instance) Lifecycle {
	if x.config != nil {
		return x.config.Lifecycle()
	}
	l := Leaf{Value: cty.DynamicVal, Unknown: &Unknown{Reason: "a plan does not show it"}, at: &x.position}
	out := Lifecycle{CreateBeforeDestroy: l, PreventDestroy: l, IgnoreUnknown: "a plan does not show it", Position: in.Position()}
	if x.file.State && !x.before.Absent && isSet(x.before.Value) {
		out.CreateBeforeDestroy = x.before
	}
	return out
}

func (x *planned) provisioners() (list []Provisioner) {
	if x.config != nil {
		return x.config.Provisioners()
	}
	if x.written == nil {
		return nil
	}
	for _, w := range x.written.Provisioners {
		b := Block{position: x.position, leaves: map[string]Leaf{}}
		for name, e := range w.Expressions {
			l := x.file.expressionLeaf(e, x.of.Module, x.module)
			l.at = &x.position
			b.leaves[name] = l
			b.names = append(b.names, name)
		}
		slices.Sort(b.names)
		list = append(list, Provisioner{Kind: w.Type, Command: b.Leaf("command"), Block: b})
	}
	return list
}

func (x *planned) dependsOn() (list []Reference) {
	if x.config != nil {
		return x.config.DependsOn()
	}
	if x.written == nil {
		return nil
	}
	for _, name := range x.written.DependsOn {
		list = append(list, Reference{x.prefix() + name, x.position})
	}
	return list
}

func (x *planned) prefix() string {
	if x.of.Module == "" {
		return ""
	}
	return x.of.Module + "."
}
