package audit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/record"
)

// hit reports whether what answered is part of what failed, as far as an answer can tell. A service, a gateway and a release
// cannot be told from their answers.
func (s *seen) hit(d record.Dest) bool {
	return slices.ContainsFunc(s.failed, func(p failover.Part) bool { return struck(p, d) })
}

func struck(p failover.Part, d record.Dest) bool {
	switch p.Target {
	case failover.Region:
		return d.Region == p.Value
	case failover.Zone:
		region, zone, _ := strings.Cut(p.Value, "/")
		return d.Zone == p.Value || d.Zone == zone && (d.Region == "" || d.Region == region)
	case failover.Cluster, failover.Datacenter:
		return d.Cluster == p.Value
	case failover.Workload:
		// cluster/namespace/Kind/name
		parts := strings.Split(p.Value, "/")
		return len(parts) == 4 && (d.Cluster == "" || d.Cluster == parts[0]) && (d.Workload == parts[3] || d.Workload == parts[1]+"/"+parts[3])
	case failover.Endpoint:
		return d.Address == p.Value || strings.HasPrefix(d.Address, p.Value+":")
	default:
		return false
	}
}

// from counts the answers that come from some places, and those that do not tell.
func (s *seen) from(p *measure.Phase, which func(place string, k *record.Sample) bool) (told, silent int) {
	s.groups(func(k *record.Sample, g measure.Group) {
		place := s.expect.Place(k.Dest)
		switch {
		case !k.OK:
		case place == "" && !s.hit(k.Dest):
			silent += g.Requests()
		case which(place, k):
			told += g.Requests()
		}
	}, p)
	return told, silent
}

// survivor is D03.
func (s *seen) survivor() {
	survived := func(k *record.Sample) bool { return k.OK && s.hit(k.Dest) }
	n, _ := s.from(&s.result.During, func(_ string, k *record.Sample) bool { return survived(k) })
	if n == 0 {
		return
	}
	s.drift("D03", Drift{
		Message: fmt.Sprintf("%s was still answered by what had failed: %s from %s, wholly inside the fault (%s). Either the fault was not applied, or it reaches less than the scenario says",
			s.who(), count(n, "answer"), strings.ReplaceAll(s.id.Scenario, "+", " or "), s.id.Fault),
		Expected: "no answer from " + s.id.Scenario, Observed: count(n, "answer"), Evidence: s.reference(survived, &s.result.During),
	})
}

// noFailover is D01.
func (s *seen) noFailover() {
	p := &s.result.During
	if s.expect.Outcome != survives && s.expect.Outcome != degraded || p.Sent() < minRequests {
		return
	}
	wanted := places(s.expect.During)
	reached, silent := s.from(p, func(place string, _ *record.Sample) bool { return len(wanted) == 0 || slices.Contains(wanted, place) })
	if reached > 0 || silent > 0 {
		return
	}
	to, there := "", "by anyone"
	if len(wanted) > 0 {
		to, there = " to "+list(wanted, "or"), "there"
	}
	s.drift("D01", Drift{
		Message:  fmt.Sprintf("%s did not fail over%s %s: of %s sent and ended inside the fault, none was answered %s", s.who(), to, s.while(), count(p.Sent(), "request"), there),
		Expected: expectedPlaces(s.expect.During), Observed: observedPlaces(p), At: s.decisive(),
		Evidence: s.reference(func(*record.Sample) bool { return true }, p),
	})
}

func expectedPlaces(shares map[string]float64) string {
	var all []string
	for _, place := range places(shares) {
		all = append(all, fmt.Sprintf("%s %.0f %%", place, 100*shares[place]))
	}
	if len(all) == 0 {
		return "no answer"
	}
	return strings.Join(all, ", ")
}

func observedPlaces(p *measure.Phase) string {
	var all []string
	for _, sh := range p.Shares {
		all = append(all, fmt.Sprintf("%s %.1f %%", sh.Dest, 100*float64(sh.Answers)/float64(sh.Of)))
	}
	all = append(all, fmt.Sprintf("%d of %s failed", failing(p), count(p.Sent(), "request")))
	return strings.Join(all, ", ")
}

