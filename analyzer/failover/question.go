package failover

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

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
	if w.seen != nil {
		w.seen(q, f, glanceAt(a))
	}
	return f.explain && explained(q, f, a)
}

// exposedToday reports whether requests lack the encryption that an objective asks for before anything fails. That is told where
// weights alone divide them between destinations (Linkerd): no failure need ever send more of them there.
func (w *worker) exposedToday(q *asked, exposed bool) bool {
	o := q.Service.Objective
	return exposed && o != nil && (o.Encryption == "mtls" || o.Encryption == "tls") && slices.ContainsFunc(q.rules, func(r *mesh.RouteRule) bool { return r.Drawn != nil })
}

// answerTo answers a question in one failure; nil = there is no such cell.
func (w *worker) answerTo(q *asked, f *asking, touched bool) *Answer {
	w.detail, w.traces = f.explain || w.surveys && f.blast.ofRelease(), f.explain && w.o.Traces // bounds of ways back are details
	if f.blast.ofRelease() && q.Subset != "" {
		f.touched = false // what routes make of the subset is asked with the service
		return nil
	}
	f.touched = touched || f.lacks || w.touched(q, f.blast)
	if !f.touched || isServiceScenario(f.blast.Scenario, q.Service) {
		return nil
	}
	w.blast, w.fault, w.client, w.clock = f.blast, f.fault, q.Client, w.surveys
	a := w.evaluate(q)
	w.clock = false
	if a != nil {
		w.miss(f, a)
	}
	if a != nil && w.gap != nil {
		a.Outcome, a.FailingShare, a.Causes, a.Recovery = Unknown, 0, nil, Recovery{}
		a.Reason, a.Undecided = gapReason(w.gap), nil
	}
	return a
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
