package istio

import (
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// notVisible is the class of clients that cannot see a service.
const notVisible = "-"

// Class names the class of a client for a service. Beyond what its scope sees and which rule that
// obeys, clients differ only by their network, cluster or labels, and only where those decide
// something.
func (f *Fleet) Class(s *mesh.Service, c *mesh.Client) string { return f.Classes(c)(s) }

// Classes names the classes of one client: what is asked of the client alone is asked once.
func (f *Fleet) Classes(c *mesh.Client) func(*mesh.Service) string {
	sc := f.scopeOf(c)
	if sc == nil {
		return func(*mesh.Service) string { return notVisible }
	}
	return func(s *mesh.Service) string {
		if x := sc.strangersTo(s); x != nil {
			if class, all := x.classOf(f, sc, s, c); all {
				return class
			}
		}
		return sc.classOf(f, sc.classify(f, s, c, false), c)
	}
}

// classOf is the class of one of the scope's clients, for a service of a kind.
func (s *scope) classOf(f *Fleet, k classKind, c *mesh.Client) string {
	if c.Kind == mesh.Waypoint && k.see != nil && !s.world.attached(k.see.svc, c) {
		return notVisible
	}
	if k.fixed != "" {
		return k.fixed
	}
	if k.onlyByNetwork() { // mostly
		return k.inNetwork(c.Network)
	}
	var b strings.Builder
	rule, routes := "", ""
	if k.byLabels {
		rule, routes = ruleName(s.ruleFor(k.see.svc, c)), f.routesClass(s, k.see, c)
	}
	b.Grow(len(k.prefix) + len("|n=|c=|d=|r=") + len(c.Network) + len(c.Cluster) + len(rule) + len(routes)) // mostly enough
	b.WriteString(k.prefix)
	if k.byNetwork {
		b.WriteString("|n=")
		b.WriteString(c.Network)
	}
	if k.byCluster {
		b.WriteString("|c=")
		b.WriteString(c.Cluster)
	}
	if k.byNode {
		b.WriteString("|h=")
		b.WriteString(c.Label(mesh.LabelHostname))
	}
	if k.byLabels {
		b.WriteString("|d=")
		b.WriteString(rule)
		b.WriteString("|r=")
		b.WriteString(routes)
	}
	return b.String()
}

// LabelsMatter reports whether the class of a scope's clients for a service depends on their
// labels.
func (f *Fleet) LabelsMatter(s *mesh.Service, c *mesh.Client) bool {
	w := f.worldOf(c.Cluster)
	if w == nil {
		return false
	}
	if c.Kind == mesh.Sidecar && slices.ContainsFunc(w.sidecars[c.Namespace], func(sc *Sidecar) bool {
		return sc.Spec.GetWorkloadSelector() != nil
	}) {
		return true
	}
	if comparesLabels(w.settings.GetLocalityLbSetting()) {
		return true
	}
	sc := f.scopeOf(c)
	if sc == nil {
		return false
	}
	k := classKind{}
	if x := sc.strangersTo(s); x != nil {
		k = *x.kindOf(f, sc, s, c)
	} else {
		k = sc.classify(f, s, c, false)
	}
	return k.byLabels || k.byNode || k.see != nil && slices.ContainsFunc(sc.world.lookup(sc.namespace, k.see.svc), (*rule).comparesLabels)
}

// comparesLabels reports whether the rule orders failover by labels of the client's own, beyond
// those of its place.
func (r *rule) comparesLabels() bool {
	keys := map[string]bool{}
	for _, d := range r.from {
		policyLabels(d.Spec.GetTrafficPolicy(), keys)
		for _, s := range d.Spec.GetSubsets() {
			policyLabels(s.GetTrafficPolicy(), keys)
		}
	}
	return beyondPlace(keys)
}

// classKind is what decides the class of a scope's clients for one service.
type classKind struct {
	see       *sight
	prefix    string
	fixed     string // the class, if all clients of the scope are in one
	byNetwork bool
	byCluster bool
	byNode    bool
	byLabels  bool
}

// onlyByNetwork reports whether nothing but the network tells the scope's clients apart.
func (k *classKind) onlyByNetwork() bool {
	return k.byNetwork && !k.byCluster && !k.byNode && !k.byLabels
}

// inNetwork is then their class in a network.
func (k *classKind) inNetwork(network string) string { return k.prefix + "|n=" + network }

// classify finds what decides the class of the scope's clients for a service; sameView, whether they get the same view.
func (s *scope) classify(f *Fleet, svc *mesh.Service, c *mesh.Client, sameView bool) classKind {
	see := s.see(svc.ID.Host())
	if see == nil || see.svc.namespace != svc.Namespace || see.svc.resolution == externalName {
		return classKind{fixed: notVisible}
	}
	k := classKind{see: see, prefix: s.prefix(see)}
	if s.kind == mesh.Unmeshed || s.kind == mesh.Ztunnel {
		k.byCluster, k.byNetwork = true, true
		return k
	}
	k.byNetwork = slices.ContainsFunc(see.svc.shard.endpoints, func(e *endpoint) bool { return e.Network != "" })
	_, local := s.world.clusterLocal.match(see.svc.host)
	k.byCluster = local || see.svc.nodeLocal
	k.byNode = see.svc.nodeLocal
	rules := s.world.lookup(s.namespace, see.svc)
	selecting := slices.ContainsFunc(rules, func(r *rule) bool { return r.selects() })
	k.byLabels = selecting || s.routesDiffer(see)
	k.prefix += s.losesClass(see.svc, sameView)
	if !k.byLabels {
		k.prefix += "|d=" + ruleName(choose(rules, s.namespace, c.Label)) + "|r=" + f.routesClass(s, see, c)
	}
	if !k.byNetwork && !k.byCluster && !k.byNode && !k.byLabels {
		k.fixed = k.prefix
	}
	return k
}

// routesDiffer reports whether clients of the scope may be routed differently to a host: a route
// asks for their labels or addresses, or what exists for them may differ.
func (s *scope) routesDiffer(see *sight) bool {
	if s.gateway {
		return true
	}
	for _, l := range s.listeners {
		own := s.sightIn(l, see.svc.host)
		if own == nil {
			continue
		}
		if slices.ContainsFunc(own.ports, func(p port) bool { return p.protocol.isTCP() }) {
			return true
		}
		for _, source := range s.candidates(l, see.svc.host) {
			q := source.questions
			if len(q.labels) > 0 || q.subnets || slices.ContainsFunc(q.targets, s.targetDiffers) {
				return true
			}
		}
	}
	return false
}

// targetDiffers reports whether a host and subset may exist for some clients of the scope only.
func (s *scope) targetDiffers(to hostSubset) bool {
	see := s.see(to.host)
	return see != nil && (see.svc.resolution.isDNS() ||
		slices.ContainsFunc(s.world.lookup(s.namespace, see.svc), func(r *rule) bool { return r.selects() }))
}

// prefix is the part of a class that the scope's sight of a service decides.
func (s *scope) prefix(see *sight) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(s.world.number))
	if s.kind != mesh.Sidecar {
		b.WriteString("|k=" + string(s.kind))
	}
	if see.svc.entry != nil {
		b.WriteString("|e=" + see.svc.entry.Key())
	}
	if ports := see.someOfPorts(); ports != "" {
		b.WriteString("|p=" + ports)
	}
	return b.String()
}

