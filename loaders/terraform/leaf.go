package terraform

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/mesh"
)

// Leaf is one attribute of an instance, or a part of one. It is known, null, unknown with a reason, or absent.
type Leaf struct {
	Value     cty.Value // without marks; unknown values have their type as far as it is certain; cty.NilVal if absent
	Absent    bool      // nobody configures it: no provider's default is known here
	Sensitive bool      // reports show "(sensitive)" in its place
	Unknown   *Unknown  // nil unless a part of the value is unknown
	// Refs are the resources' attributes that the attribute stands for: an expression that is nothing but a reference, or that leads to
	// one through locals, variables and outputs, known or not; and what an unknown value waits for.
	Refs  []string
	Range hcl.Range // of the part of the expression that decides; of the block if it is absent
	Calls []Call    // of modules that lead to it, outermost first

	root *Root
	at   *mesh.Position // where a plan says it; nil = Range is the place
}

// Call is a call of a module.
type Call struct {
	Address string // module.site["eu"]
	Range   hcl.Range
}

// Calls are the calls of modules that lead to the instance, outermost first.
func (in Instance) Calls() (list []Call) {
	if in.plan != nil {
		if in.plan.config == nil {
			return nil // a plan does not show where a module is called
		}
		return in.plan.config.Calls()
	}
	for s := in.scope; s.parent != nil; s = s.parent {
		list = append(list, Call{s.address[:len(s.address)-1], s.call.rng})
	}
	slices.Reverse(list)
	return list
}

// Leaf is the value at a path: names of attributes and kinds of blocks as texts, indexes of lists and of blocks of one kind as numbers. A
// kind of blocks without an index is its first block.
func (in Instance) Leaf(path ...any) Leaf {
	if in.plan != nil {
		return in.plan.leaf(path)
	}
	out := Leaf{Absent: true, Value: cty.NilVal, Range: in.Range, Calls: in.Calls(), root: in.scope.root}
	c, name, rest := in.find(path)
	if c == nil {
		return out
	}
	if c != in.scope.contentsOf(in.block, in.at) {
		out.Range = c.body.rng
	}
	switch v, ok := c.attrs[name]; {
	case ok:
		return in.attribute(out, c, name, v, steps(rest))
	case name == "":
		out.Absent, out.Value = false, cty.ObjectVal(c.value())
	case c.open[name] != "":
		return in.openBlock(out, c, name, c.open[name])
	case in.at.data != nil && isSet(in.at.data[name]):
		v := in.at.data[name]
		out.Absent, out.Sensitive = false, hasSensitive(v, steps(rest))
		out.Value, _ = at(v, steps(rest)).UnmarkDeep()
		return out
	case name == "id" && len(path) == 1 && in.Mode == "resource":
		if id, ok := in.importID(); ok {
			return id
		}
	}
	return out
}

// find goes into nested blocks as far as a path names ones that are there: to the contents, the name that is wanted of them ("" if the
// path ends at the block), and what follows it.
func (in Instance) find(path []any) (c *contents, name string, rest []any) {
	c = in.scope.contentsOf(in.block, in.at)
	for len(path) > 0 {
		name, ok := path[0].(string)
		if !ok {
			return nil, "", nil
		}
		path = path[1:]
		if _, ok := c.attrs[name]; ok {
			return c, name, path
		}
		i, after := 0, path
		if len(path) > 0 {
			if n, ok := path[0].(int); ok {
				i, after = n, path[1:]
			}
		}
		if i < 0 || i >= len(c.blocks[name]) {
			return c, name, path
		}
		c, path = c.blocks[name][i], after
	}
	return c, "", nil
}

func steps(path []any) (out []step) {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			out = append(out, cty.StringVal(p))
		case int:
			out = append(out, cty.NumberIntVal(int64(p)))
		}
	}
	return out
}

func (in Instance) attribute(out Leaf, c *contents, name string, v cty.Value, path []step) Leaf {
	if writeOnly(name) {
		out.Absent, out.Value, out.Range = false, cty.DynamicVal, c.body.attrs[name].rng
		out.Unknown = &Unknown{Reason: "write-only: " + name + " is given to the provider and kept nowhere"}
		return out
	}
	return in.scope.leafOf(out, c.body.attrs[name].expr, c.frame, v, path)
}

