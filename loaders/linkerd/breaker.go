package linkerd

import (
	"errors"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Breaker is the failure accrual of a Service: what makes clients stop using an endpoint, and for
// how long. It is that of the Service which the client addressed, for all backends of its routes.
type Breaker struct {
	Origin mesh.Origin // of the annotation that turns it on
	// MaxFailures in a row trip it; 0 = never. Server errors count, and the gRPC codes DATA_LOSS,
	// DEADLINE_EXCEEDED, INTERNAL, PERMISSION_DENIED and UNAVAILABLE.
	MaxFailures            int
	MinPenalty, MaxPenalty time.Duration
	JitterRatio            float64 // 0 to 100, a share of the penalty
	// SuccessRate is what mode "unified" looks at as well; nil in mode "consecutive".
	SuccessRate *SuccessRate
}

// SuccessRate trips a breaker by the share of requests that succeed.
type SuccessRate struct {
	Threshold   float64 // 0 to 1
	Window      time.Duration
	MinRequests int
}

// The annotations of the breaker (linkerd2 policy-controller/k8s/index/src/outbound/index.rs).
const (
	accrualKey     = "balancer.linkerd.io/failure-accrual"
	consecutiveKey = accrualKey + "-consecutive-"
	successRateKey = "balancer.alpha.linkerd.io/failure-accrual-success-rate-"

	modeConsecutive = "consecutive"
	modeUnified     = "unified"
)

// The defaults and bounds of the breaker, from the same place.
const (
	defaultMaxFailures   = 7
	defaultMinPenalty    = time.Second
	defaultMaxPenalty    = time.Minute
	defaultJitter        = 0.5
	highestJitter        = 100
	defaultThreshold     = 0.8
	defaultWindow        = 10 * time.Second
	shortestWindow       = 10 * time.Millisecond
	defaultMinRequests   = 5
	highestMinRequests   = 1_000_000
	bitsOfCount          = 32
	bitsOfRetryLimit     = 16
	defaultRetryAttempts = 1
)

// Breaker reads the failure accrual of a Service; nil if it has none. One annotation that cannot be
// read drops it as a whole.
func (s *Service) Breaker() (*Breaker, *Dropped) {
	mode, ok := s.Annotations[accrualKey]
	if !ok {
		return nil, nil
	}
	g := &group{meta: &s.Meta}
	if mode != modeConsecutive && mode != modeUnified {
		g.drop(accrualKey, errors.New("the mode has to be consecutive or unified"))
		return nil, g.dropped
	}
	b := &Breaker{
		Origin:      s.At(annotationPath(accrualKey)),
		MaxFailures: value(g, consecutiveKey+"max-failures", defaultMaxFailures, spaced(parseCount(bitsOfCount))),
		MinPenalty:  value(g, consecutiveKey+"min-penalty", defaultMinPenalty, parseDuration),
		MaxPenalty:  value(g, consecutiveKey+"max-penalty", defaultMaxPenalty, parseDuration),
		JitterRatio: value(g, consecutiveKey+"jitter-ratio", defaultJitter, spaced(parseWithin(0, highestJitter))),
	}
	if b.MinPenalty > b.MaxPenalty {
		g.drop(s.written(consecutiveKey+"min-penalty", consecutiveKey+"max-penalty"), errors.New("the minimum penalty is above the maximum"))
	}
	if b.MaxPenalty == 0 {
		g.drop(consecutiveKey+"max-penalty", errors.New("the maximum penalty has to be above 0"))
	}
	if mode == modeUnified {
		b.SuccessRate = g.successRate()
	}
	if g.dropped != nil {
		return nil, g.dropped
	}
	return b, nil
}

// written is the first of two annotations that is there.
func (s *Service) written(one, other string) string {
	if _, ok := s.Annotations[one]; ok {
		return one
	}
	return other
}

// successRate reads what mode "unified" adds. A threshold of 0 turns it off, and its bounds with it.
func (g *group) successRate() *SuccessRate {
	r := &SuccessRate{
		Threshold:   value(g, successRateKey+"threshold", defaultThreshold, spaced(parseWithin(0, 1))),
		Window:      value(g, successRateKey+"window", defaultWindow, parseDuration),
		MinRequests: value(g, successRateKey+"min-requests", defaultMinRequests, spaced(parseCount(bitsOfCount))),
	}
	isOn := r.Threshold > 0
	if r.Window == 0 || isOn && r.Window < shortestWindow {
		g.drop(successRateKey+"window", errors.New("the window has to be at least "+shortestWindow.String()))
	}
	if isOn && r.MinRequests > highestMinRequests {
		g.drop(successRateKey+"min-requests", errors.New("at most a million requests are taken"))
	}
	return r
}
