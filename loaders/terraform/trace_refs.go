package terraform

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// reference follows a name to what it stands for.
func (t *tracer) reference(s *scope, v hcl.Traversal, f frame, path []step) {
	steps := append(stepsOf(v[1:]), path...)
	root := v.RootName()
	if it := f.dynamic[root]; it != nil {
		t.iterator(s, it, f, steps)
		return
	}
	if len(steps) == 0 || !isSet(steps[0]) || steps[0].Type() != cty.String {
		return
	}
	name, rest := steps[0].AsString(), steps[1:]
	switch root {
	case "var":
		t.variable(s, name, rest)
	case "local":
		if a := s.module.locals[name]; a != nil && t.wanted(s.local(name), rest) {
			t.circle(s, "local."+name)
			t.follow(s, a.expr, noFrame, rest)
		}
	case "each", "count":
		t.frame(s, name, f, rest)
	case "module":
		t.output(s, name, rest)
	case "data":
		if len(rest) > 0 && isText(rest[0]) {
			t.resource(s, "data."+name+"."+rest[0].AsString(), rest[1:])
		}
	case "path", "terraform":
		t.cause("%s.%s is not known before apply", root, name)
	case "ephemeral", "self":
		t.cause("%s%s is not known before apply", root, written(steps))
	default:
		t.resource(s, root+"."+name, rest)
	}
}

// wanted reports whether a named value is worth following.
func (t *tracer) wanted(v cty.Value, path []step) bool {
	return t.edges || isSet(v) && !at(v, path).IsWhollyKnown()
}

func (t *tracer) circle(s *scope, name string) {
	if s.root.circled[s.address+name] {
		t.cause("cycle: %s%s", s.address, name)
	}
}

func (t *tracer) iterator(s *scope, it *iterator, f frame, steps []step) {
	if it.outside != nil {
		f = *it.outside
	}
	if it.element {
		t.follow(s, it.each, f, append([]step{asStep(it.at)}, steps...))
		return
	}
	if len(steps) > 0 && isText(steps[0]) && steps[0].AsString() == "value" {
		t.follow(s, it.each, f, append([]step{asStep(it.key)}, steps[1:]...))
	}
}

func (t *tracer) variable(s *scope, name string, path []step) {
	v := s.module.variables[name]
	if v == nil || !t.wanted(s.variable(name), path) {
		return
	}
	if v.ephemeral {
		t.cause("variable %s%s is ephemeral", s.address, name)
		return
	}
	if s.parent != nil {
		if a := s.call.attrs[name]; a != nil {
			t.follow(s.parent, a.expr, s.frame, path)
			return
		}
	}
	if s.root.refused[v] != "" {
		t.cause("%s", s.root.refused[v])
	} else if !t.edges {
		t.cause("variable %s%s has no value", s.address, name)
	}
}

// frame follows each.key, each.value and count.index to the collection.
func (t *tracer) frame(s *scope, name string, f frame, path []step) {
	if f.of == nil {
		return
	}
	each := f.of.expr("for_each")
	switch {
	case each != nil && name == "value" && f.key.IsKnown():
		t.follow(s, each, noFrame, append([]step{asStep(f.key)}, path...))
	case t.edges:
	case f.of.kind != "module" && s.module.resources[keyOf(f.of)] != f.of:
		t.cause("%s of %s %s is not known", member(name), f.of.kind, strings.Join(f.of.labels, "."))
		if each != nil {
			t.part(s, each, noFrame)
		}
	case f.of.kind == "module":
		t.expanded(s, f.of, s.child(f.of.labels[0]))
	default:
		t.expanded(s, f.of, s.expandResource(keyOf(f.of)))
	}
}

// member is each.key, each.value or count.index, as it is written.
func member(name string) string {
	if name == "index" {
		return "count.index"
	}
	return "each." + name
}

func keyOf(b *block) string {
	if b.kind == "resource" {
		return strings.Join(b.labels, ".")
	}
	return b.kind + "." + strings.Join(b.labels, ".")
}

