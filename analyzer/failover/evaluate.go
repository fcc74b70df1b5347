package failover

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Question is one cell's coordinates: who calls what.
type Question struct {
	Service *mesh.Service
	Port    int
	Subset  string // "" = as the routes send it
	Client  *mesh.Client
}

// Evaluate answers one question for one scenario and fault, with causes and trace. It returns
// nil when the question does not arise: the client cannot see the service, is inside the failed
// domain, or is refused on a normal day and therefore no caller.
func Evaluate(g *mesh.Graph, q Question, b *Blast, f Fault) *Answer {
	e := evaluator{sim: sim{graph: g, blast: b, fault: f, client: q.Client, detail: true, traces: true}}
	return e.evaluate(e.ask(q))
}

// asked is a question together with what its client knows of the service, looked up once for all
// scenarios.
type asked struct {
	Question
	view  *mesh.View // nil: the client does not see the service
	rules []*mesh.RouteRule
	// between are the rules as they are between two releases, where rules are those of one; nil = they are the same.
	between []*mesh.RouteRule
}

func (e *evaluator) ask(q Question) *asked {
	view := e.view(q.Service, q.Client)
	if view == nil {
		return &asked{Question: q}
	}
	return caller{q.Client, view}.ask(q)
}

// newAnswer starts an answer.
func (e *evaluator) newAnswer() *Answer {
	n := len(e.spare)
	if n == 0 {
		return &Answer{Authorized: true}
	}
	a := e.spare[n-1]
	e.spare = e.spare[:n-1]
	*a = Answer{Authorized: true, Destinations: a.Destinations[:0], Causes: a.Causes[:0], Recovery: Recovery{Terms: a.Recovery.Terms[:0]}, unknown: a.unknown[:0], elsewhere: a.elsewhere[:0]}
	return a
}

// recycle takes back an answer that nobody holds on to.
func (e *evaluator) recycle(a *Answer) { e.spare = append(e.spare, a) }

// evaluator answers questions one after the other, reusing its buffers.
type evaluator struct {
	sim
	// demanded is the encryption that the service's objective asks for; "" = none in particular.
	demanded string
	full     bool // details will be asked for, too
	days     map[dayKey]*day
	arranged map[arrangedKey]mesh.Arrangement // of pools for places, where a client's place is all that counts
	places   []place
	placeAt  map[placeKey]int // of those beyond the first few
	views    map[viewKey]*mesh.View
	names    map[mesh.Locality]string
	spare    []*Answer // whose memory may be used again
	old      []*day    // the same
	// after and ceiling are buffers of capacity.
	after   []bool
	ceiling []*mesh.Workload
	sums    []Destination // a buffer: of a rule's backends, on a normal day
}

type viewKey struct {
	service *mesh.Service
	client  *mesh.Client
}

// forget drops what was kept about one service's callers.
func (e *evaluator) forget() {
	for _, d := range e.days {
		e.old = append(e.old, d)
	}
	clear(e.days)
	clear(e.arranged)
	e.protections.taken = 0
	clear(e.views)
	clear(e.zones)
}

// view is what a client knows about a service, or nil.
func (e *evaluator) view(s *mesh.Service, c *mesh.Client) *mesh.View {
	k := viewKey{s, c}
	if v, ok := e.views[k]; ok {
		return v
	}
	v := e.graph.View(s, c)
	if e.views == nil {
		e.views = map[viewKey]*mesh.View{}
	}
	e.views[k] = v
	return v
}

// dayKey names what a client holds of a pool.
type dayKey struct {
	pool   *mesh.Pool
	client *mesh.Client
}

