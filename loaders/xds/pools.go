package xds

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	aggregatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/clusters/aggregate/v3"

	"github.com/passmuster/muster/mesh"
)

// connectNotice is how long a gRPC client takes to leave a priority whose connections are refused: one attempt at each address. The
// bound is the first wait between two attempts, so that one attempt may fail while the address goes away.
// gRPC: connection backoff, INITIAL_BACKOFF.
const connectNotice = time.Second

// tier is one priority on its way into a pool.
type tier struct {
	name   string
	target mesh.Target
	groups []mesh.Group
}

// pool is what clients hold of a cluster, or nil if it is not announced.
func (m *Mesh) pool(s *mesh.Service, name string, port int, protocol mesh.Protocol) *mesh.Pool {
	c := m.clusters[name]
	if c == nil || m.refused(c.Message) != "" {
		return nil
	}
	p := &mesh.Pool{Service: s, Host: printable(name), Port: port, Protocol: protocol, Discovery: mesh.EDS, LB: lbName(c.Message), Rule: "cluster " + printable(name), RuleOrigin: c.Origin,
		ConnectTimeout: mesh.Of(connectNotice, mesh.Default("gRPC (a refused connection is noticed at once)")), Connected: m.grpc(), Persistent: m.grpc()}
	p.TLS = m.clientTLS(c)
	if !m.grpc() {
		m.ofEnvoy(p, c)
	}
	tiers := m.tiers(s, p, c, map[string]bool{})
	t := &mesh.Priorities{Weighted: m.grpc() || weighsLocalities(c.Message)}
	if !m.grpc() {
		t.Overprovisioning = 1.4
		if f := m.assignment(c).GetPolicy().GetOverprovisioningFactor(); f.GetValue() > 0 {
			t.Overprovisioning = float64(f.GetValue()) / 100
		}
	}
	for i, one := range tiers {
		t.Tiers = append(t.Tiers, mesh.Tier{Rank: i, Groups: one.groups})
	}
	p.Tiering = t
	if aggregateOf(c.Message) == nil && !m.grpc() && len(tiers) > 0 { // outlier detection of Envoy counts the cluster as a whole
		all := tiers[0].target
		for _, one := range tiers[1:] {
			all.Endpoints = append(all.Endpoints, one.target.Endpoints...)
		}
		p.Targets = []mesh.Target{all}
		return p
	}
	for _, one := range tiers {
		p.Targets = append(p.Targets, one.target)
	}
	return p
}

func (m *Mesh) ofEnvoy(p *mesh.Pool, c *Resource[*clusterv3.Cluster]) {
	p.SendsUnhealthy = true
	p.ConnectTimeout = mesh.Of(5*time.Second, mesh.Default("Envoy (connect_timeout)"))
	if t := c.Message.GetConnectTimeout().AsDuration(); t > 0 {
		p.ConnectTimeout = mesh.Of(t, c.Origin.Child("connect_timeout"))
	}
	p.Panic = 50
	if t := c.Message.GetCommonLbConfig().GetHealthyPanicThreshold(); t != nil {
		p.Panic = t.GetValue()
	}
	for _, b := range c.Message.GetCircuitBreakers().GetThresholds() {
		if b.GetPriority() == corev3.RoutingPriority_DEFAULT {
			p.MaxConnections, p.MaxRequests = int(b.GetMaxConnections().GetValue()), int(b.GetMaxRequests().GetValue())
		}
	}
	switch c.Message.GetType() {
	case clusterv3.Cluster_STRICT_DNS:
		p.Discovery = mesh.StrictDNS
	case clusterv3.Cluster_LOGICAL_DNS:
		p.Discovery = mesh.LogicalDNS
	case clusterv3.Cluster_ORIGINAL_DST:
		p.Discovery = mesh.OriginalDst
	}
}