// chosen are the instances of an expansion that a path names, and what is left of it; many stands for any of several.
func (x *expansion) chosen(path []step) (i *instance, rest []step, many bool) {
	if x.open != "" || !x.counted && !x.keyed {
		if x.open != "" && len(path) > 0 && (!isSet(path[0]) || path[0].Type() == cty.Number) {
			path = path[1:]
		}
		return &x.instances[0], path, false
	}
	if len(path) == 0 || !isSet(path[0]) {
		if len(x.instances) == 0 {
			return nil, nil, false
		}
		return &x.instances[0], path[min(1, len(path)):], len(x.instances) > 1
	}
	suffix := ""
	if x.counted {
		suffix = "[" + indexOf(path[0]) + "]"
	}
	for n := range x.instances {
		in := &x.instances[n]
		if x.keyed && isText(path[0]) && in.key == path[0].AsString() || x.counted && in.suffix == suffix {
			return in, path[1:], false
		}
	}
	return nil, nil, false
}

func indexOf(v cty.Value) string {
	if v.Type() != cty.Number {
		return v.AsString()
	}
	n, _ := v.AsBigFloat().Int64()
	return strconv.FormatInt(n, 10)
}

// expanded tells why an expansion is open.
func (t *tracer) expanded(s *scope, b *block, x *expansion) {
	if x.open == "" || t.edges {
		return
	}
	t.cause("%s", x.open)
	for _, e := range []hcl.Expression{b.expr("count"), b.expr("for_each")} {
		if e != nil {
			t.part(s, e, noFrame)
		}
	}
}

func (t *tracer) output(s *scope, name string, path []step) {
	call := s.module.calls[name]
	if call == nil {
		return
	}
	x := s.child(name)
	t.expanded(s, call, x)
	if x.missing != "" {
		t.cause("module %s%s: %s", s.address, name, x.missing)
		t.ref(s.address + "module." + name + written(path))
		return
	}
	i, rest, many := x.chosen(path)
	if i == nil || len(rest) == 0 || !isText(rest[0]) {
		return
	}
	if !many {
		t.outputOf(i, rest)
		return
	}
	for n := range x.instances {
		t.outputOf(&x.instances[n], rest)
	}
}

// outputOf follows an output of one instance of a module.
func (t *tracer) outputOf(i *instance, rest []step) {
	if i.scope == nil {
		return
	}
	out := rest[0].AsString()
	b := i.scope.module.outputs[out]
	if b == nil || b.expr("value") == nil || !t.wanted(i.scope.output(out), rest[1:]) {
		return
	}
	t.circle(i.scope, "output."+out)
	t.follow(i.scope, b.expr("value"), noFrame, rest[1:])
}

func (t *tracer) resource(s *scope, key string, path []step) {
	b := s.module.resources[key]
	if b == nil {
		return
	}
	x := s.expandResource(key)
	t.expanded(s, b, x)
	i, rest, many := x.chosen(path)
	if i == nil {
		return
	}
	suffix := i.suffix
	if many {
		suffix = "[*]"
	}
	address := s.address + key + suffix + written(rest)
	if len(rest) == 0 || !isText(rest[0]) {
		if !t.edges {
			t.cause("computed: %s", address)
		}
		t.ref(address)
		return
	}
	name := rest[0].AsString()
	a := b.attrs[name]
	switch {
	case a != nil && t.edges:
		t.ref(address)
	case a != nil && writeOnly(name):
		t.cause("write-only: %s", address)
	case a != nil && t.wanted(s.contentsOf(b, i).attrs[name], rest[1:]):
		t.circle(s, key)
		t.follow(s, a.expr, i.frame, rest[1:])
	case a != nil:
	case len(b.blocksOf(name)) > 0 || s.contentsOf(b, i).open[name] != "":
		if why := s.contentsOf(b, i).open[name]; why != "" && !t.edges {
			t.cause("%s", why)
		} else if !t.edges {
			t.nested(s, b, i, rest, address)
		}
		t.ref(address)
	case b.kind == "data":
		t.cause("data source: %s", address)
		if computing(b.labels[0]) != nil && !t.edges { // it would be known but for what it is given
			for _, n := range b.names() {
				if !slices.Contains(meta, n) {
					t.part(s, b.attrs[n].expr, i.frame)
				}
			}
		}
		t.ref(address)
	case name == "region" && t.providerRegion(s, b, i.frame):
	default:
		t.cause("computed: %s", address)
		t.ref(address)
	}
}

// providerRegion follows a region that comes from the provider.
func (t *tracer) providerRegion(s *scope, b *block, f frame) bool {
	l := s.providerOf(b, f)
	if l.block == nil || l.block.expr("region") == nil {
		return false
	}
	t.follow(l.scope, l.block.expr("region"), l.frame(), nil)
	return true
}