// wrongDestination is D02. Where nothing is expected to answer, an answer is better than predicted (D23).
func (s *seen) wrongDestination() {
	wanted := places(s.expect.During)
	if len(wanted) == 0 {
		return
	}
	elsewhere := func(k *record.Sample) bool {
		place := s.expect.Place(k.Dest)
		return k.OK && place != "" && !slices.Contains(wanted, place) && !s.hit(k.Dest)
	}
	n, _ := s.from(&s.result.During, func(_ string, k *record.Sample) bool { return elsewhere(k) })
	if n == 0 {
		return
	}
	where := map[string]float64{}
	s.groups(func(k *record.Sample, _ measure.Group) {
		if elsewhere(k) {
			where[s.expect.Place(k.Dest)] = 1
		}
	}, &s.result.During)
	s.drift("D02", Drift{
		Message: fmt.Sprintf("%s was answered from %s %s (%s inside the fault): only %s was predicted to answer then",
			s.who(), list(places(where), "and"), s.while(), count(n, "answer"), list(wanted, "or")),
		Expected: expectedPlaces(s.expect.During), Observed: observedPlaces(&s.result.During), Evidence: s.reference(elsewhere, &s.result.During),
	})
}

// partial is D04 within one view: traffic reached where it should go, and still a part of it fails that should not.
func (s *seen) partial() {
	p := &s.result.Settled
	if s.against() != worse || s.outcome != degraded || s.has("D01") {
		return
	}
	low, high := measure.Wilson(failing(p), p.Sent())
	s.drift("D04", Drift{
		Message: fmt.Sprintf("%s recovered in part only %s: %.1f %% to %.1f %% of the requests still failed when the predicted recovery was over, and %.1f %% were predicted to",
			s.who(), s.while(), 100*low, 100*high, 100*s.expect.FailingShare),
		Expected: fmt.Sprintf("%s, %.1f %% failing", s.expect.Outcome, 100*s.expect.FailingShare), Observed: observedPlaces(p),
		Evidence: s.reference(func(k *record.Sample) bool { return !k.OK }, p),
	})
}

// recovered says whether a view surely recovered within the fault, or surely did not.
func (s *seen) recovered() (yes, no bool) {
	return s.outcome == survives && s.result.Recovery.Bounded(), s.outcome == lost || s.outcome == degraded
}

// apartFrom is D04 across views of one expected survival: some sources recovered and this one did not.
func (s *seen) apartFrom(others []*seen) {
	if _, no := s.recovered(); !no || s.has("D04") {
		return
	}
	for _, o := range others {
		yes, _ := o.recovered()
		if o == s || !yes || o.id.Service != s.id.Service || o.id.Port != s.id.Port || o.id.Scenario != s.id.Scenario || o.id.Fault != s.id.Fault || s.against() != worse {
			continue
		}
		s.drift("D04", Drift{
			Message: fmt.Sprintf("%s did not recover %s as seen by %s, and %s did as seen by %s: a part of the traffic fails over",
				s.who(), s.while(), s.seer(), o.who(), o.seer()),
			Expected: s.expect.Outcome, Observed: s.outcome,
			Evidence: append(s.reference(func(k *record.Sample) bool { return !k.OK }, &s.result.During), o.reference(func(k *record.Sample) bool { return k.OK }, &o.result.During)...),
		})
		return
	}
}

// seer names the source of a view.
func (s *seen) seer() string {
	if s.native {
		return "prober " + s.cell.Prober
	}
	return s.cell.Prober
}

// better is D23. Where what failed still answers nothing is proven (D03).
func (s *seen) better() {
	if s.against() != better || s.has("D03") {
		return
	}
	s.drift("D23", Drift{
		Message: fmt.Sprintf("%s did better than predicted %s: %s was predicted (%s), and it %s. The model or its inputs lack something",
			s.who(), s.while(), s.expect.Outcome, fallback(s.expect.Reason, "no reason is given"), verb(s.outcome)),
		Expected: s.expect.Outcome, Observed: observedPlaces(&s.result.Settled), Evidence: s.reference(func(k *record.Sample) bool { return k.OK }, &s.result.During),
	})
}

func verb(outcome string) string {
	switch outcome {
	case survives:
		return "survived"
	case degraded:
		return "was degraded"
	case lost:
		return "was lost"
	}
	return "is not known"
}

func fallback(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
