package consul

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// losses notes what is written for the pool's requests and does not act on them.
func (x *view) losses(p *mesh.Pool, node *ResolverNode) {
	x.passiveLosses(p)
	x.checkLosses(p)
	x.failoverLosses(p, node)
	x.refusedLosses(p, node)
	x.filterLosses(p, node)
}

// refusedLosses are failovers that the servers refuse.
func (x *view) refusedLosses(p *mesh.Pool, node *ResolverNode) {
	first := x.to.chain.Targets[node.Targets[0].ID]
	for _, r := range x.to.area.group.refused[first.Service] {
		p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossRefused, Takes: mesh.TakesTiering | mesh.TakesEndpoints, Origin: r.at(),
			Detail: fmt.Sprintf("Consul refuses the service-resolver %s, and with it the failover: %s", r.Entry.Name, r.Message)})
	}
}

// filterLosses are instances that the filter of a subset leaves out: of the default subset, so that the plain name means it, or of
// one that selects nothing.
func (x *view) filterLosses(p *mesh.Pool, node *ResolverNode) {
	t := x.to.chain.Targets[node.Targets[0].ID]
	there := x.m.areas[t.Datacenter]
	if t.Subset == "" || t.Peer != "" || there == nil || t.Definition.Filter == "" {
		return
	}
	if x.to.area.group.fleet.DefaultSubset(t.Service) != t.Subset && len(p.Targets[0].Endpoints) > 0 {
		return // somebody asks for the subset by its name
	}
	filter, err := ParseFilter(t.Definition.Filter)
	if err != nil || filter.Check() != nil || filter.UsesUnknown() {
		return // told otherwise
	}
	var out []*mesh.Endpoint
	in := 0
	for _, one := range there.catalogue.inMesh[t.Service] {
		if filter.matches(subjectOf(one, t.Datacenter)) {
			in++
		} else if e := there.instances[one.instance+"|"+one.at]; e != nil {
			out = append(out, e)
		}
	}
	switch {
	case len(out) == 0:
	case in == 0:
		p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossMissing, Takes: mesh.TakesEndpoints, Origin: t.Definition.FilterAt, Endpoints: out,
			Detail: fmt.Sprintf("the filter of the subset %s selects none of the %d instances of %s", t.Subset, len(out), t.Service)})
	default:
		p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossFiltered, Takes: mesh.TakesEndpoints, Origin: t.Definition.FilterAt, Endpoints: out,
			Detail: fmt.Sprintf("the filter of the default subset %s leaves out %d of the %d instances of %s", t.Subset, len(out), len(out)+in, t.Service)})
	}
}

// passiveLosses are passive health checks of the called service's own entry, which hold for the calls that it makes itself,
// and of proxy-defaults, which do nothing (sheet, section 1, fact 3).
func (x *view) passiveLosses(p *mesh.Pool) {
	if x.settings.Passive != nil || x.to.query != nil {
		return
	}
	store := x.to.area.group.fleet.store
	wrong := func(at mesh.Origin, detail string) {
		p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossWrongSide, Takes: mesh.TakesDetection, Origin: at, Detail: detail})
	}
	services := []string{x.to.name}
	for _, t := range orderedTargets(x.to.chain) {
		if t.Peer == "" && !slices.Contains(services, t.Service) {
			services = append(services, t.Service)
		}
	}
	for _, name := range services {
		d := store.defaults[name]
		if d == nil || d.Upstreams == nil || x.by.name == name {
			continue
		}
		var list []*Settings
		if d.Upstreams.Defaults != nil {
			list = append(list, d.Upstreams.Defaults)
		}
		for i := range d.Upstreams.Overrides {
			list = append(list, &d.Upstreams.Overrides[i].Settings)
		}
		for _, s := range list {
			if s.Passive != nil {
				wrong(s.Passive.Origin, fmt.Sprintf("the passive health check in the service-defaults of %s acts on the calls that %s makes, and not on those that it gets: it belongs into those of %s", name, name, x.by.name))
				return
			}
		}
	}
	if d := store.proxy; d != nil && !d.PassiveAt.IsZero() {
		wrong(d.PassiveAt, "a passive health check in Config of proxy-defaults does nothing: it belongs into the service-defaults of "+x.by.name)
	}
}

