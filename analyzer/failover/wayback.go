package failover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// back is how requests get away from a bad release.
type back struct {
	how string // one clause
	to  string // the versions that take them over; "" if the release itself is rolled back
}

// configPush is how long a changed route takes to reach the proxies.
// Istio: istiod waits PILOT_DEBOUNCE_AFTER (100 ms) for more changes, PILOT_DEBOUNCE_MAX (10 s) at most.
var configPush = window{100 * time.Millisecond, 10 * time.Second}

// wayBack judges the way back from a bad release where the mesh alone leaves requests failing: other
// versions of the same routes take over, or the release itself is rolled back. Its outcome is that of
// the cell. alone is what the mesh does by itself.
func (e *evaluator) wayBack(q *asked, r *mesh.RouteRule, alone *Answer) *Answer {
	bad := slices.IndexFunc(r.To, func(to mesh.Backend) bool { return e.holdsBad(e.poolOf(q, &to)) })
	if bad < 0 {
		return alone
	}
	e.answer = alone
	e.tellOfProbation(q.Service)
	c := e.careOf(q, r)
	if c.automatic {
		e.tracef("by itself the mesh leaves %.1f %% of the requests failing, until %s goes back", 100*alone.FailingShare, c.by[0].Title())
	} else {
		e.tracef("by itself the mesh leaves %.1f %% of the requests failing: somebody has to send them back", 100*alone.FailingShare)
		for _, note := range c.notes {
			e.tracef("%s", note)
		}
	}
	for _, s := range e.switches(q, r) {
		var best *Answer
		var chosen []mesh.Backend
		for _, to := range s.choices {
			a := e.through(q, r, to)
			if best == nil || e.betterBack(a, best) {
				a, best, chosen = best, a, to
			}
			if a != nil {
				e.recycle(a)
			}
		}
		if best == nil {
			continue
		}
		if s.onlyIfWhole && (best.FailingShare > 0 || len(best.unknown) > 0) {
			e.recycle(best)
			continue
		}
		return e.switched(q, r, &r.To[bad], chosen, alone, best, &c)
	}
	return e.rollOut(q, r, bad, alone, &c)
}

// betterBack prefers the version under which fewer requests fail, then the one with more room.
func (e *evaluator) betterBack(a, b *Answer) bool {
	if a.FailingShare != b.FailingShare {
		return a.FailingShare < b.FailingShare
	}
	return a.Capacity.Available > b.Capacity.Available
}

// through is what happens to a rule's requests if they go somewhere else.
func (e *evaluator) through(q *asked, r *mesh.RouteRule, to []mesh.Backend) *Answer {
	return e.destinations(q, r.Only(to), true)
}

// switched is the answer where weights send the requests of a bad destination to others.
func (e *evaluator) switched(q *asked, r *mesh.RouteRule, bad *mesh.Backend, to []mesh.Backend, alone, a *Answer, c *care) *Answer {
	at := e.weightOf(q, r, bad)
	names := make([]string, len(to))
	for i := range to {
		names[i] = versionWords(q.Service, &to[i])
	}
	names = slices.Compact(names)
	a.back.to = strings.Join(names, " and ")
	a.back.how = fmt.Sprintf("the weights go back to %s", a.back.to)
	a.Before, a.before = alone.Before, alone.before
	story := a.Trace
	a.Trace = alone.Trace
	e.answer = a
	if e.traces {
		e.tracef("way back: the weights at %s go back to %s; proxies have the change %s to %s later (PILOT_DEBOUNCE_AFTER, PILOT_DEBOUNCE_MAX)",
			at.Position().Short(), a.back.to, configPush.lower, configPush.upper)
	}
	e.decided(q, c, a)
	a.Trace = append(a.Trace, story...)
	for i := range to {
		if svc := to[i].Service; svc != nil && svc != q.Service {
			if gap := e.graph.Gap(svc); gap != nil {
				a.FailingShare, a.Causes = 0, nil
				a.addUnknown(gapReason(gap))
			}
		}
	}
	e.carry(q, to, a)
	if e.detail {
		a.Recovery.add("config push", configPush.lower, configPush.upper, at)
	}
	e.recycle(alone)
	return a
}

// weightOf is the line to change: the weight of the bad destination, or where nobody wrote a route,
// the rule that defines subsets.
func (e *evaluator) weightOf(q *asked, r *mesh.RouteRule, bad *mesh.Backend) mesh.Origin {
	if r.From != "" {
		return firstOrigin(bad.WeightOrigin(), r.Origin)
	}
	if pool := e.poolOf(q, bad); pool != nil && !pool.RuleOrigin.IsZero() {
		return pool.RuleOrigin
	}
	return q.Service.Origin
}

func versionWords(s *mesh.Service, b *mesh.Backend) string {
	switch {
	case b.Host != s.ID.Host() && b.Subset != "":
		return "subset " + b.Subset + " of " + b.Host
	case b.Subset != "":
		return "subset " + b.Subset
	}
	return b.Host
}

// change is a set of choices for where requests may go back to; the best of them counts.
type change struct {
	choices [][]mesh.Backend
	// onlyIfWhole: some destinations mix the bad version with others, and help only if the mesh itself
	// takes the bad pods out.
	onlyIfWhole bool
}

