package terraform

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// scope is one instance of a module.
type scope struct {
	root    *Root
	module  *module
	parent  *scope
	call    *block // in the parent; nil for the root
	address string // "" or `module.site["eu"].`
	frame   frame  // of the call: each and count that its arguments see
	depth   int

	inputs   map[string]func() cty.Value
	memo     map[string]cty.Value
	busy     map[string]bool
	children map[string]*expansion
	spread   map[string]*expansion // of resources
}

// frame is what an expression sees beside the names of its module: each and count of its instance, and iterators around it.
type frame struct {
	count     cty.Value
	key, each cty.Value
	iterators map[string]cty.Value
	of        *block               // whose count or for_each it is
	blocks    *int                 // that dynamic ones have made in this resource so far
	dynamic   map[string]*iterator // where the iterators come from
}

// iterator is that of a dynamic block: the element that it stands at.
type iterator struct {
	each hcl.Expression
	key  cty.Value // unset where the collection is unknown

	element bool      // of a for expression, or of a template: the variable is the element itself
	at      cty.Value // its key there; unset for any element
	outside *frame    // of the collection; nil = the one around
}

var noFrame = frame{}

// isSet reports whether a value was put there.
func isSet(v cty.Value) bool { return v != cty.NilVal }

// symbol works out a named value once. A value that is needed for itself is unknown.
func (s *scope) symbol(name string, evaluate func() cty.Value) cty.Value {
	if v, ok := s.memo[name]; ok {
		return v
	}
	r := s.root
	switch {
	case s.busy[name]:
		r.cycle(s, name)
		return cty.DynamicVal
	case r.chain >= r.limits.Chain:
		r.tell(hcl.Range{Filename: s.module.dir}, "more than %d values need one another; those beyond are unknown", r.limits.Chain)
		return cty.DynamicVal
	}
	s.busy[name] = true
	r.chain++
	v := evaluate()
	r.chain--
	delete(s.busy, name)
	s.memo[name] = v
	return v
}

func (s *scope) variable(name string) cty.Value {
	input, ok := s.inputs[name]
	if !ok {
		return cty.NilVal
	}
	return s.symbol("var."+name, input)
}

// local is a value of locals. Those that it needs are worked out before it, so that a long chain of locals is no deep recursion.
func (s *scope) local(name string) cty.Value {
	if s.module.locals[name] == nil {
		return cty.NilVal
	}
	if v, ok := s.memo["local."+name]; ok {
		return v
	}
	waiting, waits := []string{name}, map[string]bool{name: true}
	for len(waiting) > 1 || !s.ready(name) {
		last := waiting[len(waiting)-1]
		if next := s.needs(last, waits); next != "" && !s.busy["local."+last] {
			waiting, waits[next] = append(waiting, next), true
			continue
		}
		if waiting = waiting[:len(waiting)-1]; len(waiting) == 0 {
			break
		}
		s.localValue(last)
	}
	return s.localValue(name)
}

func (s *scope) ready(name string) bool {
	_, known := s.memo["local."+name]
	return known
}

// needs is a local that another one mentions and that nobody has asked for yet.
func (s *scope) needs(name string, waits map[string]bool) string {
	for _, t := range s.module.locals[name].expr.Variables() {
		if t.RootName() != "local" || len(t) < 2 {
			continue
		}
		a, ok := t[1].(hcl.TraverseAttr)
		if ok && !waits[a.Name] && s.module.locals[a.Name] != nil && !s.ready(a.Name) && !s.busy["local."+a.Name] {
			return a.Name
		}
	}
	return ""
}

func (s *scope) localValue(name string) cty.Value {
	return s.symbol("local."+name, func() cty.Value { return s.eval(s.module.locals[name].expr, noFrame) })
}

// output is a value that the module gives to its caller.
func (s *scope) output(name string) cty.Value {
	b := s.module.outputs[name]
	if b == nil {
		return cty.NilVal
	}
	return s.symbol("output."+name, func() cty.Value {
		e := b.expr("value")
		if e == nil {
			return cty.DynamicVal
		}
		v := s.eval(e, noFrame)
		if flag(b.expr("sensitive"), false) {
			v = v.Mark(sensitive)
		}
		if flag(b.expr("ephemeral"), false) {
			v = cty.UnknownVal(v.Type())
		}
		return v
	})
}

