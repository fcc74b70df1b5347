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
			u.Taking, u.Next = ofCopies(s, u, u.Taking), ofCopies(s, u, u.Next)
			copies = append(copies, u.Taking, u.Next)
			for _, l := range u.Pool.Losses {
				if l.Kind == mesh.LossUnattended {
					copies = append(copies, l.Endpoints)
				}
			}
		case standsFor(s, u):
			copies = append(copies, u.Taking)
		default:
			continue // another part of the application
		}
		x.uses = append(x.uses, use{Use: u})
	}
	for _, b := range idle(x.uses) {
		if b.Service != nil && related(s, b.Service) {
			copies = append(copies, itself(b.Service.Endpoints))
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

// ofCopies leaves out of the endpoints of a use those of backends that are other applications.
func ofCopies(s *mesh.Service, u failover.Use, list []*mesh.Endpoint) []*mesh.Endpoint {
	other := map[*mesh.Endpoint]bool{}
	for _, b := range slices.Concat(u.Rule.To, u.Rule.Idle) {
		if b.Service == nil || related(s, b.Service) {
			continue
		}
		for _, t := range u.Pool.Targets {
			if t.Name == b.Host {
				for _, e := range itself(t.Endpoints) {
					other[e] = true
				}
			}
		}
	}
	if len(other) == 0 {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(e *mesh.Endpoint) bool { return other[e] })
}

// itself is endpoints themselves, where gateways stand in front of them.
func itself(list []*mesh.Endpoint) []*mesh.Endpoint {
	var out []*mesh.Endpoint
	for _, e := range list {
		if len(e.Behind) > 0 {
			out = append(out, e.Behind...)
		} else if e.Gateway == nil {
			out = append(out, e)
		}
	}
	return out
}

// servesItself moves to the serving places those that stand by for callers of the service, while their own callers, who address the
// service of the same name there, use them.
func (x *spread) servesItself(elsewhere func() [][]failover.Use) {
	next := false
	for _, u := range x.uses {
		next = next || len(u.Next) > 0 && !fixed(u.Pool.Tiering)
	}
	if !next {
		return
	}
	for _, uses := range elsewhere() {
		for _, u := range uses {
			p := x.placeOf(u.Client)
			if slices.Contains(x.others, p) && slices.Contains(x.where(u.Taking), p) {
				x.serving = merge(x.serving, []string{p})
				x.others = slices.DeleteFunc(x.others, func(o string) bool { return o == p })
			}
		}
	}
}
