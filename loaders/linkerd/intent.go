package linkerd

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Intents are what is written about a service's failover, whether or not it takes effect: a TrafficSplit under the operator,
// members in several clusters, and routes to another cluster.
func (f *Fleet) Intents(public *mesh.Service) []mesh.Evidence {
	s := f.byPublic[public]
	if s == nil {
		return nil
	}
	var out []mesh.Evidence
	add := func(at mesh.Origin, format string, args ...any) {
		out = append(out, mesh.Evidence{What: fmt.Sprintf(format, args...), Origin: at, Mechanism: true})
	}
	for _, split := range s.splitsOf() {
		if _, ok := split.Labels[labelFailover]; ok {
			add(split.At("/spec/backends"), "TrafficSplit %s/%s under linkerd-failover", split.Namespace, split.Name)
		} else if slices.ContainsFunc(split.Backends, func(b Backend) bool { return s.world.leadsAway(b.Service, split.Namespace) }) {
			add(split.At("/spec/backends"), "TrafficSplit %s/%s to another cluster", split.Namespace, split.Name)
		}
	}
	if s.isFederated() {
		add(public.Origin, "federated service")
	}
	for _, a := range s.world.attached[s.Key] {
		for i := range a.Rules {
			for j := range a.Rules[i].Backends {
				b := &a.Rules[i].Backends[j]
				if len(a.Rules[i].Backends) > 1 && b.Kind == "Service" && s.world.leadsAway(b.Name, b.In(s.Namespace)) {
					add(b.Origin, "%s %s sends to %s", a.Kind, a.Key(), b.Name)
				}
			}
		}
	}
	return out
}
