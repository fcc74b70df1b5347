package failover

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// worker evaluates services one after the other on one goroutine.
type worker struct {
	evaluator
	model *Model
	deps  *dependencies
	o     *Options
	// blasts are all scenarios, and placed the failures of places among them, made when it is asked for.
	blasts     []*Blast
	placed     []placeFailure
	ctx        context.Context //nolint:containedctx // one worker serves one computation
	side       *evaluator      // answers for calls to dependencies
	callShapes callShapes

	shapes  shapes
	rows    *rows
	likes   likes
	told    map[toldKey]*told // about the last service
	alike   map[alikeKey]bool // of the last service
	scratch Answer
	cell    Cell
	gap     *mesh.Gap // of the last question
	called  bool      // some client gets through to the last service on a normal day

	asks  []asking // about the last service
	cells []*Cell  // the same
	key   []byte
	total Outcomes // of questions whose cells were not counted one by one
}

func newWorker(ctx context.Context, m *Model, o *Options, blasts []*Blast, shared *rows) *worker {
	w := &worker{ctx: ctx, model: m, deps: m.deps, o: o, evaluator: evaluator{sim: sim{graph: m.graph}},
		blasts: blasts, shapes: newShapes(shared.numbers, m.graph), rows: shared, callShapes: callShapes{shapes: newShapes(m.deps.calls.numbers, m.graph)}, alike: map[alikeKey]bool{}, likes: newLikes(), told: map[toldKey]*told{}}
	w.shapes.glance, w.full = o.Spare != nil, o.Spare != nil
	return w
}

// grade is an outcome as a number.
type grade uint8

var grades = [...]Outcome{Survives, Degraded, Lost, Unknown}

func gradeOf(o Outcome) grade { return grade(slices.Index(grades[:], o)) }

// asking is one failure to ask about.
type asking struct {
	blast   *Blast
	fault   Fault
	slot    int // in a row; -1 = answers are not shared
	at      int // of the fault
	explain bool
	lost    *lack // what it takes from the service through its dependencies
	lacks   bool  // the scenario takes something that the service depends on, under some fault
	touched bool  // by the last question
	counts  [len(grades)]int
}

func (f *asking) outcomes() (o Outcomes) {
	for g, n := range f.counts {
		o.Add(grades[g], n)
	}
	return o
}

// service computes the cells of one service, and their sums.
func (w *worker) service(s *mesh.Service, blasts []*Blast) (cells []*Cell, sums []Sum) {
	w.cells = w.cells[:0]
	failures := w.evaluateService(s, blasts, func(q *asked, f *asking, a *Answer) (holds bool) {
		w.cell = Cell{Service: s, Port: q.Port, Subset: q.Subset, Client: q.Client, Scenario: f.blast.Scenario, Fault: f.fault, Answer: a}
		if w.o.Keep != nil && !w.o.Keep(&w.cell) {
			return false
		}
		a.before, a.unknown = nil, nil // what they tell is in the answer
		kept := w.cell
		w.cells = append(w.cells, &kept)
		return true
	})
	n := 0
	for i := range failures {
		n += min(failures[i].outcomes().Total(), 1)
	}
	sums = make([]Sum, 0, n)
	for i := range failures {
		f := &failures[i]
		if o := f.outcomes(); o.Total() > 0 {
			sums = append(sums, Sum{Service: s, Scenario: f.blast.Scenario, Fault: f.fault, Outcomes: o})
		}
	}
	return slices.Clone(w.cells), sums
}

// explained takes an explained cell, and tells whether it holds on to the answer, which other cells may
// have in common with it.
type explained func(*asked, *asking, *Answer) (holds bool)

// evaluateService answers everything that is asked about a service, hands out the explained
// cells, and returns the failures with their sums. Without anybody to hand cells to, questions of
// one shape are counted as a whole.
func (w *worker) evaluateService(s *mesh.Service, blasts []*Blast, explained explained) []asking {
	w.forget()
	clear(w.shapes.pools)
	clear(w.alike)
	w.likes.forget()
	defer w.untold()
	w.shapes.timed = w.o.Spare != nil && s.Objective != nil && s.Objective.RTO.IsKnown()
	questions := w.model.questions(s)
	failures := w.failures(s, w.relevant(s, questions, blasts))
	list := uint32(0)
	if explained == nil {
		list = w.listOf(failures)
	}
	w.called = false
	for _, q := range questions {
		if w.ctx.Err() != nil {
			return nil
		}
		if w.o.Clients != nil && !w.o.Clients(q.Client) {
			continue
		}
		w.gap = w.gapOf(q)
		row := w.rowOf(q)
		if row == nil {
			if w.everCalls(q, len(failures)) {
				w.called = true
				w.question(q, nil, failures, explained)
			}
			continue
		}
		total, called := w.complete(q, row, failures, list)
		if !called {
			continue
		}
		w.called = true
		if list != 0 {
			w.total.Merge(total)
			continue
		}
		w.question(q, row, failures, explained)
	}
	return failures
}

