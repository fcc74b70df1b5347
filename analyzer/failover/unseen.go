package failover

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Silence is a line that keeps the mesh from telling what becomes of requests, and the services with DR intent that it
// concerns.
type Silence struct {
	At       mesh.Origin
	Metrics  bool // requests are not counted by anybody; otherwise the services write no access log
	Services []*mesh.Service
}

// FindSilences finds these, in the order of the graph. Services that may be told more of elsewhere (a gap) are left out,
// and access logs of those without an objective.
func FindSilences(g *mesh.Graph) []*Silence {
	found := map[string]*Silence{}
	var list []*Silence
	note := func(s *mesh.Service, at mesh.Origin, metrics bool) {
		key := fmt.Sprint(metrics, at.Position())
		if found[key] == nil {
			found[key] = &Silence{At: at, Metrics: metrics}
			list = append(list, found[key])
		}
		found[key].Services = append(found[key].Services, s)
	}
	for _, s := range g.Services {
		if !HasIntent(s) || g.Gap(s) != nil {
			continue
		}
		if at, off := offEverywhere(s, (*mesh.Telemetry).MetricsOff); off {
			if !countedByCallers(g, s) {
				note(s, at, true)
			}
		} else if at, off := offEverywhere(s, (*mesh.Telemetry).LogsOff); off && s.Objective != nil {
			note(s, at, false)
		}
	}
	return list
}

// offEverywhere returns the first line that switches something off, if it is off on both sides of every workload of a service that
// has proxies, and it is known which have.
func offEverywhere(s *mesh.Service, off func(*mesh.Telemetry) (mesh.Origin, bool)) (at mesh.Origin, found bool) {
	for _, w := range s.Workloads() {
		if meshed, known := w.Meshed.Get(); !known {
			return mesh.Origin{}, false
		} else if !meshed {
			continue
		}
		line, is := off(w.Telemetry)
		if !is {
			return mesh.Origin{}, false
		}
		if !found {
			at, found = line, true
		}
	}
	return at, found
}

// countedByCallers reports whether a proxy of some caller counts the requests that it sends: those that depend on the
// service, or anybody in the mesh where none is known to.
func countedByCallers(g *mesh.Graph, s *mesh.Service) bool {
	var callers []*mesh.Workload
	for _, d := range g.Dependencies {
		if from := g.Service(d.From); d.Strong && d.To == s.ID && from != nil {
			callers = append(callers, from.Workloads()...)
		}
	}
	if callers == nil {
		for _, c := range g.Clients {
			if c.Mesh == s.Mesh && c.Kind != mesh.Unmeshed {
				callers = append(callers, c.Workloads...)
			}
		}
	}
	return slices.ContainsFunc(callers, func(w *mesh.Workload) bool {
		return w.Meshed.Or(true) && (w.Telemetry == nil || !w.Telemetry.Client.MetricsOff.Or(false))
	})
}
