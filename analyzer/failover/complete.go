package failover

import (
	"encoding/binary"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// grade is an outcome as a number.
type grade uint8

var grades = [...]Outcome{Survives, Degraded, Lost, Unknown}

func gradeOf(o Outcome) grade { return grade(slices.Index(grades[:], o)) }

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
	done, small := w.doneBy(q)
	if list == 0 && small && slices.Contains(r.done, done) {
		return Outcomes{}, true
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
	if small {
		r.done = append(r.done, done)
	}
	return total, true
}

// doneKey is all that decides which entries of a row complete fills in for a question: what is asked about the service, the place
// of the clients, and for each loss of a copy of the service whether the clients are inside, and whether its answers are shared.
type doneKey struct {
	asked, place uint32
	copies       uint64
}

// doneBy is the key of a question; false if there is none, because answers are shared in some faults alone or copies are many.
func (w *worker) doneBy(q *asked) (k doneKey, ok bool) {
	if w.o.Spare == nil || len(w.copied) > 32 {
		return k, false
	}
	k = doneKey{asked: w.order, place: w.placeOf(q.Client)}
	for _, i := range w.copied {
		f := &w.asks[i]
		k.copies <<= 2
		if f.blast.client(q.Client) {
			k.copies |= 1
		}
		if w.shares(q, f) {
			k.copies |= 2
		}
	}
	return k, true
}

// arrangeAsked numbers what is asked about the service in hand, and finds the losses of its copies in it.
func (w *worker) arrangeAsked(failures []asking) {
	w.key, w.copied = w.key[:0], w.copied[:0]
	for i := range failures {
		f := &failures[i]
		if f.blast.copyOf != "" && (i == 0 || f.blast != failures[i-1].blast) {
			w.copied = append(w.copied, i)
		}
		what := uint32(f.slot+1)<<8 | uint32(f.at)<<1
		if f.lacks {
			what |= 1
		}
		w.key = binary.LittleEndian.AppendUint32(w.key, what)
	}
	w.order = w.rows.numbers.number(w.key)
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

// fromRow counts a cell by what is known of its shape. It returns false if the cell has to be explained.
func (w *worker) fromRow(q *asked, f *asking, known *entry) bool {
	f.touched = known.is(touched) || f.lacks
	if known.is(absent) || !f.touched {
		return true
	}
	grade, share := known.outcome, known.share
	if f.lacks {
		w.scratch = Answer{Outcome: grades[grade], FailingShare: known.share}
		w.detail, w.traces = false, false
		w.miss(f, &w.scratch)
		grade, share = gradeOf(w.scratch.Outcome), w.scratch.FailingShare
	}
	if f.blast.Scenario.IsNone() && grades[grade] == Survives && !w.exposedToday(q, w.shapes.glance && known.is(exposed)) {
		return true
	}
	if f.explain && !w.o.Spare(q.Service, f.blast.Scenario, f.fault, known.glance(grade)) {
		return false
	}
	f.counts[grade]++
	if w.seen != nil {
		g := known.glance(grade)
		g.Share = share
		w.seen(q, f, g)
	}
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
	known.outcome, known.share, known.upper, known.weakest = gradeOf(a.Outcome), a.FailingShare, a.Recovery.Upper, a.weakest
	known.set(exposed, a.exposed)
	known.set(hidden, a.hidden)
	w.recycle(a)
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
