package infrastructure

import (
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// fronts is what links records with members of their own, the load balancers that they lead to, and plain names that only lead to one of
// them.
type fronts struct {
	rulesOf map[*Resource][]*Resource // forwarding rules by the address that they listen on
	hasName map[*mesh.Record]bool     // those that another resource has named
	parts   map[string]*parts
	steps   [steps][]func()
}

// The order in which links are made, once all resources are read.
const (
	linkBalancers = iota // what load balancers lead to
	linkMembers          // what records lead to
	linkNames            // plain names
	steps
)

// step runs f in its turn.
func (b *builder) step(n int, f func()) {
	if b.rulesOf == nil {
		b.rulesOf, b.hasName = map[*Resource][]*Resource{}, map[*mesh.Record]bool{}
		b.afterwards(func() { b.afterwards(b.runSteps) }) // what other adapters make at the end of their work is there
	}
	b.steps[n] = append(b.steps[n], f)
}

// runSteps makes all links.
func (b *builder) runSteps() {
	for n := range b.steps {
		for i := 0; i < len(b.steps[n]); i++ {
			b.steps[n][i]()
		}
	}
	slices.SortStableFunc(b.out.Records, func(x, y *mesh.Record) int { return strings.Compare(x.ID, y.ID) })
	slices.SortStableFunc(b.out.Balancers, func(x, y *mesh.Balancer) int { return strings.Compare(x.ID, y.ID) })
}

// record keeps what a resource has become, and has its members read in their turn. A resource that may not be there leaves the record open.
func (b *builder) record(r *Resource, out *mesh.Record, members func()) {
	out.ID, out.Environment, out.Open = r.id(), b.Environment, r.Unsure
	if out.Origin.IsZero() {
		out.Origin = r.here()
	}
	b.step(linkMembers, members)
	b.records[r] = out
	b.out.Records = append(b.out.Records, out)
}

// lb keeps the load balancer that a resource has become, or stands for.
func (b *builder) lb(r *Resource, out *mesh.Balancer) *mesh.Balancer {
	out.ID, out.Origin = r.id(), r.here()
	b.step(linkBalancers, func() {})
	b.balancers[r] = out
	b.out.Balancers = append(b.out.Balancers, out)
	return out
}

// front is the record or load balancer that a resource is, or that listens on the address that it is.
func (b *builder) front(r *Resource) (*mesh.Record, *mesh.Balancer) {
	for _, rule := range append([]*Resource{r}, b.rulesOf[r]...) {
		if rec, lb := b.records[rule], b.balancers[rule]; rec != nil || lb != nil {
			return rec, lb
		}
	}
	return nil, b.balancer(r)
}

// leaveOpen notes why a record may have more members, or others.
func leaveOpen(r *mesh.Record, why string) {
	if r.Open == "" {
		r.Open = why
	}
}

// pointTo fills in what a member leads to, and where that is, unless a region is known already.
func (b *builder) pointTo(from *mesh.Record, m *mesh.Member, l terraform.Leaf) {
	m.Target = textOf(l)
	if m.Target.State == mesh.Absent {
		m.Target = mesh.UnknownOf[string]("nothing is written", m.Target.Origin)
	}
	to := b.whole(l)
	if to == nil {
		region := hostRegion(m.Target.Or(""))
		switch {
		case m.Region.State != mesh.Absent:
		case region != "":
			m.Region = mesh.Of(region, m.Target.Origin)
		default:
			m.Region = mesh.UnknownOf[string]("what it leads to is not in the inputs", m.Target.Origin)
		}
		return
	}
	b.pointAt(from, m, to)
}

// pointAt leads a member to a resource.
func (b *builder) pointAt(from *mesh.Record, m *mesh.Member, to *Resource) {
	if to.Unsure != "" {
		leaveOpen(from, to.Unsure)
	}
	if rec, lb := b.front(to); rec != nil && rec != from {
		m.Next = rec
	} else if rec == nil {
		m.Leads = lb
	}
	switch region := regionOf(to); {
	case m.Leads != nil && m.Leads.Region.IsKnown():
		m.Region = m.Leads.Region
	case m.Next == nil && (region.IsKnown() || m.Region.State == mesh.Absent):
		m.Region = region
	}
}

// plainName is a DNS record that has one answer, or several at once, and no policy.
type plainName struct {
	kind    string
	host    string
	cause   string // why host is not known
	zone    string
	ttl     mesh.Value[time.Duration]
	answers []terraform.Leaf
	open    string
}

// plainRecord keeps a name that leads somewhere. One that leads to a record alone is that record's name: callers ask for it, and the record
// decides.
func (b *builder) plainRecord(r *Resource, n plainName) {
	if strings.HasPrefix(n.host, "_") { // proves something to somebody, and leads nowhere
		return
	}
	b.step(linkNames, func() {
		if len(n.answers) == 1 && n.open == "" && r.Unsure == "" && n.host != "" {
			if to := b.whole(n.answers[0]); to != nil && to != r {
				if rec, _ := b.front(to); rec != nil {
					b.rename(rec, r, n)
					return
				}
			}
		}
		out := &mesh.Record{Kind: n.kind, Host: n.host, HostCause: n.cause, Zone: n.zone, Policy: mesh.SingleAnswer, TTL: n.ttl, Fallback: mesh.FallbackAll}
		if len(n.answers) > 1 {
			out.Policy = mesh.AnyOf
		}
		b.record(r, out, func() {})
		leaveOpen(out, n.open)
		for _, l := range n.answers {
			m := &mesh.Member{Name: textOf(l).Or(r.Name), Origin: r.here(), RankOrigin: r.here()}
			b.pointTo(out, m, l)
			out.Members = append(out.Members, m)
		}
	})
}

// rename gives a record the name that callers know it by; a second name makes a second record of it.
func (b *builder) rename(rec *mesh.Record, r *Resource, n plainName) {
	for _, known := range b.out.Records {
		if known.Host == n.host && known.Kind == rec.Kind && known.Environment == rec.Environment {
			b.records[r] = known
			return
		}
	}
	if technical(rec) && !b.hasName[rec] {
		b.hasName[rec] = true
		rec.Host, rec.HostCause, rec.Zone = n.host, "", n.zone
		b.records[r] = rec
		return
	}
	second := *rec
	second.ID, second.Host, second.HostCause, second.Zone = r.id(), n.host, "", n.zone
	second.Members = slices.Clone(rec.Members)
	b.records[r] = &second
	b.out.Records = append(b.out.Records, &second)
}

// nameless is why a record of an address has no host.
const nameless = "no name leads to its address"

// technical reports whether a record's own name is one that a provider gives, which callers come to through another.
func technical(rec *mesh.Record) bool {
	return rec.Host == "" && rec.HostCause == nameless || strings.HasSuffix(rec.Host, ".trafficmanager.net") || strings.HasSuffix(rec.Host, ".azurefd.net")
}

// parts are resources of some types by the resource that one attribute of theirs names.
type parts struct {
	of    map[*Resource][]*Resource
	stray string // why one of them may belong to any resource
}

// partsOf are the resources of some types that name another one in one of several attributes, in the order of their addresses; why tells
// that there may be more.
func (b *builder) partsOf(whole *Resource, types []string, paths ...string) (list []*Resource, why string) {
	x := b.parts[types[0]]
	if x == nil {
		x = &parts{of: map[*Resource][]*Resource{}}
		if b.parts == nil {
			b.parts = map[string]*parts{}
		}
		b.parts[types[0]] = x
		for _, r := range b.all {
			if r.Mode == "data" || !slices.Contains(types, r.Type) {
				continue
			}
			for _, path := range paths {
				l := r.Leaf(path)
				if nothing(l) {
					continue
				}
				if to := b.whole(l); to != nil {
					x.of[to] = append(x.of[to], r)
				} else if x.stray == "" && l.Unknown != nil {
					x.stray = r.Address + " may be a part of it: " + l.Unknown.Reason
				}
			}
		}
	}
	why = x.stray
	for _, r := range x.of[whole] {
		if r.Unsure != "" {
			why = because(why, r.Unsure)
		}
	}
	return x.of[whole], why
}