// complete fills in what a row lacks of the answers to a question, and adds up those of a list. It
// returns false if the clients do not get through on a normal day. Entries that it has filled in or
// found are not written again, and are read without the lock.
func (w *worker) complete(q *asked, r *row, failures []asking, list uint32) (total Outcomes, called bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.known {
		r.known, r.refused = true, !w.calls(q)
	}
	if r.refused {
		return Outcomes{}, false
	}
	k := totalKey{list: list}
	if list != 0 {
		k.place = w.placeOf(q.Client)
		if total, known := r.totals[k]; known {
			return total, true
		}
	}
	inside := false
	for i := range failures {
		f := &failures[i]
		if i == 0 || f.blast != failures[i-1].blast {
			inside = f.blast.client(q.Client)
		}
		if inside || !w.shares(q, f) {
			continue
		}
		known := r.entry(f.slot, f.at)
		if !known.is(filled) {
			w.fill(known, q, f)
		}
		if more := r.of(f); !more.is(filled) {
			w.predict(more, q, f)
		}
		if list != 0 && !known.is(absent) && known.is(touched) && (!f.blast.Scenario.IsNone() || grades[known.outcome] != Survives) {
			total.Add(grades[known.outcome], 1)
		}
	}
	if list != 0 {
		if r.totals == nil {
			r.totals = map[totalKey]Outcomes{}
		}
		r.totals[k] = total
	}
	return total, true
}

// question answers one question in all failures, from a row where it can.
func (w *worker) question(q *asked, row *row, failures []asking, explained explained) {
	inside := false
	told, asks := (*told)(nil), false
	for i := range failures {
		f := &failures[i]
		if i%64 == 63 && w.ctx.Err() != nil {
			return
		}
		if i == 0 || f.blast != failures[i-1].blast {
			inside = f.blast.client(q.Client)
		}
		if inside {
			continue
		}
		looked := row != nil && w.shares(q, f)
		if looked && w.fromRow(q, f, row.of(f)) {
			continue
		}
		touched := looked || i > 0 && f.blast == failures[i-1].blast && failures[i-1].touched
		if !asks {
			told, asks = w.tellings(q, len(failures)), true
		}
		if told == nil {
			if a := w.answerTo(q, f, touched); a != nil && !w.hand(q, f, a, explained) {
				w.recycle(a)
			}
			continue
		}
		one := &told.answers[i]
		if !one.asked {
			one.answer, one.asked = w.answerTo(q, f, touched), true
			one.touched = f.touched
		}
		f.touched = one.touched
		if one.answer != nil && w.hand(q, f, one.answer, explained) {
			one.held = true
		}
	}
}

// hand counts a cell, and hands it out if it is explained. It reports whether somebody holds on to the
// answer.
func (w *worker) hand(q *asked, f *asking, a *Answer, explained explained) bool {
	if f.blast.Scenario.IsNone() && a.Outcome == Survives && !w.exposedToday(q, a.exposed) {
		return false
	}
	f.counts[gradeOf(a.Outcome)]++
	return f.explain && explained(q, f, a)
}

// exposedToday reports whether requests lack the encryption that an objective asks for before anything fails. That is told where
// weights alone divide them between destinations (Linkerd): no failure need ever send more of them there.
func (w *worker) exposedToday(q *asked, exposed bool) bool {
	o := q.Service.Objective
	return exposed && o != nil && (o.Encryption == "mtls" || o.Encryption == "tls") && slices.ContainsFunc(q.rules, func(r *mesh.RouteRule) bool { return r.Drawn != nil })
}

// listOf numbers a list of failures that takes nothing from the service but what its shape tells; 0 =
// it is none.
func (w *worker) listOf(failures []asking) uint32 {
	w.key = w.key[:0]
	for i := range failures {
		f := &failures[i]
		if f.slot < 0 || f.explain || f.lacks || f.blast.named {
			return 0
		}
		w.key = binary.LittleEndian.AppendUint32(w.key, uint32(f.slot*len(w.o.Faults)+f.at))
	}
	return w.rows.numbers.number(w.key)
}

// placeOf numbers the place of clients.
func (w *worker) placeOf(c *mesh.Client) uint32 {
	w.key = append(w.key[:0], c.Cluster...)
	for _, t := range [...]string{c.Locality.Region, c.Locality.Zone, c.Locality.Subzone} {
		w.key = append(append(w.key, 0), t...)
	}
	return w.rows.numbers.number(w.key)
}

