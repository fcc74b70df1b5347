package proposal

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// meshes groups clusters into meshes of one kind. What joins clusters is a common mesh id in one environment, or that
// one names another: as its control plane, or by a remote secret. Any other cluster is a mesh of its own, since whoever
// puts two into one tells muster that either is a failover for the other.
func (w *writer) meshes(p *Proposal) []Mesh {
	kinds := w.kinds(p)
	byName := map[string]int{}
	of := make([]int, len(w.clusters)) // the first cluster of the same mesh
	for i, c := range w.clusters {
		of[i] = i
		byName[c.name] = i
	}
	join := func(a, b int) {
		if a, b = of[a], of[b]; kinds[a].Value == kinds[b].Value {
			for i, g := range of {
				if g == max(a, b) {
					of[i] = min(a, b)
				}
			}
		}
	}
	type key struct{ env, id string }
	seen := map[key]int{}
	for i, c := range w.clusters {
		if id := w.one(c, hasMeshID).Value; id != "" {
			k := key{p.Clusters[i].environment, id}
			if _, ok := seen[k]; !ok {
				seen[k] = i
			}
			join(seen[k], i)
		}
	}
	for i, c := range w.clusters {
		for _, f := range slices.Concat(w.all(c, obeys), w.all(c, reads)) {
			if other, ok := byName[f.value]; ok {
				join(i, other)
			}
		}
	}
	var list []joint
	for i := range w.clusters {
		if of[i] != i || kinds[i].Value == "" {
			continue
		}
		g := joint{env: p.Clusters[i].environment}
		for j, c := range w.clusters {
			if of[j] == i {
				g.clusters = append(g.clusters, c)
			}
		}
		g.id, g.kind = w.agreed(g.clusters, hasMeshID), w.kind(g.clusters)
		if g.kind.Value == "" {
			g.kind = kinds[i]
		}
		list = append(list, g)
	}
	return w.nameMeshes(list)
}

// joint is what one mesh is made of.
type joint struct {
	env      string
	id, kind Line
	clusters []*cluster
}

// kinds tells the kind of mesh of each cluster; one that does not tell is taken for what others of its environment are.
func (w *writer) kinds(p *Proposal) []Line {
	kinds := make([]Line, len(w.clusters))
	for i, c := range w.clusters {
		if kinds[i] = w.kind([]*cluster{c}); kinds[i].Value != "" {
			continue
		}
		var alike []*cluster
		for j, o := range w.clusters {
			if p.Clusters[j].environment == p.Clusters[i].environment {
				alike = append(alike, o)
			}
		}
		kinds[i] = w.kind(alike)
	}
	return kinds
}

// nameMeshes gives each mesh the name of its mesh id if no other has it, else that of its environment or cluster.
func (w *writer) nameMeshes(groups []joint) []Mesh {
	ids, envs := map[string]int{}, map[string]int{}
	for _, g := range groups {
		ids[g.id.Value]++
		envs[g.env]++
	}
	list := make([]Mesh, 0, len(groups))
	taken := map[string]bool{}
	var alone []string
	for _, g := range groups {
		m := w.mesh(g)
		switch {
		case g.id.Value != "" && ids[g.id.Value] == 1:
			m.Name = g.id
		case len(groups) == 1 && g.env == "", len(g.clusters) > 1 && (g.env == "" || envs[g.env] > 1):
			m.Name = Line{"mesh", "no mesh id was found; choose a name"}
		case g.env != "" && envs[g.env] == 1:
			m.Name = Line{g.env, "one mesh for each environment: what runs in one is no failover for another"}
		default:
			m.Name = Line{g.clusters[0].name, "nothing here joins it with others: no common mesh id"}
			alone = append(alone, g.clusters[0].name)
		}
		for base, n := m.Name.Value, 2; taken[m.Name.Value]; n++ {
			m.Name.Value = fmt.Sprintf("%s-%d", base, n)
		}
		taken[m.Name.Value] = true
		list = append(list, m)
	}
	if len(alone) > 1 {
		w.notes = append(w.notes, "no mesh id joins "+listed(alone, 6)+", so each is a mesh of its own: name those that fail over to each other in one mesh")
	}
	slices.SortFunc(list, func(a, b Mesh) int { return cmp.Compare(a.Name.Value, b.Name.Value) })
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
func (w *writer) mesh(g joint) Mesh {
	m := Mesh{Kind: g.kind}
	for _, c := range g.clusters {
		m.Clusters = append(m.Clusters, c.name)
	}
	m.Version = w.agreed(g.clusters, hasVersion)
	m.TrustDomain = w.agreed(g.clusters, hasDomain)
	if m.Kind.Value == string(mesh.Istio) {
		m.RootNamespace = w.agreed(g.clusters, hasRoot)
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
