package fleet

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/infrastructure"
)

// clusterOf is the cluster that a provider's configuration works on. Where the config declares clusters it is one of the environment's: by
// name, by the alias or context that has the name of one, the only one of its region, the only one at all. Without, it is as it is called.
func (e *environment) clusterOf(c *config.Config, p *infrastructure.Provider) (name string, ok bool) {
	if p == nil {
		p = &infrastructure.Provider{}
	}
	context, _ := p.Context.Get()
	names := []string{p.Datacenter.V, p.Name.V, p.Alias, context, context[strings.LastIndexByte(context, '/')+1:]}
	if len(e.clusters) == 0 {
		if c != nil && len(c.Clusters) > 0 {
			return "", false
		}
		return cmp.Or(append(names[:4:4], e.variant, DefaultCluster)...), true
	}
	for _, n := range names {
		if n != "" && slices.Contains(e.clusters, n) {
			return n, true
		}
	}
	if region, known := p.Region.Get(); known && c != nil {
		var there []string
		for i := range c.Clusters {
			if cl := &c.Clusters[i]; cl.Region == region && slices.Contains(e.clusters, cl.Name) {
				there = append(there, cl.Name)
			}
		}
		if len(there) == 1 {
			return there[0], true
		}
	}
	if len(e.clusters) == 1 {
		return e.clusters[0], true
	}
	return "", false
}

// everywhere are the clusters that an object of an unknown one may belong to.
func (e *environment) everywhere() []string {
	if len(e.clusters) == 0 {
		return []string{DefaultCluster}
	}
	return e.clusters
}
