package fleet

import (
	"fmt"
	"maps"
	"slices"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// hide notes the strong dependencies whose callers do not see what they call. Each is told once, at
// the line that hides it.
func (f *Fleet) hide(g *mesh.Graph) {
	var callers map[*mesh.Workload][]*mesh.Client
	for _, state := range f.meshes {
		type hiding struct {
			from, to mesh.ServiceID
			at       mesh.Origin
		}
		seen := map[hiding]bool{}
		for _, d := range g.Dependencies {
			to := g.Service(d.To)
			if !d.Strong || to == nil || to.Mesh != state.mesh.Name {
				continue
			}
			if callers == nil {
				callers = clientsOf(g)
			}
			for _, w := range callingWorkloads(g, d) {
				for _, c := range callers[w] {
					loss, refused, hidden := state.system.hidden(to, c)
					if key := (hiding{d.From, d.To, loss.Origin}); hidden && !seen[key] {
						seen[key] = true
						state.hidden = append(state.hidden, hiddenFact(d, w, to, loss, refused))
					}
				}
			}
		}
	}
}

// clientsOf finds the classes of callers that a workload is in, one of those that differ by place
// alone: what they see is the same.
func clientsOf(g *mesh.Graph) map[*mesh.Workload][]*mesh.Client {
	out := make(map[*mesh.Workload][]*mesh.Client, len(g.Workloads))
	for _, c := range g.Clients {
		for _, w := range c.Workloads {
			if !slices.ContainsFunc(out[w], func(known *mesh.Client) bool { return known.Kind == c.Kind && maps.Equal(known.Labels, c.Labels) }) {
				out[w] = append(out[w], c)
			}
		}
	}
	return out
}

// callingWorkloads are those that a dependency is about: all that serve the calling service, or the
// caller that it names with its copies in other clusters.
func callingWorkloads(g *mesh.Graph, d *mesh.Dependency) []*mesh.Workload {
	from := g.Service(d.From)
	if from == nil {
		return nil
	}
	var out []*mesh.Workload
	seen := map[*mesh.Workload]bool{}
	for _, e := range from.Endpoints {
		w := e.Workload
		if w == nil || seen[w] || d.Caller != nil && (w.Kind != d.Caller.Kind || w.Namespace != d.Caller.Namespace || w.Name != d.Caller.Name) {
			continue
		}
		seen[w] = true
		out = append(out, w)
	}
	return out
}

// hiddenFact says what becomes of the requests as well: refused, or sent on as they are.
func hiddenFact(d *mesh.Dependency, w *mesh.Workload, to *mesh.Service, loss mesh.Loss, refused bool) *mesh.Fact {
	then := "its proxy sends requests on as they are, so that no failover, retry or mTLS of the mesh holds for them in any failure"
	if refused {
		then = "its proxy refuses every request to it, today and in any failure (REGISTRY_ONLY)"
	}
	needs := "cannot do without"
	if d.Evidence.What == authorizedCaller {
		needs = "is admitted as a caller of" // no proof that it calls
	}
	fact := &mesh.Fact{
		Kind: mesh.FactHidden, Origin: loss.Origin, Service: d.From, Other: to.ID, Harm: refused,
		Related: []mesh.Evidence{d.Evidence},
		Message: fmt.Sprintf("%s %s/%s in cluster %s %s %s and does not see it: %s; %s", w.Kind, w.Namespace, w.Name, w.Cluster, needs, to.ID.Host(), loss.Detail, then),
	}
	if doc, ok := loss.Origin.In.(*source.Document); ok {
		fact.Resource = mesh.Resource{Kind: doc.Kind, Namespace: doc.Namespace, Name: doc.Name, Cluster: doc.Cluster}
	}
	return fact
}