// answerTo answers a question in one failure; nil = there is no such cell.
func (w *worker) answerTo(q *asked, f *asking, touched bool) *Answer {
	w.detail, w.traces = f.explain, f.explain && w.o.Traces
	if f.blast.ofRelease() && q.Subset != "" {
		f.touched = false // what routes make of the subset is asked with the service
		return nil
	}
	f.touched = touched || f.lacks || w.touched(q, f.blast)
	if !f.touched || isServiceScenario(f.blast.Scenario, q.Service) {
		return nil
	}
	w.blast, w.fault, w.client = f.blast, f.fault, q.Client
	a := w.evaluate(q)
	if a != nil {
		w.miss(f, a)
	}
	if a != nil && w.gap != nil {
		a.Outcome, a.FailingShare, a.Causes, a.Recovery = Unknown, 0, nil, Recovery{}
		a.Reason, a.Undecided = gapReason(w.gap), nil
	}
	return a
}

// fromRow counts a cell by what is known of its shape. It returns false if the cell has to be explained.
func (w *worker) fromRow(q *asked, f *asking, known *entry) bool {
	f.touched = known.is(touched) || f.lacks
	if known.is(absent) || !f.touched {
		return true
	}
	grade := known.outcome
	if f.lacks {
		w.scratch = Answer{Outcome: grades[grade], FailingShare: known.share}
		w.detail, w.traces = false, false
		w.miss(f, &w.scratch)
		grade = gradeOf(w.scratch.Outcome)
	}
	if f.blast.Scenario.IsNone() && grades[grade] == Survives && !w.exposedToday(q, w.shapes.glance && known.is(exposed)) {
		return true
	}
	if f.explain && !w.o.Spare(q.Service, f.blast.Scenario, f.fault, known.glance(grade)) {
		return false
	}
	f.counts[grade]++
	return true
}

// fill writes an entry. Where the scenario touches nothing there is no cell, and nothing to answer.
func (w *worker) fill(known *entry, q *asked, f *asking) {
	w.detail, w.traces = false, false
	if w.touched(q, f.blast) {
		w.predict(known, q, f)
		known.set(touched, true)
		return
	}
	*known = entry{facts: filled}
}

// predict writes what happens to a question into an entry.
func (w *worker) predict(known *entry, q *asked, f *asking) {
	w.detail, w.traces, w.clock = false, false, w.shapes.timed
	*known = entry{facts: filled}
	w.blast, w.fault, w.client = f.blast, f.fault, q.Client
	a := w.evaluate(q)
	w.clock = false
	if a == nil {
		known.set(absent, true)
		return
	}
	known.outcome, known.share, known.upper = gradeOf(a.Outcome), a.FailingShare, a.Recovery.Upper
	known.set(exposed, a.exposed)
	known.set(hidden, a.hidden)
	w.recycle(a)
}

// miss lowers an answer by what the surviving copies of the service miss of their dependencies.
func (w *worker) miss(f *asking, a *Answer) {
	if !f.lacks || a.Outcome == Lost {
		return
	}
	own := w.missElsewhere(f, a)
	switch {
	case a.Outcome == Lost || own == 0:
		return
	case f.lost == nil:
		return
	case f.lost.share == 0:
		if f.lost.unknown != "" && a.FailingShare == 0 {
			a.Outcome, a.Reason, a.Undecided = Unknown, f.lost.unknown, nil
			a.Causes = keepCauses(a.Causes, CauseExposed)
		}
		return
	}
	if w.detail {
		a.addCause(f.lost.cause)
	}
	if w.traces {
		a.Trace = append(a.Trace, f.lost.cause.Detail)
	}
	a.FailingShare = round(1 - (1-a.FailingShare)*(1-own*f.lost.share))
	a.Outcome, a.Reason = Degraded, f.lost.cause.Detail
	if a.FailingShare >= 1 {
		a.Outcome, a.FailingShare, a.Recovery, a.Destinations = Lost, 1, Recovery{}, nil
	}
}

// rowOf finds the row of a question's shape; nil if its answers are not shared, or all of them are
// explained.
func (w *worker) rowOf(q *asked) *row {
	if w.o.Explain == nil || w.gap != nil {
		return nil
	}
	key := w.shapes.of(&w.evaluator, q)
	if key == nil {
		return nil
	}
	return w.rows.at(key)
}

// failures lists scenarios under each fault. Before any failure there is no fault mode: it is asked
// about once.
func (w *worker) failures(s *mesh.Service, blasts []*Blast) []asking {
	list := slices.Grow(w.asks[:0], len(blasts)*len(w.o.Faults))
	for _, b := range blasts {
		slot, shared := w.slotOf(b)
		lacks := w.lacks(s, b)
		for i, f := range w.o.Faults {
			if b.Scenario.IsNone() && i > 0 {
				break
			}
			one := asking{blast: b, fault: f, slot: -1}
			if shared {
				one.slot = slot
			}
			one.at = i
			if one.lacks = lacks; lacks {
				if lost, ok := w.deps.outage(w, b, f)[s.ID]; ok {
					one.lost = &lost
				}
			}
			one.explain = w.o.Explain == nil || w.o.Explain(s, b.Scenario, f)
			list = append(list, one)
		}
	}
	w.asks = list
	return list
}