// child is a call of a module, expanded into scopes.
func (s *scope) child(name string) *expansion {
	if x, ok := s.children[name]; ok {
		return x
	}
	call := s.module.calls[name]
	if call == nil {
		return nil
	}
	if s.busy["module."+name] {
		s.root.cycle(s, "module."+name)
		return &expansion{open: "module." + name + " depends on itself"}
	}
	s.busy["module."+name] = true
	x := s.expand(call, "module."+name)
	delete(s.busy, "module."+name)
	dir, local := s.root.source(s.module, call, s.way())
	missing := s.absent(call, dir, local)
	for i := range x.instances {
		if missing == "" && s.root.entered >= s.root.limits.Modules {
			missing = fmt.Sprintf("there are more than %d instances of modules", s.root.limits.Modules)
			s.root.tell(call.rng, "%s", missing)
		}
		if x.missing = missing; missing == "" {
			s.root.entered++
			x.instances[i].scope = s.enter(call, s.root.modules[dir], &x.instances[i], name)
		}
	}
	if s.children == nil {
		s.children = map[string]*expansion{}
	}
	s.children[name] = x
	return x
}

// absent says why a module is not entered; "" if it is.
func (s *scope) absent(call *block, dir string, here bool) string {
	l := s.root.limits
	switch {
	case !here || s.root.modules[dir] == nil:
		return notInitialised
	case s.calls(dir):
		s.root.tell(call.rng, "module %s calls itself", call.labels[0])
		return "it calls itself"
	case s.depth >= l.ModuleDepth:
		s.root.tell(call.rng, "module %s is called deeper than %d", call.labels[0], l.ModuleDepth)
		return fmt.Sprintf("it is called deeper than %d", l.ModuleDepth)
	}
	return ""
}

// notInitialised is why nothing is known of a module that is not on disk.
const notInitialised = "module not initialised"

// calls reports whether a directory is on the way down to this scope already.
func (s *scope) calls(dir string) bool {
	for ; s != nil; s = s.parent {
		if s.module.dir == dir {
			return true
		}
	}
	return false
}

// notInputs are the arguments of a call that its module does not see.
var notInputs = []string{"source", "version", "count", "for_each", "providers", "depends_on"}

func (s *scope) enter(call *block, m *module, i *instance, name string) *scope {
	n := &scope{root: s.root, module: m, parent: s, call: call, address: s.address + "module." + name + i.suffix + ".", frame: i.frame, depth: s.depth + 1,
		inputs: map[string]func() cty.Value{}, memo: map[string]cty.Value{}, busy: map[string]bool{}}
	for name, v := range m.variables {
		a := call.attrs[name]
		n.inputs[name] = func() cty.Value {
			if a == nil || slices.Contains(notInputs, name) {
				return v.fallback(s.root)
			}
			return v.accept(s.root, s.eval(a.expr, i.frame))
		}
	}
	return n
}

// outputs is what a caller sees of one call: the outputs that are wanted, nil = all.
func (s *scope) outputs(name string, wanted map[string]bool) cty.Value {
	x := s.child(name)
	if x == nil {
		return cty.NilVal
	}
	of := func(i *instance) cty.Value {
		if i.scope == nil {
			return cty.DynamicVal // a module that is not here
		}
		object := map[string]cty.Value{}
		for _, output := range i.scope.module.outputOrder {
			if wanted == nil || wanted[output] {
				object[output] = i.scope.output(output)
			}
		}
		return cty.ObjectVal(object)
	}
	return x.value(of)
}

// resource is the value that expressions see of a resource or data source.
func (s *scope) resource(key string) cty.Value {
	b := s.module.resources[key]
	if b == nil {
		return cty.NilVal
	}
	return s.symbol(key, func() cty.Value {
		x := s.expandResource(key)
		return x.value(func(i *instance) cty.Value { return s.visible(key, b, i) })
	})
}

// expandResource is the instances of a resource.
func (s *scope) expandResource(key string) *expansion {
	if x := s.spread[key]; x != nil {
		return x
	}
	x := s.expand(s.module.resources[key], key)
	if s.spread == nil {
		s.spread = map[string]*expansion{}
	}
	s.spread[key] = x
	return x
}
