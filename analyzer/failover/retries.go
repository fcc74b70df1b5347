package failover

import (
	"context"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// LocalRetries is a retry policy of a route that keeps retries in the tier of the first try, and where this shows: the
// loss of a region takes the whole tier away, and every request comes back in another tier once ejection or readiness
// has taken the dead endpoints out. Until then the retries fail as well.
type LocalRetries struct {
	mesh.Retries
	Cell  *Cell   // that takes longest to come back
	Cells []*Cell // all of them
}

// FindLocalRetries finds these for all services with DR intent. It asks for cells of its own, because a matrix may hold
// broken promises only, and these cells keep theirs. The error is that of ctx.
func (m *Model) FindLocalRetries(ctx context.Context) ([]*LocalRetries, error) {
	local := map[*mesh.Service]bool{}
	g, who := m.graph, m.callers
	for _, s := range g.Services {
		if HasIntent(s) && inRegions(s) > 1 && retriesLocally(who, s) {
			local[s] = true
		}
	}
	if len(local) == 0 {
		return nil, nil
	}
	matrix, err := m.Compute(ctx, Options{
		Services:  func(s *mesh.Service) bool { return local[s] },
		Scenarios: slices.DeleteFunc(m.Failures(), func(s Scenario) bool { return s.Parts[0].Target != Region }),
		Copies:    true, Faults: []Fault{Crash},
		Asks: obeysLocalRetries, Keep: movedByEjection,
		Spare: func(_ *mesh.Service, _ Scenario, _ Fault, g Glance) bool {
			return g.Outcome == Lost || g.Outcome == Unknown
		},
	})
	if err != nil {
		return nil, err
	}
	return byPolicy(g, matrix), nil
}

// byPolicy puts the cells of a matrix to the policies whose requests they are.
func byPolicy(g *mesh.Graph, m *Matrix) []*LocalRetries {
	type key struct {
		service *mesh.Service
		at      mesh.Origin
	}
	at := map[key]*LocalRetries{}
	var order []*LocalRetries
	for _, c := range m.Cells {
		v := g.View(c.Service, c.Client)
		if v == nil || v.Route(c.Port) == nil {
			continue
		}
		for _, r := range v.Route(c.Port).Rules {
			if !staysLocal(c.Service, r) {
				continue
			}
			k := key{c.Service, r.Retries.Origin}
			o := at[k]
			if o == nil {
				o = &LocalRetries{Retries: r.Retries, Cell: c}
				at[k] = o
				order = append(order, o)
			} else if c.Recovery.Upper > o.Cell.Recovery.Upper {
				o.Cell = c
			}
			if n := len(o.Cells); n == 0 || o.Cells[n-1] != c { // two rules of a route may state one policy
				o.Cells = append(o.Cells, c)
			}
		}
	}
	return order
}

// staysLocal reports whether a rule states retries for requests to a service that cover a refused connection, and
// never leave the tier of the first try. Istio: HTTPRetry.retryRemoteLocalities.
func staysLocal(s *mesh.Service, r *mesh.RouteRule) bool {
	p := r.Retries
	return !p.Default && p.Attempts > 0 && !p.RemoteLocalities && retried(p.On, Crash) &&
		p.Origin.In != nil && strings.HasPrefix(p.Origin.Path, "/spec/http/") &&
		slices.ContainsFunc(r.To, func(b mesh.Backend) bool { return b.Service == s && !b.Missing })
}

// obeysLocalRetries reports whether requests of meshed clients meet such retries on the port that is asked about.
func obeysLocalRetries(q Question, v *mesh.View) bool {
	route := v.Route(q.Port)
	return q.Client.Kind != mesh.Unmeshed && route != nil && slices.ContainsFunc(route.Rules, func(r *mesh.RouteRule) bool { return staysLocal(q.Service, r) })
}

// retriesLocally reports whether some client obeys a route with such retries.
func retriesLocally(who *callers, s *mesh.Service) bool {
	is := func(r *mesh.RouteRule) bool { return staysLocal(s, r) }
	if !s.MayObey(is) {
		return false
	}
	seats, classes := make([]bool, who.seats), map[string]bool{}
	d := who.drafts.Get().(*callersDraft)
	defer d.giveBack(who)
	for _, c := range who.candidates(s, false, d) {
		if c.Mesh != s.Mesh || c.Kind == mesh.Unmeshed || seats[c.seat] {
			continue
		}
		seats[c.seat] = true
		class := who.class(c.known, s)
		if classes[class] {
			continue
		}
		classes[class] = true
		v := who.graph.ViewOf(s, c.Client, class)
		if v != nil && slices.ContainsFunc(v.Routes, func(route *mesh.Route) bool { return slices.ContainsFunc(route.Rules, is) }) {
			return true
		}
	}
	return false
}

// inRegions counts the regions in which a service has endpoints.
func inRegions(s *mesh.Service) int {
	regions := map[string]bool{}
	for _, e := range s.Endpoints {
		regions[e.Locality.Region] = true
	}
	return len(regions)
}

// movedByEjection: every request comes back, and each at a place that had none of them before.
func movedByEjection(c *Cell) bool {
	if c.Outcome == Unknown || c.FailingShare > 0 || len(c.Before) == 0 || len(c.Destinations) == 0 || c.Client.Kind == mesh.Unmeshed {
		return false
	}
	return !slices.ContainsFunc(c.Before, func(b Destination) bool {
		return slices.ContainsFunc(c.Destinations, func(d Destination) bool {
			return b.Cluster == d.Cluster && b.Locality == d.Locality && b.Service == d.Service
		})
	})
}
