package linkerd

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// policy is whom a port lets through that no authorization speaks of: a default-inbound-policy, or the
// accessPolicy of a Server (linkerd2 policy-controller defaults.rs).
type policy struct {
	name                         string
	deny, authenticated, cluster bool
}

const (
	policyDeny    = "deny"
	policyAll     = "all-unauthenticated" // Linkerd's default
	policyAllAuth = "all-authenticated"
	policyNames   = "all-unauthenticated, all-authenticated, cluster-unauthenticated, cluster-authenticated, deny or audit"
)

func parsePolicy(name string) (policy, bool) {
	switch name {
	case policyAll, "audit": // audit lets everybody through, and logs it
		return policy{name: name}, true
	case policyAllAuth:
		return policy{name: name, authenticated: true}, true
	case "cluster-unauthenticated":
		return policy{name: name, cluster: true}, true
	case "cluster-authenticated":
		return policy{name: name, cluster: true, authenticated: true}, true
	case policyDeny:
		return policy{name: name, deny: true}, true
	}
	return policy{}, false
}

// defaultPolicy is the policy of a subject's ports that no Server is for. An annotation that cannot be
// read counts as absent.
func (c *Cluster) defaultPolicy(s *Subject) mesh.Value[string] {
	if name, at, ok := c.annotation(s, annotationDefaultPolicy); ok {
		if _, valid := parsePolicy(name); valid {
			return mesh.Of(name, at)
		}
	}
	if v := c.Settings.DefaultPolicy; v.State != mesh.Absent {
		if _, valid := parsePolicy(v.V); valid || v.State == mesh.Unknown {
			return v
		}
	}
	return mesh.Of(policyAll, mesh.Default(whoseDefault))
}

// privateNetworks are the addresses that no network outside hands out: Linkerd's default for the networks
// of a cluster (charts/linkerd-control-plane/values.yaml).
var privateNetworks = []netip.Prefix{
	netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
}

// holdsCallers reports whether the networks of the cluster certainly hold every pod that calls: they hold
// all private addresses, and no pod of the inputs has another that they do not hold.
func (c *Cluster) holdsCallers() bool {
	networks := c.Settings.ClusterNetworks
	if networks == nil {
		networks = privateNetworks
	}
	outside := func(p netip.Prefix) bool { return !held(p, networks) }
	if slices.ContainsFunc(privateNetworks, outside) || slices.ContainsFunc(c.public, outside) {
		return false
	}
	for _, linked := range c.Linked {
		if linked.Objects != nil && slices.ContainsFunc(linked.public, outside) {
			return false
		}
	}
	return true
}

func held(p netip.Prefix, networks []netip.Prefix) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return within(p, n) })
}

// publicPods are the IPv4 addresses of pods that slices announce outside the private networks.
func publicPods(all map[kubernetes.Key][]*Slice) []netip.Prefix {
	var out []netip.Prefix
	for _, list := range all {
		for _, slice := range list {
			for _, e := range slice.Entries {
				for _, text := range e.Addresses {
					ip, err := netip.ParseAddr(text)
					if err != nil || !e.HasTarget || !ip.Is4() {
						continue
					}
					if p := netip.PrefixFrom(ip, ip.BitLen()); !held(p, privateNetworks) {
						out = append(out, p)
					}
				}
			}
		}
	}
	return out
}

// serviceAccountIdentity is the name in the certificates of pods that run under a service account.
func (c *Cluster) serviceAccountIdentity(namespace, name string) string {
	return strings.Join([]string{name, namespace, "serviceaccount.identity", c.Settings.namespace(), c.Settings.trustDomain()}, ".")
}
