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

// AfterApply is why a plan does not know a value, where its references are all that it waits for.
const AfterApply = "known after apply"

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
			x.opaque = AfterApply
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
