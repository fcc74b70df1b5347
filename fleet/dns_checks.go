package fleet

import (
	"cmp"
	"slices"
	"time"

	"github.com/passmuster/muster/mesh"
)

// unhealthy reports whether the check of member i calls it unhealthy once what member k leads to has failed. Named tells what a check
// of the record's own name finds: it leads to what has failed, or, later, to what has not.
func (x *links) unhealthy(r *mesh.Record, members []*mesh.Member, c *mesh.RecordCheck, i, k int, named bool) bool {
	switch {
	case c.Manual, c.Disabled.Or(false):
		return false
	case len(c.Parts) > 0:
		healthy := 0
		for _, p := range c.Parts {
			if !x.unhealthy(r, members, p, i, k, named) {
				healthy++
			}
		}
		return healthy < c.Needs.Or(len(c.Parts))
	case c.Follows:
		return i == k
	case ofName(c, r):
		return named && i == k
	}
	if a := x.asks(c, members[k]); a != unknown {
		return a == yes
	}
	return i == k // it is taken to ask what it stands at
}

// ofName reports whether a check asks the record's own name.
func ofName(c *mesh.RecordCheck, r *mesh.Record) bool {
	name, known := c.Watches.Get()
	return known && sameHost(name, r.Host)
}

// outWith are the members of which each that fails takes member i out, and whether that lasts only until another one answers.
func (x *links) outWith(r *mesh.Record, members []*mesh.Member, i int) (list []int, alternates bool) {
	c, ok := members[i].Check.Get()
	if !ok {
		return nil, false
	}
	list = []int{}
	for k := range members {
		if x.unhealthy(r, members, c, i, k, true) {
			list = append(list, k)
		}
	}
	own := slices.Contains(list, i)
	return list, own && !x.unhealthy(r, members, c, i, i, false)
}

// leaves are the checks that a check is made of: itself, if it asks.
func leaves(c *mesh.RecordCheck) []*mesh.RecordCheck {
	if len(c.Parts) == 0 {
		return []*mesh.RecordCheck{c}
	}
	var out []*mesh.RecordCheck
	for _, p := range c.Parts {
		out = append(out, leaves(p)...)
	}
	return out
}

// shared is a check that both members carry, or nil.
func shared(a, b *mesh.Member) *mesh.RecordCheck {
	x, ok := a.Check.Get()
	y, also := b.Check.Get()
	if !ok || !also {
		return nil
	}
	for _, p := range leaves(x) {
		for _, q := range leaves(y) {
			if p.ID == q.ID && p.ID != "" && !p.Follows && !p.Manual {
				return p
			}
		}
	}
	return nil
}

// byHand reports whether nothing but a person or a program moves a check.
func byHand(c *mesh.RecordCheck) bool {
	all := leaves(c)
	return !slices.ContainsFunc(all, func(p *mesh.RecordCheck) bool { return !p.Manual && !p.Disabled.Or(false) }) &&
		slices.ContainsFunc(all, func(p *mesh.RecordCheck) bool { return p.Manual })
}

// switchedOff reports whether no part of a check looks at anything.
func switchedOff(c *mesh.RecordCheck) bool {
	return !slices.ContainsFunc(leaves(c), func(p *mesh.RecordCheck) bool { return !p.Disabled.Or(false) })
}

// decisive is the part of a check that decides when a member counts as lost: of several that all have to be healthy the one that sees most,
// and then soonest; otherwise the last one. Its times are those of the check where these are known.
func decisive(c *mesh.RecordCheck) *mesh.HealthCheck {
	var list []*mesh.RecordCheck
	for _, p := range leaves(c) {
		if !p.Manual && !p.Disabled.Or(false) {
			list = append(list, p)
		}
	}
	if len(list) == 0 {
		return nil
	}
	blind := func(p *mesh.RecordCheck) int {
		if p.HealthCheck.Handler == "tcp" {
			return 1
		}
		return 0
	}
	later := func(p *mesh.RecordCheck) time.Duration { return p.Notices.Or(1 << 62) }
	slices.SortStableFunc(list, func(a, b *mesh.RecordCheck) int {
		return cmp.Or(cmp.Compare(blind(a), blind(b)), cmp.Compare(later(a), later(b)))
	})
	one := list[0]
	if c.Needs.Or(len(c.Parts)) < len(c.Parts) {
		one = list[len(list)-1]
	}
	out := one.HealthCheck
	return &out
}

// timed reports whether it is known when a check notices.
func timed(c *mesh.RecordCheck) bool {
	return slices.ContainsFunc(leaves(c), func(p *mesh.RecordCheck) bool {
		return !p.Manual && !p.Disabled.Or(false) && p.Notices.State != mesh.Unknown
	})
}
