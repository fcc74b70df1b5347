package proposal

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// meshes groups clusters into meshes: those of one environment, with one id, that run the same kind of mesh.
func (w *writer) meshes(p *Proposal) []Mesh {
	type key struct{ env, id, kind string }
	groups := map[key][]*cluster{}
	ids := map[*cluster]Line{}
	for i, c := range w.clusters {
		ids[c] = w.one(c, hasMeshID)
		k := key{p.Clusters[i].environment, ids[c].Value, w.kind([]*cluster{c}).Value}
		if k.kind == "" {
			var alike []*cluster
			for j, o := range w.clusters {
				if p.Clusters[j].environment == k.env {
					alike = append(alike, o)
				}
			}
			k.kind = w.kind(alike).Value
		}
		if k.kind != "" {
			groups[k] = append(groups[k], c)
		}
	}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.env, b.env), cmp.Compare(a.id, b.id), cmp.Compare(a.kind, b.kind))
	})
	var list []Mesh
	taken := map[string]bool{}
	for _, k := range keys {
		m := w.mesh(groups[k])
		m.Name = ids[groups[k][0]]
		uses := 0
		for _, other := range keys {
			if other.id == k.id {
				uses++
			}
		}
		switch {
		case m.Name.Value != "" && uses == 1:
		case k.env != "":
			m.Name = Line{k.env, "one mesh for each environment: what runs in one is no failover for another"}
		default:
			m.Name = Line{"mesh", "no mesh id was found; choose a name"}
		}
		for base, n := m.Name.Value, 2; taken[m.Name.Value]; n++ {
			m.Name.Value = fmt.Sprintf("%s-%d", base, n)
		}
		taken[m.Name.Value] = true
		list = append(list, m)
	}
	return list
}

// kind is the mesh that most objects of some clusters belong to.
func (w *writer) kind(clusters []*cluster) Line {
	count, why := map[string]int{}, map[string]string{}
	best := ""
	rank := map[string]int{}
	for _, c := range clusters {
		for _, f := range w.all(c, isKind) {
			if count[f.value]++; count[f.value] == 1 || f.rank < rank[f.value] {
				why[f.value], rank[f.value] = f.why, f.rank
			}
		}
	}
	for _, k := range []mesh.Kind{mesh.Istio, mesh.Linkerd, mesh.Consul} {
		if n := count[string(k)]; n > count[best] {
			best = string(k)
		}
	}
	return Line{best, why[best]}
}

// mesh reads what the clusters of one mesh agree on.
func (w *writer) mesh(clusters []*cluster) Mesh {
	m := Mesh{Kind: w.kind(clusters)}
	for _, c := range clusters {
		m.Clusters = append(m.Clusters, c.name)
	}
	m.Version = w.agreed(clusters, hasVersion)
	m.TrustDomain = w.agreed(clusters, hasDomain)
	if m.Kind.Value == string(mesh.Istio) {
		m.RootNamespace = w.agreed(clusters, hasRoot)
	}
	return m
}

// agreed is a value that no cluster of a mesh contradicts.
func (w *writer) agreed(clusters []*cluster, what property) Line {
	var found Line
	for _, c := range clusters {
		l := w.one(c, what)
		switch {
		case l.Value == "" && l.Why != "":
			return l
		case l.Value == "":
		case found.Value == "":
			found = l
		case found.Value != l.Value:
			return Line{Why: fmt.Sprintf("not decided: %s (%s) and %s (%s)", found.Value, found.Why, l.Value, l.Why)}
		}
	}
	return found
}
