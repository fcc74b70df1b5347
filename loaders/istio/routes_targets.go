package istio

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// proxyTargets is where one client's proxy can send requests to.
type proxyTargets struct {
	fleet  *Fleet
	scope  *scope
	client *mesh.Client
	// listener is set while the routes of one of a sidecar's listeners are made: destinations are
	// then looked up among what that listener imports, and only on its port.
	listener *listener
}

// pool reports whether the proxy holds a cluster: the client knows the service with that port, the
// rule it obeys defines the subset, and a name to resolve has at least one endpoint.
func (t proxyTargets) pool(host string, number int, subset string) bool {
	see := t.scope.see(host)
	if see == nil {
		return false
	}
	i := slices.IndexFunc(see.ports, func(p port) bool { return p.number == number && p.protocol != protoUDP })
	if i < 0 {
		return false
	}
	rule := t.scope.ruleFor(see.svc, t.client)
	if subset != "" && rule.subset(subset) == nil {
		return false
	}
	if !see.svc.resolution.isDNS() {
		return true
	}
	b := poolBuilder{fleet: t.fleet, world: t.scope.world, scope: t.scope, client: t.client, svc: see.svc, rule: rule}
	return len(b.add(nil, see.ports[i], "")) > 0 && (subset == "" || len(b.add(nil, see.ports[i], subset)) > 0)
}

// hasPort reports whether a service is seen with a port that speaks something.
func (g *sight) hasPort(number int, speaks func(protocol) bool) bool {
	for _, p := range g.ports {
		if p.number == number && speaks(p.protocol) {
			return true
		}
	}
	return false
}

func anyProtocol(protocol) bool { return true }

// isRouted: requests on the port are routed one by one, or may be.
func isRouted(p protocol) bool { return p.isHTTP() || p.isAuto() }

// target completes a destination. An ExternalName is replaced by what it stands for. A destination
// without a port is asked on the port that the request came in on; when the service is known as a
// whole, and has one port only, on that. Istio: GetDestinationCluster.
func (t proxyTargets) target(host string, port, listener int) (string, int) {
	var see *sight
	if t.listener != nil {
		if see = t.scope.sightIn(t.listener, host); see != nil && !see.hasPort(listener, anyProtocol) {
			see = nil
		}
	} else {
		see = t.scope.see(host)
	}
	if port == 0 {
		port = listener
		if t.listener == nil && see != nil && len(see.ports) == 1 {
			port = see.ports[0].number
		}
	}
	if see != nil && see.svc.resolution == externalName {
		host = see.svc.target
	}
	return host, port
}

// service is the service behind a host.
func (t proxyTargets) service(host string) *mesh.Service {
	if see := t.scope.see(host); see != nil {
		return t.fleet.public(see.svc)
	}
	return nil
}

// sightIn is what one listener of a client imports of a host by its own list, and not by way of a
// VirtualService; nil if nothing.
func (s *scope) sightIn(l *listener, host string) *sight {
	if known, ok := s.seeWhole(host); ok {
		return known
	}
	exported := s.world.exported(host, s.namespace)
	if len(exported) == 0 {
		return nil
	}
	var found *sight
	for _, g := range s.imported(l, exported) {
		if found == nil {
			found = &sight{svc: g.svc, ports: g.ports}
			continue
		}
		for _, p := range g.ports {
			if !found.hasPort(p.number, anyProtocol) {
				found.ports = append(slices.Clone(found.ports), p)
			}
		}
	}
	return found
}

// allIn is all that a listener imports by its own list, in the order of hosts.
func (s *scope) allIn(l *listener) []*sight {
	var out []*sight
	for _, host := range s.hosts() {
		if g := s.sightIn(l, host); g != nil {
			out = append(out, g)
		}
	}
	return out
}

// anyAddress is where a proxy listens for services without an address of their own.
const anyAddress = "0.0.0.0"

// address is where a client in a cluster finds a service: its virtual address, a CIDR, or
// anyAddress. Manifests seldom write down the address that the cluster gives to a Service: it then
// has one that nobody shares, named after its host. Istio: Service.GetAddressForProxy.
func (s *service) address(cluster string) string {
	if s.entry != nil {
		for _, a := range s.entry.Spec.Addresses {
			if isIP(strings.SplitN(a, "/", 2)[0]) {
				return strings.TrimSuffix(a, "/32")
			}
		}
		return anyAddress
	}
	d := s.definitions[0]
	for _, other := range s.definitions {
		if other.cluster.Name == cluster {
			d = other
		}
	}
	switch d.ClusterIP {
	case "None":
		return anyAddress
	case "":
		return s.host
	}
	return d.ClusterIP
}
