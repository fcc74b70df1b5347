package istio

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// meshGateway is the gateway name that stands for all sidecars.
const meshGateway = "mesh"

// routeSource is one VirtualService, or the routes of the Gateway API that Istio reads as one, in the form that
// translation needs: full names, delegates merged. It is not changed once built.
type routeSource struct {
	*VirtualService
	// from is how a route names its source: "namespace/name", or "gateway-api".
	from string
	// merged is the name that istiod gives to several routes of the Gateway API that it reads as one.
	merged string
	export visibility // with the mesh's default filled in
	place  int        // in the order of age
	http   []*httpRule
	tcp    []*l4Rule
	tls    []*l4Rule
	// lost are rules that came to nothing for every client.
	lost []mesh.Loss
	questions
}

// questions are what the answer of a source depends on besides the request.
type questions struct {
	labels, namespaces []string // that matches ask of callers, sorted
	subnets            bool     // whether the address of the host matters
	targets            []hostSubset
}

type hostSubset struct{ host, subset string }

// hosts are the full names that the source routes.
func (s *routeSource) hosts() []string { return s.Spec.Hosts }

// hostAt is the line that claims a host.
func (s *routeSource) hostAt(i int) mesh.Origin {
	if s.Gateway {
		return s.At("/spec/parentRefs")
	}
	return s.At("/spec/hosts/" + strconv.Itoa(i))
}

// boundTo reports whether the source is bound to a gateway, or to "mesh".
func (s *routeSource) boundTo(gateway string) bool {
	if len(s.Spec.Gateways) == 0 {
		return gateway == meshGateway
	}
	return slices.Contains(s.Spec.Gateways, gateway)
}

// declared reports whether the configuration cluster has a Kubernetes Service of a name.
func (w *world) declared(namespace, name string) bool {
	v := w.byCluster[w.cluster]
	return v != nil && v.inv.Services[kubernetes.Key{Namespace: namespace, Name: name}] != nil
}

// destinations are the hosts that clients of a namespace may be sent to, each with the ports that
// are named for it; 0 if none is. Istio: virtualServiceDestinationsFilteredBySourceNamespace.
func (s *routeSource) destinations(namespace string) map[string]map[int]bool {
	out := map[string]map[int]bool{}
	add := func(d *networking.Destination) {
		if d == nil {
			return
		}
		if out[d.Host] == nil {
			out[d.Host] = map[int]bool{}
		}
		out[d.Host][int(d.GetPort().GetNumber())] = true
	}
	for _, r := range s.http {
		if !reachesNamespace(r.Match, namespace) {
			continue
		}
		for _, to := range r.Route {
			add(to.Destination)
		}
		add(r.Mirror)
		for _, m := range r.Mirrors {
			add(m.Destination)
		}
	}
	for _, r := range slices.Concat(s.tcp, s.tls) {
		for _, to := range r.to {
			add(to.Destination)
		}
	}
	return out
}

// reachesNamespace reports whether some match may hold for callers of a namespace, as istiod
// decides it: the last match that names a namespace counts, unless one names the caller's.
func reachesNamespace(matches []*networking.HTTPMatchRequest, namespace string) bool {
	reaches := true
	for _, m := range matches {
		switch m.SourceNamespace {
		case "":
		case namespace:
			return true
		default:
			reaches = false
		}
	}
	return reaches
}

// httpRule is one entry of `http`.
type httpRule struct {
	*networking.HTTPRoute
	at mesh.Origin
	// timeoutAt, retriesAt and faultAt stand outside at when a delegate inherits them from its root.
	timeoutAt, retriesAt, faultAt mesh.Origin
	// backends, mirrors and idle are the destinations of a rule of the Gateway API.
	backends []apiBackend
	mirrors  []mesh.Origin
	idle     []idleBackend
	perTryAt mesh.Origin // where a rule of the Gateway API says how long a try may take
}

// backendAt is the place of a destination.
func (r *httpRule) backendAt(i int) mesh.Origin {
	if r.backends != nil {
		return r.backends[i].at
	}
	return r.at.Child("route").Child(strconv.Itoa(i)).Child("destination")
}

// mirrorAt is the place of a mirror's destination; -1 is the single `mirror`.
func (r *httpRule) mirrorAt(i int) mesh.Origin {
	switch {
	case i < 0:
		return r.at.Child("mirror")
	case r.mirrors != nil:
		return r.mirrors[i]
	}
	return r.at.Child("mirrors").Child(strconv.Itoa(i)).Child("destination")
}

