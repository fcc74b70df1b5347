package infrastructure

import (
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// frontDoorRoute reads azurerm_cdn_frontdoor_route: what callers of an endpoint and of its custom domains come to. Of the routes of one domain the
// one of all paths has its name.
func frontDoorRoute(b *builder, r *Resource) {
	on := r.flag("enabled")
	if on.IsKnown() && !on.V {
		return
	}
	out := frontDoor()
	b.record(r, out, func() {
		group := b.whole(r.Leaf("cdn_frontdoor_origin_group_id"), "azurerm_cdn_frontdoor_origin_group")
		if group == nil || group.Mode == "data" {
			leaveOpen(out, because(textOf(r.Leaf("cdn_frontdoor_origin_group_id")).Cause, "its origin group is not in the inputs"))
			return
		}
		b.frontDoorOrigins(out, group)
	})
	if on.State == mesh.Unknown {
		leaveOpen(out, on.Cause)
	}
	if patterns, why := r.leaves("patterns_to_match"); !everyPath(patterns, why) {
		out.HostCause = because(why, "it is for some paths alone")
		return
	}
	if e := b.whole(r.Leaf("cdn_frontdoor_endpoint_id"), "azurerm_cdn_frontdoor_endpoint"); e != nil && b.records[e] == nil {
		b.records[e] = out
	}
	b.step(linkNames, func() { b.frontDoorNames(r, out) })
}

func frontDoor() *mesh.Record {
	return &mesh.Record{Kind: "Front Door", HostCause: nameless, Policy: mesh.Nearest, TTL: mesh.Of(time.Duration(0), mesh.Default("Front Door")), Fallback: mesh.FallbackAll}
}

// everyPath reports whether patterns match all paths.
func everyPath(patterns []terraform.Leaf, open string) bool {
	return open == "" && slices.ContainsFunc(patterns, func(l terraform.Leaf) bool {
		p := textOf(l).Or("")
		return p == "/*" || p == "*"
	})
}

// frontDoorNames gives a route the names of its custom domains.
func (b *builder) frontDoorNames(r *Resource, out *mesh.Record) {
	domains, _ := r.leaves("cdn_frontdoor_custom_domain_ids")
	for _, l := range domains {
		d := b.whole(l, "azurerm_cdn_frontdoor_custom_domain")
		if d == nil {
			continue
		}
		if host := bare(d.text("host_name").Or("")); host != "" {
			b.rename(out, d, plainName{host: host})
		}
	}
}

// frontDoorOrigins reads the origins of a group: those of the lowest priority answer, the nearest first (azurerm_cdn_frontdoor_origin: priority 1,
// weight 500 where nobody says otherwise).
func (b *builder) frontDoorOrigins(out *mesh.Record, group *Resource) {
	origins, why := b.partsOf(group, []string{"azurerm_cdn_frontdoor_origin"}, "cdn_frontdoor_origin_group_id")
	if why != "" {
		leaveOpen(out, why)
	}
	priority := map[*mesh.Member]mesh.Value[int]{}
	for _, o := range origins {
		m := &mesh.Member{Name: o.text("name").Or(o.Address), Enabled: o.flag("enabled"), Weight: preset(o, o.number("weight"), 500, azure), Origin: o.here(), RankOrigin: o.at("priority")}
		b.pointTo(out, m, o.Leaf("host_name"))
		priority[m] = preset(o, o.number("priority"), 1, azure)
		m.Check = frontDoorProbe(group, "Front Door on "+o.id())
		out.Members = append(out.Members, m)
	}
	frontDoorOrder(out, priority)
}

// frontDoorOrder sorts origins by priority; they are in an order where there is more than one.
func frontDoorOrder(out *mesh.Record, priority map[*mesh.Member]mesh.Value[int]) {
	if !orderBy(out, priority) {
		out.Policy = mesh.OtherPolicy
	} else if n := len(out.Members); n > 0 && out.Members[n-1].Rank > 0 {
		out.Policy = mesh.Ordered
	}
}

// frontDoorProbe reads health_probe of an origin group: without one origins always count as healthy. An origin is unhealthy once fewer than
// successful_samples_required (3) of the last sample_size (4) probes are good (Azure Front Door, "Health probes"). How long a probe waits is
// not documented, and not counted.
func frontDoorProbe(group *Resource, id string) mesh.Value[*mesh.RecordCheck] {
	n, open := group.blocks("health_probe")
	switch {
	case open != "":
		return mesh.UnknownOf[*mesh.RecordCheck](open, group.here())
	case n == 0:
		return mesh.Value[*mesh.RecordCheck]{Origin: group.here()}
	}
	interval := group.seconds("health_probe", "interval_in_seconds")
	if interval.State == mesh.Absent {
		interval = mesh.UnknownOf[time.Duration]("it says nothing about its interval", interval.Origin)
	}
	size := preset(group, group.number("load_balancing", "sample_size"), 4, azure)
	good := preset(group, group.number("load_balancing", "successful_samples_required"), 3, azure)
	return sampled(id, interval, size, good, group.at("health_probe"))
}

// sampled is a probe that counts how many of the last samples were good.
func sampled(id string, interval mesh.Value[time.Duration], size, good mesh.Value[int], at mesh.Origin) mesh.Value[*mesh.RecordCheck] {
	failures := mesh.Of(max(1, size.V-good.V+1), size.Origin)
	if why := because(size.Cause, good.Cause); why != "" {
		failures = mesh.UnknownOf[int](why, at)
	}
	return probe(id, "Front Door", "http", interval, mesh.Of(time.Duration(0), at), failures, at)
}

// frontDoorClassic reads azurerm_frontdoor, whose parts name one another inside of the resource: a routing rule of all paths leads from frontend
// endpoints to a pool of backends.
func frontDoorClassic(b *builder, r *Resource) {
	if on := r.flag("load_balancer_enabled"); on.IsKnown() && !on.V {
		return
	}
	n, open := r.blocks("routing_rule")
	for i := range n {
		if patterns, why := r.leaves("routing_rule", i, "patterns_to_match"); !nothing(r.Leaf("routing_rule", i, "patterns_to_match")) && !everyPath(patterns, why) {
			continue
		}
		pool := r.text("routing_rule", i, "forwarding_configuration", "backend_pool_name")
		if pool.State == mesh.Absent || b.records[r] != nil {
			continue // it redirects
		}
		out := frontDoor()
		b.record(r, out, func() { b.frontDoorPool(r, out, pool) })
		if open != "" {
			leaveOpen(out, open)
		}
		b.frontDoorHosts(r, out, i)
	}
}

// frontDoorHosts gives a rule of azurerm_frontdoor the name of the first of its frontend endpoints that is not Azure's own.
func (b *builder) frontDoorHosts(r *Resource, out *mesh.Record, rule int) {
	names, _ := r.leaves("routing_rule", rule, "frontend_endpoints")
	ends, _ := r.blocks("frontend_endpoint")
	for _, l := range names {
		for i := range ends {
			host := bare(r.text("frontend_endpoint", i, "host_name").Or(""))
			if name, ok := textOf(l).Get(); !ok || name != r.text("frontend_endpoint", i, "name").Or("") || host == "" {
				continue
			}
			if technical(out) {
				out.Host, out.HostCause = host, ""
			}
		}
	}
}

// frontDoorPool reads a pool of azurerm_frontdoor (backend: priority 1, weight 50; backend_pool_health_probe: every 120 s;
// backend_pool_load_balancing: 4 samples, 2 of them good).
func (b *builder) frontDoorPool(r *Resource, out *mesh.Record, pool mesh.Value[string]) {
	at := r.blockNamed("backend_pool", pool)
	if at < 0 {
		leaveOpen(out, because(pool.Cause, "its backend pool is not known"))
		return
	}
	n, open := r.blocks("backend_pool", at, "backend")
	if open != "" {
		leaveOpen(out, open)
	}
	priority := map[*mesh.Member]mesh.Value[int]{}
	for i := range n {
		path := []any{"backend_pool", at, "backend", i}
		m := &mesh.Member{Name: r.text(deeper(path, "address")...).Or("backend"), Enabled: r.flag(deeper(path, "enabled")...),
			Weight: preset(r, r.number(deeper(path, "weight")...), 50, azure), Origin: r.at(path...), RankOrigin: r.at(deeper(path, "priority")...)}
		b.pointTo(out, m, r.Leaf(deeper(path, "address")...))
		priority[m] = preset(r, r.number(deeper(path, "priority")...), 1, azure)
		m.Check = r.classicProbe(at, i)
		out.Members = append(out.Members, m)
	}
	frontDoorOrder(out, priority)
}

func (r *Resource) classicProbe(pool, backend int) mesh.Value[*mesh.RecordCheck] {
	name := r.text("backend_pool", pool, "health_probe_name")
	i := r.blockNamed("backend_pool_health_probe", name)
	if i < 0 {
		return mesh.UnknownOf[*mesh.RecordCheck](because(name.Cause, "its health probe is not known"), name.Origin)
	}
	switch on := preset(r, r.flag("backend_pool_health_probe", i, "enabled"), true, azure); {
	case on.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](on.Cause, on.Origin)
	case !on.V:
		return mesh.Value[*mesh.RecordCheck]{Origin: on.Origin}
	}
	size, good := mesh.Of(4, mesh.Default(azure)), mesh.Of(2, mesh.Default(azure))
	if j := r.blockNamed("backend_pool_load_balancing", r.text("backend_pool", pool, "load_balancing_name")); j >= 0 {
		size = preset(r, r.number("backend_pool_load_balancing", j, "sample_size"), 4, azure)
		good = preset(r, r.number("backend_pool_load_balancing", j, "successful_samples_required"), 2, azure)
	}
	id := "Front Door on " + r.id() + " " + r.text("backend_pool", pool, "backend", backend, "address").Or("") + " " + strconv.Itoa(backend)
	return sampled(id, preset(r, r.seconds("backend_pool_health_probe", i, "interval_in_seconds"), 120*time.Second, azure), size, good, r.at("backend_pool_health_probe", i))
}

// blockNamed is the index of the block of a kind that has a name; -1 if it is not known, or there is none.
func (r *Resource) blockNamed(kind string, name mesh.Value[string]) int {
	n, _ := r.blocks(kind)
	for i := range n {
		if own := r.text(kind, i, "name"); name.IsKnown() && own.IsKnown() && own.V == name.V {
			return i
		}
	}
	return -1
}
