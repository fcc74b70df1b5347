package audit

import (
	"math"
	"slices"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/imports/collect"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// maxForeign is how many requests of one source and cell are looked at.
const maxForeign = 4_000_000

// foreign measures what other sources saw of a cell. Without a fault they prove nothing of it.
func (a *auditor) foreign(e *plan.Expectation) error {
	if a.others == nil {
		return nil
	}
	id, _ := plan.ParseCell(e.Cell) // Audit has checked it
	fault, known := a.faultOf(id)
	if !known {
		return nil
	}
	from, to := a.round(&fault)
	for _, series := range a.others.Series(e.Cell) {
		s := &seen{a: a, expect: e, id: id, source: series.Prober, reporter: series.Reporter, fault: fault, faulted: true, opts: a.options(e)}
		s.cell = a.newCell(e, id, series.Prober, series.Origin)
		if scenario, err := failover.ParseScenario(id.Scenario); err == nil {
			s.failed = scenario.Parts
		}
		if s.reporter == observe.ReporterUnknown {
			s.probe = a.probeOf(id, series.Prober)
		}
		var clock bool
		if s.apart, clock = a.merged.Apart(series.Prober, fault.By); !clock {
			s.apart = unsynchronised
		}
		v, err := series.View(from, to, maxForeign)
		if err != nil {
			return err
		}
		switch {
		case len(v.Requests) > 0 && s.reporter != observe.ReporterDestination:
			s.view = v
			s.result = measure.Measure(v, fault, s.apart, s.opts)
		case len(v.Requests) > 0:
			// What never arrived is not in it: it shows who answered and how, and no outage.
			s.view, s.timeless = v, true
			r := measure.Measure(v, fault, s.apart, s.opts)
			s.result = measure.Result{Cell: r.Cell, Prober: r.Prober, Before: r.Before, During: r.During, After: r.After, Edge: r.Edge, Settled: r.Settled}
		default:
			s.timeless = true
			if !s.counters(&series, from, to) {
				continue
			}
		}
		if s.timeless {
			s.result.Recovery.Upper, s.result.Outage.Upper = measure.Unbounded, measure.Unbounded
		}
		s.normalDay()
		s.doubtForeign(&series, clock, from, to)
		s.fill()
		s.classes()
		a.seen = append(a.seen, s)
		a.covered[e.Cell] = a.covered[e.Cell] || s.result.During.Sent() > 0
	}
	return nil
}

// counters sorts what counters gained into phases: a stretch counts where it lies wholly inside.
func (s *seen) counters(series *collect.Series, from, to time.Duration) bool {
	s.view = measure.View{Cell: s.expect.Cell, Prober: series.Prober}
	r := &s.result
	r.Cell, r.Prober = s.expect.Cell, series.Prober
	f, slack := &s.fault, s.apart
	found, kinds, counted := false, map[*collect.Kind]int{}, groups{}
	for n := range series.Counts(from, to) {
		delta := int(math.Round(n.Delta))
		if delta == 0 || n.Injected && !n.OK {
			continue
		}
		found = true
		var p *measure.Phase
		switch {
		case n.To < f.Inject.From-slack:
			p = &r.Before
		case n.From > f.Inject.To+slack && (!f.Removed || n.To < f.Remove.From-slack):
			p = &r.During
		case f.Removed && n.From > f.Remove.To+slack:
			p = &r.After
		default:
			p = &r.Edge
		}
		k, known := kinds[n.Kind]
		if !known {
			k = s.kindOf(n.Kind, series.Origin)
			kinds[n.Kind] = k
		}
		counted.add(p, k, delta, n.Kind)
		if p == &r.During && n.From > f.Inject.To+slack+s.opts.Settle {
			counted.add(&r.Settled, k, delta, n.Kind)
		}
	}
	for _, p := range []*measure.Phase{&r.Before, &r.During, &r.After, &r.Edge, &r.Settled} {
		p.Describe(&s.view, s.opts.Dest)
	}
	return found
}

// groups are those of phases by kind, as indexes into Phase.Groups.
type groups map[groupKey]int

type groupKey struct {
	phase *measure.Phase
	kind  int
}

func (at groups) add(p *measure.Phase, kind, n int, k *collect.Kind) {
	key := groupKey{p, kind}
	i, known := at[key]
	if !known {
		i = len(p.Groups)
		at[key], p.Groups = i, append(p.Groups, measure.Group{Kind: kind})
	}
	g := &p.Groups[i]
	switch {
	case k.Doubtful:
		g.Unknown, p.Unknown = g.Unknown+n, p.Unknown+n
	case k.OK:
		g.Good, p.Good = g.Good+n, p.Good+n
	default:
		g.Bad, p.Bad = g.Bad+n, p.Bad+n
	}
}

// kindOf is the number of a kind of requests in the view.
func (s *seen) kindOf(k *collect.Kind, origin string) int {
	sample := record.Sample{
		Cell: s.expect.Cell, Prober: s.view.Prober, Source: k.Source, OK: k.OK, Code: k.Code, Err: k.Err, Dest: k.Dest, TLS: k.TLS,
		Identity: record.Identity{SPIFFE: k.Peer}, Attempts: k.Attempts, Flags: k.Flags, Origin: origin,
	}
	s.view.Kinds = append(s.view.Kinds, sample)
	return len(s.view.Kinds) - 1
}

// doubtForeign gathers what forbids a verdict on what another source saw.
func (s *seen) doubtForeign(series *collect.Series, clock bool, from, to time.Duration) {
	add := func(kind measure.DoubtKind, text string) {
		s.doubts = append(s.doubts, measure.Doubt{Kind: kind, Text: text})
	}
	if s.timeless {
		if !clock {
			add(measure.DoubtClock, "nobody compared the clocks of "+series.Prober+" and of what wrote the fault")
		}
		if s.result.Before.Good == 0 {
			add(measure.DoubtNull, "there is no good request from before the fault")
		}
		if s.result.Before.Bad > 0 {
			add(measure.DoubtNull, count(s.result.Before.Bad, "request")+" went wrong before the fault")
		}
		add(doubtForm, series.Prober+" counts requests, and does not tell when each was or what was never sent")
	} else {
		s.doubt()
		if !slices.Contains(offered, series.Origin) {
			add(doubtForm, series.Prober+" tells of requests that were sent, and not of those that were not")
		}
	}
	if series.Shared {
		add(doubtForm, series.Prober+" may hold requests to other ports, or of other callers")
	}
	if t := series.Tally(from, to); t.Doubtful > 0 {
		add(doubtForm, count(t.Doubtful, "request")+" were answered, and whether well is not known")
	}
}
