package failover

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// call is what a caller asks of one port of a service.
type call struct {
	*asked
	row *callRow // of calls that fail alike where places fail, or of this one alone; nil = a gap may concern it
}

// callRows are what calls of one shape come to in the failures of places. A shape says everything
// that this depends on, so rows stay valid through updates.
type callRows struct {
	mu       sync.RWMutex
	numbers  *numbers
	failures map[failure]int // their places in a row
	of       map[string]*callRow
}

// callRow is what calls of one shape come to.
type callRow struct {
	alone   bool // it is that of one call, which has no shape
	mu      sync.Mutex
	answers []callEntry // by failure
	usual   [len(Faults)]callEntry
}

// callEntry is one answer. A doubt is a cell whose reason names things and has to be asked for; the one of
// nowhere is whereUnknown.
type callEntry struct {
	share float64
	state callState
}

type callState uint8

const (
	unasked callState = iota
	none              // there is no such call
	doubt
	nowhere
	known
)

func newCallRows() *callRows {
	return &callRows{numbers: newNumbers(), failures: map[failure]int{}, of: map[string]*callRow{}}
}

// index is the place of a failure in all rows.
func (r *callRows) index(f failure) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, ok := r.failures[f]
	if !ok {
		i = len(r.failures)
		r.failures[f] = i
	}
	return i
}

// callsOf are the calls of those that a caller stands for, one for each port.
func (w *worker) callsOf(c *stand) []call {
	e, s := w.aside(), &w.callShapes
	if s.of != c.to { // what was written of the pools of one service serves all its callers
		clear(s.pools)
		s.of, s.plain = c.to, make([][]*mesh.RouteRule, len(c.to.Ports))
	}
	calls := make([]call, 0, len(c.to.Ports))
	for i, p := range c.to.Ports {
		if p.Protocol == mesh.UDP || c.view == nil {
			continue
		}
		one := call{asked: c.askOn(c.to, p.Number, &s.plain[i])}
		if e.gapOf(one.asked) == nil {
			one.row = w.deps.calls.at(s.shapes.of(e, one.asked))
		}
		calls = append(calls, one)
	}
	return calls
}

// callShapes are the shapes of calls to one service after the other.
type callShapes struct {
	shapes
	of    *mesh.Service
	plain [][]*mesh.RouteRule // of callers whose views have no route, by port
}

