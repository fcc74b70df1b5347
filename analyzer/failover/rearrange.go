package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// moved is what is left of the hosts of a normal day after some went off the list. The same hosts
// leave in many failures.
type moved struct {
	gone uint64 // of the hosts of the day; kept only where they fit in
	arr  mesh.Arrangement
	// hosts as loaded, and which of the day each of them was; -1 = none.
	hosts     []host
	tierStart []int
	was       []int
	whole     []bool  // everything behind it is left
	seats     []int32 // as those of the day; -1 = no endpoint of the day
}

// rearrange takes withdrawn endpoints off the list, as control planes do that do not announce
// unready endpoints: the remaining ones are tiered anew.
func (s *sim) rearrange(d *day) {
	switched := s.switched
	s.kept = append(s.kept[:0], s.hosts...) // hosts are still those of the day
	gone, keep := uint64(0), len(s.kept) <= 64
	for i := range s.kept {
		if s.kept[i].withdrawn && keep {
			gone |= 1 << i
		}
	}
	var m *moved
	if i := slices.IndexFunc(d.moves, func(m *moved) bool { return m.gone == gone }); keep && i >= 0 {
		m = d.moves[i]
	} else {
		m = s.trim()
		m.gone = gone
		if keep {
			d.moves = append(d.moves, m)
		}
	}
	s.begin(m.arr)
	s.switched, s.moved = switched, m
	s.doubted = slices.ContainsFunc(s.kept, func(h host) bool { return h.withdrawn && h.unknown })
	s.hosts = append(s.hosts[:0], m.hosts...)
	s.tierStart = append(s.tierStart[:0], m.tierStart...)
	for i := range s.hosts {
		h := &s.hosts[i]
		was := m.was[i]
		if was < 0 || s.kept[was].ep != h.ep {
			h.at = s.blast.endpoint(s.pool.Service, h.ep)
		}
		if was < 0 {
			continue
		}
		o := &s.kept[was]
		h.fails, h.unknown = o.fails, o.unknown
		if o.ep == h.ep {
			h.at = o.at
		}
		if m.whole[i] {
			h.hits = o.hits
		}
	}
}

// trim arranges what is left of the hosts in s.kept.
func (s *sim) trim() *moved {
	old := make(map[*mesh.Endpoint]int, len(s.kept))
	gateways := map[string]int{} // by address: one host stands for several entries
	for i := range s.kept {
		if ep := s.kept[i].ep; ep.Gateway != nil {
			gateways[ep.Address] = i
		} else {
			old[ep] = i
		}
	}
	before := func(e *mesh.Endpoint) int {
		i, ok := old[e]
		if e.Gateway != nil {
			i, ok = gateways[e.Address]
		}
		if !ok {
			return -1
		}
		return i
	}
	trimmed := *s.pool
	trimmed.Targets = make([]mesh.Target, len(s.pool.Targets))
	for i, t := range s.pool.Targets {
		keep := make([]*mesh.Endpoint, 0, len(t.Endpoints))
		for _, e := range t.Endpoints {
			if i := before(e); i < 0 || !s.kept[i].withdrawn {
				keep = append(keep, e)
			}
		}
		t.Endpoints = keep
		trimmed.Targets[i] = t
	}
	pool := s.pool
	s.pool = &trimmed
	m := &moved{arr: s.joining.gateways(trimmed.Tiering.Arrange(s.client, &trimmed))}
	s.load(m.arr)
	s.pool = pool
	m.was, m.whole = make([]int, len(s.hosts)), make([]bool, len(s.hosts))
	for i := range s.hosts {
		h := &s.hosts[i]
		m.was[i] = before(h.ep)
		if m.was[i] < 0 {
			continue
		}
		o := &s.kept[m.was[i]]
		if m.whole[i] = slices.Equal(h.ep.Behind, o.ep.Behind); m.whole[i] {
			h.prot = o.prot
		}
	}
	m.hosts, m.tierStart = slices.Clone(s.hosts), slices.Clone(s.tierStart)
	return m
}

// seatsOf numbers the endpoints of a normal day.
func (d *day) seatsOf() []int32 {
	if !d.seated {
		d.seated = true
		if d.at == nil {
			d.at = map[*mesh.Endpoint]int32{}
		}
		for i := range d.hosts {
			each(d.hosts[i].ep, func(ep *mesh.Endpoint) {
				seat, ok := d.at[ep]
				if !ok {
					seat = int32(len(d.at))
					d.at[ep] = seat
				}
				d.seats = append(d.seats, seat)
			})
		}
		d.taken = len(d.at)
	}
	return d.seats
}

// seatsOf finds the endpoints that are left among those of the day.
func (m *moved) seatsOf(d *day) []int32 {
	if m.seats == nil {
		m.seats = []int32{}
		for i := range m.hosts {
			each(m.hosts[i].ep, func(ep *mesh.Endpoint) {
				seat, ok := d.at[ep]
				if !ok {
					seat = -1
				}
				m.seats = append(m.seats, seat)
			})
		}
	}
	return m.seats
}

// each visits an endpoint, or those behind it if it is a gateway with some.
func each(ep *mesh.Endpoint, visit func(*mesh.Endpoint)) {
	if len(ep.Behind) == 0 {
		visit(ep)
	}
	for _, b := range ep.Behind {
		visit(b)
	}
}
