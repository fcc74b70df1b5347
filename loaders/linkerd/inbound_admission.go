package linkerd

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// anyIdentity admits whoever has an identity.
const anyIdentity = "*"

const spiffeScheme = "spiffe://"

// Identities are DNS names, perhaps with "*" for the first label, or SPIFFE ids (linkerd2
// policy-controller validation.rs).
var (
	dnsIdentity  = regexp.MustCompile(`^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$`)
	spiffeDomain = regexp.MustCompile(`^[-a-z0-9._]+$`)
	spiffeStep   = regexp.MustCompile(`^[-a-zA-Z0-9._]+$`)
)

func isIdentity(id string) bool {
	rest, spiffe := strings.CutPrefix(id, spiffeScheme)
	if !spiffe {
		return dnsIdentity.MatchString(id)
	}
	domain, path, hasPath := strings.Cut(rest, "/")
	if !spiffeDomain.MatchString(domain) || !hasPath {
		return !hasPath && spiffeDomain.MatchString(domain)
	}
	for step := range strings.SplitSeq(path, "/") {
		if !spiffeStep.MatchString(step) || step == "." || step == ".." {
			return false
		}
	}
	return true
}

func identityFaults(ids []string, path string) []fault {
	var out []fault
	for i, id := range ids {
		if !isIdentity(id) {
			out = append(out, fault{path + "/" + strconv.Itoa(i), "the identity " + quoted(id) + " is neither a DNS name, perhaps with * for its first label, nor a SPIFFE id"})
		}
	}
	return out
}

// networks reads networks, and adds what admission refuses about them.
func networks(list []networkManifest, path string, faults []fault) ([]Network, []fault) {
	var out []Network
	for i, n := range list {
		at := path + "/" + strconv.Itoa(i)
		cidr, ok := parseCIDR(n.CIDR)
		if !ok {
			faults = append(faults, fault{at + "/cidr", quoted(n.CIDR) + " is no network: write it as 10.0.0.0/8"})
			continue
		}
		network := Network{CIDR: cidr}
		for j, text := range n.Except {
			except, ok := parseCIDR(text)
			where := at + "/except/" + strconv.Itoa(j)
			switch {
			case !ok:
				faults = append(faults, fault{where, quoted(text) + " is no network: write it as 10.0.0.0/8"})
			case within(cidr, except):
				faults = append(faults, fault{where, "the exception leaves nothing of " + cidr.String()})
			case !within(except, cidr):
				faults = append(faults, fault{where, "the exception is not part of " + cidr.String()})
			default:
				network.Except = append(network.Except, except)
			}
		}
		out = append(out, network)
	}
	return out, faults
}

// parseCIDR reads a network, or one address.
func parseCIDR(text string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), true
	}
	ip, err := netip.ParseAddr(text)
	if err != nil || ip.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(ip, ip.BitLen()), true
}

// within reports whether all addresses of inner are of outer.
func within(inner, outer netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// anywhere reports whether networks hold every IPv4 address: callers over IPv6 are not modelled.
func anywhere(list []Network) bool {
	return slices.ContainsFunc(list, func(n Network) bool { return n.CIDR.Addr().Is4() && n.CIDR.Bits() == 0 && len(n.Except) == 0 })
}
