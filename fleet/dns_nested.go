package fleet

import (
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/mesh"
)

// next is the record that a member leads to; nil if it leads to none, or back.
func (x *links) next(r *mesh.Record, m *mesh.Member, above []*mesh.Record) *mesh.Record {
	next := m.Next
	if target, ok := m.Target.Get(); next == nil && m.Leads == nil && ok {
		next = x.byHost[hostOf(target)]
	}
	if next == nil || next == r || slices.Contains(above, next) || len(above) >= maxRecords {
		return nil
	}
	return next
}

// several reports whether a record chooses among members.
func several(r *mesh.Record) bool { return len(inUse(r)) > 1 }

// nested puts the members of records that members lead to in their place, each of which chooses by itself. It gives the longest time for which
// callers keep any answer of them, absent where there are none, and the losses that take detection from them.
func (x *links) nested(r *mesh.Record, members []mesh.Target, above []*mesh.Record) (out []mesh.Target, ttl mesh.Value[time.Duration], losses []mesh.Loss) {
	above = append(above[:len(above):len(above)], r)
	used := inUse(r)
	moved := make([]int, len(members)) // where the targets are that stand for themselves
	var own []int
	for i := range members {
		moved[i] = len(out)
		next := x.next(r, used[i], above)
		if next == nil || !several(next) {
			own = append(own, len(out))
			out = append(out, members[i])
			continue
		}
		inner, _ := x.targets(next, above)
		for _, l := range x.recordLosses(next, inner) {
			if l.Takes&mesh.TakesDetection != 0 || l.Kind == mesh.LossSharedCheck {
				losses = append(losses, l)
			}
		}
		list, below, more := x.nested(next, inner, above)
		losses = append(losses, more...)
		ttl = longest(longest(r.TTL, next.TTL), longest(ttl, below))
		p := mesh.Passage{Member: i, Rank: members[i].Rank, Weight: members[i].Weight, Checked: members[i].Detection.Check != nil}
		for _, t := range list {
			t.OutWith = shifted(t.OutWith, moved[i])
			t.Above = append([]mesh.Passage{p}, t.Above...)
			t.Name = used[i].Name + " " + t.Name
			out = append(out, t)
		}
	}
	for _, i := range own {
		if out[i].OutWith != nil {
			list := make([]int, 0, len(out[i].OutWith))
			for _, k := range out[i].OutWith {
				list = append(list, moved[k])
			}
			out[i].OutWith = list
		}
	}
	return out, ttl, losses
}

// shifted are indexes of targets that stand further behind.
func shifted(list []int, by int) []int {
	if list == nil {
		return nil
	}
	out := make([]int, len(list))
	for i, k := range list {
		out[i] = k + by
	}
	return out
}

// longest is the longer of two times; unknown if one is.
func longest(a, b mesh.Value[time.Duration]) mesh.Value[time.Duration] {
	switch {
	case a.State == mesh.Unknown, b.State == mesh.Absent:
		return a
	case b.State == mesh.Unknown, a.State == mesh.Absent, b.V > a.V:
		return b
	}
	return a
}

// unclear is why nobody knows what a check of a member says that leads to a record with several members; "" if it is well as long as one of them
// is. A check that asks by itself sees what the record answers, and so what its members' own checks leave there.
func (x *links) unclear(r *mesh.Record, members []*mesh.Member, i int, next *mesh.Record) string {
	c := members[i].Check.V
	asks := false
	for _, p := range leaves(c) {
		switch {
		case p.Disabled.State == mesh.Unknown:
			return p.Disabled.Cause
		case p.Inverted.State == mesh.Unknown:
			return p.Inverted.Cause
		case p.Inverted.Or(false):
			return "it is inverted"
		}
		asks = asks || !p.Follows && !p.Manual && !p.Disabled.Or(false)
	}
	if c.PartsOpen != "" || !asks {
		return c.PartsOpen
	}
	if list, alternates := x.outWith(r, members, i); alternates || slices.ContainsFunc(list, func(k int) bool { return k != i }) {
		return "it asks something else than " + next.Name()
	}
	for k, m := range inUse(next) {
		if _, checked := m.Check.Get(); !checked && !(next.Policy == mesh.Ordered && k == len(inUse(next))-1) {
			return fmt.Sprintf("it asks %s, and nothing asks its member %s", next.Name(), m.Name)
		}
	}
	return ""
}
