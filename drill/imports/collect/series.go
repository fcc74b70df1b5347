package collect

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// Series is what one end of the connections, as one source tells, saw of one cell. Cells that differ in scenario and fault alone
// have the same series: the times of the faults part them.
type Series struct {
	Cell string
	// Prober is the name of the source, and Origin its kind.
	Prober, Origin string
	// Reporter is the end that saw it. What a server sees proves who answers and how it was asked, and no outage: what never
	// arrives is not in it.
	Reporter observe.Reporter
	// Shared: requests of other ports or callers may be among them, because the source does not tell them apart.
	Shared bool

	parts []*part
	kinds *kinds
}

// Series are those of a cell, by source. The normal day of a cell is the same series.
func (c *Collector) Series(cell string) []Series {
	at, known := c.byCell[cell]
	if !known {
		return nil
	}
	var all []Series
	for _, s := range c.sources {
		first := len(all)
		for _, p := range s.order {
			if p.match == nil || !slices.Contains(p.questions, at) {
				continue
			}
			i := slices.IndexFunc(all[first:], func(x Series) bool { return x.Reporter == p.reporter })
			if i < 0 {
				all = append(all, Series{Cell: cell, Prober: s.Name, Origin: s.Origin, Reporter: p.reporter, kinds: &c.kinds})
				i = len(all) - 1 - first
			}
			x := &all[first+i]
			x.parts = append(x.parts, p)
			x.Shared = x.Shared || p.shared
		}
		// What was never sent to nobody knows whom counts for every series of the source.
		for _, p := range s.order {
			for i := range all[first:] {
				if x := &all[first+i]; p.match == nil && x.Reporter == p.reporter {
					x.parts = append(x.parts, p)
				}
			}
		}
	}
	return all
}

// Tally counts the requests of a stretch of time, by when they began.
type Tally struct {
	Requests int
	// Doubtful and Injected are among them, and no samples: neither proves success or failure.
	Doubtful, Injected int
}

// Tally counts the requests that began between two times of the axis.
func (s *Series) Tally(from, to time.Duration) Tally {
	var t Tally
	for _, k := range s.Points(from, to) {
		t.Requests++
		switch {
		case k.Doubtful:
			t.Doubtful++
		case k.Injected && !k.OK:
			t.Injected++
		}
	}
	return t
}

// Stretch is when something was, on the axis.
type Stretch struct{ From, To time.Duration }

// Points are the requests that began between two times of the axis, in the order of their begins. Nothing is made for it.
func (s *Series) Points(from, to time.Duration) iter.Seq2[Stretch, *Kind] {
	return func(yield func(Stretch, *Kind) bool) {
		next := make([]int, len(s.parts))
		for i, p := range s.parts {
			p.sorted()
			next[i] = p.from(from)
		}
		for {
			best, first := -1, point{}
			for i, p := range s.parts {
				if next[i] >= p.n {
					continue
				}
				if x := p.at(next[i]); best < 0 || x.start < first.start {
					best, first = i, x
				}
			}
			if best < 0 || first.start >= int64(to) {
				return
			}
			next[best]++
			begin := time.Duration(first.start)
			if !yield(Stretch{begin, begin + time.Duration(first.took)*time.Microsecond}, &s.kinds.all[first.kind]) {
				return
			}
		}
	}
}

// Samples are the same as samples of a cell, one at a time: a view of them all may be larger than memory. What proves neither success
// nor failure is left out; Tally counts it.
func (s *Series) Samples(from, to time.Duration) iter.Seq[record.Sample] {
	return func(yield func(record.Sample) bool) {
		tick := int64(0)
		for at, k := range s.Points(from, to) {
			if k.Doubtful || k.Injected && !k.OK {
				continue
			}
			if !yield(s.sample(tick, at, k)) {
				return
			}
			tick++
		}
	}
}

func (s *Series) sample(tick int64, at Stretch, k *Kind) record.Sample {
	protocol := ""
	if k.GRPC {
		protocol = "grpc"
	}
	return record.Sample{
		Tick: tick, Sched: record.Millis(at.From), End: record.Millis(at.To), Cell: s.Cell, Source: k.Source, Protocol: protocol,
		OK: k.OK, Code: k.Code, Err: k.Err, Detail: k.Detail, Dest: k.Dest, TLS: k.TLS, Identity: record.Identity{SPIFFE: k.Peer},
		Attempts: k.Attempts, Flags: k.Flags, Origin: s.Origin, Prober: s.Prober,
	}
}

// View holds all samples of a stretch of time, at most a number of them. More are an error: Samples hands them out one by one.
func (s *Series) View(from, to time.Duration, most int) (measure.View, error) {
	var c measure.Collector
	n := 0
	for x := range s.Samples(from, to) {
		if n == most {
			return measure.View{}, fmt.Errorf("%s: more than %d requests between %s and %s", s.Prober, most, from, to)
		}
		n++
		_ = c.Sample(&x) // never fails
	}
	v := measure.View{Cell: s.Cell, Prober: s.Prober}
	if all := c.Views(0); len(all) > 0 {
		v = all[0]
	}
	v.Drops = s.Drops(from, to)
	return v, nil
}

// Drops are the requests that a load generator never sent, by when it noticed.
func (s *Series) Drops(from, to time.Duration) []record.Drop {
	var all []record.Drop
	for _, p := range s.parts {
		for _, m := range p.missed {
			if m.at >= from && m.at < to {
				d := record.Drop{Count: m.count, Sched: record.Millis(m.at), Cell: s.Cell, Why: record.DropLimit, Prober: s.Prober}
				if m.count > 1 {
					d.Every = record.Millis(1) // all at one moment
				}
				all = append(all, d)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b record.Drop) int { return int(a.Sched - b.Sched) })
	return all
}

// Counted is what a counter gained in a stretch of time. When in it the requests were is not known.
type Counted struct {
	Stretch
	Delta float64
	Reset bool
	*Kind
}

// Counts are those whose stretch overlaps another, by source of the counter.
func (s *Series) Counts(from, to time.Duration) iter.Seq[Counted] {
	return func(yield func(Counted) bool) {
		for _, p := range s.parts {
			for _, n := range p.counts {
				if n.to < from || n.from >= to {
					continue
				}
				if !yield(Counted{Stretch{n.from, n.to}, n.delta, n.reset, &s.kinds.all[n.kind]}) {
					return
				}
			}
		}
	}
}
