package infrastructure

import (
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

const cloudflare = "the Cloudflare provider"

// steerings are what steering_policy means (Cloudflare Load Balancing, "Traffic steering"): off takes pools in their order, the others choose
// among healthy ones. Under geo callers of a place have the pools of that place.
var steerings = map[string]mesh.RecordPolicy{"off": mesh.Ordered, "geo": mesh.Divided, "random": mesh.Shared, "dynamic_latency": mesh.Nearest, "proximity": mesh.Nearest,
	"least_outstanding_requests": mesh.Shared, "least_connections": mesh.Shared}

// placePools are the attributes that list pools for a place, and what names the place where they are blocks (version 4).
var placePools = [][2]string{{"pop_pools", "pop"}, {"country_pools", "country"}, {"region_pools", "region"}}

// cloudflareBalancer reads cloudflare_load_balancer: version 5 has default_pools and fallback_pool, version 4 default_pool_ids and
// fallback_pool_id. A proxied one has addresses that do not change; another one a TTL of 30 s where nobody says otherwise.
func cloudflareBalancer(b *builder, r *Resource) {
	on := r.flag("enabled")
	if on.IsKnown() && !on.V {
		return
	}
	name := r.text("name")
	out := &mesh.Record{Kind: "Cloudflare load balancer", Host: bare(name.V), Policy: mesh.OtherPolicy, TTL: cloudflareTTL(r, 30*time.Second), Fallback: mesh.FallbackAll}
	if out.Host == "" {
		out.HostCause = because(name.Cause, "it has no name")
	}
	steering := preset(r, r.text("steering_policy"), "", cloudflare)
	if steering.IsKnown() && steering.V == "" {
		steering.V = "off"
		for _, p := range placePools {
			if !nothing(r.Leaf(p[0])) {
				steering.V = "geo"
			}
		}
	}
	if policy, ok := steerings[steering.V]; ok && steering.IsKnown() {
		out.Policy = policy
	}
	b.record(r, out, func() { b.cloudflarePools(r, out) })
	if on.State == mesh.Unknown {
		leaveOpen(out, on.Cause)
	}
}

// cloudflareTTL is how long an answer is kept: of a proxied name for ever, as its addresses stay; 1 stands for automatic, which is 300 s.
func cloudflareTTL(r *Resource, usual time.Duration) mesh.Value[time.Duration] {
	proxied := preset(r, r.flag("proxied"), false, cloudflare)
	ttl := preset(r, r.seconds("ttl"), usual, cloudflare)
	switch {
	case proxied.State == mesh.Unknown:
		return mesh.UnknownOf[time.Duration](proxied.Cause, proxied.Origin)
	case proxied.V:
		return mesh.Of(time.Duration(0), proxied.Origin)
	case ttl.IsKnown() && ttl.V == time.Second:
		ttl.V = 300 * time.Second
	}
	return ttl
}

// cloudflarePools reads the pools of a load balancer.
func (b *builder) cloudflarePools(r *Resource, out *mesh.Record) {
	if out.Policy == mesh.Divided {
		b.cloudflarePlaces(r, out)
	}
	path := "default_pools"
	if nothing(r.Leaf(path)) {
		path = "default_pool_ids"
	}
	place := ""
	if out.Policy == mesh.Divided {
		place = "*"
	}
	list := b.cloudflareList(r, out, place, path)
	if out.Policy == mesh.Shared && !nothing(r.Leaf("random_steering")) {
		for _, m := range out.Members {
			m.Weight = mesh.UnknownOf[int]("weights of pools are not looked at", r.at("random_steering"))
		}
	}
	if out.Policy != mesh.Ordered {
		return
	}
	path = "fallback_pool"
	if nothing(r.Leaf(path)) {
		path = "fallback_pool_id"
	}
	b.cloudflareFallback(r, out, r.Leaf(path), list)
	if len(out.Members) == 1 && out.Open == "" { // there is no order of one pool
		if out.Policy = mesh.SingleAnswer; out.Members[0].Next != nil && out.Members[0].Next.ID == list[0].id() {
			out.Policy, out.Members = mesh.Shared, out.Members[0].Next.Members
		}
	}
}

// cloudflareFallback: if no pool is healthy, the fallback pool gets all requests, whatever its health. One that is no default pool stands behind
// all of them.
func (b *builder) cloudflareFallback(r *Resource, out *mesh.Record, l terraform.Leaf, pools []*Resource) {
	if nothing(l) {
		return
	}
	pool := b.whole(l, "cloudflare_load_balancer_pool")
	if pool == nil {
		leaveOpen(out, because(textOf(l).Cause, "its fallback pool is not in the inputs"))
		return
	}
	at := slices.Index(pools, pool)
	if at < 0 {
		m := b.cloudflarePool(out, pool, len(out.Members), r.origin(l, nil))
		m.Check = mesh.Value[*mesh.RecordCheck]{Origin: r.origin(l, nil)}
		out.Members = append(out.Members, m)
		at = len(out.Members) - 1
	}
	if at == len(out.Members)-1 {
		out.Fallback = mesh.FallbackMember
	}
}

// cloudflarePlaces reads the pools of places: blocks in version 4, maps of lists in version 5.
func (b *builder) cloudflarePlaces(r *Resource, out *mesh.Record) {
	for _, p := range placePools {
		l := r.Leaf(p[0])
		if nothing(l) {
			continue
		}
		if keys, ok := keysOf(l); ok && !slices.Contains(keys, "pool_ids") {
			for _, key := range keys {
				b.cloudflareList(r, out, p[1]+" "+key, p[0], key)
			}
			continue
		}
		n, open := r.blocks(p[0])
		if open != "" {
			leaveOpen(out, open)
		}
		for i := range n {
			b.cloudflareList(r, out, p[1]+" "+r.text(p[0], i, p[1]).Or("?"), p[0], i, "pool_ids")
		}
	}
}

// keysOf are the keys of a map or an object that is known, sorted.
func keysOf(l terraform.Leaf) (keys []string, ok bool) {
	if !l.Value.IsKnown() || l.Value.IsNull() || !l.Value.Type().IsObjectType() && !l.Value.Type().IsMapType() {
		return nil, false
	}
	for it := l.Value.ElementIterator(); it.Next(); {
		key, _ := it.Element()
		keys = append(keys, key.AsString())
	}
	slices.Sort(keys)
	return keys, true
}

// cloudflareList reads a list of pools, in their order, as members. It returns the pools, nil for those that are not in the inputs.
func (b *builder) cloudflareList(r *Resource, out *mesh.Record, place string, path ...any) (pools []*Resource) {
	list, open := r.leaves(path...)
	if open != "" {
		leaveOpen(out, open)
	}
	for i, l := range list {
		pool := b.whole(l, "cloudflare_load_balancer_pool")
		pools = append(pools, pool)
		rank := i
		if out.Policy != mesh.Ordered && out.Policy != mesh.Divided {
			rank = 0
		}
		if pool == nil || pool.Mode == "data" {
			why := because(textOf(l).Cause, "the pool is not in the inputs")
			out.Members = append(out.Members, &mesh.Member{Name: textOf(l).Or("pool"), Rank: rank, For: place, Target: textOf(l), Origin: r.origin(l, nil), RankOrigin: r.origin(l, nil),
				Region: mesh.UnknownOf[string](why, originOf(l)), Enabled: mesh.UnknownOf[bool](why, originOf(l)), Check: mesh.UnknownOf[*mesh.RecordCheck](why, originOf(l))})
			continue
		}
		m := b.cloudflarePool(out, pool, rank, r.origin(l, nil))
		m.For = place
		out.Members = append(out.Members, m)
	}
	return pools
}

// cloudflareName reads cloudflare_dns_record (content), and cloudflare_record of version 4 (value, or content). A name may be relative to its zone
// there; "@" is the zone.
func cloudflareName(b *builder, r *Resource) {
	if kind := r.text("type"); kind.IsKnown() && !slices.Contains([]string{"A", "AAAA", "CNAME"}, kind.V) {
		return
	}
	name, zone := r.text("name"), ""
	if z := b.whole(r.Leaf("zone_id"), "cloudflare_zone"); z != nil {
		zone = bare(z.text("zone").Or(z.text("name").Or("")))
	}
	n := plainName{kind: "Cloudflare record", zone: zone, ttl: cloudflareTTL(r, 300*time.Second)}
	host := bare(name.V)
	switch {
	case !name.IsKnown():
		n.cause = because(name.Cause, "it has no name")
	case zone != "" && host == "@":
		n.host = zone
	case zone != "" && host != zone && !strings.HasSuffix(host, "."+zone):
		n.host = host + "." + zone
	case zone != "" || r.Type == "cloudflare_dns_record":
		n.host = host
	default:
		n.cause = "the name of its zone is not in the inputs"
	}
	if r.text("type").V == "AAAA" {
		n.zone = strings.TrimSpace(n.zone + " AAAA")
	}
	answer := r.Leaf("content")
	if nothing(answer) {
		answer = r.Leaf("value")
	}
	n.answers = []terraform.Leaf{answer}
	b.plainRecord(r, n)
}
