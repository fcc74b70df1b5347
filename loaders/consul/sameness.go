package consul

import (
	"maps"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Sameness is a sameness group: partitions and peers whose services of one name are the same (Enterprise; sheet, section 2.1).
type Sameness struct {
	Members      []Member
	Default      bool // services without a failover of their own fail over along the group
	IncludeLocal bool // the own partition comes before all members
	Origin       mesh.Origin
}

// Member is a peer, or a partition of the own cluster.
type Member struct {
	Partition, Peer string
	Origin          mesh.Origin
}

func (d *decoder) sameness(v *value) *Sameness {
	out := &Sameness{Default: d.bool(v.get("DefaultForFailover")), IncludeLocal: d.bool(v.get("IncludeLocal")), Origin: d.origin(v)}
	for _, m := range v.get("Members").elements() {
		out.Members = append(out.Members, Member{Partition: d.text(m.get("Partition")), Peer: d.text(m.get("Peer")), Origin: d.origin(m)})
	}
	return out
}

// local reports whether a member is the partition that is all of what muster knows.
func (m Member) local() bool { return m.Peer == "" && (m.Partition == "" || m.Partition == namespace) }

// known reports whether it is told what the group comes to: its members are peers and the default partition.
func (s *Sameness) known() bool {
	return !slices.ContainsFunc(s.Members, func(m Member) bool { return m.Peer == "" && !m.local() || m.Peer != "" && m.Partition != "" })
}

// list is the group as targets for a service, in its order; an empty one is the own cluster.
func (s *Sameness) list(service string) []FailoverTarget {
	var out []FailoverTarget
	if s.IncludeLocal {
		out = append(out, FailoverTarget{Reference{Service: service}, s.Origin})
	}
	for _, m := range s.Members {
		if !m.local() || !s.IncludeLocal {
			out = append(out, FailoverTarget{Reference{Service: service, Peer: m.Peer}, m.Origin})
		}
	}
	return out
}

// localFirst reports whether requests go to the own cluster before any other. Without IncludeLocal or a local member it is not
// tried first (sheet, section 2.1), and what is tried then is not predicted.
func (s *Sameness) localFirst() bool {
	return s.IncludeLocal || len(s.Members) > 0 && s.Members[0].local()
}

// expand puts the members of sameness groups in the place of the groups, as Consul Enterprise does. Groups and references that it
// leaves are those whose meaning is not told. fallback is the failover of services that have none; nil = none.
func expand(entries []*Entry, edition string) (out []*Entry, fallback *Failover) {
	if edition != "enterprise" {
		return entries, nil
	}
	groups := map[string]*Sameness{}
	for _, e := range entries {
		if e.Sameness != nil && e.Problem == nil && e.Sameness.known() && (!e.Sameness.Default || e.Sameness.localFirst()) {
			groups[e.Name] = e.Sameness
			if e.Sameness.Default {
				fallback = &Failover{Targets: e.Sameness.list(""), Origin: e.Origin, ListAt: e.Origin}
			}
		}
	}
	for _, e := range entries {
		one := *e
		switch {
		case e.Sameness != nil:
			one.told = groups[e.Name] != nil
		case e.Resolver != nil:
			one.Resolver = e.Resolver.expanded(groups)
		case e.Intentions != nil:
			one.Intentions = e.Intentions.expanded(groups)
		case e.Exports != nil:
			one.Exports = expandedExports(e.Exports, groups)
		}
		out = append(out, &one)
	}
	return out, fallback
}

func (r *Resolver) expanded(groups map[string]*Sameness) *Resolver {
	out := *r
	out.Failover = maps.Clone(r.Failover)
	for key, f := range r.Failover {
		if g := groups[f.Sameness]; g != nil && f.Sameness != "" && len(f.Datacenters)+len(f.Targets) == 0 && f.Subset == "" {
			f.Targets, f.Reference = g.list(f.Service), Reference{}
			out.Failover[key] = f
		}
	}
	return &out
}

func (in *Intentions) expanded(groups map[string]*Sameness) *Intentions {
	out := *in
	out.Sources = nil
	for _, s := range in.Sources {
		g := groups[s.Sameness]
		if g == nil || s.Sameness == "" || s.Peer != "" {
			out.Sources = append(out.Sources, s)
			continue
		}
		s.Sameness = ""
		for _, t := range g.list(s.Name) {
			s.Peer = t.Peer
			out.Sources = append(out.Sources, s)
		}
	}
	return &out
}

func expandedExports(list []Export, groups map[string]*Sameness) []Export {
	out := slices.Clone(list)
	for i := range out {
		var consumers []Consumer
		for _, c := range out[i].Consumers {
			g := groups[c.Sameness]
			if g == nil || c.Sameness == "" || c.Peer != "" || c.Partition != "" {
				consumers = append(consumers, c)
				continue
			}
			for _, m := range g.Members {
				if m.Peer != "" {
					consumers = append(consumers, Consumer{Peer: m.Peer, Origin: c.Origin})
				}
			}
		}
		out[i].Consumers = consumers
	}
	return out
}

// fallbackFor is the failover that a service without one of its own has along the default group: the peers that export it.
func (s *store) fallbackFor(t *Target) (Failover, bool) {
	if s.fallback == nil || t.Peer != "" {
		return Failover{}, false
	}
	f := *s.fallback
	f.Targets = slices.DeleteFunc(slices.Clone(f.Targets), func(to FailoverTarget) bool { return to.Peer == "" || !s.offers(to.Peer, t.Service) })
	return f, len(f.Targets) > 0
}
