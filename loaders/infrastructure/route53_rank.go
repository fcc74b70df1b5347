package infrastructure

import (
	"github.com/passmuster/muster/mesh"
)

// rank gives the policy of a group and the places of its members.
func (g *nameGroup) rank() {
	g.of.Policy = route53Policies[g.kind]
	switch g.kind {
	case "":
		g.simple()
	case "failover_routing_policy":
		g.failover()
	case "weighted_routing_policy":
		g.weighted()
	case "geolocation_routing_policy":
		g.divided(geolocation)
	case "cidr_routing_policy":
		g.divided(cidr)
	}
}

// simple: all values are handed out, whatever their health. Two such records of one name cannot be, so nobody knows what is there.
func (g *nameGroup) simple() {
	switch {
	case len(g.members) > 1:
		g.of.Policy = mesh.OtherPolicy
	case len(g.members[0].values) > 1:
		g.of.Policy = mesh.AnyOf
	}
}

func (g *nameGroup) failover() {
	for _, m := range g.members {
		role := m.text("failover_routing_policy", "type")
		rank, known := map[string]int{"PRIMARY": 0, "SECONDARY": 1}[role.Or("")]
		if !known {
			g.of.Policy = mesh.OtherPolicy
		}
		for _, v := range m.values {
			v.Rank, v.RankOrigin = rank, role.Origin
		}
	}
}

// weighted: records of weight 0 are considered once all others are unhealthy (Route 53 Developer Guide, "How health checks work in simple
// configurations"), so they are a standby, unless all have that weight. Which of both holds is not known while a weight is not.
func (g *nameGroup) weighted() {
	zeros, others, unknown := 0, 0, 0
	for _, m := range g.members {
		switch w, ok := m.number("weighted_routing_policy", "weight").Get(); {
		case !ok:
			unknown++
		case w == 0:
			zeros++
		default:
			others++
		}
	}
	for _, m := range g.members {
		w := m.number("weighted_routing_policy", "weight")
		for _, v := range m.values {
			if v.Weight = w; w.IsKnown() && w.V == 0 {
				v.Weight = mesh.Value[int]{Origin: w.Origin}
				if others > 0 {
					v.Rank = 1
				}
			}
			v.RankOrigin = w.Origin
		}
	}
	switch {
	case zeros > 0 && unknown > 0:
		g.of.Policy = mesh.OtherPolicy
	case zeros > 0 && others > 0:
		g.of.Policy = mesh.Ordered
	}
}

// divided: the most exact place of the caller that has a healthy record answers (Route 53 Developer Guide, "Geolocation routing", "IP-based
// routing").
func (g *nameGroup) divided(place func(*Resource) (string, int, mesh.Origin, bool)) {
	for _, m := range g.members {
		name, rank, origin, known := place(m.Resource)
		if !known {
			g.of.Policy = mesh.OtherPolicy
		}
		for _, v := range m.values {
			v.For, v.Rank, v.RankOrigin = name, rank, origin
		}
	}
}

func geolocation(r *Resource) (string, int, mesh.Origin, bool) {
	const block = "geolocation_routing_policy"
	country, part, continent := r.text(block, "country"), r.text(block, "subdivision"), r.text(block, "continent")
	switch {
	case country.State == mesh.Unknown || part.State == mesh.Unknown || continent.State == mesh.Unknown:
		return "", 0, country.Origin, false
	case country.V == "*":
		return "*", 3, country.Origin, true
	case part.V != "":
		return "subdivision " + country.V + "-" + part.V, 0, part.Origin, true
	case country.V != "":
		return "country " + country.V, 1, country.Origin, true
	case continent.V != "":
		return "continent " + continent.V, 2, continent.Origin, true
	}
	return "", 0, country.Origin, false
}

func cidr(r *Resource) (string, int, mesh.Origin, bool) {
	location := r.text("cidr_routing_policy", "location_name")
	switch {
	case !location.IsKnown():
		return "", 0, location.Origin, false
	case location.V == "*":
		return "*", 1, location.Origin, true
	}
	return "location " + location.V, 0, location.Origin, true
}
