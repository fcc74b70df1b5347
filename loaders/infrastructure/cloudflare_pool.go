package infrastructure

import (
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// cloudflarePool is a pool as a member: it leads to its origin, or to a record of its origins, which share its requests.
func (b *builder) cloudflarePool(out *mesh.Record, pool *Resource, rank int, at mesh.Origin) *mesh.Member {
	m := &mesh.Member{Name: pool.text("name").Or(pool.Address), Rank: rank, Enabled: pool.flag("enabled"), Origin: pool.here(), RankOrigin: at}
	if pool.Unsure != "" {
		leaveOpen(out, pool.Unsure)
	}
	next := &mesh.Record{ID: pool.id(), Kind: "Cloudflare pool", HostCause: nameless, Environment: b.Environment, Policy: mesh.Shared, TTL: out.TTL,
		Fallback: mesh.FallbackAll, Origin: pool.here()}
	n, open := pool.blocks("origins")
	if open != "" {
		leaveOpen(out, open)
	}
	for i := range n {
		o := &mesh.Member{Name: pool.text("origins", i, "name").Or("origin"), Enabled: pool.flag("origins", i, "enabled"), Weight: pool.perMille("origins", i, "weight"),
			Origin: pool.at("origins", i), RankOrigin: pool.at("origins", i)}
		b.pointTo(next, o, pool.Leaf("origins", i, "address"))
		next.Members = append(next.Members, o)
	}
	if next.Open != "" {
		leaveOpen(out, next.Open)
	}
	m.Region = commonRegion(next.Members, m.Origin)
	m.Check = b.cloudflareCheck(pool, m)
	if n == 1 && open == "" {
		o := next.Members[0]
		m.Leads, m.Next, m.Target = o.Leads, o.Next, o.Target
		if m.Enabled.Or(true) && o.Enabled.State != mesh.Absent {
			m.Enabled = bothOn(m.Enabled, o.Enabled)
		}
		return m
	}
	m.Next, m.Target = next, mesh.UnknownOf[string]("it leads to the pool's origins", m.Origin)
	if m.Check.IsKnown() {
		for _, o := range next.Members {
			own := *m.Check.V
			own.ID += " " + o.Name
			o.Check = mesh.Of(&own, m.Check.Origin)
		}
	} else {
		for _, o := range next.Members {
			o.Check = m.Check
		}
	}
	return m
}

// bothOn is whether two things are switched on, the first of which may be.
func bothOn(a, b mesh.Value[bool]) mesh.Value[bool] {
	if a.State == mesh.Unknown && b.Or(true) {
		return a
	}
	return b
}

// commonRegion is where all members lead to.
func commonRegion(members []*mesh.Member, at mesh.Origin) (out mesh.Value[string]) {
	out = mesh.UnknownOf[string]("it has no origins", at)
	for i, m := range members {
		switch {
		case i == 0 || !m.Region.IsKnown():
			out = m.Region
		case out.IsKnown() && out.V != m.Region.V:
			return mesh.UnknownOf[string]("its origins are in several regions", at)
		}
		if !out.IsKnown() {
			return out
		}
	}
	return out
}

// cloudflareCheck is the monitor of a pool, which asks each of its origins; without one a pool always counts as healthy. Every 60 s, 5 s for an
// answer, and twice again at once where nobody says otherwise (cloudflare_load_balancer_monitor).
func (b *builder) cloudflareCheck(pool *Resource, m *mesh.Member) mesh.Value[*mesh.RecordCheck] {
	l := pool.Leaf("monitor")
	id := textOf(l)
	switch group := pool.Leaf("monitor_group"); {
	case id.State == mesh.Absent && !nothing(group):
		return mesh.UnknownOf[*mesh.RecordCheck]("groups of monitors are not looked at", originOf(group))
	case id.State == mesh.Absent, id.IsKnown() && id.V == "":
		return mesh.Value[*mesh.RecordCheck]{Origin: pool.here()}
	}
	mon := b.whole(l, "cloudflare_load_balancer_monitor")
	if mon == nil || mon.Unsure != "" {
		why := "monitor " + id.V + " is not in the inputs"
		if mon != nil {
			why = mon.Unsure
		}
		return mesh.UnknownOf[*mesh.RecordCheck](because(id.Cause, why), id.Origin)
	}
	least := preset(pool, pool.number("minimum_origins"), 1, cloudflare)
	switch {
	case least.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](least.Cause, least.Origin)
	case least.V > 1 && !m.Region.IsKnown():
		return mesh.UnknownOf[*mesh.RecordCheck]("it needs several healthy origins, and they may be in several regions", least.Origin)
	}
	handler := "http"
	switch kind := preset(mon, mon.text("type"), "http", cloudflare); {
	case kind.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](kind.Cause, kind.Origin)
	case slices.Contains([]string{"tcp", "smtp"}, strings.ToLower(kind.V)):
		handler = "tcp"
	case !strings.HasPrefix(strings.ToLower(kind.V), "http"):
		return mesh.UnknownOf[*mesh.RecordCheck]("a monitor of type "+kind.V+" does not ask the service", kind.Origin)
	}
	wait, again := preset(mon, mon.seconds("timeout"), 5*time.Second, cloudflare), preset(mon, mon.number("retries"), 2, cloudflare)
	if wait.V *= time.Duration(1 + max(0, min(again.V, 100))); again.State == mesh.Unknown {
		wait = mesh.UnknownOf[time.Duration](again.Cause, again.Origin)
	}
	down := preset(mon, mon.number("consecutive_down"), 1, cloudflare)
	down.V = max(1, down.V)
	return probe(mon.id()+" on "+pool.id(), "Cloudflare", handler, preset(mon, mon.seconds("interval"), 60*time.Second, cloudflare), wait, down, mon.here())
}
