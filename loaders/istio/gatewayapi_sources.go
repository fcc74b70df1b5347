package istio

import (
	"cmp"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/gateway"
)

// fromGatewayAPI is how routes made from those of the Gateway API name their source.
const fromGatewayAPI = "gateway-api"

// apiSources turns the routes of the Gateway API into sources. Rules of several HTTPRoutes and GRPCRoutes of one namespace for one
// host and parent port become one source, and so do those for one host of one listener, in the order of precedence that the Gateway
// API prescribes. Routes of other kinds stay sources of their own. Istio: HTTPRouteCollection and its neighbours, mergeHTTPRoutes.
func (w *world) apiSources() []*routeSource {
	b := &apiBuilder{world: w, byKey: map[string]*routeSource{}}
	for _, r := range slices.SortedFunc(slices.Values(w.config.Routes), olderRoute) {
		b.add(r)
	}
	for _, s := range b.out {
		slices.SortStableFunc(s.http, byPrecedence)
		for _, r := range s.http {
			s.Spec.Http = append(s.Spec.Http, r.HTTPRoute)
		}
	}
	return b.out
}

func olderRoute(a, b *gateway.Route) int { return a.Older(&b.Meta) }

type apiBuilder struct {
	world *world
	byKey map[string]*routeSource
	out   []*routeSource
}

// add makes sources of one route, for each of its parents. What Istio does not take is noted.
func (b *apiBuilder) add(r *gateway.Route) {
	var inMesh, atGateways *converted
	seen := map[string]bool{}
	for i := range r.Parents {
		parent := &r.Parents[i]
		for _, to := range b.world.attachedTo(r, parent) {
			rules := &atGateways
			if to.gateway == meshGateway {
				rules = &inMesh
			}
			if *rules == nil {
				*rules = b.convert(r, to.gateway == meshGateway)
			}
			for _, host := range to.hosts {
				if key := to.key + "/" + host; !seen[key] {
					seen[key] = true
					b.put(r, to, host, key, *rules)
				}
			}
		}
	}
}

// converted is what Istio makes of the rules of a route.
type converted struct {
	http     []*httpRule
	tcp, tls []*l4Rule
}

func (b *apiBuilder) convert(r *gateway.Route, inMesh bool) *converted {
	c := &conversion{Route: r, world: b.world, inMesh: inMesh}
	out, refused := &converted{}, (*refusal)(nil)
	switch r.Kind {
	case gateway.TCPRoute:
		out.tcp, refused = c.l4Rules()
	case gateway.TLSRoute:
		out.tls, refused = c.l4Rules()
	default:
		out.http, refused = c.httpRules()
	}
	if refused != nil {
		b.world.refuse(r, refused)
		return &converted{}
	}
	return out
}

// put adds the rules of a route for one host of one parent.
func (b *apiBuilder) put(r *gateway.Route, to attachment, host, key string, rules *converted) {
	if len(rules.http)+len(rules.tcp)+len(rules.tls) == 0 {
		return
	}
	s := b.byKey[key]
	if s == nil || rules.http == nil {
		s = &routeSource{
			VirtualService: &VirtualService{Meta: metaOf(&r.Meta), Gateway: true, Spec: &networking.VirtualService{
				Hosts: []string{host}, Gateways: []string{to.gateway},
			}},
			from:   fromGatewayAPI,
			export: b.world.defaultExport(),
		}
		if rules.http != nil {
			s.merged = strings.ReplaceAll(key, "/", "~")
			b.byKey[key] = s
		}
		b.out = append(b.out, s)
	}
	s.http = append(s.http, onPort(rules.http, to.port)...)
	for _, rule := range rules.tcp {
		s.tcp = append(s.tcp, rule.onPort(to.port))
	}
	for _, rule := range rules.tls {
		if rule := rule.forServers(to, host); rule != nil {
			s.tls = append(s.tls, rule)
		}
	}
}

// onPort narrows rules to one port of their parent; 0 = all.
func onPort(rules []*httpRule, port int) []*httpRule {
	if port == 0 {
		return rules
	}
	var out []*httpRule
	for _, r := range rules {
		narrowed := *r
		narrowed.HTTPRoute = r.HTTPRoute.DeepCopy()
		if len(narrowed.Match) == 0 {
			narrowed.Match = []*networking.HTTPMatchRequest{{}}
		}
		for _, m := range narrowed.Match {
			m.Port = uint32(port)
		}
		out = append(out, &narrowed)
	}
	return out
}

func (r *l4Rule) onPort(port int) *l4Rule {
	if port == 0 {
		return r
	}
	narrowed := *r
	narrowed.tcp = []*networking.L4MatchAttributes{{Port: uint32(port)}}
	return &narrowed
}

// forServers narrows the server names of a TLSRoute to what its parent takes: in the mesh those of one host, on a listener those
// that its hostname covers. Nil if nothing is left. Istio: augmentTLSPortMatch, compatibleRoutesForHost,
// constrainTLSRoutesToListenerHost.
func (r *l4Rule) forServers(to attachment, host string) *l4Rule {
	m := &networking.TLSMatchAttributes{SniHosts: r.tls[0].SniHosts, Port: uint32(to.port)}
	switch {
	case to.gateway != meshGateway:
		if to.listenerHost != "" {
			m.SniHosts = intersect(m.SniHosts, []string{to.listenerHost})
		}
		if len(m.SniHosts) == 0 {
			return nil
		}
	case slices.Equal(m.SniHosts, []string{"*"}):
		m.SniHosts = to.hosts
	}
	if to.gateway == meshGateway && len(m.SniHosts) > 1 {
		m.SniHosts = slices.DeleteFunc(slices.Clone(m.SniHosts), func(h string) bool { return !hostsMatch(host, h) })
	}
	narrowed := *r
	narrowed.tls = []*networking.TLSMatchAttributes{m}
	return &narrowed
}

// intersect are the names that both lists stand for: of two that cover each other the narrower.
// Istio: host.Names.Intersection.
func intersect(a, b []string) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			narrower := ""
			switch {
			case subsetOf(x, y):
				narrower = x
			case subsetOf(y, x):
				narrower = y
			default:
				continue
			}
			if !slices.Contains(out, narrower) {
				out = append(out, narrower)
			}
		}
	}
	return out
}

// byPrecedence orders rules as the Gateway API prescribes: exact paths before prefixes before
// regular expressions, longer before shorter, then a method, more headers, more query parameters. Rules without a match, which
// only GRPCRoutes have, come last. Istio: sortHTTPRoutes.
func byPrecedence(a, b *httpRule) int {
	if len(a.Match) == 0 || len(b.Match) == 0 {
		return cmp.Compare(len(b.Match), len(a.Match))
	}
	x, y := a.Match[0], b.Match[0]
	xKind, xLen := pathRank(x.Uri)
	yKind, yLen := pathRank(y.Uri)
	method := func(m *networking.HTTPMatchRequest) int {
		if m.Method != nil {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(yKind, xKind), cmp.Compare(yLen, xLen), cmp.Compare(method(y), method(x)),
		cmp.Compare(len(y.Headers), len(x.Headers)), cmp.Compare(len(y.QueryParams), len(x.QueryParams)))
}

func pathRank(m *networking.StringMatch) (kind, length int) {
	switch v := m.GetMatchType().(type) {
	case *networking.StringMatch_Exact:
		return 3, len(v.Exact)
	case *networking.StringMatch_Prefix:
		return 2, len(v.Prefix)
	case *networking.StringMatch_Regex:
		return 1, len(v.Regex)
	}
	return -1, 0
}
