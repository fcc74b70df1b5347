package fleet

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// setIntent infers what the configuration itself wants each service to survive: what is written about its failover (whether or
// not it takes effect), and endpoints in several regions or clusters.
func (state *meshState) setIntent(services []*mesh.Service) {
	written := state.system.intents()
	for _, s := range services {
		if s.Mesh != state.mesh.Name {
			continue // its own mesh tells
		}
		s.Intent = mesh.Intent{}
		delete(state.leadNowhere, s.ID)
		if s.OnlyGateways() {
			continue
		}
		evidence, facts := written(s)
		if len(facts) > 0 {
			state.leadNowhere[s.ID] = facts
		}
		switch regions, clusters := places(s); {
		case len(regions) > 1:
			evidence = append(evidence, mesh.Evidence{What: fmt.Sprintf("endpoints in %d regions", len(regions)), Origin: s.Origin})
		case len(clusters) > 1:
			evidence = append(evidence, mesh.Evidence{What: fmt.Sprintf("endpoints in %d clusters", len(clusters)), Origin: s.Origin})
		}
		s.Intent.Evidence = evidence
	}
}

// places are the regions and clusters that a service has endpoints in.
func places(s *mesh.Service) (regions, clusters map[string]bool) {
	regions, clusters = map[string]bool{}, map[string]bool{}
	for _, e := range s.Endpoints {
		if e.Locality.Region != "" {
			regions[e.Locality.Region] = true
		}
		clusters[e.Cluster] = true
	}
	return regions, clusters
}
