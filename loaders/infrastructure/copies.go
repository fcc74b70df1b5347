package infrastructure

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// keepStore keeps the data store that a resource is. One of which nobody knows how many there are is open.
func (b *builder) keepStore(r *Resource, out *mesh.DataStore) *mesh.DataStore {
	out.ID, out.Environment, out.Origin = r.id(), b.Environment, r.here()
	out.Name = r.text("name").Or("")
	if out.Open == "" {
		out.Open = r.Unsure
	}
	b.out.Stores = append(b.out.Stores, out)
	return out
}

// storeOf is the store that a resource has become; nil if it is none.
func (b *builder) storeOf(r *Resource) *mesh.DataStore {
	for _, s := range b.out.Stores {
		if s.ID == r.id() {
			return s
		}
	}
	return nil
}

// copiesFrom links a replica to the store that a value names. A value that may name any store leaves all that it may name open: nobody knows
// which of them has a copy.
func (b *builder) copiesFrom(out *mesh.DataStore, l terraform.Leaf, types ...string) {
	b.afterwards(func() {
		if to := b.whole(l, types...); to != nil {
			if s := b.storeOf(to); s != nil && s != out {
				out.ReplicaOf = s.ID
				if out.Open != "" && s.Open == "" {
					s.Open = out.Open
				}
				return
			}
		}
		if l.Absent || l.Unknown == nil {
			return
		}
		for _, s := range b.out.Stores {
			if s != out && s.Kind == out.Kind && s.Open == "" {
				s.Open = strings.TrimPrefix(out.ID, b.Environment+"/") + " may be a copy of it: " + l.Unknown.Reason
			}
		}
	})
}

// copyIn adds a place where data is, too.
func copyIn(s *mesh.DataStore, kind mesh.CopyKind, region mesh.Value[string], at mesh.Origin) {
	s.Copies = append(s.Copies, mesh.Copy{Kind: kind, Region: region, Origin: at})
}

// oneTrue is true where one of two values is; unknown where that depends on one that is not known.
func oneTrue(a, b mesh.Value[bool]) mesh.Value[bool] {
	switch {
	case a.IsKnown() && a.V, b.State == mesh.Absent:
		return a
	case b.IsKnown() && b.V, a.State == mesh.Absent:
		return b
	case a.State == mesh.Unknown:
		return a
	case b.State == mesh.Unknown:
		return b
	}
	return a
}

// opposite of a value.
func opposite(v mesh.Value[bool]) mesh.Value[bool] {
	v.V = !v.V && v.IsKnown()
	return v
}

// oneOf is whether a text is one of several.
func oneOf(v mesh.Value[string], list ...string) mesh.Value[bool] {
	if v.State != mesh.Known {
		return mesh.Value[bool]{State: v.State, Cause: v.Cause, Origin: v.Origin}
	}
	return mesh.Of(slices.Contains(list, v.V), v.Origin)
}
