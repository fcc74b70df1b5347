package infrastructure

import (
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/loaders/terraform"
)

// count is how many blocks of a kind there are at a path, or elements of a list: a repeated block and an attribute that holds a list of objects
// are the same thing. Open tells why there may be more.
func (r *Resource) count(path ...any) (n int, open string) {
	if n, known := length(r.Values, path); known {
		return n, ""
	}
	l := r.Leaf(path...)
	if l.Absent || l.Value == cty.NilVal {
		return 0, ""
	}
	switch t := l.Value.Type(); {
	case !l.Value.IsKnown() && l.Unknown != nil:
		return 0, l.Unknown.Reason
	case !l.Value.IsKnown() || l.Value.IsNull():
		return 0, ""
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return l.Value.LengthInt(), ""
	case !t.IsObjectType() && !t.IsMapType():
		return 0, ""
	}
	for n = 1; n < maxBlocks; n++ {
		next := r.Leaf(deeper(path, n)...)
		switch {
		case next.Absent || next.Value == cty.NilVal || next.Value.IsNull():
			return n, ""
		case !next.Value.IsKnown() && next.Unknown != nil:
			return n, next.Unknown.Reason
		}
	}
	return n, "there are too many blocks"
}

// maxBlocks is how many blocks of one kind are looked at in one resource.
const maxBlocks = 10_000

// length is how many elements a known list has that a path leads to; a single object is a list of itself.
func length(v cty.Value, path []any) (n int, known bool) {
	for v = unmarked(v); len(path) > 0; v, path = unmarked(v), path[1:] {
		name, isName := path[0].(string)
		index, _ := path[0].(int)
		for isName && v.IsKnown() && !v.IsNull() && !named(v) && v.CanIterateElements() && v.LengthInt() > 0 {
			v = unmarked(v.AsValueSlice()[0]) // the first block
		}
		switch {
		case !v.IsKnown():
			return 0, false
		case v.IsNull() || !v.CanIterateElements():
			return 0, true
		case isName && named(v):
			var ok bool
			if v, ok = v.AsValueMap()[name]; !ok {
				return 0, true
			}
		case !isName && !named(v) && index >= 0 && index < v.LengthInt():
			v = v.AsValueSlice()[index]
		case !isName && named(v) && index == 0:
		default:
			return 0, true
		}
	}
	switch {
	case !v.IsKnown():
		return 0, false
	case v.IsNull() || !v.CanIterateElements():
		return 0, true
	case named(v):
		return 1, true
	}
	return v.LengthInt(), true
}

// named reports whether the elements of a value have names.
func named(v cty.Value) bool { return v.Type().IsObjectType() || v.Type().IsMapType() }

// blocks is count where each is looked at by its place: so many of them at most, and none of a set, whose order is not known.
func (r *Resource) blocks(path ...any) (n int, open string) {
	l := r.Leaf(path...)
	switch {
	case nothing(l):
		return 0, ""
	case l.Value.IsKnown() && l.Value.Type().IsSetType():
		return 0, "the order of a set is not known"
	}
	if n, open = r.count(path...); n > maxItems {
		return maxItems, tooMany
	}
	return n, open
}

// maxItems bounds how many blocks of one kind, or elements of one list, are looked at.
const (
	maxItems = 250
	tooMany  = "there are too many of them to look at"
)

// leaves are the elements of a list.
func (r *Resource) leaves(path ...any) (list []terraform.Leaf, open string) {
	n, open := r.blocks(path...)
	for i := range n {
		list = append(list, r.Leaf(deeper(path, i)...))
	}
	return list, open
}

// elements are the values of a list, one by one where they can be told apart, else the list itself.
func (r *Resource) elements(path ...any) (list []terraform.Leaf, open string) {
	l := r.Leaf(path...)
	n, open := r.count(path...)
	if open != "" || n > 0 && l.Value.Type().IsSetType() {
		return []terraform.Leaf{l}, open
	}
	if n > maxElements || !r.afford(n*n) { // an element of a for expression costs as much as its list
		return []terraform.Leaf{l}, "limit: there are too many elements in lists"
	}
	for i := range n {
		list = append(list, r.Leaf(deeper(path, i)...))
	}
	return list, open
}

// Bounds: how many elements a list may have, and how many elements and instances are looked at in all of an environment.
const maxElements, maxSteps = 500, 2_000_000

// afford reports whether so many more steps may be done.
func (r *Resource) afford(n int) bool {
	if r.budget == nil {
		return true
	}
	*r.budget -= n
	return *r.budget >= 0
}

// nothing reports whether nobody configures what a leaf stands for: it is absent, null, or a list without elements.
func nothing(l terraform.Leaf) bool {
	if l.Absent || l.Value == cty.NilVal {
		return true
	}
	if !l.Value.IsKnown() || l.Value.IsNull() {
		return l.Value.IsKnown()
	}
	t := l.Value.Type()
	return (t.IsCollectionType() || t.IsTupleType() || t.IsObjectType()) && l.Value.LengthInt() == 0
}

// deeper is a path with more steps.
func deeper(path []any, steps ...any) []any { return slices.Concat(path, steps) }
