package analyzer

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// yield leaves out notes and warnings that only follow from what an error says already: at each object that they follow
// from, a rule that they yield to has an error of the same service. It comes after a config has set levels, so that
// whoever switches the loud rule off, or down, hears the quiet one.
func yield(list []*Finding) []*Finding {
	var errors []*Finding
	for _, f := range list {
		if f.Level == Error {
			errors = append(errors, f)
		}
	}
	return slices.DeleteFunc(list, func(f *Finding) bool {
		if f.Level == Error || len(f.Rule.Yields) == 0 || len(f.Follows) == 0 {
			return false
		}
		return !slices.ContainsFunc(f.Follows, func(o mesh.Origin) bool {
			return !slices.ContainsFunc(errors, func(e *Finding) bool {
				return e.Service == f.Service && slices.Contains(f.Rule.Yields, e.Rule.ID) && sameObject(e.Origin, o)
			})
		})
	})
}

// sameObject reports whether two lines are of one object of one file. A file may be a source of several clusters.
func sameObject(a, b mesh.Origin) bool {
	x, y := resourceOf(a), resourceOf(b)
	x.Cluster, y.Cluster = "", ""
	return x == y && x != (mesh.Resource{}) && a.Position().File == b.Position().File
}
