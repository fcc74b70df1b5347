package diff

import (
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// turned is a class of callers that the head refuses, and one of the base at the same place that got through. Where no policy told
// callers apart, one class was all of them, and goes on under its name when a policy begins to refuse some.
type turned struct {
	port       int
	base, head *mesh.Client
}

// turn notes the classes that the head refuses.
func (p *surveyed) turn(base, head *glances) {
	for _, x := range head.turned {
		if x.subset != "" {
			continue
		}
		i := slices.IndexFunc(base.list, func(q question) bool {
			return q.port == x.port && q.subset == "" && placeOf(base.asks[q]) == placeOf(x.client)
		})
		if i >= 0 {
			p.turned = append(p.turned, turned{port: x.port, base: base.asks[base.list[i]], head: x.client})
		}
	}
}

// turnedAway tells of callers among these that need the service, and that policies refuse now and did not before.
func (e *explainer) turnedAway(p *surveyed) {
	type caller struct {
		port      int
		place     string
		namespace string
	}
	said := map[caller]bool{}
	for _, x := range p.refused {
		said[caller{x.port, placeOf(x.client), x.client.Namespace}] = true
	}
	for _, x := range p.turned {
		for _, c := range e.head.Graph.Clients {
			k := caller{x.port, placeOf(c), c.Namespace}
			if said[k] || k.place != placeOf(x.head) {
				continue
			}
			need, needed := needsStill(e.head.Graph, p.head, c)
			if !needed {
				continue
			}
			verdict, at := admits(p.head, c, e.head.Graph)
			if before, _ := admits(p.base, c, e.base.Graph); verdict != mesh.Denied || before == mesh.Denied {
				continue
			}
			q := failover.Question{Service: p.base, Port: x.port, Client: x.base}
			answer := failover.Evaluate(e.base.Graph, q, failover.NewBlast(e.base.Graph, failover.None), failover.Crash)
			if answer == nil || answer.Outcome == failover.Lost {
				continue
			}
			said[k] = true
			e.refuse(p, x.port, c, need, answer, at)
		}
	}
}
