package audit

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/record"
)

// driftBelow is the corrected probability below which shares differ by more than chance.
const driftBelow = 0.01

// collect compares the places of the settled phase with the predicted shares.
func (s *seen) collect() {
	if !s.faulted || s.timeless || len(s.expect.During) == 0 {
		return
	}
	measure.Each(s.view, s.fault, s.apart, s.opts, func(p measure.Point) {
		if p.Settled && p.Place != "" {
			s.answers = append(s.answers, p.Place)
		}
	})
	if len(s.answers) < minRequests {
		s.answers = nil
		return
	}
	block := 1
	if s.result.Every > 0 {
		block = int(time.Second / s.result.Every)
	}
	c := measure.Compare(s.expect.During, s.answers, block, s.expect.Cell+"\x00"+s.cell.Prober)
	s.answers = nil
	s.cell.Tests = &Tests{Phase: "settled", TV: rounded(c.TV), Low: rounded(c.Low), High: rounded(c.High), G: rounded(c.G), P: rounded(c.P)}
}

func rounded(x float64) float64 { return math.Round(1e9*x) / 1e9 }

func (s *seen) tolerance() float64 {
	if t := s.expect.ToleranceTV; t > 0 {
		return t
	}
	return 0.05
}

// together does what needs all views: the correction of tests, sources that complete each other, and parts that differ.
func (a *auditor) together() {
	var p []float64
	var tested []*seen
	for _, s := range a.seen {
		if s.cell.Tests != nil {
			tested, p = append(tested, s), append(p, s.cell.Tests.P)
		}
	}
	for i, holm := range measure.Holm(p) {
		tested[i].cell.Tests.Holm = rounded(holm)
	}
	for _, s := range a.seen {
		s.complement()
		s.unproven()
		if s.faulted {
			s.apartFrom(a.seen)
			a.ejections(s)
			s.distribution()
		}
	}
}

// complement takes the proof of encryption from another source of the same cell, where this one saw nothing of it.
func (s *seen) complement() {
	if s.hops.Proof != Unproven {
		return
	}
	for _, o := range s.a.seen {
		if o != s && o.expect == s.expect && o.hops.Proof == Proven && o.cell.Encryption.Why == "" {
			s.hops.Proof, s.hops.Why = Proven, "shown by "+o.cell.Prober
			s.cell.Encryption.Proof, s.cell.Encryption.Why = s.hops.Proof, s.hops.Why
			return
		}
	}
}

// distribution is D16. Inside the fault, places of which nothing is expected are D02 and D03; on the normal day, here.
func (s *seen) distribution() {
	if t := s.cell.Tests; t != nil && t.Low > s.tolerance() && (t.Holm < driftBelow || single(s.expect.During)) && !s.has("D01") && !s.has("D02") && !s.has("D03") {
		s.drift("D16", Drift{
			Message: fmt.Sprintf("the shares of the places that answered %s differ from the prediction %s: %s, and %s was predicted (distance %.2f to %.2f, tolerance %.2f)",
				s.who(), s.while(), sharesSeen(&s.result.Settled), expectedPlaces(s.expect.During), t.Low, t.High, s.tolerance()),
			Expected: expectedPlaces(s.expect.During), Observed: sharesSeen(&s.result.Settled),
			Evidence: s.reference(func(k *record.Sample) bool { return k.OK }, &s.result.Settled),
		})
	}
	usual := places(s.expect.Before)
	if len(usual) == 0 {
		return
	}
	unusual := func(k *record.Sample) bool {
		place := s.expect.Place(k.Dest)
		return k.OK && place != "" && !slices.Contains(usual, place)
	}
	n, _ := s.from(&s.result.Before, func(_ string, k *record.Sample) bool { return unusual(k) })
	if n > 0 {
		s.drift("D16", Drift{
			Message:  fmt.Sprintf("%s was answered before the fault from where nothing was predicted to on a normal day (%s): %s, and %s was predicted", s.who(), count(n, "answer"), sharesSeen(&s.result.Before), expectedPlaces(s.expect.Before)),
			Expected: expectedPlaces(s.expect.Before), Observed: sharesSeen(&s.result.Before), Evidence: s.reference(unusual, &s.result.Before),
		})
	}
}

func single(shares map[string]float64) bool { return len(places(shares)) == 1 }

func sharesSeen(p *measure.Phase) string {
	var all []string
	for _, sh := range p.Shares {
		all = append(all, fmt.Sprintf("%s %.1f %%", sh.Dest, 100*float64(sh.Answers)/float64(sh.Of)))
	}
	return strings.Join(all, ", ")
}
