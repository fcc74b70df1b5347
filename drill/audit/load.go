package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/record"
)

// overload are the response flags of Envoy with which a proxy refuses work: circuit breaker, rate limit, overload manager.
var overload = []string{"UO", "RL", "OM"}

// refused reports whether a failure says that there was too little room: by its flags, or as the survivor's own answer.
func (s *seen) refused(k *record.Sample) bool {
	if k.OK {
		return false
	}
	for _, flag := range strings.Split(k.Flags, ",") {
		if slices.Contains(overload, flag) {
			return true
		}
	}
	survivor := slices.Contains(s.opts.During, s.expect.Place(k.Dest)) && !s.hit(k.Dest)
	return survivor && !strings.HasPrefix(k.Protocol, "grpc") && (k.Code == 429 || k.Code == 503)
}

// shed is D13.
func (s *seen) shed() {
	p := &s.result.During
	n := 0
	s.groups(func(k *record.Sample, g measure.Group) {
		if s.refused(k) {
			n += g.Requests()
		}
	}, p)
	if n > 0 {
		s.drift("D13", Drift{
			Message:  fmt.Sprintf("what was left of %s had too little room %s: %s of %d refused for overload", s.who(), s.while(), count(n, "request"), p.Sent()),
			Expected: "no request refused", Observed: count(n, "request"), Evidence: s.reference(s.refused, p),
		})
	}
	if v, _ := s.tail(); v == measure.Fail {
		limit := s.a.plan.Objectives.P99During
		s.drift("D13", Drift{
			Message: fmt.Sprintf("%s was slow %s: %s of %d took longer than %s, which 99 %% should keep", s.who(), s.while(), count(s.result.Settled.Over, "request"),
				s.result.Settled.Sent(), limit),
			Expected: "p99 within " + limit.String(), Observed: fmt.Sprintf("p99 %.0f ms", millis(s.result.Settled.P99)), Evidence: s.reference(every, &s.result.Settled),
		})
	}
}

// tail holds the 99th percentile of the settled phase against its objective, by the interval of the share that is slower.
func (s *seen) tail() (measure.Verdict, string) {
	limit := s.a.plan.Objectives.P99During
	p := &s.result.Settled
	if limit <= 0 {
		return measure.Pass, ""
	}
	low, high := measure.Wilson(p.Over, p.Sent())
	why := fmt.Sprintf("%d of %s took longer than %s", p.Over, count(p.Sent(), "request"), limit)
	switch {
	case low > 0.01:
		return measure.Fail, why
	case high <= 0.01 || p.Over == 0 && p.Sent() >= minRequests:
		return measure.Pass, why
	}
	return measure.Inconclusive, why
}

// attempts are the tries on the way, per request that told.
func (s *seen) attempts(p *measure.Phase) (mean float64, most, told int) {
	sum := 0
	s.groups(func(k *record.Sample, g measure.Group) {
		if k.Attempts > 0 {
			told += g.Requests()
			sum += g.Requests() * k.Attempts
			most = max(most, k.Attempts)
		}
	}, p)
	if told > 0 {
		mean = float64(sum) / float64(told)
	}
	return mean, most, told
}

// retries is D14.
func (s *seen) retries() {
	p := &s.result.During
	mean, most, told := s.attempts(p)
	limit, each := s.a.plan.Objectives.MaxAttempts, s.expect.MaxAttempts
	switch {
	case told == 0:
	case limit > 0 && told >= minRequests && mean > limit:
		s.drift("D14", Drift{
			Message:  fmt.Sprintf("retries multiplied the load of %s %s: %.2f tries for each of %s; the objective is %g", s.who(), s.while(), mean, count(told, "request"), limit),
			Expected: fmt.Sprintf("at most %g tries per request", limit), Observed: fmt.Sprintf("%.2f", mean), Evidence: s.reference(func(k *record.Sample) bool { return k.Attempts > 1 }, p),
		})
	case each > 0 && most > each:
		s.drift("D14", Drift{
			Message:  fmt.Sprintf("requests of %s were tried up to %s %s: %d are configured", s.who(), count(most, "time"), s.while(), each),
			Expected: fmt.Sprintf("at most %d tries of a request", each), Observed: count(most, "try"), Evidence: s.reference(func(k *record.Sample) bool { return k.Attempts > each }, p),
		})
	}
}

// late is D15.
func (s *seen) late() {
	p := &s.result.During
	if p.Slow == 0 {
		return
	}
	severity := Medium
	if low, _ := measure.Wilson(p.Slow, p.Sent()); low < 0.01 {
		severity = Low
	}
	limit := s.a.plan.Objectives.Latency
	s.drift("D15", Drift{
		Severity: severity,
		Message:  fmt.Sprintf("%s of %s came well and too late %s: later than %s, so that error rates do not show them", count(p.Slow, "answer"), s.who(), s.while(), limit),
		Expected: "answers within " + limit.String(), Observed: fmt.Sprintf("%d of %d later", p.Slow, p.Sent()), Evidence: s.reference(func(k *record.Sample) bool { return k.OK }, p),
	})
}

// errorKinds is D18: flags of failures that the prediction does not name. Without names, and without flags, nothing is compared.
func (s *seen) errorKinds() {
	if s.expect.Flags == nil {
		return
	}
	p := &s.result.During
	var other []string
	n := 0
	for flag, k := range p.Flags {
		if !slices.Contains(s.expect.Flags, flag) && flag != "DC" && flag != "DI" && flag != "FI" {
			other = append(other, flag)
			n += k
		}
	}
	if n == 0 {
		return
	}
	slices.Sort(other)
	s.drift("D18", Drift{
		Message: fmt.Sprintf("requests of %s failed in another way than predicted %s: %s with %s; predicted: %s", s.who(), s.while(), count(n, "request"), list(other, "and"),
			cmp.Or(strings.Join(s.expect.Flags, ", "), "none")),
		Expected: cmp.Or(strings.Join(s.expect.Flags, ", "), "none"), Observed: strings.Join(other, ", "),
		Evidence: s.reference(func(k *record.Sample) bool {
			return !k.OK && slices.ContainsFunc(other, func(f string) bool { return slices.Contains(strings.Split(k.Flags, ","), f) })
		}, p),
	})
}
