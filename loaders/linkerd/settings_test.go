package linkerd_test

import (
	"fmt"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
)

func annotated(t *testing.T, annotations string) *linkerd.Service {
	t.Helper()
	return parse(t, webService("annotations: {"+annotations+"}", "")).Services[kubernetes.Key{Namespace: "shop", Name: "web"}]
}

// dropped renders what a group of settings was dropped for; its place is that of the annotation.
func dropped(t *testing.T, s *linkerd.Service, d *linkerd.Dropped) string {
	t.Helper()
	if at := d.Origin.Position(); at.Line != 4 || s.Annotations[d.Key] == "" {
		t.Errorf("%s is dropped at %s", d.Key, at)
	}
	return "dropped for " + d.Key + ": " + d.Why
}

func TestBreaker(t *testing.T) {
	const (
		on       = "balancer.linkerd.io/failure-accrual: consecutive, "
		unified  = "balancer.linkerd.io/failure-accrual: unified, "
		key      = "balancer.linkerd.io/failure-accrual-consecutive-"
		rate     = "balancer.alpha.linkerd.io/failure-accrual-success-rate-"
		duration = ": a duration has to be one whole number with one unit: ms, s, m, h or d"
	)
	for annotations, want := range map[string]string{
		"":                             "none",
		key + "max-failures: '3'":      "none",
		on:                             "7 1s 1m0s 0.5",
		unified:                        "7 1s 1m0s 0.5, 0.8 10s 5",
		on + key + "max-failures: '0'": "0 1s 1m0s 0.5",
		on + key + "min-penalty: '0'":  "7 0s 1m0s 0.5",
		on + key + "max-penalty: 2h":   "7 1s 2h0m0s 0.5",
		on + rate + "threshold: '2'":   "7 1s 1m0s 0.5",
		unified + rate + "treshold: x": "7 1s 1m0s 0.5, 0.8 10s 5",
		unified + rate + "window: 250ms, " + rate + "min-requests: ' 9 '": "7 1s 1m0s 0.5, 0.8 250ms 9",
		unified + rate + "threshold: '0', " + rate + "window: 5ms":        "7 1s 1m0s 0.5, 0 5ms 5",
		"balancer.linkerd.io/failure-accrual: Consecutive":                "dropped for balancer.linkerd.io/failure-accrual: the mode has to be consecutive or unified",
		on + key + "min-penalty: '5'":                                     "dropped for " + key + "min-penalty" + duration,
		on + key + "min-penalty: 0.5s":                                    "dropped for " + key + "min-penalty" + duration,
		on + key + "max-penalty: 1m30s":                                   "dropped for " + key + "max-penalty" + duration,
		on + key + "max-penalty: m":                                       "dropped for " + key + "max-penalty" + duration,
		on + key + "max-penalty: 999999999999d":                           "dropped for " + key + "max-penalty" + duration,
		on + key + "min-penalty: 2m":                                      "dropped for " + key + "min-penalty: the minimum penalty is above the maximum",
		on + key + "max-penalty: 500ms":                                   "dropped for " + key + "max-penalty: the minimum penalty is above the maximum",
		on + key + "min-penalty: '0', " + key + "max-penalty: 0s":         "dropped for " + key + "max-penalty: the maximum penalty has to be above 0",
		on + key + "jitter-ratio: '101'":                                  "dropped for " + key + "jitter-ratio: a number from 0 to 100 is expected",
		on + key + "jitter-ratio: NaN":                                    "dropped for " + key + "jitter-ratio: a number from 0 to 100 is expected",
		on + key + "max-failures: '-1'":                                   "dropped for " + key + "max-failures: a whole number from 0 to 4294967295 is expected",
		unified + rate + "window: 5ms":                                    "dropped for " + rate + "window: the window has to be at least 10ms",
		unified + rate + "min-requests: '1000001'":                        "dropped for " + rate + "min-requests: at most a million requests are taken",
		unified + rate + "threshold: '1.1'":                               "dropped for " + rate + "threshold: a number from 0 to 1 is expected",
	} {
		t.Run(annotations, func(t *testing.T) {
			s := annotated(t, annotations)
			b, d := s.Breaker()
			got := "none"
			if b != nil {
				got = fmt.Sprint(b.MaxFailures, b.MinPenalty, b.MaxPenalty, b.JitterRatio)
				if r := b.SuccessRate; r != nil {
					got += fmt.Sprint(", ", r.Threshold, " ", r.Window, " ", r.MinRequests)
				}
			}
			if d != nil {
				got = dropped(t, s, d)
			}
			expect(t, got, want)
		})
	}
}