// day is a normal day: how the client's tiers are made, and where its requests go. It is the
// same in every scenario.
type day struct {
	arr mesh.Arrangement
	// hosts as loaded, with where each tier starts, and whether each is in a tier that serves today.
	hosts     []host
	tierStart []int
	serves    []bool
	prot      []*protection
	plain     bool // no host is a gateway
	util      float64
	ok        bool // somebody takes the load
	refused   float64
	before    []Destination // of this pool alone, shares as they are
	shown     []Destination // the same, sorted and rounded
	tiers     string
	detail    bool
	used      []int32 // the hosts that take requests
	// struck is the scenario of which the hosts note what it takes, and hits their memory.
	struck *Blast
	hits   []three
	// seats number the endpoints, those behind gateways one by one, in the order of hosts; taken is how
	// many there are. nil = not asked yet.
	seats []int32
	taken int
	at    map[*mesh.Endpoint]int32
	pods  []*mesh.Endpoint // in the regions that serve today; nil = not asked yet
	moves []*moved         // what is left of the hosts when some are off the list
	// depends: authorization also depends on the request, or on who the callers are.
	depends bool
	// nameless: policies refuse these clients for want of an identity, because the connection carries
	// none. They are callers all the same, and broken ones.
	nameless bool
}

func (e *evaluator) evaluate(q *asked) *Answer {
	if q.view == nil || e.blast.client(q.Client) || e.fault == Partition && len(e.blast.releases) > 0 {
		return nil // a release is no place that could be cut off
	}
	if len(e.blast.releases) > 0 {
		q = e.blast.tried(q.routed())
	}
	var worst *Answer
	for _, r := range q.rules {
		if r.Direct != "" {
			continue
		}
		a := e.rule(q, r)
		if a == nil {
			continue // refused on a normal day: these callers send nothing that the rule takes
		}
		if worst == nil {
			worst = a
			continue
		}
		better := a
		if worse(a, worst) {
			better, worst = worst, a
		}
		for _, c := range better.Causes {
			if c.Kind == CauseExposed {
				worst.addCause(c)
			}
		}
		worst.exposed, worst.hidden = worst.exposed || better.exposed, worst.hidden || better.hidden
		e.recycle(better)
	}
	return worst
}

// rulesFor lists the rules that requests to the question's port meet; a port without routes, or
// a subset asked for by name, is one plain rule.
func rulesFor(view *mesh.View, q Question) []*mesh.RouteRule {
	if q.Subset == "" {
		if r := view.Route(q.Port); r != nil && len(r.Rules) > 0 {
			return r.Rules
		}
	}
	plain := &mesh.RouteRule{
		To:      []mesh.Backend{{Service: q.Service, Host: q.Service.ID.Host(), Port: q.Port, Subset: q.Subset, Weight: 100}},
		Retries: mesh.Retries{Default: true},
	}
	if q.Subset != "" { // the subset's traffic keeps the timeouts of the rule that sends it there
		if r := view.Route(q.Port); r != nil {
			for _, rule := range r.Rules {
				for _, to := range rule.To {
					if to.Subset == q.Subset && to.Port == q.Port && (to.Service != nil && to.Service.ID == q.Service.ID || to.Service == nil && to.Host == q.Service.ID.Host()) {
						plain.Timeout, plain.Retries, plain.Origin, plain.From = rule.Timeout, rule.Retries, rule.Origin, rule.From
						return []*mesh.RouteRule{plain}
					}
				}
			}
		}
	}
	return []*mesh.RouteRule{plain}
}

// rule answers for one route rule: its backends' answers by weight. Weights are between
// destinations; there is no failover between them.
func (e *evaluator) rule(q *asked, r *mesh.RouteRule) *Answer {
	total := e.destinations(q, r, false)
	if total == nil {
		return nil
	}
	if len(e.blast.releases) > 0 && (total.FailingShare > 0 || len(total.unknown) > 0) {
		total = e.wayBack(q, r, total)
	}
	e.judge(total)
	return total
}

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
		total.Before = slices.Clone(sortDestinations(total.Before))
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
	a.Before, a.before = d.shown, d.before
	if e.traces {
		e.tracef("%s", d.tiers)
	}
	a.FailingShare = e.run(d)
	unknownShare := e.unknownShare()
	undecided := e.secure(a, d)
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

