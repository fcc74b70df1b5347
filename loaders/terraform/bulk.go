package terraform

import (
	"fmt"

	"github.com/zclconf/go-cty/cty"
)

// bulky is how many elements a tuple or an object has to have before its conversion is looked at: cty compares the types of all
// elements with each other.
const bulky = 500

func bulk(v cty.Value) int {
	v, _ = v.Unmark()
	switch t := v.Type(); {
	case !v.IsKnown() || v.IsNull():
		return 0
	case t.IsTupleType():
		return t.Length()
	case t.IsObjectType():
		return len(t.AttributeTypes())
	}
	return 0
}

// convertible pays for a conversion that is to come. Where the elements have one type, and a collection is wanted, it makes the
// collection itself, in no time.
func (m *meter) convertible(v cty.Value, collection bool) cty.Value {
	n := bulk(v)
	if n < bulky {
		return v
	}
	if collection {
		if c, ok := uniform(v); ok {
			return c
		}
	}
	m.tick(n * n / 256)
	return v
}

// uniform is a tuple as a list, or an object as a map, if its elements have one type.
func uniform(v cty.Value) (cty.Value, bool) {
	bare, marks := v.Unmark()
	if t := bare.Type(); t.IsTupleType() {
		types := t.TupleElementTypes()
		for _, e := range types {
			if !e.IsPrimitiveType() || e != types[0] {
				return v, false
			}
		}
		return cty.ListVal(bare.AsValueSlice()).WithMarks(marks), true
	}
	first := cty.NilType
	for _, e := range bare.Type().AttributeTypes() {
		if first == cty.NilType {
			first = e
		}
		if !e.IsPrimitiveType() || e != first {
			return v, false
		}
	}
	return cty.MapVal(bare.AsValueMap()).WithMarks(marks), true
}

// slim prepares a value for a conversion to a type that has to be found: long tuples and objects become lists and maps, at any depth.
func (m *meter) slim(v cty.Value) (cty.Value, error) {
	return cty.Transform(v, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		n := bulk(v)
		if n < bulky {
			return v, nil
		}
		if c, ok := uniform(v); ok {
			return c, nil
		}
		if n*n/256 > m.limits.Evaluations/16 {
			return v, refuse("it has %s elements of several types, which are to become one", fmt.Sprint(n))
		}
		return v, nil
	})
}