func TestRetries(t *testing.T) {
	for annotations, want := range map[string]string{
		"": "none; none",
		"retry.linkerd.io/http: '5xx,Gateway-Error,429,500-502'":                     "1 0s [{500 599} {502 504} {429 429} {500 502}] []; none",
		"retry.linkerd.io/grpc: 'unavailable,Internal', retry.linkerd.io/limit: '3'": "3 0s [] []; 3 0s [] [unavailable internal]",
		"retry.linkerd.io/limit: '0', retry.linkerd.io/timeout: 400ms":               "1 400ms [] []; 1 400ms [] []",
		"retry.linkerd.io/limit: '0', retry.linkerd.io/timeout: 0s":                  "none; none",
		"retry.linkerd.io/limit: ' 3'":                                               "dropped for retry.linkerd.io/limit: a whole number from 0 to 65535 is expected; dropped for retry.linkerd.io/limit: a whole number from 0 to 65535 is expected",
		"retry.linkerd.io/http: '5xx, 429'":                                          `dropped for retry.linkerd.io/http: " 429" is none of 5xx, gateway-error, a status code or a range of them; none`,
		"retry.linkerd.io/http: '600'":                                               `dropped for retry.linkerd.io/http: "600" is none of 5xx, gateway-error, a status code or a range of them; none`,
		"retry.linkerd.io/http: '504-500'":                                           `dropped for retry.linkerd.io/http: "504-500" is none of 5xx, gateway-error, a status code or a range of them; none`,
		"retry.linkerd.io/grpc: aborted":                                             `none; dropped for retry.linkerd.io/grpc: "aborted" is none of cancelled, deadline-exceeded, internal, resource-exhausted, unavailable`,
		"retry.linkerd.io/http: 5xx, retry.linkerd.io/limit: many":                   "dropped for retry.linkerd.io/limit: a whole number from 0 to 65535 is expected; dropped for retry.linkerd.io/limit: a whole number from 0 to 65535 is expected",
	} {
		t.Run(annotations, func(t *testing.T) {
			s := annotated(t, annotations)
			render := func(r *linkerd.Retries, d *linkerd.Dropped) string {
				switch {
				case d != nil:
					return dropped(t, s, d)
				case r == nil:
					return "none"
				}
				return fmt.Sprint(r.Limit, r.Timeout, " ", r.Codes, r.Names)
			}
			expect(t, render(s.HTTPRetries())+"; "+render(s.GRPCRetries()), want)
		})
	}
}

func TestTimeouts(t *testing.T) {
	for annotations, want := range map[string]string{
		"":                                "none",
		"timeout.linkerd.io/request: 90s": "1m30s 0s 0s k.yaml:4:54",
		"timeout.linkerd.io/response: 1d, timeout.linkerd.io/idle: 5ms":  "0s 24h0m0s 5ms k.yaml:4:54",
		"timeout.linkerd.io/request: '0'":                                "none",
		"timeout.linkerd.io/request: 1s, timeout.linkerd.io/idle: 1m30s": "dropped for timeout.linkerd.io/idle: a duration has to be one whole number with one unit: ms, s, m, h or d",
	} {
		t.Run(annotations, func(t *testing.T) {
			s := annotated(t, annotations)
			got := "none"
			if o, d := s.Timeouts(); d != nil {
				got = dropped(t, s, d)
			} else if o != nil {
				got = fmt.Sprint(o.Request, o.Response, o.Idle, " ", o.Origin)
			}
			expect(t, got, want)
		})
	}
}