// today is the normal day of the evaluator's pool and client, computed once.
func (e *evaluator) today() *day {
	k := dayKey{e.pool, e.client}
	detail := e.detail || e.full
	if d := e.days[k]; d != nil && (d.detail || !detail) {
		return d
	}
	blast := e.blast
	e.blast = quiet
	d := e.newDay()
	d.arr, d.detail = e.arrange(), detail
	e.load(d.arr)
	e.keep(d)
	for i := range e.hosts {
		if h := &e.hosts[i]; h.far {
			h.fails = 1
		}
	}
	d.ok = len(e.hosts) > 0 && e.spread()
	d.used = slices.Grow(d.used, len(e.hosts))
	e.places = e.places[:0]
	for i := range e.hosts {
		h := &e.hosts[i]
		if h.share == 0 || !d.ok {
			continue
		}
		d.used = append(d.used, int32(i))
		p := e.protect(h)
		d.refused += h.share * p.denied
		d.nameless = d.nameless || p.denied > 0 && e.admitsByName(h.ep)
		d.depends = d.depends || p.verdict == mesh.VerdictUnknown
		if detail {
			e.answered(h, h.share, p.encryption)
		}
	}
	d.before = e.takePlaces(nil)
	d.shown = sortDestinations(slices.Clone(d.before))
	if e.traces {
		d.tiers = e.tiersInWords(d.arr)
	}
	e.blast = blast
	if e.days == nil {
		e.days = map[dayKey]*day{}
	}
	e.days[k] = d
	return d
}

// arrangedKey is a pool and the place of clients.
type arrangedKey struct {
	pool  *mesh.Pool
	place mesh.Locality
}

// arrange is the pool as the client holds it.
func (e *evaluator) arrange() mesh.Arrangement {
	if t, ok := e.pool.Tiering.(*mesh.LocalityTiers); !ok || len(t.FailoverPriority) > 0 {
		return joinGateways(e.pool.Tiering.Arrange(e.client, e.pool))
	}
	k := arrangedKey{e.pool, e.client.Locality}
	arr, known := e.arranged[k]
	if !known {
		arr = joinGateways(e.pool.Tiering.Arrange(e.client, e.pool))
		if e.arranged == nil {
			e.arranged = map[arrangedKey]mesh.Arrangement{}
		}
		e.arranged[k] = arr
	}
	return arr
}

// newDay starts a day, in the memory of one that is forgotten.
func (e *evaluator) newDay() *day {
	n := len(e.old)
	if n == 0 {
		return &day{}
	}
	d := e.old[n-1]
	e.old = e.old[:n-1]
	*d = day{hosts: d.hosts[:0], tierStart: d.tierStart[:0], serves: d.serves[:0], used: d.used[:0], hits: d.hits[:0], prot: d.prot[:0]}
	return d
}

// keep notes what is the same of the pool's hosts in every scenario.
func (e *evaluator) keep(d *day) {
	d.plain, d.util = true, AssumedUtilisation
	d.serves = append(d.serves, make([]bool, len(e.hosts))...)
	members := 0
	for i := range e.hosts {
		members += max(len(e.hosts[i].ep.Behind), 1)
	}
	d.prot = slices.Grow(d.prot, members) // parts of it are the hosts'
	e.judgements = e.judgements[:0]
	serving := true
	for i := range e.hosts {
		h := &e.hosts[i]
		if i > 0 && h.tier != e.hosts[i-1].tier && serving {
			serving = !slices.ContainsFunc(e.hosts[:i], func(h host) bool { return h.ep.Health == mesh.Healthy })
		}
		d.serves[i] = serving
		if w := h.ep.Workload; w != nil && w.Autoscale != nil && w.Autoscale.Utilisation > 0 {
			d.util = float64(w.Autoscale.Utilisation) / 100
		}
		d.plain = d.plain && len(h.ep.Behind) == 0
		first := len(d.prot)
		d.prot = e.judgeConnections(d.prot, h.ep)
		h.prot = d.prot[first:]
	}
	d.hosts, d.tierStart = append(d.hosts, e.hosts...), append(d.tierStart, e.tierStart...)
}