// switches lists the ways back by configuration, in the order in which somebody would take them: what
// is left of the rule; its idle destinations; what the other rules of the route send requests to; and
// what is defined and named nowhere. Only those with an endpoint that is ready and not bad count.
func (e *evaluator) switches(q *asked, r *mesh.RouteRule) []change {
	left := slices.DeleteFunc(slices.Clone(r.To), func(b mesh.Backend) bool { return e.allBad(q, &b) })
	clean := slices.DeleteFunc(slices.Clone(left), func(b mesh.Backend) bool { return e.holdsBad(e.poolOf(q, &b)) })
	if e.serve(q, clean) && len(clean) == len(left) {
		return []change{{choices: [][]mesh.Backend{clean}}}
	}
	var list []change
	if len(left) < len(r.To) && e.serve(q, left) {
		list = append(list, change{choices: [][]mesh.Backend{left}, onlyIfWhole: true})
	}
	if e.serve(q, clean) {
		return append(list, change{choices: [][]mesh.Backend{clean}})
	}
	idle, named, others := slices.Clone(r.Idle), slices.Concat(r.To, r.Idle), [][]mesh.Backend(nil)
	for _, o := range q.rules {
		if o == r || o.Direct != "" {
			continue
		}
		named = slices.Concat(named, o.To, o.Idle)
		idle = append(idle, o.Idle...)
		to := slices.DeleteFunc(slices.Clone(o.To), func(b mesh.Backend) bool {
			return e.holdsBad(e.poolOf(q, &b)) || !e.isVersion(q, &b)
		})
		if e.serve(q, to) {
			others = append(others, to)
		}
	}
	for _, choices := range [][][]mesh.Backend{e.eachOf(q, r.Idle), others, e.eachOf(q, idle), e.eachOf(q, e.unnamed(q, named))} {
		if len(choices) > 0 {
			return append(list, change{choices: choices})
		}
	}
	return list
}

// eachOf makes a choice of each version that can serve.
func (e *evaluator) eachOf(q *asked, list []mesh.Backend) [][]mesh.Backend {
	var choices [][]mesh.Backend
	for _, b := range list {
		b.Weight = 100
		one := []mesh.Backend{b}
		if !e.holdsBad(e.poolOf(q, &b)) && e.isVersion(q, &b) && e.serve(q, one) {
			choices = append(choices, one)
		}
	}
	return choices
}

// unnamed are the versions of the service that are defined, and that no rule of the route names.
func (e *evaluator) unnamed(q *asked, named []mesh.Backend) []mesh.Backend {
	host := q.Service.ID.Host()
	var list []mesh.Backend
	for _, p := range q.view.Pools {
		is := func(b mesh.Backend) bool { return b.Host == host && b.Subset == p.Subset }
		if p.Port != q.Port || p.Host != host || slices.ContainsFunc(named, is) {
			continue
		}
		at := p.RuleOrigin
		if p.Selects != nil {
			at = p.Selects.Origin
		}
		list = append(list, mesh.Backend{Service: q.Service, Host: host, Port: p.Port, Subset: p.Subset, Origin: at})
	}
	return list
}

// isVersion reports whether a destination is a version of the service, and not another service that a
// path leads to.
func (e *evaluator) isVersion(q *asked, b *mesh.Backend) bool {
	if b.Host == q.Service.ID.Host() {
		return true
	}
	name := b.Host
	if b.Subset != "" {
		name += "/" + b.Subset
	}
	return slices.ContainsFunc(mesh.VersionsIn(q.Service, []*mesh.View{q.view}), func(v mesh.Version) bool { return v.Of != q.Service && v.Name == name })
}

// serve reports whether some endpoint of the destinations that get requests is ready and alive.
func (e *evaluator) serve(q *asked, list []mesh.Backend) bool {
	return slices.ContainsFunc(list, func(b mesh.Backend) bool {
		return some(e.poolOf(q, &b), func(s *mesh.Service, ep *mesh.Endpoint) bool {
			return ep.Health == mesh.Healthy && e.blast.endpoint(s, ep) == no
		})
	})
}

// holdsBad reports whether a pod of the bad release is in a pool.
func (e *evaluator) holdsBad(p *mesh.Pool) bool {
	return some(p, func(_ *mesh.Service, ep *mesh.Endpoint) bool { return e.blast.bad(ep) })
}

// allBad reports whether a destination has no pods but those of the bad release.
func (e *evaluator) allBad(q *asked, b *mesh.Backend) bool {
	p := e.poolOf(q, b)
	return e.holdsBad(p) && !some(p, func(_ *mesh.Service, ep *mesh.Endpoint) bool { return !e.blast.bad(ep) })
}

// some reports whether a condition holds for an endpoint of a pool, or one behind its gateways.
func some(p *mesh.Pool, is func(*mesh.Service, *mesh.Endpoint) bool) bool {
	if p == nil {
		return false
	}
	for i := range p.Targets {
		for _, ep := range p.Targets[i].Endpoints {
			if len(ep.Behind) == 0 && is(p.Service, ep) {
				return true
			}
			for _, b := range ep.Behind {
				if is(p.Service, b) {
					return true
				}
			}
		}
	}
	return false
}
