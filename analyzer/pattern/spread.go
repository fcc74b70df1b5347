package pattern

import (
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// spread is where the copies of a service stand, and who sends requests to which.
type spread struct {
	service *mesh.Service
	uses    []use
	// regional: places are regions; otherwise the copies share a region, and places are clusters.
	regional        bool
	serving, others []string
}

// use is one use with the places that take its requests, sorted.
type use struct {
	failover.Use
	in []string
}

func (x *spread) place(e *mesh.Endpoint) string {
	if x.regional {
		return e.Locality.Region
	}
	return e.Cluster
}

func (x *spread) unit() string {
	if x.regional {
		return "region"
	}
	return "cluster"
}

func (x *spread) placeOf(c *mesh.Client) string {
	if x.regional {
		return c.Locality.Region
	}
	return c.Cluster
}

// where are the places of endpoints, sorted.
func (x *spread) where(list []*mesh.Endpoint) []string {
	var found []string
	for _, e := range list {
		if p := x.place(e); !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	slices.Sort(found)
	return found
}

// spreadOf tells where a service stands, or nil where it stands in one place only.
func spreadOf(s *mesh.Service, uses []failover.Use) (x *spread, unknown string) {
	x = &spread{service: s}
	copies := [][]*mesh.Endpoint{s.Endpoints}
	for _, u := range uses {
		switch {
		case u.Pool.Service == s:
		case standsFor(s, u):
			copies = append(copies, u.Taking)
		default:
			continue // another part of the application
		}
		x.uses = append(x.uses, use{Use: u})
	}
	for _, b := range idle(x.uses) {
		if b.Service != nil && related(s, b.Service) {
			copies = append(copies, b.Service.Endpoints)
		}
	}
	x.regional = true
	regions := x.all(copies)
	x.regional = len(regions) > 1
	places := regions
	if !x.regional {
		places = x.all(copies)
	}
	switch {
	case len(places) < 2:
		return nil, ""
	case slices.Contains(regions, ""):
		return nil, "the region of some endpoints is not known"
	}
	for n := range x.uses {
		u := &x.uses[n]
		u.in = x.where(u.Taking)
		x.serving = merge(x.serving, u.in)
	}
	x.others = slices.DeleteFunc(places, func(p string) bool { return slices.Contains(x.serving, p) })
	return x, ""
}

// all are the places of several lists of endpoints, sorted.
func (x *spread) all(lists [][]*mesh.Endpoint) (found []string) {
	for _, l := range lists {
		found = merge(found, x.where(l))
	}
	return found
}

// merge unites two sorted lists.
func merge(a, b []string) []string {
	if slices.Equal(a, b) {
		return a
	}
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// standsFor reports whether a use sends requests for the service as a whole to another service that
// is a copy of it.
func standsFor(s *mesh.Service, u failover.Use) bool {
	return !u.Pool.Service.External && u.Rule.Match.CatchAll() && related(s, u.Pool.Service)
}

// idle are the destinations of weight 0 in the rules of uses.
func idle(uses []use) []mesh.Backend {
	var list []mesh.Backend
	seen := map[[2]string]bool{}
	for _, u := range uses {
		for _, b := range u.Rule.Idle {
			if k := [2]string{b.Host, b.Subset}; !seen[k] {
				seen[k] = true
				list = append(list, b)
			}
		}
	}
	return list
}
