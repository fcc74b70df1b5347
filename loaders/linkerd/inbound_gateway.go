package linkerd

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// GatewayIdentity is the identity under which requests reach a service of this cluster that came through its
// multicluster gateway: the gateway's own. Who called the gateway is lost there (linkerd2#7235, #9848), while a
// flat mirror and a federated service leave a caller its identity. Without a gateway in the inputs it is the
// name that the multicluster chart gives.
func (c *Cluster) GatewayIdentity() mesh.Value[string] {
	gateways := c.gatewaySubjects()
	if len(gateways) == 0 {
		return mesh.Of(c.serviceAccountIdentity("linkerd-multicluster", "linkerd-gateway"), mesh.Default("the multicluster chart"))
	}
	first := gateways[0]
	for _, g := range gateways[1:] {
		if g.Namespace != first.Namespace || g.ServiceAccount != first.ServiceAccount {
			return mesh.UnknownOf[string]("the cluster has several gateways", g.annotation(annotationGatewayProxy))
		}
	}
	return mesh.Of(c.serviceAccountIdentity(first.Namespace, first.ServiceAccount), first.annotation(annotationGatewayProxy))
}

// ThroughGateway is the caller that a server behind the cluster's gateway sees on a port, whoever called.
func (c *Cluster) ThroughGateway(port int) mesh.Value[mesh.Caller] {
	id := c.GatewayIdentity()
	return mesh.Value[mesh.Caller]{V: mesh.Caller{Principal: id.V, Port: port, Through: true}, State: id.State, Origin: id.Origin, Cause: id.Cause}
}

// gatewaySubjects are the pods and templates of gateways, sorted.
func (c *Cluster) gatewaySubjects() []*Subject {
	var out []*Subject
	for _, s := range c.Subjects {
		if on, err := strconv.ParseBool(s.Annotations[annotationGatewayProxy]); on && err == nil {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, compareSubjects)
	return out
}

// restricted is a source that is restricted to networks, at their line.
func (c *Cluster) restricted(s mesh.AuthzSource, networks []Network, at mesh.Origin) mesh.AuthzSource {
	if anywhere(networks) {
		return s
	}
	texts := make([]string, 0, len(networks))
	for _, n := range networks {
		text := n.CIDR.String()
		if len(n.Except) > 0 {
			text += " without parts of it"
		}
		texts = append(texts, text)
	}
	s.Other, s.Addresses = true, &mesh.Addresses{Networks: texts, Through: c.admitsGateway(networks), Origin: at}
	return s
}

// admitsGateway tells whether networks hold the pods of the cluster's gateway: by the addresses of these, where the inputs hold
// any, or else by the networks of the cluster, in which all its pods are (linkerd check, cluster networks contain all pods). Where
// nobody has written these down, they are taken to be the private ones, which certainly are within a wider list, and about a
// narrower one say nothing.
func (c *Cluster) admitsGateway(networks []Network) mesh.Verdict {
	var where []netip.Prefix
	for _, s := range c.gatewaySubjects() {
		if s.Address.Is4() {
			where = append(where, netip.PrefixFrom(s.Address, s.Address.BitLen()))
		}
	}
	told := len(where) > 0
	if !told {
		where, told = c.Settings.ClusterNetworks, c.Settings.ClusterNetworks != nil
	}
	if !told {
		where = append(slices.Clone(privateNetworks), c.public...)
	}
	in, out := 0, 0
	for _, p := range where {
		switch {
		case slices.ContainsFunc(networks, func(n Network) bool { return n.holds(p) }):
			in++
		case !slices.ContainsFunc(networks, func(n Network) bool { return n.CIDR.Overlaps(p) }):
			out++
		}
	}
	switch {
	case in == len(where) && in > 0:
		return mesh.Allowed
	case out == len(where) && told:
		return mesh.Denied
	}
	return mesh.VerdictUnknown
}

// holds reports whether all addresses of a network are among those that count.
func (n Network) holds(p netip.Prefix) bool {
	return within(p, n.CIDR) && !slices.ContainsFunc(n.Except, p.Overlaps)
}

// clusterNetworks are the networks of the cluster, as a policy has them that names none.
func (c *Cluster) clusterNetworks() []Network {
	list := c.Settings.ClusterNetworks
	if list == nil {
		list = privateNetworks
	}
	out := make([]Network, 0, len(list))
	for _, p := range list {
		out = append(out, Network{CIDR: p})
	}
	return out
}
