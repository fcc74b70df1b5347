package fleet

import (
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// recordGap is what is not known of a record, or of those that it leads to, and decides where its callers go; nil if nothing is.
func (x *links) recordGap(r *mesh.Record, above []*mesh.Record) *mesh.Gap {
	gap := func(what, why string, at mesh.Origin) *mesh.Gap {
		return &mesh.Gap{What: fmt.Sprintf("%s of %s: %s", what, r.Host, why), Origin: at}
	}
	switch {
	case r.Open != "":
		return gap("how many answers there are", r.Open, r.Origin)
	case r.TTL.State == mesh.Unknown:
		return gap("the TTL", r.TTL.Cause, r.TTL.Origin)
	case r.Policy == mesh.OtherPolicy, r.Policy == mesh.Divided:
		return gap("the routing policy", "where callers are decides, and that is not in the inputs", r.Origin)
	}
	above = append(above[:len(above):len(above)], r)
	members := inUse(r)
	for i, m := range members {
		alone := len(members) < 2 || r.Policy == mesh.Ordered && i == len(members)-1
		c, checked := m.Check.Get()
		next := x.next(r, m, above)
		if next != nil {
			if g := x.recordGap(next, above); g != nil {
				return g
			}
		}
		switch {
		case m.Enabled.State == mesh.Unknown:
			return gap("whether "+m.Name+" is in use", m.Enabled.Cause, m.Enabled.Origin)
		case m.Weight.State == mesh.Unknown:
			return gap("the weight of "+m.Name, m.Weight.Cause, m.Weight.Origin)
		case alone:
		case m.Check.State == mesh.Unknown:
			return gap("what checks "+m.Name, m.Check.Cause, m.Check.Origin)
		case !checked:
		case next != nil && several(next):
			if why := x.unclear(r, members, i, next); why != "" {
				return gap("what the health check of "+m.Name+" says", why, m.Check.Origin)
			}
		default:
			if why := doubtful(c); why != "" {
				return gap("what the health check of "+m.Name+" says", why, m.Check.Origin)
			}
		}
	}
	return nil
}

// doubtful is why nobody knows what a check says; "" if it is known.
func doubtful(c *mesh.RecordCheck) string {
	if c.PartsOpen != "" {
		return c.PartsOpen
	}
	for _, p := range leaves(c) {
		switch {
		case p.Disabled.State == mesh.Unknown:
			return p.Disabled.Cause
		case p.Inverted.State == mesh.Unknown:
			return p.Inverted.Cause
		case p.Inverted.Or(false):
			return "it is inverted"
		}
	}
	if !byHand(c) && !switchedOff(c) && !timed(c) {
		return "when it notices is not in the inputs"
	}
	return ""
}