// quiet is the scenario in which nothing fails.
var quiet = &Blast{}

// place is a destination while shares are still being added up.
type place struct {
	locality   mesh.Locality
	cluster    string
	encryption string
	service    mesh.ServiceID // "" = that of the pool
	share      float64
}

// answered adds a host's share to the places that answer it: for a gateway, those behind it.
func (e *evaluator) answered(h *host, share float64, encryption string) {
	if len(h.ep.Behind) == 0 {
		e.addPlace(h.ep, encryption, share)
		return
	}
	alive := 0
	for i := range h.ep.Behind {
		if e.hit(h, i) == no {
			alive++
		}
	}
	for i, b := range h.ep.Behind {
		switch {
		case alive == 0:
			e.addPlace(b, encryption, share/float64(len(h.ep.Behind)))
		case e.hit(h, i) == no:
			e.addPlace(b, encryption, share/float64(alive))
		}
	}
}

func (e *evaluator) addPlace(ep *mesh.Endpoint, encryption string, share float64) {
	few := e.places
	if len(few) > fewPlaces {
		few = few[:fewPlaces]
	}
	for i := range few {
		if p := &few[i]; p.locality == ep.Locality && p.cluster == ep.Cluster && p.encryption == encryption && p.service == owner(ep) {
			p.share += share
			return
		}
	}
	if len(e.places) > fewPlaces {
		k := placeKey{ep.Locality, ep.Cluster, encryption, owner(ep)}
		if i, ok := e.placeAt[k]; ok {
			e.places[i].share += share
			return
		}
		e.placeAt[k] = len(e.places)
	} else if len(e.places) == fewPlaces {
		e.placeAt = map[placeKey]int{{ep.Locality, ep.Cluster, encryption, owner(ep)}: fewPlaces}
	}
	e.places = append(e.places, place{ep.Locality, ep.Cluster, encryption, owner(ep), share})
}

// fewPlaces are looked through one by one; beyond them a table is quicker.
const fewPlaces = 32

type placeKey struct {
	locality            mesh.Locality
	cluster, encryption string
	service             mesh.ServiceID
}

// owner is the service of an endpoint that may stand in pools of other services; "" = that of the pool.
func owner(e *mesh.Endpoint) mesh.ServiceID {
	if e.Service == nil {
		return ""
	}
	return e.Service.ID
}

// takePlaces turns the places added up so far into destinations, in the memory of a list.
func (e *evaluator) takePlaces(list []Destination) []Destination {
	if len(e.places) == 0 {
		return nil
	}
	list = slices.Grow(list[:0], len(e.places))
	for _, p := range e.places {
		list = append(list, Destination{e.nameOf(p.locality), p.cluster, string(cmp.Or(p.service, e.pool.Service.ID)), p.share, p.encryption})
	}
	e.places = e.places[:0]
	return list
}

// nameOf is a locality in words; there are few, and they are in every answer.
func (e *evaluator) nameOf(l mesh.Locality) string {
	name, ok := e.names[l]
	if !ok {
		if e.names == nil {
			e.names = map[mesh.Locality]string{}
		}
		name = l.String()
		e.names[l] = name
	}
	return name
}

// tiersInWords tells how the client holds the pool.
func (e *evaluator) tiersInWords(arr mesh.Arrangement) string {
	rule := "no rule"
	if e.pool.Rule != "" {
		rule = "rule " + e.pool.Rule
	}
	head := fmt.Sprintf("%s:%d from %s, %s: ", e.pool.Host, e.pool.Port, placeOrUnknown(e.client.Locality), rule)
	lines := make([]string, 0, len(arr.Tiers))
	for _, t := range arr.Tiers {
		var parts []string
		for _, g := range t.Groups {
			place := g.Locality.String()
			switch {
			case len(g.Endpoints) == 0:
				parts = append(parts, "none")
				continue
			case place == "":
				place = "somewhere"
			}
			parts = append(parts, fmt.Sprintf("%d in %s", len(g.Endpoints), place))
		}
		lines = append(lines, strings.Join(parts, ", "))
	}
	switch len(lines) {
	case 0:
		return head + "no endpoint"
	case 1:
		return head + "one tier (" + lines[0] + ")"
	}
	return fmt.Sprintf("%s%d tiers: %s", head, len(lines), strings.Join(lines, " | "))
}