// checkLosses are sidecars whose own checks replace those that Consul gives them, the alias of the program among them.
func (x *view) checkLosses(p *mesh.Pool) {
	seen := map[mesh.Origin]bool{}
	for _, t := range p.Targets {
		for _, e := range t.Endpoints {
			for _, one := range append([]*mesh.Endpoint{e}, e.Behind...) {
				at, ok := x.unwatched(one)
				if ok && !seen[at] {
					seen[at] = true
					p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossCheckGone, Takes: mesh.TakesDetection, Origin: at, Endpoints: []*mesh.Endpoint{one},
						Detail: "the sidecar's own checks replace the alias of its program: it may be dead, and the endpoint stays healthy"})
				}
			}
		}
	}
}

// unwatched is the first check of a sidecar that has checks, none of which looks at the program.
func (x *view) unwatched(e *mesh.Endpoint) (mesh.Origin, bool) {
	a := x.m.areas[e.Cluster]
	if a == nil || e.Registry == nil || e.Service == nil || len(e.Registry.Checks) > 0 || e.Registry.Readiness || e.Registry.Doubt != "" {
		return mesh.Origin{}, false
	}
	for _, p := range a.catalogue.inMesh[x.m.nameOf(e.Service)] {
		if p.instance == e.Name && p.alias == "" && !p.native && len(p.own) > 0 {
			for _, c := range p.own {
				if c.Alias != "" {
					return mesh.Origin{}, false // its program has no check at all
				}
			}
			return p.own[0].Origin, true
		}
	}
	return mesh.Origin{}, false
}

func (m *Mesh) nameOf(s *mesh.Service) string {
	if e := m.byService[s.ID]; e != nil {
		return e.name
	}
	return s.Name
}

// failoverLosses are failovers that come to nothing here: to where one already is, for a subset that the requests do not
// ask for, or one that is expected of a target.
func (x *view) failoverLosses(p *mesh.Pool, node *ResolverNode) {
	c := x.to.chain
	first := c.Targets[node.Targets[0].ID]
	entry := x.to.area.group.fleet.store.resolvers[first.Service]
	lose := func(kind mesh.LossKind, at mesh.Origin, detail string) {
		p.Losses = append(p.Losses, mesh.Loss{Kind: kind, Takes: mesh.TakesTiering | mesh.TakesEndpoints, Origin: at, Detail: detail})
	}
	switch {
	case x.to.query != nil:
		if !node.FailoverAt.IsZero() && len(node.Targets) == 1 {
			lose(mesh.LossVoidFailover, node.FailoverAt, fmt.Sprintf("in %s the failover of the prepared query %s leads to its own datacenter only", x.to.area.name, x.to.query.Name))
		}
		return // entries do not count
	case entry == nil || first.Peer != "":
	case !node.FailoverAt.IsZero() && len(node.Targets) == 1:
		lose(mesh.LossVoidFailover, voidAt(entry, first, node.FailoverAt), fmt.Sprintf("in %s the failover of %s leads to itself only", x.to.area.name, first.Service))
	case node.FailoverAt.IsZero():
		for _, key := range sortedKeys(entry.Failover) {
			lose(mesh.LossTargetEmpty, entry.Failover[key].Origin, fmt.Sprintf("the failover is for the subset %s of %s, and these requests ask for %s", key, first.Service, subsetOr(first.Subset)))
		}
	}
	for _, ref := range node.Targets[1:] { // failover is not transitive
		t := c.Targets[ref.ID]
		if r := x.to.area.group.fleet.store.resolvers[t.Service]; r != nil && t.Service != first.Service && t.Peer == "" && len(r.Failover) > 0 {
			f, ok := r.Failover[t.Subset]
			if !ok {
				f, ok = r.Failover["*"]
			}
			if ok {
				p.Losses = slices.DeleteFunc(p.Losses, func(l mesh.Loss) bool { return l.Kind == mesh.LossTargetEmpty && l.Of == ref.Origins[0] })
				lose(mesh.LossShadowed, f.Origin, fmt.Sprintf("the failover of %s does not count for requests that fail over to it from %s", t.Service, first.Service))
			}
		}
	}
}

// voidAt is the list of a failover, where it has one.
func voidAt(r *Resolver, t *Target, at mesh.Origin) mesh.Origin {
	f, ok := r.Failover[t.Subset]
	if !ok {
		f = r.Failover["*"]
	}
	if f.ListAt.IsZero() {
		return at
	}
	return f.ListAt
}

func subsetOr(name string) string {
	if name == "" {
		return "no subset"
	}
	return "the subset " + name
}
