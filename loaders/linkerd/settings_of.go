package linkerd

import (
	"math"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// The proxy's own limits (linkerd2-proxy linkerd/app/src/env.rs).
const (
	connectTimeout = time.Second
	failFast       = 3 * time.Second
)

var byDefault = mesh.Default(whoseDefault)

// callPolicy is what the annotations of the Service that callers address say of requests to one of its ports.
type callPolicy struct {
	outlier *mesh.OutlierDetection
	timeout mesh.Value[time.Duration]
	retries mesh.Retries
	losses  []mesh.Loss // of detection
}

// policyOf reads the annotations of a service for one of its ports. An opaque port has connections, and no requests.
func (s *service) policyOf(p *port, grpc bool) callPolicy {
	var out callPolicy
	breaker, dropped := s.Breaker()
	switch {
	case dropped != nil:
		out.losses = append(out.losses, mesh.Loss{Kind: mesh.LossGroup, Takes: mesh.TakesDetection, Origin: dropped.Origin, Of: s.At(annotationPath(accrualKey)),
			Detail: "the breaker is dropped as a whole, because " + dropped.Key + " cannot be read: " + dropped.Why})
	case breaker != nil && p.opaque:
		out.losses = append(out.losses, mesh.Loss{Kind: mesh.LossOpaque, Takes: mesh.TakesDetection, Origin: p.opaqueFrom, Of: breaker.Origin,
			Detail: "the port is opaque, and a breaker counts the answers of HTTP only"})
	case breaker != nil:
		out.outlier = breaker.outlier()
	}
	if p.opaque {
		return out
	}
	if t, _ := s.Timeouts(); t != nil {
		out.timeout = t.shortest(&s.Meta)
	}
	read := s.HTTPRetries
	if grpc {
		read = s.GRPCRetries
	}
	if r, _ := read(); r != nil {
		out.retries = r.policy()
	}
	return out
}

// outlier is the breaker as the graph has it. The share of successes is 0 under any fault of the simulation, so that the fewest
// requests which it looks at trip it.
func (b *Breaker) outlier() *mesh.OutlierDetection {
	failures := b.MaxFailures
	if r := b.SuccessRate; r != nil && r.Threshold > 0 {
		if n := max(r.MinRequests, 1); failures == 0 || n < failures {
			failures = n
		}
	}
	return &mesh.OutlierDetection{
		Consecutive5xx: mesh.Of(failures, b.Origin), BaseEjection: mesh.Of(b.MinPenalty, b.Origin),
		MaxEjectionPercent: mesh.Of(100, byDefault), Origin: b.Origin,
	}
}

// shortest is the first of the timeouts to end a request that gets no answer.
func (t *Timeouts) shortest(m *Meta) mesh.Value[time.Duration] {
	least, key := time.Duration(math.MaxInt64), ""
	for _, one := range []struct {
		wait time.Duration
		name string
	}{{t.Request, "request"}, {t.Response, "response"}, {t.Idle, "idle"}} {
		if one.wait > 0 && one.wait < least {
			least, key = one.wait, one.name
		}
	}
	if key == "" {
		return mesh.Value[time.Duration]{}
	}
	return mesh.Of(least, m.At(annotationPath(timeoutKey+key)))
}

// policy is the retries as the graph has them. Tries that time out are retried whatever the conditions.
func (r *Retries) policy() mesh.Retries {
	out := mesh.Retries{Attempts: r.Limit, AnyHost: true, Origin: r.Origin}
	if r.Timeout > 0 {
		out.PerTry = mesh.Of(r.Timeout, r.TimeoutAt)
	}
	on := []string{"reset"}
	const internal, badGateway, gatewayTimeout, highest = 500, 502, 504, 599
	for _, c := range r.Codes {
		switch {
		case c.Low <= internal && c.High == highest:
			on = append(on, "5xx")
		case c.Low <= internal && c.High >= internal:
			on = append(on, "500")
		case c.Low <= gatewayTimeout && c.High >= badGateway:
			on = append(on, "gateway-error")
		}
	}
	out.On = strings.Join(on, ",")
	return out
}