// at is the row of a shape; nil = there is none, and the row is that of one call.
func (r *callRows) at(key []byte) *callRow {
	if key == nil {
		return &callRow{alone: true}
	}
	r.mu.RLock()
	known := r.of[string(key)]
	r.mu.RUnlock()
	if known != nil {
		return known
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	known = r.of[string(key)]
	if known == nil {
		known = &callRow{}
		r.of[string(key)] = known
	}
	return known
}

// callAnswer is what happens to one client's calls; worst is below zero if nothing is known.
type callAnswer struct {
	worst   float64
	unknown string
	asked   bool
}

// asksOf asks what one failure makes of calls.
type asksOf struct {
	w       *worker
	blast   *Blast
	fault   Fault
	at      placeFailure // in rows; its places are -1 where answers are not shared
	answers []callAnswer // of the callers of the service in hand, by their numbers
}

// keptDays bounds what an evaluator remembers of normal days.
const keptDays = 500

// ofCallee asks what the failure makes of calls to one service, and tells of the edges that lose some.
func (x *asksOf) ofCallee(edges []*edge, found func(*edge, loss)) {
	x.answers = x.answers[:0]
	if !x.blast.reaches(edges[0].callee) {
		return
	}
	for _, dep := range edges {
		if l := x.lost(dep); l != (loss{}) {
			found(dep, l)
		}
	}
}

// lost asks, from each place where a caller survives, what happens to its calls: the share of its
// copies, weighted by how many of their calls fail. Callers that a service cannot tell apart share
// one answer.
func (x *asksOf) lost(dep *edge) loss {
	lost := loss{}
	total := 0
	for i, ep := range dep.caller.Endpoints {
		c := dep.stands[i]
		if c == nil || ep.Service != nil && ep.Service != dep.caller || x.blast.endpoint(dep.caller, ep) != no {
			continue // what another service's endpoints need is said of that one
		}
		answer := x.of(c)
		lost.unknown = cmp.Or(lost.unknown, answer.unknown)
		worst := answer.worst
		if worst < 0 {
			continue
		}
		total++
		lost.share += worst
		if worst > 0 && lost.worst == 0 {
			lost.cluster, lost.worst = ep.Cluster, worst
		}
	}
	if total > 0 {
		lost.share /= float64(total)
	}
	return lost
}

// inWords tells what the calls of an edge lose.
func (l *loss) inWords(dep *edge) string {
	if l.worst >= 1 {
		return fmt.Sprintf("%s in %s needs %s, which is gone", dep.caller.Name, l.cluster, dep.callee.Name)
	}
	return fmt.Sprintf("%s in %s needs %s, of which %.0f %% of the calls fail", dep.caller.Name, l.cluster, dep.callee.Name, 100*l.worst)
}

// of is the share of a caller's calls to a service that the failure makes fail, on the worst port;
// below zero if nothing is known, with the reason if the inputs do not decide.
func (x *asksOf) of(c *stand) callAnswer {
	if n := c.number + 1; n > len(x.answers) {
		x.answers = slices.Grow(x.answers, n-len(x.answers))
		clear(x.answers[len(x.answers):n])
		x.answers = x.answers[:n]
	}
	total := &x.answers[c.number]
	if total.asked {
		return *total
	}
	c.once.Do(func() { c.calls = x.w.callsOf(c) })
	*total = callAnswer{worst: -1, asked: true}
	for i := range c.calls {
		one := x.answer(&c.calls[i])
		total.worst = max(total.worst, one.worst)
		total.unknown = cmp.Or(total.unknown, one.unknown)
	}
	return *total
}

// answer is that for one port.
func (x *asksOf) answer(c *call) callAnswer {
	e := x.w.aside()
	if c.row == nil || x.at.at < 0 {
		if gap := e.gapOf(c.asked); gap != nil {
			return callAnswer{worst: -1, unknown: gapReason(gap)}
		}
		one, reason := c.fails(e, x.blast, x.fault, nil)
		return one.as(reason)
	}
	if x.blast.client(c.Client) {
		return callAnswer{worst: -1}
	}
	one := x.shared(c)
	if one.state != doubt {
		return one.as("")
	}
	_, reason := c.fails(e, x.blast, x.fault, nil)
	return one.as(reason)
}

// as is the answer that an entry stands for.
func (c callEntry) as(reason string) callAnswer {
	switch c.state {
	case known:
		return callAnswer{worst: c.share}
	case doubt:
		return callAnswer{worst: -1, unknown: reason}
	case nowhere:
		return callAnswer{worst: -1, unknown: whereUnknown}
	}
	return callAnswer{worst: -1}
}

// shared is the answer for all calls of one shape. A row is filled in for all failures of places that
// the worker is asked about: what is the same in each of them is at hand then.
func (x *asksOf) shared(c *call) callEntry {
	r := c.row
	r.mu.Lock()
	defer r.mu.Unlock()
	at := x.at.in(r)
	if at < len(r.answers) && r.answers[at].state != unasked {
		return r.answers[at]
	}
	x.fill(c, x.at)
	for _, f := range x.w.places() {
		if f.in(r) != at && f.blast.reaches(c.Service) && !f.blast.client(c.Client) {
			x.fill(c, f)
		}
	}
	return r.answers[at]
}

// fill writes one answer into a row that lacks it.
func (x *asksOf) fill(c *call, f placeFailure) {
	r := c.row
	at := f.in(r)
	if missing := at + 1 - len(r.answers); missing > 0 {
		r.answers = append(slices.Grow(r.answers, max(missing, len(x.w.places())-len(r.answers))), make([]callEntry, missing)...)
	}
	one, e := &r.answers[at], x.w.aside()
	if one.state != unasked {
		return
	}
	e.client = c.Client
	if !e.touched(c.asked, f.blast) {
		// Calls that all get through go on doing so while those that answer them stay as they are.
		if day := c.usually(e, f.fault, r); day.state == known && day.share == 0 {
			*one = day
			return
		}
	}
	*one, _ = c.fails(e, f.blast, f.fault, r)
}

// fails is the answer for one port, and the reason where the inputs do not decide. What the row knows of
// the normal day is not asked again.
func (c *call) fails(e *evaluator, b *Blast, f Fault, row *callRow) (callEntry, string) {
	e.blast, e.fault, e.client = b, f, c.Client
	a := e.evaluate(c.asked)
	if a == nil {
		return callEntry{state: none}, ""
	}
	defer e.recycle(a)
	switch {
	case a.Outcome == Unknown && a.Reason == whereUnknown:
		return callEntry{state: nowhere}, ""
	case a.Outcome == Unknown:
		return callEntry{state: doubt}, a.Reason
	case a.FailingShare == 0:
		return callEntry{state: known}, ""
	}
	day := c.usually(e, f, row)
	if day.state == known && day.share >= a.FailingShare {
		return callEntry{state: none}, "" // broken before, and not by this
	}
	return callEntry{share: a.FailingShare, state: known}, ""
}

// usually is usual, asked once for a row.
func (c *call) usually(e *evaluator, f Fault, row *callRow) callEntry {
	if row == nil {
		return c.usual(e, f)
	}
	day := &row.usual[slices.Index(Faults[:], f)]
	if day.state == unasked {
		*day = c.usual(e, f)
	}
	return *day
}

// usual is what the calls come to while nothing fails.
func (c *call) usual(e *evaluator, f Fault) callEntry {
	e.blast, e.fault, e.client = quiet, f, c.Client
	a := e.evaluate(c.asked)
	if a == nil {
		return callEntry{state: none}
	}
	defer e.recycle(a)
	if a.Outcome == Unknown {
		return callEntry{state: doubt}
	}
	return callEntry{share: a.FailingShare, state: known}
}

// placeFailure is a failure of places with its place in the rows of calls.
type placeFailure struct {
	blast *Blast
	fault Fault
	at    int
	same  int // the place of the first that takes the same
}

// in is its place in a row. What has no shape may tell places apart by their names.
func (f placeFailure) in(r *callRow) int {
	if r.alone {
		return f.at
	}
	return f.same
}

// places lists the failures of places that the worker is asked about.
func (w *worker) places() []placeFailure {
	if w.placed != nil {
		return w.placed
	}
	for _, b := range w.blasts {
		if b.named || b.Scenario.IsNone() {
			continue
		}
		for _, f := range w.o.Faults {
			w.placed = append(w.placed, w.placeFailure(b, f))
		}
	}
	return w.placed
}

// placeFailure finds the places of a failure in the rows of calls.
func (w *worker) placeFailure(b *Blast, f Fault) placeFailure {
	p := placeFailure{blast: b, fault: f, at: w.deps.calls.index(failure{b.words, f})}
	p.same = p.at
	if first := w.rows.first(b); first != b {
		p.same = w.deps.calls.index(failure{first.words, f})
	}
	return p
}
