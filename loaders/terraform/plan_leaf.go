package terraform

import (
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

// leaf is Instance.Leaf of a plan or a state.
func (x *planned) leaf(path []any) Leaf {
	beside := Leaf{Absent: true}
	if x.config != nil {
		beside = x.config.Leaf(path...)
	}
	out := Leaf{}
	v, pointer, secret := x.walk(path)
	if x.opaque != "" {
		v = cty.DynamicVal
	}
	bare := v
	if isSet(v) {
		var marks []cty.PathValueMarks
		bare, marks = v.UnmarkDeepWithPaths()
		out.Sensitive = secret || len(marks) > 0
	}
	switch {
	case !isSet(v), x.unsaid(bare, path, beside):
		if x.file.State && x.config != nil {
			return beside // a state does not keep everything that is configured
		}
		out.Absent, out.Value = true, cty.NilVal
	default:
		out.Value = bare
	}
	x.place(&out, &placed{pointer, beside, path})
	if out.Absent {
		return out
	}
	refs, lost := x.references(path)
	if !bare.IsWhollyKnown() {
		out.Unknown = &Unknown{Reason: AfterApply, Refs: refs}
		if lost && x.config == nil {
			out.Unknown.Reason = AfterApply + "; a plan does not show what locals and each.value stand for"
		}
		if x.opaque != "" {
			out.Unknown.Reason = x.opaque
		}
		out.Refs = refs
	} else if len(refs) == 1 && !lost {
		out.Refs = refs // nothing but a reference, as far as a plan shows
	}
	if x.config != nil {
		out.Refs = beside.Refs
		if out.Unknown != nil {
			out.Unknown.Refs = beside.Refs
		}
		out.Sensitive = out.Sensitive || beside.Sensitive
	}
	return out
}

// unsaid reports whether a value is what plans and states have for something that nobody configures: null or empty, or, where the
// configuration is at hand and has nothing there, what the provider will work out.
func (x *planned) unsaid(v cty.Value, path []any, beside Leaf) bool {
	if x.opaque != "" || len(path) == 0 {
		return false
	}
	if !v.IsKnown() {
		return x.config != nil && beside.Absent && len(x.config.Open) == 0
	}
	if !v.IsNull() && !(v.CanIterateElements() && v.LengthInt() == 0) {
		return false
	}
	if x.config != nil {
		return x.file.State || beside.Absent
	}
	return !x.isWritten(path)
}

// isWritten reports whether the configuration in a plan has an expression at a path.
func (x *planned) isWritten(path []any) bool {
	name, _ := first(path)
	if x.written == nil || len(x.written.Expressions[name]) == 0 {
		return false
	}
	v, err := decodeJSON(x.written.Expressions[name])
	for _, step := range path[1:] {
		if m, ok := v.(map[string]any); err != nil || ok && (m["references"] != nil || m["constant_value"] != nil) {
			return true // no deeper
		}
		next, ok := inner(v, step)
		if !ok {
			return false
		}
		v = next
	}
	return true
}

// walk goes to the value at a path: cty.NilVal if nothing is there. Blocks of a kind are lists of objects, or an object that stands alone; a
// kind without an index is its first block.
func (x *planned) walk(path []any) (v cty.Value, pointer string, secret bool) {
	v = x.value
	for i := 0; i < len(path); i++ {
		bare, marks := v.Unmark()
		secret = secret || len(marks) > 0
		if !bare.IsKnown() {
			return bare, pointer, secret
		}
		if bare.IsNull() {
			return cty.NilVal, pointer, secret
		}
		switch step := path[i].(type) {
		case string:
			if blocksLike(bare) {
				bare, pointer = bare.Index(cty.Zero), pointer+"/0"
				bare, marks = bare.Unmark()
				secret = secret || len(marks) > 0
				if !bare.IsKnown() {
					return bare, pointer, secret
				}
			}
			if bare.IsNull() || !bare.Type().IsObjectType() || !bare.Type().HasAttribute(step) {
				return cty.NilVal, pointer, secret
			}
			v, pointer = bare.GetAttr(step), pointer+"/"+escaped(step)
		case int:
			switch {
			case bare.Type().IsTupleType() && step >= 0 && step < bare.LengthInt():
				v, pointer = bare.Index(cty.NumberIntVal(int64(step))), pointer+"/"+strconv.Itoa(step)
			case bare.Type().IsObjectType() && step == 0 && i > 0:
				v = bare
			default:
				return cty.NilVal, pointer, secret
			}
		default:
			return cty.NilVal, pointer, secret
		}
	}
	if bare, marks := v.Unmark(); len(path) == 1 && blocksLike(bare) && x.repeats(path[0]) {
		return bare.Index(cty.Zero), pointer + "/0", secret || len(marks) > 0
	}
	return v, pointer, secret
}

// blocksLike reports whether a value is a list of objects, as repeated blocks are in a plan.
func blocksLike(v cty.Value) bool {
	if v.IsMarked() || !v.IsKnown() || v.IsNull() || !v.Type().IsTupleType() || v.LengthInt() == 0 {
		return false
	}
	return v.Type().TupleElementType(0).IsObjectType()
}

// repeats reports whether an attribute of a plan is a kind of blocks: by the configuration beside it, else by the one in it. A kind of which
// nothing is said there was made by a dynamic block.
func (x *planned) repeats(step any) bool {
	name, _ := step.(string)
	if x.config != nil {
		c := x.config.scope.contentsOf(x.config.block, x.config.at)
		_, attr := c.attrs[name]
		return !attr
	}
	if x.written == nil || len(x.written.Expressions[name]) == 0 {
		return true
	}
	v, err := decodeJSON(x.written.Expressions[name])
	_, list := v.([]any)
	return err == nil && list
}

// placed is what the place of a leaf is found by.
type placed struct {
	pointer string // into the values of the instance
	beside  Leaf   // of the configuration
	path    []any
}

// place says where a leaf stands: in the configuration that stands beside the plan, else in the plan itself.
func (x *planned) place(out *Leaf, p *placed) {
	if p != nil && x.config != nil {
		out.Range, out.Calls, out.root, out.at = p.beside.Range, p.beside.Calls, p.beside.root, p.beside.at
		return
	}
	if p == nil {
		out.at = &x.position
		return
	}
	where, found := x.file.text.find(x.start, p.pointer)
	at := x.file.text.at(where, x.pointer+found)
	out.at = &at
}