// leaf is the value of an expression of a scope; absent if there is none.
func (s *scope) leaf(e hcl.Expression, f frame, otherwise hcl.Range) Leaf {
	out := Leaf{Absent: true, Value: cty.NilVal, Range: otherwise, Calls: Instance{scope: s}.Calls(), root: s.root}
	if e == nil {
		return out
	}
	return s.leafOf(out, e, f, s.eval(e, f), nil)
}

// leafOf says of a value what there is to say of it at a path.
func (s *scope) leafOf(out Leaf, e hcl.Expression, f frame, v cty.Value, path []step) Leaf {
	out.Sensitive = hasSensitive(v, path)
	part := at(v, path)
	bare, _ := part.UnmarkDeep()
	_, inner := inside(e).(*hclsyntax.ObjectConsExpr)
	out.Value, out.Absent = bare, len(path) > 0 && (inner && missing(v, path) || beyond(v, path))
	if out.Absent {
		out.Value = cty.NilVal
	}
	out.Range = s.place(e, f, path)
	if !bare.IsWhollyKnown() {
		t := newTracer(false)
		t.follow(s, e, f, path)
		out.Unknown = t.unknown()
		out.Refs = t.refs
	}
	t := newTracer(true)
	t.follow(s, e, f, path)
	for _, r := range t.refs {
		if !slices.Contains(out.Refs, r) {
			out.Refs = append(out.Refs, r)
		}
	}
	return out
}

// openBlock is what is said of a block that may follow.
func (in Instance) openBlock(out Leaf, c *contents, kind, why string) Leaf {
	t := newTracer(false)
	t.cause("%s", why)
	for _, b := range c.body.blocks {
		if b.makes() == kind && b.kind == "dynamic" && b.expr("for_each") != nil {
			out.Range = b.rng
			t.part(in.scope, b.expr("for_each"), c.frame)
		}
	}
	out.Absent, out.Value, out.Unknown, out.Refs = false, cty.DynamicVal, t.unknown(), t.refs
	return out
}

// missing reports whether a known object has no such attribute.
func missing(v cty.Value, path []step) bool {
	for i := range path {
		v, _ = v.Unmark()
		if !v.IsKnown() || v.IsNull() {
			return false
		}
		t := v.Type()
		if t.IsObjectType() && path[i].Type() == cty.String && !t.HasAttribute(path[i].AsString()) {
			return true
		}
		v = at(v, path[i:i+1])
	}
	return false
}

// beyond reports whether a path leads behind the end of a list whose length is known.
func beyond(v cty.Value, path []step) bool {
	for i := range path {
		v, _ = v.Unmark()
		if !v.IsKnown() || v.IsNull() {
			return false
		}
		t := v.Type()
		if n, ok := index(path[i]); ok && (t.IsTupleType() || t.IsListType() || t.IsSetType()) && n >= len(v.AsValueSlice()) {
			return true
		}
		v = at(v, path[i:i+1])
	}
	return false
}

// index is a step that is a whole number from 0 on.
func index(p step) (int, bool) {
	if !isSet(p) || !p.IsKnown() || p.IsNull() || p.Type() != cty.Number {
		return 0, false
	}
	n, _ := p.AsBigFloat().Int64()
	return int(n), n >= 0 && n < 1<<31
}

// hasSensitive reports whether a value is sensitive on the way to a path, or anywhere below.
func hasSensitive(v cty.Value, path []step) bool {
	for i := 0; ; i++ {
		if v.HasMark(sensitive) {
			return true
		}
		if i == len(path) {
			break
		}
		v = at(v, path[i:i+1])
	}
	_, marks := v.UnmarkDeep()
	for m := range marks {
		if m == sensitive {
			return true
		}
	}
	return false
}

// place is the range of the item of an expression that a path leads to, as far as its constructors are written there.
func (s *scope) place(e hcl.Expression, f frame, path []step) hcl.Range {
	for len(path) > 0 && isSet(path[0]) {
		var next hcl.Expression
		switch c := inside(e).(type) {
		case *hclsyntax.ObjectConsExpr:
			for _, item := range c.Items {
				if key, _ := s.quietly(item.KeyExpr, f).Unmark(); isText(key) && path[0].Type() == cty.String && key.AsString() == path[0].AsString() {
					next = item.ValueExpr
				}
			}
		case *hclsyntax.TupleConsExpr:
			if path[0].Type() == cty.Number {
				if i, _ := path[0].AsBigFloat().Int64(); i >= 0 && int(i) < len(c.Exprs) {
					next = c.Exprs[i]
				}
			}
		}
		if next == nil {
			break
		}
		e, path = next, path[1:]
	}
	return e.Range()
}
