package mesh

import (
	"cmp"
	"maps"
	"slices"
)

// Copies are the workloads of a service that stand in for each other, at most one of a cluster in
// each group: those of one name, else the only ones of their clusters, unless their labels call them
// different applications. Groups are sorted, as their members are, by id. Workloads that nothing
// pairs are in none.
func (s *Service) Copies() [][]*Workload {
	all := s.Workloads()
	if len(all) < 2 {
		return nil
	}
	if oneEach(all) && sameApp(all) {
		return [][]*Workload{all}
	}
	named := map[string][]*Workload{}
	for _, w := range all {
		key := w.Namespace + "/" + w.Name
		named[key] = append(named[key], w)
	}
	var groups [][]*Workload
	for _, key := range slices.Sorted(maps.Keys(named)) {
		if g := named[key]; len(g) > 1 && oneEach(g) {
			groups = append(groups, g)
		}
	}
	slices.SortFunc(groups, func(a, b []*Workload) int { return cmp.Compare(a[0].ID, b[0].ID) })
	return groups
}

// oneEach reports whether no two of the workloads, which are sorted by id, run in one cluster.
func oneEach(list []*Workload) bool {
	for i := 1; i < len(list); i++ {
		if list[i].Cluster == list[i-1].Cluster {
			return false
		}
	}
	return true
}

// appLabels name the application that pods belong to.
var appLabels = []string{"app.kubernetes.io/name", "app"}

// sameApp reports whether no label calls the workloads different applications.
func sameApp(list []*Workload) bool {
	for _, key := range appLabels {
		name := ""
		for _, w := range list {
			v := w.Labels[key]
			if v != "" && name != "" && v != name {
				return false
			}
			name = cmp.Or(name, v)
		}
	}
	return true
}