// tiers are the priorities of a cluster, or those of the clusters that it is an aggregate of, one after the other.
func (m *Mesh) tiers(s *mesh.Service, p *mesh.Pool, c *Resource[*clusterv3.Cluster], seen map[string]bool) []tier {
	if list := aggregateOf(c.Message); list != nil {
		var tiers []tier
		for i, name := range list {
			child := m.clusters[name]
			if child == nil {
				at := c.Origin.Child("cluster_type").Child("typed_config").Child("clusters").Child(strconv.Itoa(i))
				p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossMissing, Takes: mesh.TakesEndpoints, Origin: at, Detail: "no cluster " + printable(name) + " is announced"})
				continue
			}
			m.inRoute[name] = true
			if why := m.refused(child.Message); why != "" {
				p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossRefused, Takes: mesh.TakesEndpoints, Origin: child.Origin, Detail: printable(name) + " " + why})
				continue
			}
			if !seen[name] { // one that comes again adds nothing, and one of itself has no end
				seen[name] = true
				tiers = append(tiers, m.tiers(s, p, child, seen)...)
			}
		}
		return tiers
	}
	return m.priorities(s, p, c)
}

// priorities are those of one cluster's endpoints. A priority without endpoints is none.
func (m *Mesh) priorities(s *mesh.Service, p *mesh.Pool, c *Resource[*clusterv3.Cluster]) []tier {
	la, at := m.assigned(c)
	if la == nil {
		if c.Message.GetType() != clusterv3.Cluster_ORIGINAL_DST && s.Gap == nil {
			s.Gap = &mesh.Gap{What: "the endpoints of " + printable(c.Name), Origin: c.Origin}
		}
		return nil
	}
	detection := m.detection(p, c)
	by := map[uint32]*tier{}
	for i, g := range la.GetEndpoints() {
		here := at.Child("endpoints").Child(strconv.Itoa(i))
		group := m.group(c, g, here)
		if m.grpc() && g.GetLoadBalancingWeight().GetValue() == 0 {
			p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossFiltered, Takes: mesh.TakesEndpoints, Origin: here, Endpoints: group.Endpoints,
				Detail: "gRPC leaves out a locality that has no load_balancing_weight"}) // gRFC A27
			continue
		}
		if len(group.Endpoints) == 0 {
			continue
		}
		t := by[g.GetPriority()]
		if t == nil {
			name := fmt.Sprintf("priority %d of %s", g.GetPriority(), printable(c.Name))
			t = &tier{name: name, target: mesh.Target{Name: name, Weight: 1, Detection: detection, Origin: here}}
			by[g.GetPriority()] = t
		}
		t.groups = append(t.groups, group)
		t.target.Endpoints = append(t.target.Endpoints, group.Endpoints...)
	}
	var out []tier
	for i, priority := range slices.Sorted(maps.Keys(by)) {
		if m.grpc() && int(priority) != i && i == len(out) {
			m.fact(mesh.FactInvalid, at, fmt.Sprintf("gRPC refuses the endpoints of %s: priority %d is used and %d is not", printable(c.Name), priority, i))
		}
		out = append(out, *by[priority])
	}
	return out
}

// group is the endpoints of a locality.
func (m *Mesh) group(c *Resource[*clusterv3.Cluster], g *endpointv3.LocalityLbEndpoints, at mesh.Origin) mesh.Group {
	l := locality(g.GetLocality())
	group := mesh.Group{Locality: l, Weight: max(g.GetLoadBalancingWeight().GetValue(), 1)}
	for i, lb := range g.GetLbEndpoints() {
		address := socket(lb.GetEndpoint().GetAddress())
		here := at.Child("lb_endpoints").Child(strconv.Itoa(i))
		health := mesh.Healthy
		switch lb.GetHealthStatus() {
		case corev3.HealthStatus_UNKNOWN, corev3.HealthStatus_HEALTHY:
		case corev3.HealthStatus_DEGRADED:
			if m.grpc() {
				continue
			}
		default:
			if m.grpc() { // gRFC A27: only those that are HEALTHY or UNKNOWN are used
				continue
			}
			health = mesh.Unhealthy
		}
		e := &mesh.Endpoint{Name: address, Address: address, Port: int(lb.GetEndpoint().GetAddress().GetSocketAddress().GetPortValue()), Locality: l, Health: health,
			Weight: lb.GetLoadBalancingWeight().GetValue(), Cluster: m.clusterOf(l), Origin: here}
		m.secure(e, c, lb)
		group.Endpoints = append(group.Endpoints, e)
	}
	return group
}

