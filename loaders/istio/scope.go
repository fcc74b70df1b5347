package istio

import (
	"maps"
	"slices"
	"sync"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// scope is what the clients of one namespace see, narrowed by the Sidecar that applies to them.
// Istio: model.SidecarScope.
type scope struct {
	world     *world
	namespace string
	kind      mesh.ClientKind
	gateway   bool     // a gateway or waypoint: no Sidecar applies
	sidecar   *Sidecar // nil: everything that is exported to the namespace
	listeners []*listener

	mu    sync.RWMutex
	sees  map[string]*sight
	names []string // made on first use
}

// sight is one host as a scope sees it.
type sight struct {
	svc   *service
	ports []port // all, or those that are imported
}

// scopeKey identifies a scope: clients with equal keys see the same.
type scopeKey struct {
	world     *world
	namespace string
	kind      mesh.ClientKind
	sidecar   *Sidecar
}

// scopeOf returns the scope of a client, or nil if nobody configures it.
func (f *Fleet) scopeOf(c *mesh.Client) *scope {
	w := f.worldOf(c.Cluster)
	if w == nil {
		return nil
	}
	key := scopeKey{world: w, namespace: c.Namespace, kind: c.Kind}
	if key.kind == "" {
		key.kind = mesh.Sidecar
	}
	if key.kind == mesh.Sidecar {
		key.sidecar = w.sidecarFor(c)
	}
	made, ok := f.scopes.Load(key)
	if !ok {
		made, _ = f.scopes.LoadOrStore(key, newScope(key))
	}
	return made.(*scope)
}

// sidecarFor is the Sidecar that applies to a client: one of its namespace that selects it, else
// one of the whole namespace, else the root namespace's.
func (w *world) sidecarFor(c *mesh.Client) *Sidecar {
	for _, s := range w.sidecars[c.Namespace] {
		if selector := s.Spec.GetWorkloadSelector(); selector == nil || matchesAll(selector.Labels, c.Label) {
			return s
		}
	}
	for _, s := range w.sidecars[w.rootNamespace] {
		if s.Spec.GetWorkloadSelector() == nil {
			return s
		}
	}
	return nil
}

func newScope(key scopeKey) *scope {
	s := &scope{
		world:     key.world,
		namespace: key.namespace,
		kind:      key.kind,
		gateway:   key.kind == mesh.GatewayPod || key.kind == mesh.Waypoint,
		sidecar:   key.sidecar,
		sees:      map[string]*sight{},
	}
	shared := listenerKey{key.namespace, s.gateway, key.sidecar}
	if known, ok := s.world.listeners.Load(shared); ok {
		s.listeners = known.([]*listener)
		return s
	}
	egress := []*networking.IstioEgressListener{{Hosts: []string{"*/*"}}}
	if s.sidecar != nil && len(s.sidecar.Spec.Egress) > 0 {
		egress = s.sidecar.Spec.Egress
	}
	for _, e := range egress {
		s.listeners = append(s.listeners, s.newListener(e))
	}
	s.world.listeners.Store(shared, s.listeners)
	return s
}

// listenerKey is what egress listeners depend on beside the routes. DestinationRules are not among
// it: a world with other rules keeps its listeners.
type listenerKey struct {
	namespace string
	gateway   bool
	sidecar   *Sidecar
}

// see returns what the scope's clients know of a host, or nil if they do not know it.
func (s *scope) see(host string) *sight {
	if known, ok := s.seeWhole(host); ok {
		return known
	}
	if !s.mayImport(host) {
		return nil
	}
	s.mu.RLock()
	known, ok := s.sees[host]
	s.mu.RUnlock()
	if ok {
		return known
	}
	made := s.look(host)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.sees[host]; ok {
		return known
	}
	s.sees[host] = made
	return made
}

// seeWhole answers for the plain case: no Sidecar narrows what is seen, and the host has a single
// definition. All scopes that see it see the same.
func (s *scope) seeWhole(host string) (*sight, bool) {
	if s.sidecar != nil {
		return nil, false
	}
	switch all := s.world.byHost[host]; {
	case len(all) == 0:
		return nil, true
	case len(all) > 1:
		return nil, false
	case s.world.isVisible(all[0], s.namespace):
		return &all[0].whole, true
	}
	return nil, true
}

// mayImport reports whether the Sidecar of the scope may let a host through: it names a namespace of one of its
// definitions, or all, or a route that it imports leads there. Mostly it does not.
func (s *scope) mayImport(host string) bool {
	if s.gateway {
		return true
	}
	for _, l := range s.listeners {
		if _, all := l.hosts["*"]; all || len(l.routed[host]) > 0 {
			return true
		}
		for _, svc := range s.world.byHost[host] {
			if _, named := l.hosts[svc.namespace]; named {
				return true
			}
		}
	}
	return false
}

// hosts are all hosts that the scope's clients know, sorted.
func (s *scope) hosts() []string {
	s.mu.RLock()
	names := s.names
	s.mu.RUnlock()
	if names != nil {
		return names
	}
	names = []string{}
	for _, host := range slices.Sorted(maps.Keys(s.world.byHost)) {
		if s.see(host) != nil {
			names = append(names, host)
		}
	}
	s.mu.Lock()
	s.names = names
	s.mu.Unlock()
	return names
}

// look finds the definition of a host that the scope's clients use.
// Istio: SidecarScope.collectImportedServices.
func (s *scope) look(host string) *sight {
	exported := s.world.exported(host, s.namespace)
	var found *sight
	if s.gateway {
		for _, svc := range exported {
			found = found.add(svc, svc.ports)
		}
		return found
	}
	for _, l := range s.listeners {
		for _, c := range s.imported(l, exported) {
			found = found.add(c.svc, c.ports)
		}
		for _, ports := range l.routed[host] {
			if svc := s.routed(host); svc != nil {
				if p := l.portsFor(svc, ports); p != nil {
					found = found.add(svc, p)
				}
			}
		}
	}
	return found
}

// imported are the definitions of a host that a listener imports by its hosts. They come from one
// namespace: the client's own if it is among them, else one with a Kubernetes Service.
// Istio: IstioEgressListenerWrapper.selectServices.
func (s *scope) imported(l *listener, exported []*service) []sight {
	var out []sight
	for _, svc := range exported {
		for _, namespace := range []string{svc.namespace, "*"} {
			set, ok := l.hosts[namespace]
			if !ok || !set.covers(svc.host) {
				continue
			}
			if ports := l.portsFor(svc, nil); ports != nil {
				out = append(out, sight{svc: svc, ports: ports})
				break
			}
		}
	}
	var home *service
	for _, g := range out {
		switch {
		case home == nil, g.svc.namespace == s.namespace,
			!home.kubernetes && g.svc.kubernetes && home.namespace != s.namespace:
			home = g.svc
		}
	}
	return slices.DeleteFunc(out, func(g sight) bool { return g.svc.namespace != home.namespace })
}

// routed is the definition of a host that a VirtualService means: the client namespace's, else
// that of the first namespace by alphabet which the client sees.
func (s *scope) routed(host string) *service {
	byNamespace := map[string]*service{}
	for _, svc := range s.world.byHost[host] {
		if known := byNamespace[svc.namespace]; known == nil || !known.kubernetes && svc.kubernetes {
			byNamespace[svc.namespace] = svc
		}
	}
	if own := byNamespace[s.namespace]; own != nil {
		return own
	}
	for _, namespace := range slices.Sorted(maps.Keys(byNamespace)) {
		if s.world.isVisible(byNamespace[namespace], s.namespace) {
			return byNamespace[namespace]
		}
	}
	return nil
}

// add merges another definition of the host. A Kubernetes Service takes the place of anything
// else; ports are added only between like definitions of one namespace.
// Istio: SidecarScope.appendSidecarServices.
func (g *sight) add(svc *service, ports []port) *sight {
	switch {
	case g == nil:
		return &sight{svc: svc, ports: ports}
	case g.svc.kubernetes && !svc.kubernetes:
		return g
	case !g.svc.kubernetes && svc.kubernetes:
		return &sight{svc: svc, ports: ports}
	case !canMerge(g.svc, svc):
		return g
	}
	merged := &sight{svc: g.svc, ports: slices.Clone(g.ports)}
	for _, p := range ports {
		if !slices.ContainsFunc(merged.ports, func(q port) bool { return q.number == p.number }) {
			merged.ports = append(merged.ports, p)
		}
	}
	return merged
}

// canMerge: the two definitions are alike in all but their ports. Istio: canMergeServices.
func canMerge(a, b *service) bool {
	return a.namespace == b.namespace && a.resolution == b.resolution && a.kubernetes == b.kubernetes &&
		mapsEqual(a.labels, b.labels) && mapsEqual(a.selector, b.selector) && a.exports.equal(b.exports)
}

// ruleFor is the DestinationRule that a client obeys for a service.
func (s *scope) ruleFor(svc *service, c *mesh.Client) *rule {
	return choose(s.world.lookup(s.namespace, svc), s.namespace, c.Label)
}
