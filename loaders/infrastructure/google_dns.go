package infrastructure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// googleRecord reads google_dns_record_set (Cloud DNS, "DNS routing policies and health checks"). Only names of services are looked at.
func googleRecord(b *builder, r *Resource) {
	kind := r.text("type")
	if t, ok := kind.Get(); ok && !slices.Contains([]string{"A", "AAAA", "CNAME"}, t) {
		return
	}
	name := r.text("name")
	host, cause := bare(name.Or("")), ""
	if host == "" {
		cause = because(name.Cause, "it has no name")
	}
	zone := b.googleZone(r)
	if kind.Or("") == "AAAA" {
		zone = strings.TrimSpace(zone + " AAAA")
	}
	ttl := r.seconds("ttl")
	if ttl.State == mesh.Absent {
		ttl.State, ttl.Cause = mesh.Unknown, "Cloud DNS decides it"
	}
	policies, open := r.blocks("routing_policy")
	if policies == 0 && open == "" {
		answers, open := r.leaves("rrdatas")
		b.plainRecord(r, plainName{kind: "Cloud DNS record", host: host, cause: cause, zone: zone, ttl: ttl, answers: answers, open: open})
		return
	}
	out := &mesh.Record{Kind: "Cloud DNS record", Host: host, HostCause: cause, Zone: zone, Policy: mesh.OtherPolicy, TTL: ttl, Fallback: mesh.FallbackAll}
	b.record(r, out, func() { b.googlePolicy(r, out) })
	leaveOpen(out, open)
	if policies > 0 {
		googleChoice(r, out)
	}
}

// googleZone tells zones of one name apart, a private one from a public one.
func (b *builder) googleZone(r *Resource) string {
	l := r.Leaf("managed_zone")
	label := textOf(l).Or("")
	if z := b.whole(l, "google_dns_managed_zone"); z != nil {
		if label == "" {
			label = z.text("name").Or(z.Address)
		}
		if z.text("visibility").Or("") == "private" {
			label += " private"
		}
	}
	return label
}

// googleChoice is how a routing policy chooses. A geo policy goes to the next nearest item whose targets are healthy, unless it is fenced.
func googleChoice(r *Resource, out *mesh.Record) {
	const p = "routing_policy"
	found := 0
	for kind, policy := range map[string]mesh.RecordPolicy{"wrr": mesh.Shared, "geo": mesh.Nearest, "primary_backup": mesh.Ordered} {
		n, open := r.blocks(p, kind)
		if n > 0 || open != "" {
			found++
			out.Policy = policy
		}
		if open != "" && n == 0 {
			found = 2
		}
		if open != "" {
			leaveOpen(out, open)
		}
	}
	fenced := r.flag(p, "enable_geo_fencing")
	switch {
	case found != 1:
		out.Policy = mesh.OtherPolicy
	case out.Policy == mesh.Nearest && fenced.State == mesh.Unknown:
		out.Policy = mesh.OtherPolicy
	case out.Policy == mesh.Nearest && fenced.V:
		out.Policy = mesh.Divided
	}
}

// googlePolicy reads the items of a routing policy.
func (b *builder) googlePolicy(r *Resource, out *mesh.Record) {
	const p = "routing_policy"
	switch out.Policy {
	case mesh.Shared:
		n, _ := r.blocks(p, "wrr")
		for i := range n {
			at := len(out.Members)
			b.googleItem(r, out, r.text(p, "wrr", i, "weight").Or("item"), 0, r.perMille(p, "wrr", i, "weight"), []any{p, "wrr", i})
			for _, m := range out.Members[at:] {
				m.Weight.V /= len(out.Members) - at // the item has one weight
			}
		}
	case mesh.Nearest, mesh.Divided:
		n, _ := r.blocks(p, "geo")
		for i := range n {
			at := len(out.Members)
			place := r.text(p, "geo", i, "location")
			b.googleItem(r, out, place.Or("geo"), 0, mesh.Value[int]{}, []any{p, "geo", i})
			for _, m := range out.Members[at:] {
				if out.Policy == mesh.Divided {
					m.For = place.Or("?")
				}
			}
		}
	case mesh.Ordered:
		b.googleTargets(r, out, "primary", 0, mesh.Value[int]{}, []any{p, "primary_backup", "primary"})
		n, _ := r.blocks(p, "primary_backup", "backup_geo")
		for i := range n {
			at := []any{p, "primary_backup", "backup_geo", i}
			b.googleItem(r, out, "backup "+r.text(deeper(at, "location")...).Or(""), 1, mesh.Value[int]{}, at)
		}
	}
}

