package istio

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	meshconfig "istio.io/api/mesh/v1alpha1"

	"github.com/passmuster/muster/loaders/kubernetes"
)

// networkLookup is what meshNetworks says about the endpoints of one cluster.
type networkLookup struct {
	registry string // the network of the whole cluster
	prefixes []networkPrefix
	gateways map[string][]gatewayPort // by host of the Service that registryServiceName names
}

type networkPrefix struct {
	prefix  netip.Prefix
	network string
}

type gatewayPort struct {
	network string
	port    int
}

// newNetworkLookup reads meshNetworks as the registry of one cluster does.
// Istio: networkManager.reloadMeshNetworks.
func newNetworkLookup(cluster string, networks *meshconfig.MeshNetworks) networkLookup {
	l := networkLookup{gateways: map[string][]gatewayPort{}}
	for _, id := range sortedKeys(networks.GetNetworks()) {
		n := networks.Networks[id]
		ours := false
		for _, e := range n.Endpoints {
			if p, err := netip.ParsePrefix(e.GetFromCidr()); err == nil {
				l.prefixes = append(l.prefixes, networkPrefix{p.Masked(), id})
			}
			ours = ours || e.GetFromRegistry() == cluster
		}
		if !ours {
			continue
		}
		l.registry = cmp.Or(l.registry, id)
		for _, g := range n.Gateways {
			if host := g.GetRegistryServiceName(); host != "" {
				l.gateways[host] = append(l.gateways[host], gatewayPort{network: id, port: int(g.Port)})
			}
		}
	}
	// Of several prefixes the widest decides.
	slices.SortStableFunc(l.prefixes, func(a, b networkPrefix) int { return cmp.Compare(a.prefix.Bits(), b.prefix.Bits()) })
	return l
}

// networkOf is the network of an endpoint: by its own label, by the system namespace of its
// cluster, by meshNetworks. Istio: kube controller's Network.
func (v *clusterView) networkOf(address, label string) string {
	switch {
	case label != "":
		return label
	case v.network != "":
		return v.network
	case v.nets.registry != "":
		return v.nets.registry
	case len(v.nets.prefixes) == 0:
		return ""
	}
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	for _, p := range v.nets.prefixes {
		if p.prefix.Contains(ip) {
			return p.network
		}
	}
	return ""
}

func sortedServices(inv *kubernetes.Inventory) []*kubernetes.Service {
	return slices.SortedFunc(maps.Values(inv.Services), func(a, b *kubernetes.Service) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
