package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// gateways makes one host of a gateway's address that is listed in several localities: the
// first in the order of localities, with all that the others lead to.
// Envoy: EDS keeps only the first of several endpoints with one address (eds.cc,
// updateLocalityEndpoints); istiod lists localities in order.
func (j *joining) gateways(arr mesh.Arrangement) mesh.Arrangement {
	if arr.Apart {
		return arr
	}
	j.list, j.at, j.several = j.list[:0], nil, false
	for _, t := range arr.Tiers {
		for _, g := range t.Groups {
			for _, e := range g.Endpoints {
				if e.Gateway != nil {
					j.add(e, g.Locality)
				}
			}
		}
	}
	if !j.several {
		return arr
	}
	groups := 0
	for _, t := range arr.Tiers {
		groups += len(t.Groups)
		for _, g := range t.Groups {
			for _, e := range g.Endpoints {
				if e.Gateway != nil {
					j.lead(e)
				}
			}
		}
	}
	out, all := arr, make([]mesh.Group, 0, groups)
	out.Tiers = slices.Clone(arr.Tiers)
	for i, t := range arr.Tiers {
		first := len(all)
		for _, g := range t.Groups {
			g.Endpoints = j.joined(g.Endpoints)
			all = append(all, g)
		}
		out.Tiers[i].Groups = slices.Clip(all[first:])
	}
	return out
}

// joining is the addresses of gateways, each with what all its entries lead to. It serves one pool after the other.
type joining struct {
	list    []address
	at      map[string]int // once there are many
	several bool           // some address leads to more than one of its entries does
	// made are the hosts that stand for several entries, by the first of these: from most places the others follow in one order.
	made map[*mesh.Endpoint][]*mesh.Endpoint
}

type address struct {
	first    *mesh.Endpoint
	locality mesh.Locality
	entries  int
	leads    int              // to so many endpoints
	behind   []*mesh.Endpoint // in memory that serves again
}

// manyAddresses are looked up, and fewer looked through.
const manyAddresses = 16

func (j *joining) find(e *mesh.Endpoint) int {
	if j.at != nil {
		if i, ok := j.at[e.Address]; ok {
			return i
		}
		return -1
	}
	for i := range j.list {
		if j.list[i].first.Address == e.Address {
			return i
		}
	}
	return -1
}

// add counts an entry.
func (j *joining) add(e *mesh.Endpoint, l mesh.Locality) {
	i := j.find(e)
	if i < 0 {
		n := len(j.list)
		j.list = slices.Grow(j.list, 1)[:n+1]
		j.list[n] = address{first: e, locality: l, entries: 1, leads: len(e.Behind), behind: j.list[n].behind[:0]}
		switch n++; {
		case n == manyAddresses:
			j.at = make(map[string]int, 2*n)
			for i := range j.list {
				j.at[j.list[i].first.Address] = i
			}
		case n > manyAddresses:
			j.at[e.Address] = n - 1
		}
		return
	}
	known := &j.list[i]
	j.several = j.several || known.leads > 0
	known.entries++
	known.leads += len(e.Behind)
	if l.Compare(known.locality) < 0 {
		known.first, known.locality = e, l
	}
}

// lead adds up what the entries of an address lead to. An address of one entry needs no list.
func (j *joining) lead(e *mesh.Endpoint) {
	known := &j.list[j.find(e)]
	if known.entries < 2 {
		return
	}
	known.behind = append(slices.Grow(known.behind, known.leads-len(known.behind)), e.Behind...)
}

// joined is the endpoints of one group, with the first entry of each address alone.
func (j *joining) joined(endpoints []*mesh.Endpoint) []*mesh.Endpoint {
	if !slices.ContainsFunc(endpoints, func(e *mesh.Endpoint) bool { return e.Gateway != nil }) {
		return endpoints
	}
	list := make([]*mesh.Endpoint, 0, len(endpoints))
	for _, e := range endpoints {
		if e.Gateway == nil {
			list = append(list, e)
			continue
		}
		known := &j.list[j.find(e)]
		switch {
		case known.first != e:
		case known.entries < 2 && len(e.Behind) > 0:
			list = append(list, e)
		default:
			list = append(list, j.host(known))
		}
	}
	return list
}

// host is one endpoint for all entries of an address.
func (j *joining) host(a *address) *mesh.Endpoint {
	for _, known := range j.made[a.first] {
		if slices.Equal(known.Behind, a.behind) {
			return known
		}
	}
	one := *a.first
	one.Behind = slices.Clone(a.behind)
	if j.made == nil {
		j.made = map[*mesh.Endpoint][]*mesh.Endpoint{}
	}
	j.made[a.first] = append(j.made[a.first], &one)
	return &one
}
