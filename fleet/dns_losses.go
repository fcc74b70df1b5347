package fleet

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// recordLosses are the settings of a record that do not do what they look like.
func (x *links) recordLosses(r *mesh.Record, targets []mesh.Target) []mesh.Loss {
	var out []mesh.Loss
	add := func(kind mesh.LossKind, takes mesh.Takes, at mesh.Origin, e []*mesh.Endpoint, format string, args ...any) {
		out = append(out, mesh.Loss{Kind: kind, Takes: takes, Origin: at, Endpoints: e, Detail: fmt.Sprintf(format, args...)})
	}
	members := inUse(r)
	for i, m := range members {
		e := targets[i].Endpoints
		c, checked := m.Check.Get()
		last := r.Policy == mesh.Ordered && i == len(members)-1
		switch {
		case last && len(members) > 1, follows(m):
		case checked && c.Manual:
			add(mesh.LossManual, mesh.TakesDetection, m.Check.Origin, e, "%s leaves %s only when somebody switches", r.Host, m.Name)
		case checked && !c.Disabled.Or(false), m.Check.State == mesh.Unknown, len(members) < 2:
		case checked:
			add(mesh.LossUnchecked, mesh.TakesDetection, c.Disabled.Origin, e, "the health check of %s is switched off and counts as healthy", m.Name)
		case m.Blind.IsKnown() && m.Blind.V:
			add(mesh.LossBlindAlias, mesh.TakesDetection, m.Blind.Origin, e, "the alias of %s does not look at what it leads to, and nothing else asks", m.Name)
		default:
			add(mesh.LossUnchecked, mesh.TakesDetection, m.Origin, e, "nothing asks whether %s is healthy, so it always counts as healthy", m.Name)
		}
		if w := x.watches(r, members, i); w != 0 && checked {
			switch other := int(w) - 1; {
			case w == mesh.WatchesName:
				add(mesh.LossAstrayCheck, mesh.TakesDetection, c.HealthCheck.Origin, e, "the health check of %s asks %s itself: once the other side answers, it finds %s well", m.Name, r.Host, m.Name)
			case members[other].Check.IsKnown() && members[other].Check.V.ID == c.ID:
				add(mesh.LossSharedCheck, 0, m.Check.Origin, e, "%s and %s share one health check, and go down together", members[other].Name, m.Name)
			default:
				add(mesh.LossAstrayCheck, mesh.TakesDetection, c.HealthCheck.Origin, e, "the health check of %s asks %s, and not what %s leads to", m.Name, members[other].Name, m.Name)
			}
		}
	}
	if r.Policy != mesh.Ordered || r.Open != "" {
		return out
	}
	switch region, one := oneRegion(members); {
	case len(members) == 1:
		add(mesh.LossNoStandby, mesh.TakesEndpoints, members[0].RankOrigin, nil, "%s has no other answer than %s", r.Host, members[0].Name)
	case one:
		add(mesh.LossOneRegion, mesh.TakesEndpoints, members[len(members)-1].Origin, nil, "all answers of %s lead into %s", r.Host, region)
	}
	return out
}

// inUse are the members that may be answered at all.
func inUse(r *mesh.Record) (out []*mesh.Member) {
	for _, m := range r.Members {
		if on, known := m.Enabled.Get(); known && !on {
			continue
		}
		out = append(out, m)
	}
	return out
}

// oneRegion is the region of all members, where that is known of all.
func oneRegion(members []*mesh.Member) (string, bool) {
	first := ""
	for _, m := range members {
		region, ok := RegionOf(m).Get()
		if !ok || first != "" && region != first {
			return "", false
		}
		first = region
	}
	return first, first != "" && len(members) > 1
}

// RegionOf is where a member of a record leads to: where its load balancer is, else what the member itself says.
func RegionOf(m *mesh.Member) mesh.Value[string] {
	if m.Leads != nil && m.Leads.Region.State != mesh.Absent {
		return m.Leads.Region
	}
	if m.Region.State == mesh.Absent {
		return mesh.UnknownOf[string]("where "+m.Name+" leads to is not in the inputs", m.Origin)
	}
	return m.Region
}

// follows reports whether a member counts as healthy only while what it leads to does, whatever else checks it.
func follows(m *mesh.Member) bool {
	blind, known := m.Blind.Get()
	return known && !blind
}

// watches is what the check of a member asks, if that is not what the member leads to. Where two members share a check, it says of both
// what it sees of one.
func (x *links) watches(r *mesh.Record, members []*mesh.Member, i int) mesh.Watched {
	c, ok := members[i].Check.Get()
	if !ok || c.Follows || c.Manual || c.Disabled.Or(false) {
		return 0
	}
	if name, known := c.Watches.Get(); known && sameHost(name, r.Host) {
		if follows(members[i]) {
			return 0 // what it leads to has to be healthy, too
		}
		return mesh.WatchesName
	}
	own := x.asks(c, members[i])
	if own == yes {
		return 0
	}
	for j, m := range members {
		if shared, ok := m.Check.Get(); ok && j < i && shared.ID == c.ID && c.ID != "" {
			return mesh.Watched(j + 1)
		}
	}
	if follows(members[i]) {
		return 0
	}
	for j, m := range members {
		if j != i && own == no && x.asks(c, m) == yes {
			return mesh.Watched(j + 1)
		}
	}
	return 0
}

type answer uint8

const (
	unknown answer = iota
	no
	yes
)

// asks reports whether a check asks what a member leads to, as far as references and names tell.
func (x *links) asks(c *mesh.RecordCheck, m *mesh.Member) answer {
	name, named := c.Watches.Get()
	target, led := m.Target.Get()
	if named && led && sameHost(name, target) {
		return yes
	}
	if m.Leads == nil {
		return unknown // two names may lead to one place
	}
	found := map[string]bool{}
	for _, id := range c.Asks {
		x.reached(id, found, 0)
	}
	if r := x.byHost[hostOf(name)]; named && r != nil {
		x.reached(r.ID, found, 0)
	}
	switch {
	case found[m.Leads.ID]:
		return yes
	case len(found) > 0:
		return no
	}
	return unknown
}

// reached adds the load balancers that a resource is, or that a record leads to.
func (x *links) reached(id string, found map[string]bool, depth int) {
	if x.balancers[id] {
		found[id] = true
	}
	r := x.byID[id]
	if r == nil || depth > maxRecords {
		return
	}
	for _, m := range r.Members {
		if m.Leads != nil {
			found[m.Leads.ID] = true
		}
		if m.Next != nil {
			x.reached(m.Next.ID, found, depth+1)
		}
	}
}