// someOfPorts names the ports that are seen, if they are not all.
func (g *sight) someOfPorts() string {
	if len(g.ports) == len(g.svc.ports) {
		return ""
	}
	text := "," // none may be seen
	for _, p := range g.ports {
		text += strconv.Itoa(p.number) + ","
	}
	return text
}

// losesClass tells namespaces apart whose clients lose different rules: those for which a rule
// stands in the namespace, or is exported by name. A rule that anybody looks up who calls the service takes the same from
// those of its own namespace as from others that obey it: they get the same view.
func (s *scope) losesClass(svc *service, sameView bool) string {
	concerning := s.world.rules.concerning(svc.host)
	if len(concerning) == 0 {
		return ""
	}
	var b strings.Builder
	for _, d := range concerning {
		lookedUp := d.Namespace == svc.namespace || d.Namespace == s.world.rootNamespace
		switch {
		case d.Namespace == s.namespace && !(sameView && lookedUp && !d.selects() && s.world.obeys(d, s.namespace)):
			b.WriteString("|own")
		case s.world.obeys(d, s.namespace):
			b.WriteByte('+')
		default:
			b.WriteByte('-')
		}
	}
	return b.String()
}

func ruleName(r *rule) string {
	if r == nil {
		return ""
	}
	name := r.Key()
	for _, younger := range r.from[1:] {
		name += "+" + younger.Key()
	}
	return name
}