// googleItem reads one item: addresses that nothing checks, and targets that are checked.
func (b *builder) googleItem(r *Resource, out *mesh.Record, name string, rank int, weight mesh.Value[int], path []any) {
	plain, open := r.leaves(deeper(path, "rrdatas")...)
	if open != "" {
		leaveOpen(out, open)
	}
	for _, l := range plain {
		m := &mesh.Member{Name: strings.TrimSpace(name), Rank: rank, Weight: weight, Origin: r.at(path...), RankOrigin: r.at(path...)}
		b.pointTo(out, m, l)
		out.Members = append(out.Members, m)
	}
	b.googleTargets(r, out, name, rank, weight, deeper(path, "health_checked_targets"))
}

// googleTargets reads targets that are health checked.
func (b *builder) googleTargets(r *Resource, out *mesh.Record, name string, rank int, weight mesh.Value[int], path []any) {
	n, open := r.blocks(deeper(path, "internal_load_balancers")...)
	external, more := r.leaves(deeper(path, "external_endpoints")...)
	if why := because(open, more); why != "" {
		leaveOpen(out, why)
	}
	for i := range n {
		at := deeper(path, "internal_load_balancers", i)
		m := &mesh.Member{Name: strings.TrimSpace(name), Rank: rank, Weight: weight, Origin: r.at(at...), RankOrigin: r.at(path...)}
		if region := r.text(deeper(at, "region")...); region.State != mesh.Absent {
			m.Region = region
		}
		b.pointTo(out, m, r.Leaf(deeper(at, "ip_address")...))
		m.Check = internalHealth(r, m, at)
		out.Members = append(out.Members, m)
	}
	for i, l := range external {
		m := &mesh.Member{Name: strings.TrimSpace(name), Rank: rank, Weight: weight, Origin: r.origin(l, deeper(path, "external_endpoints", i)), RankOrigin: r.at(path...)}
		b.pointTo(out, m, l)
		m.Check = b.externalHealth(r, m, i)
		out.Members = append(out.Members, m)
	}
}

// internalHealth is what Cloud DNS knows of an internal load balancer: the health of the backends of a passthrough one (up while a fifth of them
// is), and of one with proxies the proxies alone ("Health checks for internal load balancers").
func internalHealth(r *Resource, m *mesh.Member, path []any) mesh.Value[*mesh.RecordCheck] {
	kind, at := r.text(deeper(path, "load_balancer_type")...), r.at(path...)
	switch {
	case kind.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](kind.Cause, kind.Origin)
	case kind.IsKnown() && kind.V != "regionalL4ilb":
		return mesh.UnknownOf[*mesh.RecordCheck]("Cloud DNS asks the proxies of the load balancer, and not what is behind them", kind.Origin)
	case m.Leads == nil:
		return mesh.UnknownOf[*mesh.RecordCheck]("the load balancer is not in the inputs", at)
	case m.Leads.Checks.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](m.Leads.Checks.Cause, at)
	}
	c, ok := m.Leads.Checks.Get()
	if !ok {
		return mesh.Value[*mesh.RecordCheck]{Origin: m.Leads.Origin}
	}
	return mesh.Of(&mesh.RecordCheck{ID: m.Leads.ID + " health", Follows: true, Asks: []string{m.Leads.ID}, HealthCheck: *c}, at)
}

// externalHealth is the policy's health check, which asks each of its external endpoints on its own.
func (b *builder) externalHealth(r *Resource, m *mesh.Member, i int) mesh.Value[*mesh.RecordCheck] {
	l := r.Leaf("routing_policy", "health_check")
	id := textOf(l)
	c := b.whole(l, googleChecks...)
	switch {
	case c == nil && id.State == mesh.Absent:
		return mesh.Value[*mesh.RecordCheck]{Origin: id.Origin}
	case c == nil:
		return mesh.UnknownOf[*mesh.RecordCheck](because(id.Cause, "health check "+id.V+" is not in the inputs"), id.Origin)
	}
	h := googleHealth(c, "Cloud DNS")
	if !h.IsKnown() {
		return mesh.UnknownOf[*mesh.RecordCheck](h.Cause, id.Origin)
	}
	return mesh.Of(&mesh.RecordCheck{ID: fmt.Sprintf("%s of %s %d %s", c.id(), m.Name, i, m.Target.Or("")), HealthCheck: *h.V}, id.Origin)
}