// l4Rule is one entry of `tcp` or `tls`.
type l4Rule struct {
	tcp []*networking.L4MatchAttributes
	tls []*networking.TLSMatchAttributes
	to  []*networking.RouteDestination
	at  mesh.Origin
	// api: it is a rule of the Gateway API, with these destinations.
	api      bool
	backends []apiBackend
}

// backendAt is the place of a destination.
func (r *l4Rule) backendAt(i int) mesh.Origin {
	if r.api {
		return r.backends[i].at
	}
	return child(r.at, "route", i, "destination")
}

// newSource normalises one VirtualService. Its http rules still name their delegates.
func (w *world) newSource(v *VirtualService) *routeSource {
	spec := w.resolveNames(v)
	s := &routeSource{VirtualService: &VirtualService{Meta: v.Meta, Spec: spec}, from: v.Key(), export: newVisibility(spec.ExportTo)}
	if s.export == nil {
		s.export = w.defaultExport()
	}
	for i, r := range spec.Http {
		at := v.At("/spec/http/" + strconv.Itoa(i))
		s.http = append(s.http, &httpRule{HTTPRoute: r, at: at, timeoutAt: at.Child("timeout"), retriesAt: at.Child("retries"), faultAt: at.Child("fault")})
	}
	for i, r := range spec.Tcp {
		s.tcp = append(s.tcp, &l4Rule{tcp: r.Match, to: r.Route, at: v.At("/spec/tcp/" + strconv.Itoa(i))})
	}
	for i, r := range spec.Tls {
		s.tls = append(s.tls, &l4Rule{tls: r.Match, to: r.Route, at: v.At("/spec/tls/" + strconv.Itoa(i))})
	}
	return s
}

// resolveNames returns a copy of a VirtualService's spec in which hosts and gateways have their
// full names. A delegate's short names resolve in the delegate's namespace, so this comes before
// delegates are merged. Istio: resolveVirtualServiceShortnames.
func (w *world) resolveNames(v *VirtualService) *networking.VirtualService {
	spec := v.Spec.DeepCopy()
	host := func(d *networking.Destination) {
		if d != nil {
			d.Host = w.fqdn(d.Host, v.Namespace)
		}
	}
	gateways := func(list []string) {
		for i, g := range list {
			list[i] = gatewayName(g, v.Namespace)
		}
	}
	for i, h := range spec.Hosts {
		spec.Hosts[i] = w.fqdn(h, v.Namespace)
	}
	gateways(spec.Gateways)
	for _, r := range spec.Http {
		for _, m := range r.Match {
			gateways(m.Gateways)
		}
		for _, to := range r.Route {
			host(to.Destination)
		}
		host(r.Mirror)
		for _, m := range r.Mirrors {
			host(m.Destination)
		}
	}
	for _, r := range spec.Tcp {
		for _, m := range r.Match {
			gateways(m.Gateways)
		}
		for _, to := range r.Route {
			host(to.Destination)
		}
	}
	for _, r := range spec.Tls {
		for _, m := range r.Match {
			gateways(m.Gateways)
		}
		for _, to := range r.Route {
			host(to.Destination)
		}
	}
	return spec
}

// gatewayName resolves a reference to a Gateway: "name", "namespace/name", "./name", or the old
// "name.namespace.svc.cluster.local". Istio: resolveGatewayName.
func gatewayName(ref, namespace string) string {
	if ref == meshGateway {
		return ref
	}
	if ns, name, ok := strings.Cut(ref, "/"); ok {
		if ns == "." {
			return namespace + "/" + name
		}
		return ref
	}
	name, rest, ok := strings.Cut(ref, ".")
	if !ok {
		return namespace + "/" + ref
	}
	ns, _, _ := strings.Cut(rest, ".")
	return ns + "/" + name
}

// olderSource orders sources as Istio does wherever age decides. What carries no age is taken for
// the youngest if it is an Istio object, and for the oldest if it is a route of the Gateway API: recorded answers
// show it so.
func olderSource(a, b *routeSource) int {
	return cmp.Or(cmp.Compare(a.era(), b.era()), a.Created.Compare(b.Created), cmp.Compare(a.order(), b.order()), cmp.Compare(a.Namespace, b.Namespace))
}

// order is the name by which istiod orders a source among those of equal age.
func (s *routeSource) order() string { return cmp.Or(s.merged, s.Name) }

// era puts what has no age before (-1) or behind (1) what has one.
func (s *routeSource) era() int {
	switch {
	case !s.Created.IsZero():
		return 0
	case s.Gateway:
		return -1
	}
	return 1
}
