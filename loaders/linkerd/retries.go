package linkerd

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Retries are the retries that annotations of a Service ask for.
type Retries struct {
	Origin  mesh.Origin
	Limit   int           // retries of one request
	Timeout time.Duration // of one attempt; 0: none
	// TimeoutAt is where that stands.
	TimeoutAt mesh.Origin
	// Codes are the answers that are retried, or names of gRPC codes. Without any only what fails
	// before a response is: fail-fast, timeouts of response headers and refused streams.
	Codes []CodeRange
	Names []string
}

// CodeRange is a range of HTTP status codes, both ends included.
type CodeRange struct{ Low, High int }

// Timeouts are the timeouts that annotations of a Service ask for; 0 is none.
type Timeouts struct {
	Request, Response, Idle time.Duration
	Origin                  mesh.Origin
}

// The annotations of retries and timeouts (linkerd2 policy-controller/k8s/index/src/outbound).
const (
	retryKey   = "retry.linkerd.io/"
	timeoutKey = "timeout.linkerd.io/"

	keyHTTP    = "http"
	keyGRPC    = "grpc"
	keyLimit   = "limit"
	keyTimeout = "timeout"
)

// HTTPRetries reads the retries of HTTP requests that annotations of a Service or route ask for; nil if there are none. One annotation that cannot
// be read drops them as a whole.
func (m *Meta) HTTPRetries() (*Retries, *Dropped) {
	return m.retries(keyHTTP, func(r *Retries, condition string) error {
		codes, err := parseCodes(condition)
		r.Codes = append(r.Codes, codes)
		return err
	})
}

// GRPCRetries reads the retries of gRPC calls; nil if there are none. One annotation that cannot be
// read drops them as a whole.
func (m *Meta) GRPCRetries() (*Retries, *Dropped) {
	known := []string{"cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"}
	return m.retries(keyGRPC, func(r *Retries, condition string) error {
		name := strings.ToLower(condition)
		if !slices.Contains(known, name) {
			return errors.New(quoted(condition) + " is none of " + strings.Join(known, ", "))
		}
		r.Names = append(r.Names, name)
		return nil
	})
}

// retries reads the annotations that HTTP and gRPC share, and the conditions of one of them.
func (m *Meta) retries(conditions string, add func(*Retries, string) error) (*Retries, *Dropped) {
	g := &group{meta: m}
	r := &Retries{}
	for _, name := range []string{keyLimit, keyTimeout, conditions} {
		if _, ok := g.text(retryKey + name); ok {
			r.Origin = m.At(annotationPath(retryKey + name))
			if name == keyTimeout {
				r.TimeoutAt = r.Origin
			}
		}
	}
	r.Limit = value(g, retryKey+keyLimit, 0, parseCount(bitsOfRetryLimit))
	r.Timeout = value(g, retryKey+keyTimeout, 0, parseDuration)
	text, hasConditions := g.text(retryKey + conditions)
	if hasConditions {
		for condition := range strings.SplitSeq(text, ",") {
			g.drop(retryKey+conditions, add(r, condition))
		}
	}
	if g.dropped != nil || !hasConditions && r.Limit == 0 && r.Timeout == 0 {
		return nil, g.dropped
	}
	if r.Limit == 0 {
		r.Limit = defaultRetryAttempts
	}
	return r, nil
}

// parseCodes reads 5xx, gateway-error, 503 or 500-504.
func parseCodes(condition string) (CodeRange, error) {
	switch strings.ToLower(condition) {
	case "5xx":
		return CodeRange{500, 599}, nil
	case "gateway-error":
		return CodeRange{502, 504}, nil
	}
	from, to, isRange := strings.Cut(condition, "-")
	if !isRange {
		to = from
	}
	low, err := strconv.Atoi(from)
	high, err2 := strconv.Atoi(to)
	if err != nil || err2 != nil || low < 100 || high > 599 || low > high {
		return CodeRange{}, errors.New(quoted(condition) + " is none of 5xx, gateway-error, a status code or a range of them")
	}
	return CodeRange{low, high}, nil
}

// Timeouts reads the timeouts of a Service; nil if there are none. One annotation that cannot be read
// drops them all.
func (m *Meta) Timeouts() (*Timeouts, *Dropped) {
	g := &group{meta: m}
	t := &Timeouts{}
	for _, name := range []string{"idle", "response", "request"} {
		if _, ok := g.text(timeoutKey + name); ok {
			t.Origin = m.At(annotationPath(timeoutKey + name))
		}
	}
	t.Request = value(g, timeoutKey+"request", 0, parseDuration)
	t.Response = value(g, timeoutKey+"response", 0, parseDuration)
	t.Idle = value(g, timeoutKey+"idle", 0, parseDuration)
	if g.dropped != nil || t.Request == 0 && t.Response == 0 && t.Idle == 0 {
		return nil, g.dropped
	}
	return t, nil
}
