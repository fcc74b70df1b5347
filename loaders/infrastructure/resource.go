package infrastructure

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// Resource is one instance with what adapters ask of it.
type Resource struct {
	terraform.Instance
	environment string
	budget      *int // steps that are left for all resources of the environment; nil = no end
}

// id is the resource's in the graph.
func (r *Resource) id() string { return r.environment + "/" + r.Address }

// key is the type, with "data." in front of it for a data source.
func (r *Resource) key() string {
	if r.Mode == "data" {
		return "data." + r.Type
	}
	return r.Type
}

// at is the origin of the value at a path; of the block where it is absent.
func (r *Resource) at(path ...any) mesh.Origin { return r.origin(r.Leaf(path...), path) }

// here is the origin of the resource itself.
func (r *Resource) here() mesh.Origin { return mesh.At(&place{at: r.Position, of: r.object()}, "") }

// origin is that of a leaf of the resource.
func (r *Resource) origin(l terraform.Leaf, path []any) mesh.Origin {
	var pointer strings.Builder
	for _, p := range path {
		fmt.Fprintf(&pointer, "/%v", p)
	}
	return mesh.At(&place{at: l.Position, of: r.object()}, pointer.String())
}

// object is the resource as findings name it: its cluster is the environment.
func (r *Resource) object() mesh.Resource {
	return mesh.Resource{Kind: r.Type, Name: r.Address, Cluster: r.environment}
}

// placed is an origin with a fixed place.
func placed(at mesh.Position) mesh.Origin {
	return mesh.At(&place{at: func() mesh.Position { return at }}, "")
}

func originOf(l terraform.Leaf) mesh.Origin { return mesh.At(&place{at: l.Position}, "") }

// place is a mesh.Locator of one place, which is worked out when somebody asks for it.
type place struct {
	at func() mesh.Position
	of mesh.Resource
}

// Locate is the place, whatever the path.
func (p *place) Locate(string) mesh.Position { return p.at() }

// Resource is whose place it is.
func (p *place) Resource() mesh.Resource { return p.of }

// read is a leaf as a value of the graph.
func read[T any](r *Resource, as func(cty.Value) (T, bool), path ...any) mesh.Value[T] {
	l := r.Leaf(path...)
	at := r.origin(l, path)
	switch {
	case l.Absent, l.Unknown == nil && l.Value.IsNull():
		return mesh.Value[T]{Origin: at}
	case l.Unknown != nil:
		return mesh.UnknownOf[T](l.Unknown.Reason, at)
	}
	if v, ok := as(l.Value); ok {
		return mesh.Of(v, at)
	}
	return mesh.UnknownOf[T]("it is not of the type that is wanted", at)
}

// text, flag and number read one value. A sensitive one is read too: whoever shows it has to look at Leaf.Sensitive.
func (r *Resource) text(path ...any) mesh.Value[string] { return read(r, asText, path...) }

func (r *Resource) flag(path ...any) mesh.Value[bool] { return read(r, asFlag, path...) }

func (r *Resource) number(path ...any) mesh.Value[int] { return read(r, asNumber, path...) }

// seconds and days read a number as a time.
func (r *Resource) seconds(path ...any) mesh.Value[time.Duration] {
	return read(r, in(time.Second), path...)
}

func (r *Resource) days(path ...any) mesh.Value[time.Duration] {
	return read(r, in(24*time.Hour), path...)
}

// region is the one that the resource ends up in; never a default one.
func (r *Resource) region() mesh.Value[string] {
	switch v := r.Region; {
	case v == cty.NilVal:
		return mesh.UnknownOf[string]("neither the resource nor its provider says which region it is in", r.here())
	case !v.IsKnown():
		return mesh.UnknownOf[string]("the region of its provider is not known", r.here())
	default:
		bare, _ := v.Unmark()
		if text, ok := asText(bare); ok {
			return mesh.Of(text, r.here())
		}
	}
	return mesh.UnknownOf[string]("its region is no text", r.here())
}

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
	case l.Value.IsNull():
		return 0, ""
	case !l.Value.IsKnown():
		return 0, l.Unknown.Reason
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		return l.Value.LengthInt(), ""
	case !t.IsObjectType() && !t.IsMapType():
		return 0, ""
	}
	for n = 1; n < maxBlocks; n++ {
		next := r.Leaf(append(append([]any{}, path...), n)...)
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

func asText(v cty.Value) (string, bool) {
	v, _ = v.Unmark()
	if v, err := convert.Convert(v, cty.String); err == nil && v.IsKnown() && !v.IsNull() {
		return v.AsString(), true
	}
	return "", false
}

func asFlag(v cty.Value) (bool, bool) {
	v, _ = v.Unmark()
	if v, err := convert.Convert(v, cty.Bool); err == nil && v.IsKnown() && !v.IsNull() {
		return v.True(), true
	}
	return false, false
}

func asNumber(v cty.Value) (int, bool) {
	v, _ = v.Unmark()
	if v, err := convert.Convert(v, cty.Number); err == nil && v.IsKnown() && !v.IsNull() {
		if i, accuracy := v.AsBigFloat().Int64(); accuracy == big.Exact {
			return int(i), true
		}
	}
	return 0, false
}

func in(unit time.Duration) func(cty.Value) (time.Duration, bool) {
	return func(v cty.Value) (time.Duration, bool) {
		n, ok := asNumber(v)
		return time.Duration(n) * unit, ok && n >= 0 && n < 1<<31
	}
}

// plain is an address without keys of instances: module.site["eu"].aws_lb.main[0] as module.site.aws_lb.main.
func plain(address string) string {
	var out strings.Builder
	quoted, depth := false, 0
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
		case depth == 0:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// RegionOf is the region that a resource ends up in, if it is known.
func RegionOf(in terraform.Instance) (string, bool) {
	if in.Mode != "resource" || in.Region == cty.NilVal {
		return "", false
	}
	return asText(unmarked(in.Region))
}

func unmarked(v cty.Value) cty.Value {
	v, _ = v.Unmark()
	return v
}
