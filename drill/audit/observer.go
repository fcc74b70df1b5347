package audit

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/drill/record"
)

// invalid is D22.
func (s *seen) invalid() {
	if len(s.doubts) == 0 {
		return
	}
	var kinds []string
	for _, d := range s.doubts {
		if !slices.Contains(kinds, string(d.Kind)) {
			kinds = append(kinds, string(d.Kind))
		}
	}
	more := ""
	if n := len(s.doubts) - 1; n > 0 {
		more = fmt.Sprintf(" (and %s)", count(n, "further doubt"))
	}
	severity := Severity("")
	if !s.native && slices.ContainsFunc(s.a.seen, func(o *seen) bool { return o.native && o.expect == s.expect }) {
		severity = Low // the prober carries the verdict
	}
	s.drift("D22", Drift{
		Severity: severity,
		Message:  fmt.Sprintf("what %s saw of %s %s carries no verdict: %s%s", s.seer(), s.who(), s.while(), s.doubts[0].Text, more),
		Expected: "a drill without doubts", Observed: list(kinds, "and"),
		Evidence: s.reference(every, &s.result.Before, &s.result.During, &s.result.After),
	})
}

// observer is D25: what a prober inside of the failure did not see proves nothing.
func (s *seen) observer() {
	if !s.native || s.a.merged == nil {
		return
	}
	i := slices.IndexFunc(s.a.merged.Probers, func(p record.Part) bool { return p.Prober.ID == s.view.Prober })
	if i < 0 {
		return
	}
	p := s.a.merged.Probers[i].Prober
	if !s.hit(record.Dest{Region: p.Region, Zone: p.Zone}) || p.Region == "" && p.Zone == "" {
		return
	}
	s.drift("D25", Drift{
		Message:  fmt.Sprintf("prober %s stood in what failed (%s): what it did not see of %s proves nothing", p.ID, s.id.Scenario, s.who()),
		Expected: "a prober outside of " + s.id.Scenario, Observed: fallback(p.Region, p.Zone), Evidence: []Reference{{Source: s.source, First: 1, Last: 1, Count: 1}},
	})
}