// assigned are the endpoints of a cluster, with where they stand; nil if they are not among the inputs.
func (m *Mesh) assigned(c *Resource[*clusterv3.Cluster]) (*endpointv3.ClusterLoadAssignment, mesh.Origin) {
	if la := c.Message.GetLoadAssignment(); la != nil {
		return la, c.Origin.Child("load_assignment")
	}
	if c.Message.GetType() == clusterv3.Cluster_EDS {
		if r := m.eds[cmp.Or(c.Message.GetEdsClusterConfig().GetServiceName(), c.Name)]; r != nil {
			return r.Message, r.Origin
		}
	}
	return nil, mesh.Origin{}
}

func (m *Mesh) assignment(c *Resource[*clusterv3.Cluster]) *endpointv3.ClusterLoadAssignment {
	la, _ := m.assigned(c)
	return la
}

// mention notes the clusters that an aggregate leads to: they are no services of their own.
func (m *Mesh) mention(name string) {
	for _, child := range aggregateOf(m.clusters[name].Message) {
		m.inRoute[child] = true
	}
}

// aggregateOf are the clusters that one is an aggregate of, or nil.
func aggregateOf(c *clusterv3.Cluster) []string {
	any := c.GetClusterType().GetTypedConfig()
	var config aggregatev3.ClusterConfig
	if any == nil || !any.MessageIs(&config) || any.UnmarshalTo(&config) != nil {
		return nil
	}
	return config.GetClusters()
}

// weighsLocalities reports whether Envoy divides a priority's load by the weights of localities.
func weighsLocalities(c *clusterv3.Cluster) bool {
	return c.GetCommonLbConfig().GetLocalityWeightedLbConfig() != nil
}

func lbName(c *clusterv3.Cluster) string { return c.GetLbPolicy().String() }

func locality(l *corev3.Locality) mesh.Locality {
	return mesh.Locality{Region: printable(l.GetRegion()), Zone: printable(l.GetZone()), Subzone: printable(l.GetSubZone())}
}

// socket renders an address as host:port; "" if it is none.
func socket(a *corev3.Address) string {
	s := a.GetSocketAddress()
	if s == nil {
		return printable(a.GetPipe().GetPath())
	}
	return net.JoinHostPort(printable(s.GetAddress()), strconv.Itoa(int(s.GetPortValue())))
}

// isServer reports whether a listener is that of an endpoint, and not one that clients send requests to.
func (m *Mesh) isServer(l *listenerv3.Listener) bool {
	if l.GetApiListener() != nil {
		return false
	}
	return l.GetTrafficDirection() == corev3.TrafficDirection_INBOUND || strings.Contains(l.GetName(), listening) || m.endpoints[socket(l.GetAddress())]
}

// sharedPort is the port of the endpoints that rules lead to, if all have one; else the one of the web.
func (m *Mesh) sharedPort(sends [][]to) int {
	port := 0
	for _, list := range sends {
		for _, t := range list {
			for _, name := range m.leaves(t.cluster, map[string]bool{}) {
				for _, g := range m.assignment(m.clusters[name]).GetEndpoints() {
					for _, e := range g.GetLbEndpoints() {
						switch n := int(e.GetEndpoint().GetAddress().GetSocketAddress().GetPortValue()); {
						case port == 0:
							port = n
						case port != n:
							return 443
						}
					}
				}
			}
		}
	}
	return cmp.Or(port, 443)
}

// leaves are the clusters with endpoints below one.
func (m *Mesh) leaves(name string, seen map[string]bool) []string {
	c := m.clusters[name]
	if c == nil || seen[name] {
		return nil
	}
	seen[name] = true
	list := aggregateOf(c.Message)
	if list == nil {
		return []string{name}
	}
	var out []string
	for _, child := range list {
		out = append(out, m.leaves(child, seen)...)
	}
	return out
}