func placeOrUnknown(l mesh.Locality) string {
	if l.IsZero() {
		return "an unknown locality"
	}
	return l.String()
}

// merge adds a backend's answer with its share of the rule's requests.
func (e *evaluator) merge(total, part *Answer, share float64) {
	total.FailingShare += share * part.FailingShare
	total.Authorized = total.Authorized && part.Authorized
	total.exposed, total.hidden = total.exposed || part.exposed, total.hidden || part.hidden
	total.Capacity.Needed += part.Capacity.Needed
	total.Capacity.Available += part.Capacity.Available
	if e.detail {
		for _, d := range part.before {
			d.Share *= share
			total.Before = append(total.Before, d)
		}
		for _, d := range part.Destinations {
			d.Share *= share
			total.Destinations = append(total.Destinations, d)
		}
	}
	for _, c := range part.Causes {
		total.addCause(c)
	}
	for _, o := range part.elsewhere {
		total.answers(o.by, share*o.share)
	}
	total.Trace = append(total.Trace, part.Trace...)
	for _, u := range part.unknown {
		total.addUnsettled(u)
	}
}

// judge turns shares, capacity and unknowns into the outcome.
func (e *evaluator) judge(a *Answer) {
	a.FailingShare = round(a.FailingShare)
	switch {
	case a.FailingShare >= 1:
		a.Outcome, a.FailingShare = Lost, 1
	case a.FailingShare > 0:
		a.Outcome = Degraded
	case len(a.unknown) > 0:
		a.Outcome = Unknown
		a.settleReason()
	case a.Capacity.Available < a.Capacity.Needed:
		a.Outcome = Degraded
		if !e.detail {
			break
		}
		a.Reason = fmt.Sprintf("%d replicas are left where %d are needed", a.Capacity.Available, a.Capacity.Needed)
		if a.back.to != "" {
			a.Reason = fmt.Sprintf("%s can run %d replicas where %d are needed for all requests", a.back.to, a.Capacity.Available, a.Capacity.Needed)
		}
		e.answer = a
		e.cause(Cause{Kind: CauseShortOf, Origin: e.pool.Service.Origin, Detail: a.Reason})
	default:
		a.Outcome = Survives
	}
	if a.Reason == "" && a.Outcome != Survives {
		for _, c := range a.Causes {
			if c.Detail != "" {
				a.Reason = c.Detail
				break
			}
		}
	}
	if a.Outcome == Survives || a.Outcome == Unknown {
		a.Causes = keepCauses(a.Causes, CauseExposed, CauseCanaryAlone, CauseSingleColour)
	}
	if a.back.how != "" {
		a.Reason = strings.TrimSuffix(a.back.how+"; "+a.Reason, "; ")
	}
	if a.Outcome == Lost || math.IsNaN(a.FailingShare) {
		a.Recovery = Recovery{}
	}
}

func keepCauses(list []Cause, kinds ...CauseKind) []Cause {
	var out []Cause
	for _, c := range list {
		if slices.Contains(kinds, c.Kind) {
			out = append(out, c)
		}
	}
	return out
}

var rank = map[Outcome]int{Survives: 0, Unknown: 1, Degraded: 2, Lost: 3}

// worse orders answers: lost before degraded before unknown before survives.
func worse(a, b *Answer) bool {
	if rank[a.Outcome] != rank[b.Outcome] {
		return rank[a.Outcome] > rank[b.Outcome]
	}
	if a.FailingShare != b.FailingShare {
		return a.FailingShare > b.FailingShare
	}
	return a.Recovery.Upper > b.Recovery.Upper
}
