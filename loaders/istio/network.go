package istio

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	meshconfig "istio.io/api/mesh/v1alpha1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
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
	origin  mesh.Origin
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
	// The narrowest prefix decides.
	slices.SortStableFunc(l.prefixes, func(a, b networkPrefix) int { return cmp.Compare(b.prefix.Bits(), a.prefix.Bits()) })
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

// networkGateway is one address that leads into a network. Istio: model.NetworkGateway.
type networkGateway struct {
	network, cluster, address string
	port                      int
	origin                    mesh.Origin
	service                   *kubernetes.Service // nil if it is only an address
	public                    *mesh.Gateway
}

// key identifies a gateway: the same address found twice is one.
func (g *networkGateway) key() networkGateway {
	return networkGateway{network: g.network, cluster: g.cluster, address: g.address, port: g.port}
}

func (g *networkGateway) compare(h *networkGateway) int {
	return cmp.Or(cmp.Compare(g.address, h.address), cmp.Compare(g.port, h.port), cmp.Compare(g.cluster, h.cluster), cmp.Compare(g.network, h.network))
}

// networkGateways are all ways between the networks of a mesh.
type networkGateways struct {
	all       []*networkGateway
	byNetwork map[string][]*networkGateway
	byCluster map[networkCluster][]*networkGateway
	// scale is what all weights are multiplied with, so that each gateway's share of an
	// endpoint's weight is a whole number.
	scale uint32
}

type networkCluster struct{ network, cluster string }

// enabled: several networks are configured at all. Without any gateway every address is taken as
// directly reachable.
func (n *networkGateways) enabled() bool { return len(n.all) > 0 }

// to returns the gateways for an endpoint: those of its cluster, else those of its network.
func (n *networkGateways) to(network, cluster string) []*networkGateway {
	if own := n.byCluster[networkCluster{network, cluster}]; len(own) > 0 {
		return own
	}
	return n.byNetwork[network]
}

// defaultGatewayPort is the port of an east-west gateway that says nothing else.
const defaultGatewayPort = 15443

// Labels that make a Service a gateway between networks.
const (
	labelGatewayPort = "networking.istio.io/gatewayPort"
	classRemote      = "istio-remote"
	modeOption       = "gateway.istio.io/listener-protocol"
	modePassthrough  = "auto-passthrough"
)

// findGateways collects the gateways from meshNetworks, from labelled Services and from Gateways
// of the Gateway API. Istio: model.NetworkManager.
func (w *world) findGateways() networkGateways {
	var all []*networkGateway
	for _, id := range sortedKeys(w.config.Networks.GetNetworks()) {
		for _, g := range w.config.Networks.Networks[id].Gateways {
			if address := g.GetAddress(); address != "" {
				all = append(all, &networkGateway{network: id, address: address, port: int(g.Port), origin: w.config.MeshOrigin})
			}
		}
	}
	for _, v := range w.clusters {
		for _, key := range sortedServices(v.inv) {
			all = append(all, v.gatewaysOf(w, v.inv.Services[key])...)
		}
	}
	for _, g := range w.config.KubeGateways {
		all = append(all, w.gatewaysOfResource(g)...)
	}
	return newNetworkGateways(all)
}

func newNetworkGateways(found []*networkGateway) networkGateways {
	n := networkGateways{byNetwork: map[string][]*networkGateway{}, byCluster: map[networkCluster][]*networkGateway{}, scale: 1}
	known := map[networkGateway]bool{}
	for _, g := range found {
		if known[g.key()] {
			continue
		}
		known[g.key()] = true
		n.all = append(n.all, g)
		n.byNetwork[g.network] = append(n.byNetwork[g.network], g)
		at := networkCluster{g.network, g.cluster}
		n.byCluster[at] = append(n.byCluster[at], g)
	}
	slices.SortFunc(n.all, (*networkGateway).compare)
	for _, list := range n.byNetwork {
		slices.SortFunc(list, (*networkGateway).compare)
		n.scale = lcm(n.scale, uint32(len(list)))
	}
	for _, list := range n.byCluster {
		slices.SortFunc(list, (*networkGateway).compare)
		n.scale = lcm(n.scale, uint32(len(list)))
	}
	return n
}

// gatewaysOf returns the gateways that a Service is. Istio: networkManager.getGatewayDetails.
func (v *clusterView) gatewaysOf(w *world, s *kubernetes.Service) []*networkGateway {
	var ports []gatewayPort
	if network := s.Labels[mesh.LabelNetwork]; network != "" {
		port := defaultGatewayPort
		if n, err := strconv.Atoi(s.Labels[labelGatewayPort]); err == nil {
			port = n
		}
		if !slices.ContainsFunc(s.Ports, func(p kubernetes.ServicePort) bool { return p.Number == port }) {
			return nil
		}
		ports = []gatewayPort{{network: network, port: port}}
	} else {
		ports = v.nets.gateways[w.serviceHost(s.Name, s.Namespace)]
	}
	var out []*networkGateway
	for _, address := range s.Addresses {
		for _, p := range ports {
			out = append(out, &networkGateway{
				network: p.network, cluster: v.Name, address: address, port: p.port,
				origin: mesh.At(s.Doc, "/metadata/labels"), service: s,
			})
		}
	}
	return out
}

// gatewaysOfResource returns the gateways that a Gateway resource stands for: one that is reached
// by its spec.addresses, on its listeners for cross-network traffic.
// Istio: networkManager.handleGatewayResource.
func (w *world) gatewaysOfResource(g *KubeGateway) []*networkGateway {
	network := g.Labels[mesh.LabelNetwork]
	if network == "" {
		return nil
	}
	var out []*networkGateway
	for i, a := range g.Spec.Addresses {
		if a.Type != nil && *a.Type != gatewayv1.IPAddressType && *a.Type != gatewayv1.HostnameAddressType {
			continue
		}
		for _, l := range g.Spec.Listeners {
			if !passesThrough(g, l) {
				continue
			}
			out = append(out, &networkGateway{
				network: network, cluster: w.cluster, address: a.Value, port: int(l.Port),
				origin: child(g.At("/spec/addresses"), i),
			})
		}
	}
	return out
}

// passesThrough reports whether a listener takes cross-network mTLS. Istio: kube.IsAutoPassthrough.
func passesThrough(g *KubeGateway, l gatewayv1.Listener) bool {
	if l.TLS == nil {
		return false
	}
	if l.TLS.Options[modeOption] == modePassthrough {
		return true
	}
	want := cmp.Or(g.Labels[labelGatewayPort], strconv.Itoa(defaultGatewayPort))
	return strconv.Itoa(int(l.Port)) == want
}

func lcm(a, b uint32) uint32 {
	if a == 0 || b == 0 {
		return max(a, b, 1)
	}
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

func sortedServices(inv *kubernetes.Inventory) []kubernetes.Key {
	keys := make([]kubernetes.Key, 0, len(inv.Services))
	for k := range inv.Services {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b kubernetes.Key) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return keys
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
