package istio

import (
	"cmp"
	"slices"
	"strconv"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

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

// Ports of an east-west gateway that says nothing else: for mTLS, and for the tunnels of ambient.
const (
	defaultGatewayPort = 15443
	tunnelPort         = 15008
)

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
		for _, s := range v.services {
			all = append(all, v.gatewaysOf(w, s)...)
		}
		for _, g := range v.doors {
			all = append(all, w.gatewaysOfResource(v, g)...)
		}
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
		switch {
		case offers(s, port):
		case offers(s, tunnelPort):
			port = 0 // for ambient only: sidecars are sent to no port at all
		default:
			return nil
		}
		ports = []gatewayPort{{network: network, port: port}}
	} else {
		ports = v.nets.gateways[w.serviceHost(s.Name, s.Namespace)]
	}
	addresses := s.Addresses
	if len(ports) > 0 && len(addresses) == 0 && s.Type == "LoadBalancer" && !hasStatus(s.Doc) {
		addresses = []string{madeUp(s.Key, v.Name)} // a manifest: the cluster has yet to give it one
	}
	var out []*networkGateway
	for _, address := range addresses {
		for _, p := range ports {
			out = append(out, &networkGateway{
				network: p.network, cluster: v.Name, address: address, port: p.port,
				origin: mesh.At(s.Doc, "/metadata/labels"), service: s,
			})
		}
	}
	return out
}

func offers(s *kubernetes.Service, port int) bool {
	return slices.ContainsFunc(s.Ports, func(p kubernetes.ServicePort) bool { return p.Number == port })
}

// hasStatus: the object is from a cluster, and not a manifest.
func hasStatus(d *source.Document) bool {
	for name := range jsonMembers(d.JSON) {
		if string(name) == `"status"` {
			return true
		}
	}
	return false
}

// madeUp is an address for what has none in the inputs.
func madeUp(key kubernetes.Key, cluster string) string {
	return key.Name + "." + key.Namespace + "." + cluster
}

// gatewaysOfResource returns the gateways that a Gateway resource stands for, on its listeners for
// cross-network traffic: at the addresses that it names, or, if one is deployed for it whose
// Service is not in the inputs, at those that its status tells.
// Istio: networkManager.handleGatewayResource.
func (w *world) gatewaysOfResource(v *clusterView, g *gateway.Gateway) []*networkGateway {
	network := g.Labels[mesh.LabelNetwork]
	remote := g.Class == classRemote
	if network == "" || remote && v.Name != w.cluster {
		return nil
	}
	var addresses []string
	for _, a := range g.Addresses {
		if a.Type == string(gatewayv1.IPAddressType) || a.Type == string(gatewayv1.HostnameAddressType) {
			addresses = append(addresses, a.Value)
		}
	}
	deployed := kubernetes.Key{Namespace: g.Namespace, Name: g.Name + "-" + g.Class}
	if !remote && len(addresses) == 0 && v.inv.Services[deployed] == nil {
		for _, a := range g.Given {
			addresses = append(addresses, a.Value)
		}
		if len(addresses) == 0 && !hasStatus(g.Doc) {
			addresses = []string{madeUp(deployed, v.Name)}
		}
	}
	var out []*networkGateway
	for _, address := range addresses {
		for i := range g.Listeners {
			if l := &g.Listeners[i]; passesThrough(g, l) {
				out = append(out, &networkGateway{
					network: network, cluster: v.Name, address: address, port: l.Port, origin: g.At("/metadata/labels"),
				})
			}
		}
	}
	return out
}

// passesThrough reports whether a listener takes cross-network mTLS. Istio: kube.IsAutoPassthrough.
func passesThrough(g *gateway.Gateway, l *gateway.Listener) bool {
	if l.TLS == nil {
		return false
	}
	if l.TLS.Options[modeOption] == modePassthrough {
		return true
	}
	want := cmp.Or(g.Labels[labelGatewayPort], strconv.Itoa(defaultGatewayPort))
	return strconv.Itoa(l.Port) == want
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
