package pattern

import (
	"fmt"
	"slices"
	"strings"

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

// places infers the pattern over regions or clusters from where callers send requests today, and
// where their tiers would send them next.
func (i *Inferred) places(s *mesh.Service, uses []failover.Use) {
	x, unknown := spreadOf(s, uses)
	if unknown != "" {
		i.Unknown = unknown
	}
	if x == nil || len(x.serving) == 0 {
		return
	}
	i.Serving, i.Waiting, i.Unit = x.serving, x.others, x.unit()
	if len(x.serving) > 1 {
		i.Places = mesh.ActiveActive
		i.show(x.together(), x.decider(s))
		for _, u := range x.uses {
			i.explain(u)
		}
		return
	}
	for _, u := range x.uses { // one place serves: what would follow it?
		if x.follows(i, u) {
			return
		}
	}
	x.isolated(i)
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

// together says that several places answer, and whether each does for its own callers.
func (x *spread) together() string {
	text := and(x.serving) + " answer requests on a normal day"
	for _, u := range x.uses {
		if len(u.in) != 1 || u.in[0] != x.placeOf(u.Client) {
			return text
		}
	}
	return text + ": each serves its own callers first"
}

// decider is the line that makes a normal day what it is: that of the first use which spreads its
// requests, else of the first.
func (x *spread) decider(s *mesh.Service) mesh.Origin {
	first := -1
	for i, u := range x.uses {
		if len(u.in) > 0 && (first < 0 || len(u.in) > 1 && len(x.uses[first].in) < 2) {
			first = i
		}
	}
	if first < 0 {
		return s.Origin
	}
	return decides(x.uses[first])
}

// follows judges what stands behind the only place that serves, for one use. It returns false if
// nothing does.
func (x *spread) follows(i *Inferred, u use) bool {
	serving := x.serving[0]
	next := slices.DeleteFunc(x.where(u.Next), func(p string) bool { return p == serving })
	lt, local := u.Pool.Tiering.(*mesh.LocalityTiers)
	if d, ok := distributes(u); ok {
		i.Places = mesh.ActivePassive
		i.show(fmt.Sprintf("distribute sends every request from %s to %s: %s stands by and is never used, not even when %s fails",
			d.From, serving, and(x.others), serving), d.Origin)
		return true
	}
	if _, weighted := u.Pool.Tiering.(mesh.WeightedAvailable); weighted || len(next) == 0 {
		return false
	}
	if local && !listed(lt) && x.placeOf(u.Client) == serving {
		i.Places = mesh.ActiveActive
		i.show(fmt.Sprintf("each of %s serves its own callers first, and no list prefers one; the callers in the inputs are all in %s",
			and(slices.Sorted(slices.Values(slices.Concat(x.serving, x.others)))), serving), decides(u))
		return true
	}
	i.Places = mesh.ActivePassive
	i.show(fmt.Sprintf("%s answers every request on a normal day, and %s %s by", serving, and(next), verb(next, "stands", "stand")), decides(u))
	i.explain(u)
	return true
}

// isolated says why places that hold endpoints are no standby.
func (x *spread) isolated(i *Inferred) {
	serving := x.serving[0]
	for _, b := range idle(x.uses) {
		i.show(fmt.Sprintf("weight 0 makes no standby of %s: nothing sends requests there when %s fails", backend(b), serving), b.WeightOrigin())
	}
	for _, u := range x.uses {
		for _, l := range u.Pool.Losses {
			if gone := x.where(l.Endpoints); len(gone) > 0 {
				i.show(fmt.Sprintf("callers have no endpoint of %s: %s", and(gone), l.Detail), l.Origin)
			}
		}
	}
	if len(i.Evidence) == 0 {
		i.show(fmt.Sprintf("%s answers every request, and nothing sends requests to %s when it fails", serving, and(x.others)), x.service.Origin)
	}
}

func backend(b mesh.Backend) string {
	if b.Subset != "" {
		return "subset " + b.Subset
	}
	return b.Host
}

// and renders "a", "a and b", "a, b and c".
func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

func verb(list []string, one, many string) string {
	if len(list) == 1 {
		return one
	}
	return many
}
