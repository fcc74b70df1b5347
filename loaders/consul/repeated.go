package consul

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// repeated tells of an entry whose kind and name another has, and which says something else: the two are one, and whichever is
// written last acts. Servers that bring the same entry along (bootstrap) contradict nobody.
func (m *Mesh) repeated(g *federated, first, second *Entry) {
	place := first.Origin.Position()
	if second.Origin.Position().String() == place.String() || first.body.equal(second.body) {
		return
	}
	m.facts = append(m.facts, &mesh.Fact{Kind: mesh.FactDuplicate, Origin: second.Origin, Resource: resource(g, second),
		Related: []mesh.Evidence{{What: "the definition that counts", Origin: first.Origin}},
		Message: fmt.Sprintf("%s %s is defined twice in %s; the definition at %s counts, and this one is left out: remove one of them", second.Kind, second.Name, g.primary,
			mesh.Position{File: place.File, Line: place.Line})})
}

// equal reports whether two values say the same, wherever they stand.
func (v *value) equal(other *value) bool {
	if v == nil || other == nil {
		return v == other
	}
	return v.kind == other.kind && v.text == other.text &&
		slices.EqualFunc(v.items, other.items, (*value).equal) &&
		slices.EqualFunc(v.members, other.members, func(a, b member) bool { return a.key == b.key && a.val.equal(b.val) })
}
