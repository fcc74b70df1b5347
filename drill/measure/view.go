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
	Samples      []record.Sample
	Drops        []record.Drop
}

// Views are those of a run, by cell and then prober.
func Views(m *record.Merged) []View {
	type key struct{ cell, prober string }
	at := map[key]int{}
	var all []View
	view := func(cell, prober string) *View {
		k := key{cell, prober}
		i, known := at[k]
		if !known {
			i = len(all)
			at[k] = i
			all = append(all, View{Cell: cell, Prober: prober})
		}
		return &all[i]
	}
	for _, s := range m.Samples {
		v := view(s.Cell, s.Prober)
		v.Samples = append(v.Samples, s)
	}
	for _, d := range m.Drops {
		v := view(d.Cell, d.Prober)
		v.Drops = append(v.Drops, d)
	}
	slices.SortFunc(all, func(a, b View) int { return cmp.Or(cmp.Compare(a.Cell, b.Cell), cmp.Compare(a.Prober, b.Prober)) })
	return all
}

// state is what one request says about the service.
type state int

const (
	unknown state = iota // nothing: it was not sent, or failed on the prober's own host
	good
	bad
)

// point is one request, or a row of ticks without one.
type point struct {
	sched, sent, end time.Duration
	state            state
	dest             string
	n                int // requests or ticks
}

// points are all of a view in the order of sending.
func (v *View) points(o *Options) []point {
	all := make([]point, 0, len(v.Samples)+len(v.Drops))
	for i := range v.Samples {
		s := &v.Samples[i]
		p := point{sched: s.Sched.Duration(), sent: (s.Sched + s.Late).Duration(), end: s.End.Duration(), n: 1, state: bad}
		switch {
		case s.Err.OfProber():
			p.state = unknown
		case s.OK && (o.Latency == 0 || p.end-p.sched <= o.Latency):
			p.state = good
		}
		if s.OK {
			p.dest = o.Dest(*s)
		}
		all = append(all, p)
	}
	for _, d := range v.Drops {
		last := (d.Sched + record.Millis(d.Count-1)*d.Every).Duration()
		all = append(all, point{sched: d.Sched.Duration(), sent: last, end: last, n: int(d.Count)})
	}
	slices.SortStableFunc(all, func(a, b point) int { return cmp.Or(cmp.Compare(a.sent, b.sent), cmp.Compare(a.sched, b.sched)) })
	return all
}

// interval is the usual distance of two requests in time: the median.
func (v *View) interval() time.Duration {
	if len(v.Samples) < 2 {
		return 0
	}
	at := make([]time.Duration, len(v.Samples))
	for i := range v.Samples {
		at[i] = v.Samples[i].Sched.Duration()
	}
	slices.Sort(at)
	for i := range at[1:] {
		at[i] = at[i+1] - at[i]
	}
	at = at[:len(at)-1]
	slices.Sort(at)
	return at[len(at)/2]
}

func sortByDue(points []point) {
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.sched, b.sched) })
}
