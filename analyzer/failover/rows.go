package failover

import (
	"slices"
	"sync"
	"time"

	"github.com/passmuster/muster/mesh"
)

// rows are what the workers of one computation find out about shapes.
type rows struct {
	numbers *numbers
	slots   map[*Blast]int // places of scenarios in a row, as far as answers are shared
	firsts  []*Blast       // the first scenario of each place; the losses of copies follow
	copies  []string       // regions whose copies may fail, sorted
	mu      sync.RWMutex
	of      map[string]*row
}

func newRows(m *Model, blasts []*Blast) *rows {
	r := &rows{numbers: newNumbers(), of: map[string]*row{}}
	r.slots, r.firsts = m.slotsOf(blasts)
	for _, s := range m.scenarios() {
		if len(s.Parts) == 1 && s.Parts[0].Target == Region {
			r.copies = append(r.copies, s.Parts[0].Value)
		}
	}
	slices.Sort(r.copies)
	return r
}

// first is the first of the scenarios that take the same as b.
func (r *rows) first(b *Blast) *Blast {
	if slot, ok := r.slots[b]; ok {
		return r.firsts[slot]
	}
	return b
}

// at returns the row of a shape.
func (r *rows) at(key []byte) *row {
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
		known = &row{entries: make([]*[len(Faults)]entry, 2*(len(r.firsts)+len(r.copies)))}
		r.of[string(key)] = known
	}
	return known
}

// row is what questions of one shape come to in the failures of places, before dependencies.
type row struct {
	mu      sync.Mutex // held while a worker fills it in
	known   bool
	refused bool // these clients do not get through on a normal day
	// by scenario, then fault; and again where a scenario touches nothing, which only services ask about
	// that lack something else in it
	entries []*[len(Faults)]entry

	totals map[totalKey]Outcomes
	done   []doneKey // that are filled in
}

// totalKey is a list of failures that clients of one place ask about.
type totalKey struct{ list, place uint32 }

// of is the entry of a failure; complete makes those that are read later.
func (r *row) of(f *asking) *entry {
	one := r.entry(f.slot, f.at)
	if f.lacks && !one.is(touched) {
		return r.entry(len(r.entries)/2+f.slot, f.at)
	}
	return one
}

func (r *row) entry(slot, fault int) *entry {
	if r.entries[slot] == nil {
		r.entries[slot] = new([len(Faults)]entry)
	}
	return &r.entries[slot][fault]
}

type entry struct {
	share   float64
	upper   time.Duration // of the recovery, in rows that are timed
	outcome grade
	weakest uint8 // rank of the encryption of the least protected requests
	facts   fact
}

// fact is what else is known of an entry.
type fact uint8

const (
	filled  fact = 1 << iota
	absent       // no cell: the clients are inside
	touched      // the scenario reaches something that takes these requests
	exposed
	hidden
)

func (e *entry) is(f fact) bool { return e.facts&f != 0 }

func (e *entry) set(f fact, is bool) {
	if is {
		e.facts |= f
	}
}

func (e *entry) glance(g grade) Glance {
	return Glance{Outcome: grades[g], Exposed: e.is(exposed), Hidden: e.is(hidden), Upper: e.upper, Share: e.share, Encryption: encryptions[e.weakest]}
}

// slotOf is the place of a scenario in a row: failures of places and gateways, and the losses of a
// region's copy.
func (w *worker) slotOf(b *Blast) (int, bool) {
	if b.copyOf == "" {
		slot, ok := w.rows.slots[b]
		return slot, ok
	}
	i, ok := slices.BinarySearch(w.rows.copies, b.copyOf)
	return len(w.rows.firsts) + i, ok
}

// alikeKey is a pool in the loss of a copy.
type alikeKey struct {
	pool  *mesh.Pool
	blast *Blast
}

// shares reports whether what a question comes to in a failure is that of its shape: a region's copy
// is lost like any other if everything that stands in the region is lost, and nothing else.
func (w *worker) shares(q *asked, f *asking) bool {
	if f.slot < 0 || f.explain && w.o.Spare == nil {
		return false
	}
	b := f.blast
	if b.copyOf == "" {
		return true
	}
	for _, r := range q.rules {
		sends := r.Sends()
		for i := range sends {
			pool := w.poolOf(q, &sends[i])
			if pool == nil {
				continue
			}
			k := alikeKey{pool, b}
			alike, known := w.alike[k]
			if !known {
				alike = losesRegion(b, pool)
				w.alike[k] = alike
			}
			if !alike {
				return false
			}
		}
	}
	return true
}

// losesRegion reports whether the loss of a region's copy takes from a pool all endpoints in the region
// and no others.
func losesRegion(b *Blast, p *mesh.Pool) bool {
	is := func(e *mesh.Endpoint) bool {
		lost := e.Gateway == nil && e.Locality.Region == b.copyOf
		return (b.endpoint(p.Service, e) != no) == lost
	}
	for i := range p.Targets {
		for _, e := range p.Targets[i].Endpoints {
			if !is(e) || slices.ContainsFunc(e.Behind, func(e *mesh.Endpoint) bool { return !is(e) }) {
				return false
			}
		}
	}
	return true
}
