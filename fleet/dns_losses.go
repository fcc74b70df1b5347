package fleet

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// losses collects those of a record.
type losses struct {
	links   *links
	record  *mesh.Record
	members []*mesh.Member
	list    []mesh.Loss
}

func (x *losses) add(kind mesh.LossKind, takes mesh.Takes, at mesh.Origin, e []*mesh.Endpoint, format string, args ...any) {
	x.list = append(x.list, mesh.Loss{Kind: kind, Takes: takes, Origin: at, Endpoints: e, Detail: fmt.Sprintf(format, args...)})
}

// recordLosses are the settings of a record that do not do what they look like.
func (x *links) recordLosses(r *mesh.Record, targets []mesh.Target) []mesh.Loss {
	out := &losses{links: x, record: r, members: inUse(r)}
	for i := range out.members {
		out.unchecked(i, targets[i].Endpoints)
		out.astray(i, targets[i])
	}
	if r.Policy != mesh.Ordered || r.Open != "" || len(out.members) == 0 {
		return out.list
	}
	last := out.members[len(out.members)-1]
	switch region, one := oneRegion(out.members); {
	case len(out.members) == 1:
		out.add(mesh.LossNoStandby, mesh.TakesEndpoints, last.RankOrigin, nil, "%s has no other answer than %s", r.Name(), last.Name)
	case one:
		out.add(mesh.LossOneRegion, mesh.TakesEndpoints, last.Origin, nil, "all answers of %s lead into %s", r.Name(), region)
	}
	return out.list
}

// last reports whether a member stands behind all others: it is answered whatever its health.
func (x *losses) last(i int) bool {
	return x.record.Policy == mesh.Ordered && !slices.ContainsFunc(x.members, func(m *mesh.Member) bool { return m.Rank > x.members[i].Rank })
}

// unchecked tells of a member that nothing takes out.
func (x *losses) unchecked(i int, e []*mesh.Endpoint) {
	m := x.members[i]
	c, checked := m.Check.Get()
	switch {
	case len(x.members) < 2, x.last(i), m.Check.State == mesh.Unknown:
	case checked && byHand(c):
		x.add(mesh.LossManual, mesh.TakesDetection, m.Check.Origin, e, "%s leaves %s only when somebody switches", x.record.Name(), m.Name)
	case checked && switchedOff(c):
		x.add(mesh.LossUnchecked, mesh.TakesDetection, c.Disabled.Origin, e, "the health check of %s is switched off and counts as healthy", m.Name)
	case checked:
	case m.Blind:
		x.add(mesh.LossBlindAlias, mesh.TakesDetection, m.Check.Origin, e, "the alias of %s does not look at what it leads to, and nothing else asks", m.Name)
	default:
		x.add(mesh.LossUnchecked, mesh.TakesDetection, m.Origin, e, "nothing asks whether %s is healthy, so it always counts as healthy", m.Name)
	}
}

// astray tells of a check that asks something else than what it decides about.
func (x *losses) astray(i int, t mesh.Target) {
	m := x.members[i]
	c, checked := m.Check.Get()
	if !checked || byHand(c) || switchedOff(c) || len(x.members) < 2 {
		return
	}
	for _, k := range t.OutWith {
		if k == i {
			continue
		}
		if s := shared(x.members[k], m); s != nil {
			if k < i && !(x.record.Fallback == mesh.FallbackMember && x.last(i)) { // which is given then, all the same
				x.add(mesh.LossSharedCheck, 0, m.Check.Origin, t.Endpoints, "%s and %s share one health check, and go down together", x.members[k].Name, m.Name)
			}
			return
		}
		x.add(mesh.LossAstrayCheck, mesh.TakesDetection, c.HealthCheck.Origin, t.Endpoints, "the health check of %s asks %s, and not what %s leads to", m.Name, x.members[k].Name, m.Name)
		return
	}
	switch {
	case t.Alternates:
		at := c.HealthCheck.Origin
		for _, p := range leaves(c) {
			if ofName(p, x.record) {
				at = p.Watches.Origin
			}
		}
		x.add(mesh.LossAstrayCheck, mesh.TakesDetection, at, t.Endpoints, "the health check of %s asks %s itself: once the other side answers, it finds %s well", m.Name, x.record.Name(), m.Name)
	case len(t.OutWith) == 0 && !x.last(i):
		x.add(mesh.LossAstrayCheck, mesh.TakesDetection, c.HealthCheck.Origin, t.Endpoints, "the health check of %s asks something that %s does not lead to", m.Name, m.Name)
	}
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
		region, ok := regionOf(m).Get()
		if !ok || first != "" && region != first {
			return "", false
		}
		first = region
	}
	return first, first != "" && len(members) > 1
}

// regionOf is where a member of a record leads to: where its load balancer is, else what the member itself says.
func regionOf(m *mesh.Member) mesh.Value[string] {
	if m.Leads != nil && m.Leads.Region.State != mesh.Absent {
		return m.Leads.Region
	}
	if m.Region.State == mesh.Absent {
		return mesh.UnknownOf[string]("where "+m.Name+" leads to is not in the inputs", m.Origin)
	}
	return m.Region
}
