package istio

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// clusterLocal as a trust domain in a policy points at the mesh's own.
const clusterLocal = "cluster.local"

// expand replaces the trust domain of principals: one that is ours, or an alias of ours, or
// "cluster.local", stands for our domain and all its aliases. Any other is taken literally.
// Istio: trustdomain.Bundle.ReplaceTrustDomainAliases.
func (w *world) expand(principals []string) []string {
	domains := append([]string{w.trustDomain}, w.config.Mesh.GetTrustDomainAliases()...)
	var out []string
	for _, p := range principals {
		parts := strings.Split(p, "/")
		if len(parts) != 5 || parts[0] == "*" {
			out = append(out, p)
			continue
		}
		ours := func(d string) bool { return mesh.MatchAffix(parts[0], d) }
		if parts[0] != clusterLocal && !slices.ContainsFunc(domains, ours) {
			out = append(out, p)
			continue
		}
		var expanded []string
		for _, d := range domains {
			q := p
			if !strings.HasPrefix(parts[0], "*") || !ours(d) {
				q = d + strings.TrimPrefix(p, parts[0])
			}
			if !slices.Contains(expanded, q) {
				expanded = append(expanded, q)
			}
		}
		out = append(out, expanded...)
	}
	return out
}

// accounts are the principals of service accounts, whatever their trust domain. "name" is in the
// policy's namespace, "namespace/name" in any.
func accounts(namespace string, list []string) []string {
	var out []string
	for _, a := range list {
		ns, name := accountOf(namespace, a)
		out = append(out, "*/ns/"+ns+"/sa/"+name)
	}
	return out
}

func accountOf(namespace, account string) (ns, name string) {
	if ns, name, ok := strings.Cut(account, "/"); ok {
		return ns, name
	}
	return namespace, account
}

// The renderings below are the matchers that the proxy holds.

func renderPrincipals(in, out []string) []string {
	return renderBoth(in, out, func(p string) string {
		const scheme = "spiffe://"
		switch {
		case p == "*":
			return "regex:.+"
		case strings.HasPrefix(p, "*"):
			return "suffix:" + p[1:]
		case strings.HasSuffix(p, "*"):
			return "prefix:" + scheme + strings.TrimSuffix(p, "*")
		}
		return "exact:" + scheme + p
	})
}

func renderNamespaces(in, out []string) []string {
	return renderBoth(in, out, func(n string) string {
		return "regex:.*/ns/" + strings.ReplaceAll(n, "*", ".*") + "/.*"
	})
}

func renderAccounts(namespace string, in, out []string) []string {
	return renderBoth(in, out, func(a string) string {
		ns, name := accountOf(namespace, a)
		return "regex:spiffe://.+/ns/" + ns + "/(.+/|)sa/" + name + "(/.+)?"
	})
}

func renderBoth(in, out []string, render func(string) string) []string {
	var list []string
	for _, p := range in {
		list = append(list, render(p))
	}
	for _, p := range out {
		list = append(list, "not "+render(p))
	}
	return list
}
