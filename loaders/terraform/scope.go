package terraform

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
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

// eval is the value of an expression. What fails is told and unknown; of an object or a list only the part that fails.
func (s *scope) eval(e hcl.Expression, f frame) cty.Value {
	return s.evalPart(e, f, s.root.meter.fresh())
}

func (s *scope) evalPart(e hcl.Expression, f frame, b *budget) cty.Value {
	r := s.root
	fail := func(why string) cty.Value {
		r.failures[place{s, e}] = why
		return cty.DynamicVal
	}
	r.meter.enter()
	defer r.meter.leave()
	if why := r.meter.late(); why != "" {
		r.tell(hcl.Range{Filename: r.dir}, "%s; what is left is unknown", why)
		return fail("limit: " + why)
	}
	v, diags, why := r.run(e, s.context(e, f), b)
	switch {
	case why != "":
		r.tell(e.Range(), "%s", why)
		return fail("limit: " + why)
	case !diags.HasErrors():
		return v
	}
	switch e := e.(type) {
	case *hclsyntax.ObjectConsExpr:
		object := map[string]cty.Value{}
		for _, item := range e.Items {
			key, failed, why := r.run(item.KeyExpr, s.context(item.KeyExpr, f), b)
			if why != "" || failed.HasErrors() || !key.IsWhollyKnown() || key.IsNull() || key.IsMarked() || key.Type() != cty.String {
				r.diagnose(diags)
				return fail("error: " + diags[0].Summary)
			}
			object[key.AsString()] = s.evalPart(item.ValueExpr, f, b)
		}
		return cty.ObjectVal(object)
	case *hclsyntax.TupleConsExpr:
		list := make([]cty.Value, len(e.Exprs))
		for i, item := range e.Exprs {
			list[i] = s.evalPart(item, f, b)
		}
		return cty.TupleVal(list)
	}
	r.diagnose(diags)
	return fail("error: " + errorOf(diags))
}

func errorOf(diags hcl.Diagnostics) string {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return d.Summary
		}
	}
	return ""
}

// run evaluates within a budget. What stops it is the reason that it returns: a bound, or a defect of the evaluator, which must not end
// the program.
func (r *Root) run(e hcl.Expression, ctx *hcl.EvalContext, b *budget) (v cty.Value, diags hcl.Diagnostics, why string) {
	defer func() {
		p := recover()
		if b.over != "" {
			v, why = cty.DynamicVal, b.over
		} else if p != nil {
			v, why = cty.DynamicVal, fmt.Sprintf("the evaluation broke off: %v", p)
		}
	}()
	r.meter.budget = b
	if b.over != "" {
		return cty.DynamicVal, nil, b.over
	}
	if v, diags = e.Value(ctx); diags.HasErrors() {
		return v, diags, ""
	}
	switch e.(type) {
	case *hclsyntax.ScopeTraversalExpr, *hclsyntax.LiteralValueExpr: // no larger than what was measured
		if v.Type() != cty.Number {
			return v, nil, ""
		}
	}
	if err := r.meter.measure(v); err != nil {
		return cty.DynamicVal, nil, err.Error()
	}
	return v, nil, ""
}

// expansion is the instances of a resource or of a call.
type expansion struct {
	instances []instance
	counted   bool   // by count: the whole is a tuple
	keyed     bool   // by for_each: the whole is an object
	missing   string // of a call: why its module is not entered; "" = it is
	open      string // why nobody knows how many there are; "" = these are all
}

// instance is one of an expansion.
type instance struct {
	suffix string // "", `[0]` or `["eu"]`
	key    string
	frame  frame
	scope  *scope // of a call; nil if the module is not here

	contents *contents // of a resource, once somebody asked
}

// value is what expressions see of the whole.
func (x *expansion) value(of func(*instance) cty.Value) cty.Value {
	switch {
	case x.open != "":
		return cty.DynamicVal
	case x.counted:
		list := make([]cty.Value, len(x.instances))
		for i := range x.instances {
			list[i] = of(&x.instances[i])
		}
		return cty.TupleVal(list)
	case x.keyed:
		object := make(map[string]cty.Value, len(x.instances))
		for i := range x.instances {
			object[x.instances[i].key] = of(&x.instances[i])
		}
		return cty.ObjectVal(object)
	}
	return of(&x.instances[0])
}

