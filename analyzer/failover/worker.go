package failover

import (
	"context"
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
	retold  []*told           // whose memory may be used again
	alike   map[alikeKey]bool // of the last service
	scratch Answer
	cell    Cell
	gap     *mesh.Gap       // of the last question
	targets []*mesh.Service // the last service, and those that its routes lead to
	called  bool            // some client gets through to the last service on a normal day

	outages map[blastFault]map[mesh.ServiceID]lack // that it has asked for
	asks    []asking                               // about the last service
	order   uint32                                 // the number of these
	copied  []int                                  // the first for each loss of a copy among these
	cells   []*Cell                                // the same
	key     []byte
	total   Outcomes // of questions whose cells were not counted one by one

	surveys bool                          // recovery bounds are told of every cell
	met     func(Question, bool)          // is told who asks, and whether they get through on a normal day; nil = nobody
	seen    func(*asked, *asking, Glance) // takes a glance at every cell; nil = nobody looks
}

func newWorker(ctx context.Context, m *Model, o *Options, blasts []*Blast, shared *rows) *worker {
	w := &worker{ctx: ctx, model: m, deps: m.deps, o: o, evaluator: evaluator{sim: sim{graph: m.graph}},
		blasts: blasts, shapes: newShapes(shared.numbers, m.graph), rows: shared, callShapes: callShapes{shapes: newShapes(m.deps.calls.numbers, m.graph)}, alike: map[alikeKey]bool{}, likes: newLikes(), told: map[toldKey]*told{}, outages: map[blastFault]map[mesh.ServiceID]lack{}}
	w.shapes.glance, w.full = o.Spare != nil, o.Spare != nil
	return w
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
	w.shapes.timed = w.surveys || w.o.Spare != nil && s.Objective != nil && s.Objective.RTO.IsKnown()
	questions := w.model.questions(s)
	w.targets = targetsOf(s, questions, w.targets[:0])
	failures := w.failures(s, w.relevant(s, blasts))
	w.arrangeAsked(failures)
	list := uint32(0)
	if explained == nil {
		list = w.listOf(failures)
	}
	w.called = false
	for _, q := range questions {
		if w.ctx.Err() != nil {
			return nil
		}
		if w.o.Clients != nil && !w.o.Clients(q.Client) || w.o.Asks != nil && !w.o.Asks(q.Question, q.view) {
			continue
		}
		w.gap = w.gapOf(q)
		row := w.rowOf(q)
		if row == nil {
			called := w.everCalls(q, len(failures))
			if w.met != nil {
				w.met(q.Question, called)
			}
			if called {
				w.called = true
				w.question(q, nil, failures, explained)
			}
			continue
		}
		total, called := w.complete(q, row, failures, list)
		if w.met != nil {
			w.met(q.Question, called)
		}
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

// aside is the worker's second evaluator, for questions inside a question.
func (w *worker) aside() *evaluator {
	if w.side == nil {
		w.side = &evaluator{sim: sim{graph: w.graph}}
	}
	return w.side
}
