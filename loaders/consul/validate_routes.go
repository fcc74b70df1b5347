package consul

import (
	"cmp"
	"slices"
	"strings"
)

func (lb *LoadBalancer) shape() *Problem {
	if lb == nil {
		return nil
	}
	refuse := func(message string) *Problem { return &Problem{"bad-load-balancer", message, lb.Origin} }
	switch hash := lb.Policy == "ring_hash" || lb.Policy == "maglev"; {
	case !slices.Contains([]string{"", "random", "round_robin", "least_request", "ring_hash", "maglev"}, lb.Policy):
		return refuse("there is no load-balancing policy " + lb.Policy)
	case lb.hasRing && lb.Policy != "ring_hash":
		return refuse("RingHashConfig goes with ring_hash only")
	case lb.hasLeast && lb.Policy != "least_request":
		return refuse("LeastRequestConfig goes with least_request only")
	case len(lb.HashPolicies) > 0 && !hash:
		return refuse("HashPolicies go with ring_hash and maglev only")
	}
	for _, h := range lb.HashPolicies {
		switch {
		case h.SourceIP && (h.Field != "" || h.FieldValue != ""):
			return refuse("a hash policy has SourceIP or Field, not both")
		case h.Field != "" && !slices.Contains([]string{"header", "cookie", "query_parameter"}, h.Field):
			return refuse("requests cannot be hashed on " + h.Field)
		case h.Field != "" && h.FieldValue == "":
			return refuse("a hash policy without FieldValue")
		case h.FieldValue != "" && h.Field == "":
			return refuse("a hash policy without Field")
		case h.cookie && h.Field != "cookie":
			return refuse("CookieConfig goes with the field cookie only")
		case h.cookieSession && h.cookieTTL > 0:
			return refuse("a session cookie has no TTL")
		}
	}
	return nil
}

func (s *Splitter) shape(name string) *Problem {
	if len(s.Splits) == 0 {
		return &Problem{"malformed", "the splitter has no splits", s.Origin}
	}
	seen, sum := map[Reference]bool{}, 0
	for _, split := range s.Splits {
		if p := split.enterprise(split.Origin); p != nil {
			return p
		}
		to := split.Reference
		to.Service = cmp.Or(to.Service, name)
		if seen[to] {
			return &Problem{"duplicate-split", "the same destination twice", split.Origin}
		}
		seen[to] = true
		if split.Weight < 0 || split.Weight > 100 {
			return &Problem{"weights-not-100", "a weight is between 0 and 100", split.Origin}
		}
		sum += scaled(split.Weight)
	}
	if sum != 100*100 {
		return &Problem{"weights-not-100", "the weights do not add up to 100", s.Origin}
	}
	return nil
}

func (r *Router) shape() *Problem {
	for _, route := range r.Routes {
		if p := route.Destination.enterprise(route.Origin); p != nil {
			return p
		}
		if message := route.Match.defect(); message != "" {
			return &Problem{"bad-route", message, route.Origin}
		}
		to := route.Destination
		if to.PrefixRewrite != "" && route.Match.PathExact == "" && route.Match.PathPrefix == "" {
			return &Problem{"bad-route", "PrefixRewrite needs PathExact or PathPrefix", route.Origin}
		}
		for _, condition := range to.RetryOn {
			if !slices.Contains(retryConditions, condition) {
				return &Problem{"bad-route", "there is no condition for retries " + condition, route.Origin}
			}
		}
	}
	return nil
}

var (
	retryConditions = []string{
		"5xx", "gateway-error", "reset", "connect-failure", "envoy-ratelimited", "retriable-4xx", "refused-stream",
		"cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
	}
	httpMethods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"}
)

// defect says what is wrong with a match; "" if nothing is.
func (m Match) defect() string {
	count := func(conditions ...bool) (n int) {
		for _, c := range conditions {
			if c {
				n++
			}
		}
		return n
	}
	switch {
	case count(m.PathExact != "", m.PathPrefix != "", m.PathRegex != "") > 1:
		return "a match has one condition on the path"
	case m.PathExact != "" && !strings.HasPrefix(m.PathExact, "/"), m.PathPrefix != "" && !strings.HasPrefix(m.PathPrefix, "/"):
		return "a path begins with a slash"
	}
	for _, f := range slices.Concat(m.Headers, m.Query) {
		if f.Name == "" {
			return "a condition without a name"
		}
		if count(f.Present, f.Exact != "", f.Prefix != "", f.Suffix != "", f.Regex != "") > 1 {
			return "a condition has one of present, exact, prefix, suffix and regex"
		}
	}
	for _, h := range m.Headers {
		if count(h.Present, h.Exact != "", h.Prefix != "", h.Suffix != "", h.Regex != "") == 0 {
			return "a condition on a header says what it must be"
		}
	}
	for i, method := range m.Methods {
		if !slices.Contains(httpMethods, method) || slices.Contains(m.Methods[:i], method) {
			return "a method that does not exist, or twice the same"
		}
	}
	return ""
}