// expand works out count and for_each. Where these are unknown there is one instance, of which nothing is known that depends on them.
func (s *scope) expand(b *block, name string) *expansion {
	open := func(why string) *expansion {
		unknown := frame{of: b, count: cty.UnknownVal(cty.Number), key: cty.UnknownVal(cty.String), each: cty.DynamicVal}
		return &expansion{open: why, instances: []instance{{suffix: "[?]", frame: unknown}}}
	}
	switch count, each := b.expr("count"), b.expr("for_each"); {
	case count != nil:
		n, err := s.root.limits.count(s.eval(count, noFrame))
		switch {
		case err != nil:
			s.root.tell(count.Range(), "count of %s%s: %v", s.address, name, err)
			return open("error: count of " + s.address + name + " is wrong")
		case n < 0:
			return open("count of " + s.address + name + " is not known")
		case n > s.root.limits.Instances:
			s.root.tell(count.Range(), "count of %s%s is over %d", s.address, name, s.root.limits.Instances)
			return open("limit: there are too many")
		}
		if why := s.root.expands(n, count.Range()); why != "" {
			return open(why)
		}
		x := &expansion{counted: true, instances: make([]instance, n)}
		for i := range n {
			x.instances[i] = instance{suffix: "[" + strconv.Itoa(i) + "]", frame: frame{count: cty.NumberIntVal(int64(i)), of: b}}
		}
		return x
	case each != nil:
		v, _ := s.eval(each, noFrame).UnmarkDeep()
		keys, known, err := keysOf(v)
		switch {
		case err != nil:
			s.root.tell(each.Range(), "for_each of %s%s: %v", s.address, name, err)
			return open("error: for_each of " + s.address + name + " is wrong")
		case !known:
			return open("for_each of " + s.address + name + " is not known")
		case len(keys) > s.root.limits.Instances:
			s.root.tell(each.Range(), "for_each of %s%s has over %d keys", s.address, name, s.root.limits.Instances)
			return open("limit: there are too many")
		}
		if why := s.root.expands(len(keys), each.Range()); why != "" {
			return open(why)
		}
		x := &expansion{keyed: true, instances: make([]instance, len(keys))}
		for i, k := range keys {
			x.instances[i] = instance{suffix: "[" + quote(k.name) + "]", key: k.name, frame: frame{key: cty.StringVal(k.name), each: k.value, of: b}}
		}
		return x
	}
	if why := s.root.expands(1, b.rng); why != "" {
		return open(why)
	}
	return &expansion{instances: []instance{{}}}
}

// expands counts instances of the whole root; what it returns is why there cannot be more.
func (r *Root) expands(n int, at hcl.Range) string {
	if r.instances+n > r.limits.AllInstances {
		r.tell(at, "there are more than %d instances; these are unknown", r.limits.AllInstances)
		return "limit: there are too many"
	}
	r.instances += n
	return ""
}

// cycle tells of a value that is needed for itself, once for all values of the circle.
func (r *Root) cycle(s *scope, name string) {
	if r.circled == nil {
		r.circled = map[string]bool{}
	}
	of := s.address + name
	if r.circled[of] {
		return
	}
	for in := s; in != nil; in = in.parent {
		for other := range in.busy {
			r.circled[in.address+other] = true
		}
	}
	r.tell(s.declared(name), "%s depends on itself", of)
}

type keyed struct {
	name  string
	value cty.Value
}

// keysOf are the keys of a for_each: a map, an object, or a set of strings.
func keysOf(v cty.Value) (list []keyed, known bool, err error) {
	t := v.Type()
	switch {
	case t == cty.DynamicPseudoType && !v.IsKnown():
		return nil, false, nil
	case v.IsNull():
		return nil, false, fmt.Errorf("it is null")
	case t.IsMapType(), t.IsObjectType():
		if !v.IsKnown() {
			return nil, false, nil
		}
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			list = append(list, keyed{k.AsString(), e})
		}
		slices.SortFunc(list, func(a, b keyed) int { return strings.Compare(a.name, b.name) })
		return list, true, nil
	case t.IsSetType() && (t.ElementType() == cty.String || t.ElementType() == cty.DynamicPseudoType):
		if !v.IsWhollyKnown() {
			return nil, false, nil
		}
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			if e.IsNull() {
				return nil, false, fmt.Errorf("it has a null")
			}
			list = append(list, keyed{e.AsString(), e})
		}
		return list, true, nil
	}
	return nil, false, fmt.Errorf("it is a %s, and has to be a map or a set of strings", t.FriendlyName())
}

// quote writes a key as Terraform does in addresses: as a text of HCL.
func quote(key string) string {
	return string(hclwriteQuote(key))
}
