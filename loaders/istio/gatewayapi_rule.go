package istio

import (
	"strconv"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/mesh"
)

// conversion is one route being turned into rules of Istio: for the mesh, or for Gateways, which alone ask for ReferenceGrants.
type conversion struct {
	*gateway.Route
	world  *world
	inMesh bool
}

// httpRules converts the rules of an HTTPRoute or GRPCRoute, one per match. One rule that Istio cannot express makes it drop
// the whole route.
func (c *conversion) httpRules() ([]*httpRule, *refusal) {
	var out []*httpRule
	for i := range c.Rules {
		rule := &c.Rules[i]
		base, refused := c.httpRule(rule)
		if refused != nil {
			return nil, refused
		}
		if len(rule.Matches) == 0 {
			out = append(out, base)
		}
		for j := range rule.Matches {
			match, ok := apiMatch(&rule.Matches[j])
			if !ok {
				return nil, &refusal{at: rule.Matches[j].Origin, why: "it does not know this type of match"}
			}
			m := *base
			m.HTTPRoute = withMatch(base.HTTPRoute, match)
			out = append(out, &m)
		}
	}
	return out, nil
}

// withMatch is a rule with one match; everything else is shared.
func withMatch(r *networking.HTTPRoute, m *networking.HTTPMatchRequest) *networking.HTTPRoute {
	return &networking.HTTPRoute{
		Name: r.Name, Match: []*networking.HTTPMatchRequest{m}, Route: r.Route, Redirect: r.Redirect,
		DirectResponse: r.DirectResponse, Rewrite: r.Rewrite, Timeout: r.Timeout, Retries: r.Retries, Mirrors: r.Mirrors,
	}
}

func (c *conversion) httpRule(rule *gateway.Rule) (*httpRule, *refusal) {
	at := rule.Origin
	out := &httpRule{HTTPRoute: &networking.HTTPRoute{Name: rule.Name}, at: at, timeoutAt: at.Child("timeouts"), retriesAt: at.Child("retry")}
	for i := range rule.Filters {
		if refused := c.filter(&rule.Filters[i], out); refused != nil {
			return nil, refused
		}
	}
	out.apiRetry(rule.Retry)
	out.apiTimeouts(&rule.Timeouts)
	return out, c.httpBackends(rule.Backends, out)
}

// apiRetry reads `retry`. Without a number of attempts Istio takes its default, 2.
func (r *httpRule) apiRetry(retry *gateway.Retry) {
	if retry == nil {
		return
	}
	on := defaultRetryOn
	for _, code := range retry.Codes {
		on += "," + strconv.Itoa(code)
	}
	r.Retries = &networking.HTTPRetry{Attempts: int32(retry.Attempts.Or(defaultRetries)), RetryOn: on}
}

// apiTimeouts reads `timeouts`. Istio has one timeout for a route: that of a backend request wins,
// unless there are retries, which then have it each.
func (r *httpRule) apiTimeouts(t *gateway.Timeouts) {
	if d := apiDuration(t.Request); d > 0 {
		r.Timeout, r.timeoutAt = durationpb.New(d), t.Request.Origin
	}
	if d := apiDuration(t.BackendRequest); d > 0 {
		if r.Retries != nil {
			r.Retries.PerTryTimeout, r.perTryAt = durationpb.New(d), t.BackendRequest.Origin
			return
		}
		r.Timeout, r.timeoutAt = durationpb.New(d), t.BackendRequest.Origin
	}
}

// apiDuration is a duration as Istio reads it: any that Go reads, and 0 for what it does not.
func apiDuration(d mesh.Value[string]) time.Duration {
	v, err := time.ParseDuration(d.V)
	if err != nil {
		return 0
	}
	return v
}

// httpBackends reads `backendRefs`. Without any weight the answer is 500; beside others, what has none is idle.
// Istio: buildHTTPDestination.
func (c *conversion) httpBackends(refs []gateway.Backend, out *httpRule) *refusal {
	sum := 0
	for i := range refs {
		sum += refs[i].Share()
	}
	if sum == 0 && out.Redirect == nil {
		out.DirectResponse = &networking.HTTPDirectResponse{Status: 500}
		return nil
	}
	for i := range refs {
		ref := &refs[i]
		to := c.destination(ref)
		if ref.Share() == 0 {
			if to.refused == nil {
				out.idle = append(out.idle, idleBackend{to.Destination, ref.Origin})
			}
			continue
		}
		if to.refused != nil {
			return to.refused
		}
		for j := range ref.Filters {
			if refused := c.backendFilter(&ref.Filters[j]); refused != nil {
				return refused
			}
		}
		out.Route = append(out.Route, &networking.HTTPRouteDestination{Destination: to.Destination, Weight: int32(ref.Share())})
		out.backends = append(out.backends, apiBackend{ref.Origin, to.why, to.host, ref.Port})
	}
	return nil
}
