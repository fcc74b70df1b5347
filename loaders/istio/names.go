package istio

import (
	"cmp"
	"slices"
	"strings"
)

// Names of hosts follow pkg/config/host: a wildcard is a leading "*", and it stands for any
// prefix, dots included.

func isWildcard(host string) bool { return strings.HasPrefix(host, "*") }

// subsetOf reports whether every name that h stands for is one that of stands for.
// Istio: host.Name.SubsetOf.
func subsetOf(h, of string) bool {
	hWild, ofWild := isWildcard(h), isWildcard(of)
	switch {
	case hWild && ofWild:
		return len(h) >= len(of) && strings.HasSuffix(h[1:], of[1:])
	case ofWild:
		return strings.HasSuffix(h, of[1:])
	case hWild:
		return false
	}
	return h == of
}

// hostsMatch reports whether two names have a name in common. Istio: host.Name.Matches.
func hostsMatch(a, b string) bool {
	aWild, bWild := isWildcard(a), isWildcard(b)
	switch {
	case aWild && bWild:
		if len(a) < len(b) {
			return strings.HasSuffix(b[1:], a[1:])
		}
		return strings.HasSuffix(a[1:], b[1:])
	case aWild:
		return strings.HasSuffix(b, a[1:])
	case bWild:
		return strings.HasSuffix(a, b[1:])
	}
	return a == b
}

// moreSpecific orders host names for "most specific first": names before wildcards, longer before
// shorter, then by alphabet. Istio: host.MoreSpecific.
func moreSpecific(a, b string) int {
	if aWild, bWild := isWildcard(a), isWildcard(b); aWild != bWild {
		if bWild {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
}

// byHost finds values by host name: the exact name, else the most specific wildcard.
// Istio: MostSpecificHostMatch.
type byHost[V any] struct {
	exact     map[string]V
	wildcards []string // most specific first
	wild      map[string]V
}

func (m *byHost[V]) get(host string) (V, bool) {
	if isWildcard(host) {
		v, ok := m.wild[host]
		return v, ok
	}
	v, ok := m.exact[host]
	return v, ok
}

func (m *byHost[V]) set(host string, v V) {
	if !isWildcard(host) {
		if m.exact == nil {
			m.exact = map[string]V{}
		}
		m.exact[host] = v
		return
	}
	if m.wild == nil {
		m.wild = map[string]V{}
	}
	if _, ok := m.wild[host]; !ok {
		at, _ := slices.BinarySearchFunc(m.wildcards, host, moreSpecific)
		m.wildcards = slices.Insert(m.wildcards, at, host)
	}
	m.wild[host] = v
}

// match returns the value of the most specific name that covers host.
func (m *byHost[V]) match(host string) (V, bool) {
	if m == nil {
		var none V
		return none, false
	}
	if v, ok := m.get(host); ok {
		return v, true
	}
	for _, w := range m.wildcards {
		if subsetOf(host, w) {
			return m.wild[w], true
		}
	}
	var none V
	return none, false
}

// fqdn resolves a short name in the namespace of the object that says it. Anything with a dot, and
// any wildcard, is taken as it is: "reviews.prod" is no FQDN. Istio: ResolveShortnameToFQDN.
func (w *world) fqdn(host, namespace string) string {
	if host == "" || strings.Contains(host, ".") || isWildcard(host) {
		return host
	}
	return host + "." + namespace + ".svc." + w.domain
}

// serviceHost is the name under which a Kubernetes Service is known.
func (w *world) serviceHost(name, namespace string) string {
	return name + "." + namespace + ".svc." + w.domain
}

// visibility is an exportTo list; nil means that nothing is said, and the mesh's default holds.
type visibility map[string]struct{}

// Special members of an exportTo list.
const (
	exportPublic  = "*"
	exportPrivate = "."
	exportNone    = "~"
)

func newVisibility(exportTo []string) visibility {
	if len(exportTo) == 0 {
		return nil
	}
	v := make(visibility, len(exportTo))
	for _, e := range exportTo {
		v[strings.TrimSpace(e)] = struct{}{}
	}
	return v
}

func (v visibility) has(e string) bool { _, ok := v[e]; return ok }

func (v visibility) equal(w visibility) bool { return len(v) == len(w) && v.contains(w) }

// contains reports whether v is a superset of w.
func (v visibility) contains(w visibility) bool {
	for e := range w {
		if !v.has(e) {
			return false
		}
	}
	return true
}

// reaches reports whether something of namespace owner with this list is seen in namespace client.
// The order is istiod's: "*" outweighs "~", and "~" everything else.
func (v visibility) reaches(owner, client string) bool {
	switch {
	case v.has(exportPublic):
		return true
	case v.has(exportNone):
		return false
	case client == owner:
		return v.has(exportPrivate) || v.has(owner)
	}
	return v.has(client)
}

// compareNumbered orders names, and runs of digits in them by their value.
func compareNumbered(a, b string) int {
	for a != "" && b != "" {
		x, y := digits(a), digits(b)
		if x > 0 && y > 0 {
			m, n := strings.TrimLeft(a[:x], "0"), strings.TrimLeft(b[:y], "0")
			if c := cmp.Or(cmp.Compare(len(m), len(n)), cmp.Compare(m, n)); c != 0 {
				return c
			}
			a, b = a[x:], b[y:]
			continue
		}
		if c := cmp.Compare(a[0], b[0]); c != 0 {
			return c
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

// digits is how many digits a text begins with.
func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}
