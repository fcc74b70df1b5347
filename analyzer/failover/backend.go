package failover

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// destinations adds up the answers of a rule's backends. It returns nil where the callers are refused
// on a normal day, unless they are sent there for the first time.
func (e *evaluator) destinations(q *asked, r *mesh.RouteRule, first bool) *Answer {
	sum, weighted := 0.0, 0
	sends := r.Sends()
	for i := range sends {
		if w := sends[i].Weight; w > 0 {
			sum += float64(w)
			weighted++
		}
	}
	weightless := weighted == 0
	if weightless {
		sum, weighted = float64(len(sends)), len(sends)
	}
	var total, slowest *Answer
	if weighted != 1 {
		total = e.newAnswer()
		total.Before = e.sums[:0]
	}
	refusedBefore, judged := 0.0, 0.0
	for i := range sends {
		to := &sends[i]
		share := float64(to.Weight) / sum
		if weightless {
			share = 1 / sum
		}
		if share == 0 {
			continue
		}
		if e.traces && weighted > 1 {
			total.Trace = append(total.Trace, fmt.Sprintf("%.0f %% of the requests go to %s", 100*share, backendName(to)))
		}
		part, refused := e.backend(q, r, to)
		if refused >= 0 {
			judged += share
			refusedBefore += share * refused
		}
		if weighted == 1 {
			total = part
			continue
		}
		e.merge(total, part, share)
		switch {
		case slowest == nil:
			slowest = part
		case part.Recovery.Upper > slowest.Recovery.Upper || len(slowest.Recovery.Terms) == 0:
			e.recycle(slowest)
			slowest = part
		default:
			e.recycle(part)
		}
	}
	if weighted != 1 {
		e.sums = total.Before
		if total.Before = sortDestinations(total.Before); e.detail {
			total.Before = slices.Clone(total.Before)
		} else {
			total.Before = nil
		}
		total.Destinations = sortDestinations(total.Destinations)
	} else {
		total.Destinations = settle(total.Destinations)
	}
	if slowest != nil {
		total.Recovery.Lower, total.Recovery.Upper = slowest.Recovery.Lower, slowest.Recovery.Upper
		total.Recovery.Terms = append(total.Recovery.Terms, slowest.Recovery.Terms...)
		e.recycle(slowest)
	}
	if !first && judged > 0 && refusedBefore >= judged-1e-9 {
		e.recycle(total)
		return nil // refused on a normal day: not a caller
	}
	return total
}

func backendName(b *mesh.Backend) string {
	name := fmt.Sprintf("%s:%d", b.Host, b.Port)
	if b.Subset != "" {
		name += " subset " + b.Subset
	}
	return name
}

// backend answers for one destination of a rule, and tells which share of the requests is refused
// on a normal day; below zero if nobody is there to refuse.
func (e *evaluator) backend(q *asked, r *mesh.RouteRule, to *mesh.Backend) (*Answer, float64) {
	a := e.newAnswer()
	e.answer = a
	pool := e.poolOf(q, to)
	if pool == nil {
		a.FailingShare = 1
		if !e.detail {
			return a, -1
		}
		e.cause(Cause{Kind: CauseMissing, Loss: mesh.LossMissing, Origin: e.missingAt(q, to), Detail: backendName(to) + " " + cmp.Or(to.Why, "does not exist for these callers")})
		e.cause(Cause{Kind: CauseBrokenBefore, Origin: to.Origin})
		e.tracef("%s does not exist: 503", backendName(to))
		return a, -1
	}
	if pool.Discovery == mesh.OriginalDst {
		a.addUnknown("the caller picks the address of " + pool.Host + " itself")
		e.tracef("%s is reached at whatever address the caller picks: no failover by the mesh", pool.Host)
		return a, -1
	}
	e.pool = pool
	e.demanded = ""
	if o := q.Service.Objective; o != nil {
		e.demanded = o.Encryption
	}
	e.route = traffic{http: pool.Protocol.IsHTTP() && q.Client.Kind != mesh.Unmeshed, timeout: r.Timeout, retries: e.retriesOf(r), rule: r}
	d := e.today()
	if a.before = d.before; e.detail {
		a.Before = d.inWords()
	}
	if e.traces {
		e.tracef("%s", d.tiers)
	}
	a.FailingShare = e.run(d)
	unknownShare := e.unknownShare()
	undecided := e.secure(a, d)
	undecided = append(undecided, e.beyondLimits(d)...)
	unreached := e.mayBeMeshed()
	e.capacity(a, d)
	switch {
	case a.FailingShare == 0:
		a.unknown = nil // good even at its worst
	case unknownShare > 0 || e.doubted:
		e.settleUnknown(q, r, to, a)
	}
	if unreached != "" && a.FailingShare > 0 {
		a.FailingShare, a.Causes = 0, nil
		undecided = append(undecided, unreached)
	}
	for _, u := range undecided {
		a.addUnknown(u)
	}
	switch {
	case !d.ok:
		return a, -1
	case d.nameless:
		e.cause(Cause{Kind: CauseBrokenBefore, Origin: to.Origin})
		return a, 0
	}
	return a, d.refused
}

