package infrastructure

import (
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// nameMember is one aws_route53_record.
type nameMember struct {
	*Resource
	zone   hostedZone
	host   string
	kind   string // of its routing policy, as the provider names the block; "" = simple, unknownKind = nobody knows
	values []*mesh.Member
	ttl    mesh.Value[time.Duration]
}

// nameGroup are the records of one zone, name and type: what callers get one answer of.
type nameGroup struct {
	key, kind string
	cause     string // why the host is not known
	of        *mesh.Record
	members   []*nameMember
	timed     bool // its TTL is worked out
}

// unknownKind is the policy of a record of which nobody knows which it has.
const unknownKind = "?"

// route53Policies are the blocks that choose a policy, and what they are in the graph (Route 53 Developer Guide, "Choosing a routing policy").
var route53Policies = map[string]mesh.RecordPolicy{
	"":                                 mesh.SingleAnswer,
	"failover_routing_policy":          mesh.Ordered,
	"weighted_routing_policy":          mesh.Shared,
	"latency_routing_policy":           mesh.Nearest,
	"geoproximity_routing_policy":      mesh.Nearest,
	"geolocation_routing_policy":       mesh.Divided,
	"cidr_routing_policy":              mesh.Divided,
	"multivalue_answer_routing_policy": mesh.AnyOf,
	unknownKind:                        mesh.OtherPolicy,
}

// route53Record reads aws_route53_record. Only names of services are looked at: A, AAAA and CNAME; and none by which a certificate is validated.
func route53Record(b *builder, r *Resource) {
	kind := r.text("type")
	if t, ok := kind.Get(); ok && !slices.Contains([]string{"A", "AAAA", "CNAME"}, t) || validates(r) {
		return
	}
	if len(b.names) == 0 {
		b.afterwards(b.groupNames)
	}
	b.names = append(b.names, &nameMember{Resource: r})
}

// validates reports whether a record proves to somebody that the domain is one's own.
func validates(r *Resource) bool {
	for _, path := range [][]any{{"name"}, {"type"}, {"records"}, {"records", 0}} {
		for _, ref := range r.Leaf(path...).Refs {
			if ref = "." + plain(ref); strings.Contains(ref, ".aws_acm_certificate.") || strings.Contains(ref, ".aws_ses") {
				return true
			}
		}
	}
	return false
}

func (b *builder) groupNames() {
	byKey := map[string]*nameGroup{}
	for _, m := range b.names {
		m.zone = b.zoneOf(m.Resource, m.Leaf("zone_id"))
		host, cause := hostOf(m.Resource, m.zone)
		m.host, m.kind = host, policyKind(m.Resource)
		name := host
		if host == "" {
			if name = m.known("name"); name == "" {
				name = m.within() + "|" + m.Leaf("name").Written()
			}
			name = "? " + name
		}
		kind, ok := m.text("type").Get()
		if !ok {
			kind = "? " + m.within() + "|" + m.Leaf("type").Written()
		}
		key := strings.Join([]string{m.zone.key, name, kind}, "\x00")
		g := byKey[key]
		if g == nil {
			label := m.zone.label
			if kind != "A" && kind != "CNAME" {
				label = strings.TrimSpace(label + " " + m.text("type").Or("of an unknown type"))
			}
			g = &nameGroup{key: key, cause: cause, kind: m.kind, of: &mesh.Record{ID: m.id(), Kind: "Route 53 record", Host: host, HostCause: cause,
				Zone: label, Environment: b.Environment, Fallback: mesh.FallbackAll, Open: cause, Origin: m.here()}}
			byKey[key] = g
			b.groups = append(b.groups, g)
			b.byRecord[g.of] = g
			b.out.Records = append(b.out.Records, g.of)
		}
		if g.kind != m.kind {
			g.kind = unknownKind
		}
		if m.Unsure != "" && g.of.Open == "" {
			g.of.Open = m.Unsure
		}
		g.members = append(g.members, m)
		b.records[m.Resource] = g.of
	}
	b.strangers()
	b.afterwards(b.answerNames)
}

// policyKind is the policy block of a record.
func policyKind(r *Resource) string {
	found := ""
	for _, kind := range route53Kinds {
		n, open := r.count(kind)
		if kind == "multivalue_answer_routing_policy" {
			v := r.flag(kind)
			n, open = 0, v.Cause
			if v.Or(false) {
				n = 1
			}
		}
		switch {
		case n == 0 && open == "":
		case n == 0, found != "":
			return unknownKind
		default:
			found = kind
		}
	}
	return found
}

var route53Kinds = []string{"failover_routing_policy", "weighted_routing_policy", "latency_routing_policy", "geoproximity_routing_policy",
	"geolocation_routing_policy", "cidr_routing_policy", "multivalue_answer_routing_policy"}

// strangers notes where a record whose name is not known may be one more of another name.
func (b *builder) strangers() {
	first := map[[2]string]*nameGroup{}
	for _, g := range b.groups {
		if g.of.Host != "" || g.kind == "" {
			continue
		}
		zone := g.members[0].zone.key
		if z := g.members[0].zone; !z.exact || z.name == "" {
			zone = ""
		}
		for _, kind := range []string{g.kind, anyKind} {
			if first[[2]string{zone, kind}] == nil {
				first[[2]string{zone, kind}] = g
			}
		}
	}
	for _, g := range b.groups {
		if g.of.Host == "" || g.of.Open != "" || g.kind == "" {
			continue
		}
		kinds := []string{g.kind, unknownKind}
		if g.kind == unknownKind {
			kinds = []string{anyKind}
		}
		for _, kind := range kinds {
			for _, zone := range []string{"", g.members[0].zone.key} {
				if s := first[[2]string{zone, kind}]; s != nil && g.of.Open == "" {
					g.of.Open = s.members[0].Address + " may be one of it: " + s.cause
				}
			}
		}
	}
}

// anyKind stands for all policies.
const anyKind = "*"

// answerNames puts the members of records into their order, once it is known what there is that they can lead to.
func (b *builder) answerNames() {
	b.indexHosts()
	for _, g := range b.groups {
		for _, m := range g.members {
			b.readMember(g, m)
		}
	}
	for _, g := range b.groups {
		g.rank()
		for _, m := range g.members {
			g.of.Members = append(g.of.Members, m.values...)
		}
		slices.SortStableFunc(g.of.Members, func(x, y *mesh.Member) int { return x.Rank - y.Rank })
		g.of.Switch = switchOf(g.of.Members)
	}
	for _, g := range b.groups {
		g.of.TTL = b.ttlOf(g)
	}
}

// ttlOf is how long callers keep the answers that they have on a normal day: the longest of them.
func (b *builder) ttlOf(g *nameGroup) (out mesh.Value[time.Duration]) {
	if g.timed {
		return g.of.TTL
	}
	g.timed = true
	for i, m := range g.members {
		if g.of.Policy == mesh.Ordered && m.values[0].Rank > g.of.Members[0].Rank {
			continue
		}
		ttl := m.ttl
		if next := b.byRecord[m.values[0].Next]; next != nil && ttl.Cause == followsNext {
			ttl = b.ttlOf(next)
		}
		switch {
		case out.State == mesh.Unknown:
		case i == 0, ttl.State == mesh.Unknown, out.State == mesh.Absent, ttl.V > out.V:
			out = ttl
		}
	}
	g.of.TTL = out
	return out
}

// switchOf tells who switches, where every member has a check that somebody sets by hand.
func switchOf(members []*mesh.Member) (out mesh.Value[string]) {
	for i, m := range members {
		c, ok := m.Check.Get()
		if !ok || !c.Manual {
			return mesh.Value[string]{}
		}
		if i == 0 {
			out = mesh.Of("routing control", c.HealthCheck.Origin)
		}
	}
	return out
}