// aside is the worker's second evaluator, for questions inside a question.
func (w *worker) aside() *evaluator {
	if w.side == nil {
		w.side = &evaluator{sim: sim{graph: w.graph}}
	}
	return w.side
}

// everCalls is calls, asked once for all who are like the clients.
func (w *worker) everCalls(q *asked, failures int) bool {
	t := w.tellings(q, failures)
	if t == nil {
		return w.calls(q)
	}
	if t.calls == maybe {
		t.calls = no
		if w.calls(q) {
			t.calls = yes
		}
	}
	return t.calls == yes
}

// calls reports whether the clients get through on a normal day; those that policies refuse even
// then are no callers.
func (w *worker) calls(q *asked) bool {
	w.blast, w.fault, w.client = quiet, w.o.Faults[0], q.Client
	w.detail, w.traces = false, false
	a := w.evaluate(q)
	if a != nil {
		w.recycle(a)
	}
	return a != nil
}

// relevant leaves out the scenarios that can reach neither the service, nor a service that its
// routes lead to, nor anything that it depends on. The losses of one region's copy and bad releases
// come last.
func (w *worker) relevant(s *mesh.Service, questions []*asked, blasts []*Blast) []*Blast {
	var copies, releases []*Blast
	if w.o.Copies {
		copies = w.model.copies(s)
	}
	if w.o.Releases {
		releases = w.model.releases(s)
	}
	releases = releasesOf(s, blasts, releases)
	if w.o.Forced {
		places := slices.DeleteFunc(slices.Clone(blasts), (*Blast).ofRelease)
		return slices.Concat(places, copies, releases)
	}
	targets := []*mesh.Service{s}
	for _, q := range questions {
		for _, r := range q.view.Routes {
			for _, rule := range r.Rules {
				for i := range rule.To {
					if to := rule.To[i].Service; to != nil && !slices.Contains(targets, to) {
						targets = append(targets, to)
					}
				}
			}
		}
	}
	keep := make([]*Blast, 0, len(blasts)+len(copies))
	for _, b := range blasts {
		if b.ofRelease() || w.o.asked == nil && !concerns(s, b.Scenario) {
			continue
		}
		if b.Scenario.IsNone() || w.lacks(s, b) || slices.ContainsFunc(targets, b.reaches) {
			keep = append(keep, b)
		}
	}
	return slices.Concat(keep, copies, releases)
}

// touched reports whether a scenario can change the answer by itself: it reaches an endpoint that
// takes requests on a normal day. A tier that nobody uses today may die unnoticed.
func (w *worker) touched(q *asked, b *Blast) bool {
	return w.o.Forced || b.Scenario.IsNone() || w.evaluator.touched(q, b)
}

// touched is that for a failure, whatever was asked for.
func (e *evaluator) touched(q *asked, b *Blast) bool {
	if len(b.releases) > 0 {
		q = b.tried(q.routed())
	}
	for _, r := range q.rules {
		sends := r.Sends()
		for i := range sends {
			pool := e.poolOf(q, &sends[i])
			if pool == nil || pool.Discovery == mesh.OriginalDst {
				continue
			}
			e.pool, e.client, e.blast = pool, q.Client, b
			d := e.today()
			if !d.ok && b.touches(pool) || e.takesUsed(d) {
				return true
			}
		}
	}
	return false
}

// isServiceScenario: the loss of a service is asked about for its dependents only; of itself nothing
// is left to ask, unless others stand in for it, or somebody promises that it survives that.
func isServiceScenario(s Scenario, svc *mesh.Service) bool {
	lost := slices.ContainsFunc(s.Parts, func(p Part) bool { return p.Target == Service && matchesService(svc, p.Value) })
	if !lost {
		return false
	}
	standsIn := slices.ContainsFunc(svc.Endpoints, func(e *mesh.Endpoint) bool { owner := ownerOf(e); return owner != nil && owner != svc })
	return !standsIn && !promises(svc.Objective, s)
}

// promises reports whether an objective lists a scenario by its name.
func promises(o *mesh.Objective, s Scenario) bool {
	return o != nil && slices.ContainsFunc(o.Survive, func(text string) bool {
		named, err := ParseScenario(text)
		return err == nil && !named.IsNone() && slices.Equal(named.Parts, s.Parts)
	})
}