// poolOf finds the pool that a backend leads to, or nil if these callers do not have it.
func (e *evaluator) poolOf(q *asked, to *mesh.Backend) *mesh.Pool {
	if to.Pool != nil {
		return to.Pool
	}
	svc := to.Service
	if svc == nil && to.Host == q.Service.ID.Host() {
		svc = q.Service
	}
	if svc == nil || to.Missing {
		return nil
	}
	if svc == q.Service {
		return q.view.Pool(to.Port, to.Subset)
	}
	if p := q.view.PoolOf(to); p != nil {
		return p // what a chain leads to is its own caller's, whatever else they know of the other service
	}
	// The service by its id: a view may be older than an update of the service it leads to.
	if now := e.graph.Service(svc.ID); now != nil {
		svc = now
	}
	if view := e.view(svc, q.Client); view != nil {
		return view.Pool(to.Port, to.Subset)
	}
	return nil
}

// missingAt is the line of a missing destination that names what does not exist.
func (e *evaluator) missingAt(q *asked, to *mesh.Backend) mesh.Origin {
	for _, l := range q.view.Losses {
		if l.Kind == mesh.LossMissing && l.Origin.In == to.Origin.In && strings.HasPrefix(l.Origin.Path, to.Origin.Path+"/") {
			return l.Origin
		}
	}
	return to.Origin
}

// whereUnknown is why an answer is unknown where no details are asked for.
const whereUnknown = "where the endpoints run is not known"

// settleUnknown: hosts whose place is unknown were taken to fail. If the answer is good even
// then it stands; if it is bad without them too it stands; otherwise it is unknown.
func (e *evaluator) settleUnknown(q *asked, r *mesh.RouteRule, to *mesh.Backend, a *Answer) {
	if e.optimistic {
		return
	}
	e.optimistic = true
	detail, traces, clock := e.detail, e.traces, e.clock
	e.detail, e.traces, e.clock = false, false, false
	best, _ := e.backend(q, r, to)
	e.detail, e.traces, e.clock = detail, traces, clock
	e.optimistic = false
	e.answer = a
	e.recycle(best) // only its share is looked at
	if best.FailingShare < 1e-9 {
		if len(a.unknown) == 0 {
			a.addUnknown(whereUnknown)
		}
		a.FailingShare = 0
		a.Causes = nil
		return
	}
	a.FailingShare = best.FailingShare
	a.unknown = nil
}

// unknownShare is the part of the load on hosts that may or may not fail.
func (s *sim) unknownShare() float64 {
	sum := 0.0
	for i := range s.hosts {
		if s.hosts[i].unknown {
			sum += s.hosts[i].share + 1e-6
		}
	}
	return sum
}

var byDefaultRetries = mesh.Default("Istio (2 retries on connect-failure)")

// retriesOf fills in Istio's default policy; other meshes retry nothing by themselves.
// Istio: 2 attempts on connect-failure, refused-stream, unavailable, cancelled; 503 is not among them.
func (e *evaluator) retriesOf(r *mesh.RouteRule) mesh.Retries {
	p := r.Retries
	if m := e.graph.Mesh(e.client.Mesh); p.Default && p.Attempts == 0 && m != nil && m.Kind == mesh.Istio {
		p.Attempts = 2
		p.On = "connect-failure,refused-stream,unavailable,cancelled"
		p.Origin = byDefaultRetries
	}
	return p
}
