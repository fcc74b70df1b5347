package fleet

import (
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/rollouts"
	"github.com/passmuster/muster/mesh"
)

// addRollouts reads the rollout controllers of one cluster into the graph. What they are told that does nothing is a
// fact of the cluster's inventory, which nobody has seen yet.
func (f *Fleet) addRollouts(g *mesh.Graph, inv *kubernetes.Inventory) {
	res := rollouts.Build(rollouts.Input{Docs: f.docs[inv.Cluster], Inventory: inv})
	f.kubernetesErrors = append(f.kubernetesErrors, res.Diagnostics...)
	inv.Facts = append(inv.Facts, res.Facts...)
	g.Rollouts = append(g.Rollouts, res.Rollouts...)
}
