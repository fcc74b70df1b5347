package measure

import (
	"cmp"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// View is what one prober saw of one cell. Views are measured one by one: what two probers see may differ, and a
// good answer to one says nothing about the other.
type View struct {
	Cell, Prober string
	Requests     []Request
	// Kinds are the requests' common parts: samples without times, ticks and epochs, and with the detail of the first of them.
	Kinds []record.Sample
	Drops []record.Drop
	Marks []Mark
}

// Request is one sample of a view, packed: a drill of an hour at 1,000 a second has millions of them.
type Request struct {
	Sched, Late, End time.Duration
	Tick, Epoch      int64
	Line             int32 // in the file, from 1; 0 = not known
	Kind             int32 // in View.Kinds
}

// Mark is a request that wrote or read the counter of a drill.
type Mark struct {
	Request int // in View.Requests
	Op      record.MarkerOp
	N       int64
}

// Sample is a request as its prober saw it, without what Kinds leave out.
func (v *View) Sample(i int) record.Sample {
	r := &v.Requests[i]
	s := v.Kinds[r.Kind]
	s.Tick, s.Epoch, s.Line = r.Tick, r.Epoch, int64(r.Line)
	s.Sched, s.Late, s.End = record.Millis(r.Sched), record.Millis(r.Late), record.Millis(r.End)
	return s
}

// Views are those of a run, by cell and then prober.
func Views(m *record.Merged) []View {
	var c Collector
	for i := range m.Samples {
		_ = c.Sample(&m.Samples[i]) // never fails
	}
	for i := range m.Drops {
		_ = c.Drop(&m.Drops[i]) // never fails
	}
	return c.Views(0)
}

// Without is a view without what was due from one moment to another, both included.
func (v View) Without(from, to time.Duration) View {
	return v.only(func(at time.Duration) bool { return at < from || at > to })
}

// Cut is the part of a view from one moment to another, by when requests were due.
func (v View) Cut(from, to time.Duration) View {
	return v.only(func(at time.Duration) bool { return at >= from && at < to })
}

func (v View) only(in func(at time.Duration) bool) View {
	part := View{Cell: v.Cell, Prober: v.Prober, Kinds: v.Kinds}
	moved := map[int]int{}
	for i, r := range v.Requests {
		if in(r.Sched) {
			moved[i] = len(part.Requests)
			part.Requests = append(part.Requests, r)
		}
	}
	for _, m := range v.Marks {
		if i, ok := moved[m.Request]; ok {
			part.Marks = append(part.Marks, Mark{i, m.Op, m.N})
		}
	}
	for _, d := range v.Drops {
		if in(d.Sched.Duration()) {
			part.Drops = append(part.Drops, d)
		}
	}
	return part
}

// Collector makes views of samples as they are read (record.Scan). The zero Collector is ready.
type Collector struct {
	at  map[viewKey]int
	all []*collected
}

type viewKey struct{ cell, prober string }

type collected struct {
	View
	kinds map[kindKey]int32
}

// kindKey is what requests of a kind have in common.
type kindKey struct {
	source, protocol, tls, role, flags, origin string
	spiffe, issuer, root                       string
	err                                        record.ErrorClass
	dest                                       record.Dest
	code, attempts                             int
	ok                                         bool
}

func (c *Collector) view(cell, prober string) *collected {
	k := viewKey{cell, prober}
	i, known := c.at[k]
	if !known {
		if c.at == nil {
			c.at = map[viewKey]int{}
		}
		i = len(c.all)
		c.at[k] = i
		c.all = append(c.all, &collected{View: View{Cell: cell, Prober: prober}, kinds: map[kindKey]int32{}})
	}
	return c.all[i]
}

// Sample takes a sample. It never fails.
func (c *Collector) Sample(s *record.Sample) error {
	v := c.view(s.Cell, s.Prober)
	key := kindKey{
		source: s.Source, protocol: s.Protocol, tls: s.TLS, role: s.Role, flags: s.Flags, origin: s.Origin,
		spiffe: s.Identity.SPIFFE, issuer: s.Identity.Issuer, root: s.Identity.Root,
		err: s.Err, dest: s.Dest, code: s.Code, attempts: s.Attempts, ok: s.OK,
	}
	kind, known := v.kinds[key]
	if !known {
		kind = int32(len(v.Kinds))
		v.kinds[key] = kind
		k := *s
		k.Tick, k.Epoch, k.Line, k.Sched, k.Late, k.End, k.Marker = 0, 0, 0, 0, 0, 0, nil
		v.Kinds = append(v.Kinds, k)
	}
	if s.Marker != nil {
		v.Marks = append(v.Marks, Mark{len(v.Requests), s.Marker.Op, s.Marker.N})
	}
	v.Requests = append(v.Requests, Request{
		Sched: s.Sched.Duration(), Late: s.Late.Duration(), End: s.End.Duration(),
		Tick: s.Tick, Epoch: s.Epoch, Line: int32(s.Line), Kind: kind,
	})
	return nil
}

// Drop takes ticks without requests. It never fails.
func (c *Collector) Drop(d *record.Drop) error {
	v := c.view(d.Cell, d.Prober)
	v.Drops = append(v.Drops, *d)
	return nil
}

// Views are those that were collected, by cell and then prober, with all times moved by shift (record.Part.Shift).
// The Collector must not be used any more.
func (c *Collector) Views(shift time.Duration) []View {
	all := make([]View, 0, len(c.all))
	for _, v := range c.all {
		for i := range v.Requests {
			v.Requests[i].Sched += shift
			v.Requests[i].End += shift
		}
		for i := range v.Drops {
			v.Drops[i].Sched += record.Millis(shift)
		}
		all = append(all, v.View)
	}
	slices.SortFunc(all, func(a, b View) int { return cmp.Or(cmp.Compare(a.Cell, b.Cell), cmp.Compare(a.Prober, b.Prober)) })
	return all
}
