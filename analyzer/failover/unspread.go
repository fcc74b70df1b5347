package failover

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// zoneUnknown is the reason of a cell that hangs on the zones of a workload's pods.
func zoneUnknown(workload string) string {
	return "the zone of " + workload + " is not known: no hard spread over zones and no pin"
}

// Unspread returns what lists workloads of a service, by id, whose pods nothing forces apart, where that
// alone keeps a cell unknown: reason is the cell's. The list is nil if something else is unknown too, or
// if a hard spread would decide nothing: a single pod, or a cluster whose zones are not known. Many cells
// have one reason, so answers are kept; the function is for one goroutine.
func Unspread(g *mesh.Graph) func(s *mesh.Service, reason string) []*mesh.Workload {
	type question struct {
		service *mesh.Service
		reason  string
	}
	known := map[question][]*mesh.Workload{}
	return func(s *mesh.Service, reason string) []*mesh.Workload {
		if !strings.HasPrefix(reason, "the zone of ") {
			return nil
		}
		q := question{s, reason}
		list, asked := known[q]
		if !asked {
			list = unspread(g, s, reason)
			known[q] = list
		}
		return list
	}
}

func unspread(g *mesh.Graph, s *mesh.Service, reason string) []*mesh.Workload {
	spreadable := map[string]*mesh.Workload{}
	for _, w := range s.Workloads() {
		if c := g.Cluster(w.Cluster); c != nil && len(c.Zones) > 1 && LeastPods(w) > 1 {
			spreadable[zoneUnknown(nameOf(w))] = w
		}
	}
	var list []*mesh.Workload
	for clause := range strings.SplitSeq(reason, "; ") {
		w := spreadable[clause]
		if w == nil {
			return nil
		}
		list = append(list, w)
	}
	slices.SortFunc(list, func(a, b *mesh.Workload) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// LeastPods is how many pods a workload runs at least, or 0 if that is not known.
func LeastPods(w *mesh.Workload) int {
	if w.Autoscale != nil {
		return w.Autoscale.Min
	}
	return w.Replicas.Or(0)
}

func nameOf(w *mesh.Workload) string {
	return w.Kind + " " + w.Namespace + "/" + w.Name + " in " + w.Cluster
}
