package istio

import (
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// targets tells where a proxy can send requests to.
type targets interface {
	// pool reports whether the proxy holds a cluster of that name.
	pool(host string, port int, subset string) bool
	// target completes a destination, whose port may be 0, for requests that came in on a port.
	target(host string, port, listener int) (string, int)
	// service is the service behind a host; nil if the proxy knows none.
	service(host string) *mesh.Service
}

// rulesOf translates the rules of a source for one caller: rules that can never hold for it are
// left out, and so is everything after a rule that takes all that is left.
// Istio: BuildHTTPRoutesForVirtualService.
func (w *world) rulesOf(s *routeSource, c caller, t targets) []*mesh.RouteRule {
	var out []*mesh.RouteRule
	for _, r := range s.http {
		if len(r.Match) == 0 {
			return append(out, w.ruleOf(s, r, nil, c, t))
		}
		for _, m := range r.Match {
			if !c.applies(m) {
				continue
			}
			rule := w.ruleOf(s, r, m, c, t)
			out = append(out, rule)
			if takesAll(rule.Match) {
				return out
			}
		}
	}
	return out
}

func (w *world) ruleOf(s *routeSource, r *httpRule, m *networking.HTTPMatchRequest, c caller, t targets) *mesh.RouteRule {
	out := &mesh.RouteRule{
		Name:   r.Name,
		Match:  matchOf(m, s.Gateway),
		From:   s.from,
		Origin: r.at,
	}
	if name := m.GetName(); name != "" {
		out.Name += "." + name
	}
	if out.Fault, out.Injected = faultOf(r.Fault); out.Fault != "" {
		out.FaultOrigin = r.faultAt
	}
	switch {
	case r.Redirect != nil:
		out.Direct = redirectOf(r.Redirect)
		return out
	case r.DirectResponse != nil:
		out.Direct = "direct response " + strconv.Itoa(int(r.DirectResponse.Status))
		return out
	}
	if d := r.Timeout.AsDuration(); r.Timeout != nil && d > 0 {
		out.Timeout = mesh.Of(d, r.timeoutAt)
	}
	out.Retries = w.retriesOf(r.Retries, r.retriesAt)
	if !r.perTryAt.IsZero() {
		out.Retries.PerTry.Origin = r.perTryAt
	}
	out.Rewrite = rewriteOf(r.Rewrite)
	out.Mirror = mirrorsOf(r, c.port, t)
	for i, to := range r.Route {
		b := backendOf(to.Destination, c.port, t, r.backendAt(i))
		if r.backends != nil {
			r.backends[i].refuse(&b)
		}
		sendTo(out, b, to.Weight, len(r.Route))
	}
	for _, b := range r.idle {
		out.Idle = append(out.Idle, backendOf(b.to, c.port, t, b.at))
	}
	return share(out)
}

// defaultRule is the route of a host that no source claims.
func (w *world) defaultRule(host string, port int, t targets) *mesh.RouteRule {
	return &mesh.RouteRule{
		Match:   mesh.Match{Path: "prefix:/"},
		Retries: w.retriesOf(nil, mesh.Origin{}),
		To:      []mesh.Backend{plainBackend(host, port, t)},
	}
}

// plainBackend is a service itself.
func plainBackend(host string, port int, t targets) mesh.Backend {
	b := mesh.Backend{Host: host, Port: port, Weight: 100}
	if b.Missing = !t.pool(host, port, ""); !b.Missing {
		b.Service = t.service(host)
	}
	return b
}

// sendTo adds one of a number of destinations to a rule. Among several, those of weight 0 are idle.
func sendTo(r *mesh.RouteRule, b mesh.Backend, weight int32, of int) {
	if of > 1 && weight <= 0 {
		r.Idle = append(r.Idle, b)
		return
	}
	b.Weight = uint32(max(weight, 0))
	r.WeightSum += b.Weight
	r.To = append(r.To, b)
}

// share gives all to the only destination that anything is sent to.
func share(r *mesh.RouteRule) *mesh.RouteRule {
	if len(r.To) == 1 {
		r.To[0].Weight = 100
	}
	return r
}

// backendOf renders one destination. The proxy sends to a cluster that it may not have: the route
// stands, and requests are answered 503.
func backendOf(d *networking.Destination, listener int, t targets, at mesh.Origin) mesh.Backend {
	b := mesh.Backend{Subset: d.GetSubset(), Origin: at}
	b.Host, b.Port = t.target(d.GetHost(), int(d.GetPort().GetNumber()), listener)
	if b.Missing = !t.pool(b.Host, b.Port, b.Subset); !b.Missing {
		b.Service = t.service(b.Host)
	}
	return b
}

// mirrorsOf renders `mirror` and `mirrors`. A share of 0 is no mirror; none said is all.
func mirrorsOf(r *httpRule, port int, t targets) []mesh.Mirror {
	var out []mesh.Mirror
	add := func(d *networking.Destination, share string, at mesh.Origin) {
		b := backendOf(d, port, t, at)
		out = append(out, mesh.Mirror{Backend: b, Percent: share})
	}
	if r.Mirror != nil {
		old := r.MirrorPercent //nolint:staticcheck // deprecated, and still read
		switch {
		case r.MirrorPercentage != nil:
			if r.MirrorPercentage.Value > 0 {
				add(r.Mirror, percent(r.MirrorPercentage), r.mirrorAt(-1))
			}
		case old != nil:
			if old.Value > 0 {
				add(r.Mirror, strconv.Itoa(int(old.Value))+"%", r.mirrorAt(-1))
			}
		default:
			add(r.Mirror, "100%", r.mirrorAt(-1))
		}
	}
	for i, m := range r.Mirrors {
		switch {
		case m.Destination == nil || m.Percentage != nil && m.Percentage.Value <= 0:
		case m.Percentage != nil:
			add(m.Destination, percent(m.Percentage), r.mirrorAt(i))
		default:
			add(m.Destination, "100%", r.mirrorAt(i))
		}
	}
	return out
}

// percent renders a share as Envoy holds it, in millionths.
func percent(p *networking.Percent) string {
	return strconv.FormatFloat(float64(uint32(p.GetValue()*10000))/10000, 'f', -1, 64) + "%"
}

func redirectOf(r *networking.HTTPRedirect) string {
	to := r.Authority
	if p, ok := r.RedirectPort.(*networking.HTTPRedirect_Port); ok {
		to += ":" + strconv.Itoa(int(p.Port))
	}
	if r.Scheme != "" {
		to = r.Scheme + "://" + to
	}
	return "redirect " + to + strings.TrimPrefix(r.Uri, prefixReplaced) + " " + statusText(r.RedirectCode)
}

func rewriteOf(r *networking.HTTPRewrite) string {
	var parts []string
	switch {
	case r.GetUriRegexRewrite() != nil:
		parts = append(parts, "regex="+r.UriRegexRewrite.Match+"->"+r.UriRegexRewrite.Rewrite)
	case r.GetUri() != "":
		parts = append(parts, "prefix="+r.Uri)
	}
	if r.GetAuthority() != "" {
		parts = append(parts, "host="+r.Authority)
	}
	return strings.Join(parts, " ")
}

// faultOf renders an injected fault, and tells whether it touches any request.
func faultOf(f *networking.HTTPFaultInjection) (text string, injected bool) {
	var parts []string
	if d := f.GetDelay(); d.GetFixedDelay() != nil {
		share := percent(d.Percentage)
		if d.Percentage == nil {
			share = strconv.Itoa(int(d.Percent)) + "%" //nolint:staticcheck // deprecated, and still read
		}
		parts = append(parts, "delay "+d.GetFixedDelay().AsDuration().String()+" "+share)
		injected = share != "0%"
	}
	if a := f.GetAbort(); a != nil {
		what := ""
		switch e := a.ErrorType.(type) {
		case *networking.HTTPFaultInjection_Abort_HttpStatus:
			what = strconv.Itoa(int(e.HttpStatus))
		case *networking.HTTPFaultInjection_Abort_GrpcStatus:
			what = "grpc " + e.GrpcStatus
		default: // HTTP/2 errors were never supported
			return strings.Join(parts, " "), injected
		}
		parts = append(parts, "abort "+what+" "+percent(a.Percentage))
		injected = injected || a.GetPercentage().GetValue() > 0
	}
	return strings.Join(parts, " "), injected
}
