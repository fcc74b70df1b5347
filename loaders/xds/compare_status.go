package xds

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// CompareStatus holds what an Envoy says of its hosts (/clusters?format=json) against the endpoints that were announced: hosts that are
// missing or unknown, other priorities and places, and hosts that it does not use.
func CompareStatus(scanned, live *Content) []Difference {
	clusters, eds := indexed(scanned.Clusters), indexed(scanned.Assignments)
	m := &Mesh{all: scanned, clusters: clusters, eds: eds}
	var out []Difference
	for _, s := range live.Statuses {
		r := clusters[s.Cluster]
		if r == nil {
			continue
		}
		la, at := m.assigned(r)
		if la == nil {
			continue
		}
		type host struct {
			priority int
			place    mesh.Locality
			at       mesh.Origin
		}
		announced := map[string]host{}
		for i, g := range la.GetEndpoints() {
			for j, e := range g.GetLbEndpoints() {
				announced[socket(e.GetEndpoint().GetAddress())] = host{int(g.GetPriority()), locality(g.GetLocality()),
					at.Child("endpoints").Child(strconv.Itoa(i)).Child("lb_endpoints").Child(strconv.Itoa(j))}
			}
		}
		note := func(what, was, is string, h host, seen mesh.Origin) {
			out = append(out, Difference{Cluster: printable(s.Cluster), What: what, Scanned: was, Live: is, At: h.at.Position(), LiveAt: seen.Position()})
		}
		held := map[string]bool{}
		for _, h := range s.Hosts {
			held[h.Address] = true
			name := printable(h.Address)
			want, known := announced[h.Address]
			switch {
			case !known:
				note("endpoint "+name, "none", fmt.Sprintf("priority %d in %s", h.Priority, h.Locality), want, h.Origin)
				continue
			case want.priority != h.Priority:
				note("priority of "+name, strconv.Itoa(want.priority), strconv.Itoa(h.Priority), want, h.Origin)
			case want.place != h.Locality:
				note("place of "+name, want.place.String(), h.Locality.String(), want, h.Origin)
			}
			if h.Ejected {
				note("use of "+name, "in use", "ejected by outlier detection", want, h.Origin)
			}
			if h.Failed {
				note("use of "+name, "in use", "failed its health check", want, h.Origin)
			}
		}
		for _, address := range sortedKeys(announced) {
			if h := announced[address]; !held[address] {
				note("endpoint "+printable(address), fmt.Sprintf("priority %d in %s", h.priority, h.place), "none", h, s.Origin)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Difference) int {
		switch {
		case a.Cluster < b.Cluster:
			return -1
		case a.Cluster > b.Cluster:
			return 1
		}
		return 0
	})
	return out
}
