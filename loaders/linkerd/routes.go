package linkerd

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// byPolicy compiles a port that routes govern, or nothing but the annotations of the Service.
func (r *routing) byPolicy() {
	kind, list, losses := r.winners()
	of := r.policyOf(r.port, kind == gateway.GRPCRoute)
	r.view.Losses = append(r.view.Losses, losses...)
	if len(list) == 0 {
		pool := r.plain(of)
		if r.world.installed.adaptor == absent {
			for _, split := range r.splitsOf() {
				pool.Losses = append(pool.Losses, r.unattended(split, chartSMI)...)
			}
		}
		r.add(pool, &mesh.RouteRule{To: r.itself(r.port.origin), Timeout: of.timeout, Retries: of.retries, Origin: r.port.origin})
		return
	}
	var sent []sending
	for _, a := range list {
		for i := range a.Rules {
			sent = append(sent, r.send(a, i, of))
		}
	}
	r.pools(sent, of)
}

// sending is a rule with the backends that it names.
type sending struct {
	attachment
	rule    *gateway.Rule
	number  int
	policy  callPolicy
	targets []mesh.Target
	to      []mesh.Backend // that exist, and get a share
	lost    []mesh.Backend // that do not exist: their share is answered with 500
	idle    []mesh.Backend
	losses  []mesh.Loss
	sum     uint32 // of the weights of backends that exist
	key     string // of the targets
	direct  string
}

// send works out where a rule sends requests.
func (r *routing) send(a attachment, number int, of callPolicy) sending {
	s := sending{attachment: a, rule: &a.Rules[number], number: number, policy: of}
	s.policy.timeout, s.policy.retries = s.timeoutOf(of), s.retriesOf(of)
	for _, f := range s.rule.Filters {
		if f.Type == "RequestRedirect" {
			s.direct = "redirect"
		}
	}
	backends := s.rule.Backends
	if len(backends) == 0 {
		s.to = r.itself(s.rule.Origin)
		s.add(r.target(r.service, r.port, 1, of), r.Key)
		return s
	}
	total := 0
	for i := range backends {
		total += max(backends[i].Share(), 0)
	}
	for i := range backends {
		b := &backends[i]
		weight := max(b.Share(), 0)
		if len(backends) == 1 {
			weight = 1 // the weight of an only backend is ignored, even 0
		}
		r.backend(&s, b, weight, total == 0 && len(backends) > 1)
	}
	return s
}

// backend adds one backend to a rule. invalid: the weights are all 0, and the proxy can do nothing with them.
func (r *routing) backend(s *sending, b *gateway.Backend, weight int, invalid bool) {
	key := kubernetes.Key{Namespace: cmp.Or(b.Namespace, r.Namespace), Name: b.Name} // the parent's namespace, for traffic
	public := mesh.Backend{Host: r.world.host(key), Port: b.Port, Weight: uint32(min(weight, 1e6)), Origin: b.Origin}
	if b.Kind != "Service" || b.Group != "" && b.Group != "core" {
		s.direct = "sent to " + b.Kind + " " + b.Name
		return
	}
	to := r.world.services[key]
	p := (*port)(nil)
	if to != nil {
		p = to.port(b.Port)
	}
	switch {
	case p == nil && weight == 0 && !invalid:
		s.idle = append(s.idle, public)
	case p == nil || invalid:
		public.Missing, public.Weight = true, max(public.Weight, 1)
		s.lost = append(s.lost, public)
	default:
		t := r.target(to, p, public.Weight, s.policy)
		t.Origin = b.Origin
		s.losses = append(s.losses, to.losses...)
		if own, _ := to.Breaker(); own != nil && s.policy.outlier == nil && to != r.service && !r.port.opaque {
			s.losses = append(s.losses, mesh.Loss{Kind: mesh.LossOnBackend, Takes: mesh.TakesDetection, Origin: own.Origin, Of: b.Origin,
				Detail: "the breaker of " + to.Name + " does nothing for requests that arrive through " + s.Kind + " " + s.Key() + ": that of " + r.Name + ", which callers address, holds, and it has none"})
		}
		if public.Service = to.public; weight == 0 {
			s.idle = append(s.idle, public)
			s.losses = append(s.losses, zeroLoss(t, b.Origin.Child("weight")))
		} else {
			s.to = append(s.to, public)
		}
		s.add(t, key)
	}
}

func (s *sending) add(t mesh.Target, key kubernetes.Key) {
	s.targets = append(s.targets, t)
	s.sum += t.Weight
	s.key += key.Namespace + "/" + key.Name + ":" + strconv.Itoa(t.Port) + "=" + strconv.Itoa(int(t.Weight)) + ","
}

// timeoutOf is how long requests of a rule may wait. One annotation for timeouts on the route replaces all of the Service's; the
// rule's own counts as well, if it is written with one unit.
func (s *sending) timeoutOf(of callPolicy) mesh.Value[time.Duration] {
	out := of.timeout
	if slices.ContainsFunc([]string{"request", "response", "idle"}, func(n string) bool { _, ok := s.Annotations[timeoutKey+n]; return ok }) {
		m := s.meta()
		t, _ := m.Timeouts()
		out = mesh.Value[time.Duration]{}
		if t != nil {
			out = t.shortest(m)
		}
	}
	if text, ok := s.rule.Timeouts.Request.Get(); ok {
		if d, err := parseDuration(text); err == nil && d > 0 && (!out.IsKnown() || d < out.V) {
			out = mesh.Of(d, s.rule.Timeouts.Request.Origin)
		}
	}
	return out
}

// retriesOf are those of the route's annotations, or else of the Service's.
func (s *sending) retriesOf(of callPolicy) mesh.Retries {
	m := s.meta()
	read := m.HTTPRetries
	if s.Kind == gateway.GRPCRoute {
		read = m.GRPCRetries
	}
	if r, dropped := read(); r != nil {
		return r.policy()
	} else if dropped != nil {
		return mesh.Retries{}
	}
	return of.retries
}

// meta is a route's metadata, as settings are read from.
func (s *sending) meta() *Meta {
	return &Meta{Key: kubernetes.Key{Namespace: s.Route.Namespace, Name: s.Route.Name}, Annotations: s.Annotations, Doc: s.Doc}
}

// pools makes the pool of each list of backends, and the rules.
func (r *routing) pools(sent []sending, of callPolicy) {
	own := r.plain(of)
	known := map[string]*mesh.Pool{r.Namespace + "/" + r.Name + ":" + strconv.Itoa(r.port.Number) + "=1,": own}
	var rules []*mesh.RouteRule
	for i := range sent {
		s := &sent[i]
		pool := known[s.key]
		if pool == nil {
			pool = r.pool(s.targets, weighted(), of)
			known[s.key] = pool
		}
		for _, l := range s.losses {
			if !slices.ContainsFunc(pool.Losses, func(k mesh.Loss) bool { return k.Origin == l.Origin && k.Kind == l.Kind }) {
				pool.Losses = append(pool.Losses, l)
			}
		}
		rule := mesh.RouteRule{
			Name: s.rule.Name, To: slices.Concat(s.to, s.lost), Direct: s.direct, Timeout: s.policy.timeout, Retries: s.policy.retries,
			From: s.Key(), Origin: s.rule.Origin, WeightSum: s.sum, Idle: s.idle,
		}
		if s.sum > 0 && pool != own {
			rule.Drawn = append([]mesh.Backend{r.drawn(pool, s.sum, s.to[0].Origin)}, s.lost...)
		}
		for _, m := range matches(s.rule.Matches) {
			one := rule
			one.Match = m
			rules = append(rules, &one)
		}
	}
	r.add(own, rules...)
}

// matches are those of a rule; one that takes everything makes the others redundant.
func matches(list []gateway.Match) []mesh.Match {
	var out []mesh.Match
	for i := range list {
		m := matchOf(&list[i])
		if m.CatchAll() {
			return []mesh.Match{{}}
		}
		out = append(out, m)
	}
	if out == nil {
		return []mesh.Match{{}}
	}
	return out
}

func matchOf(m *gateway.Match) mesh.Match {
	out := mesh.Match{Method: m.Method}
	if m.Path != nil {
		out.Path = map[string]string{"Exact": "exact:", "PathPrefix": "segments:", "RegularExpression": "regex:"}[m.Path.Type] + m.Path.Value
	}
	if g := m.GRPC; g != nil && g.Service+g.Method != "" {
		out.Path = "regex:/" + cmp.Or(g.Service, "[^/]+") + "/" + cmp.Or(g.Method, "[^/]+")
		if g.Type != "RegularExpression" && g.Service != "" && g.Method != "" {
			out.Path = "exact:/" + g.Service + "/" + g.Method
		}
	}
	out.Headers, out.Query = values(m.Headers), values(m.Query)
	return out
}

func values(list []gateway.ValueMatch) map[string]string {
	if len(list) == 0 {
		return nil
	}
	out := map[string]string{}
	for _, v := range list {
		kind := "exact:"
		if v.Type == "RegularExpression" {
			kind = "regex:"
		}
		out[strings.ToLower(v.Name)] = kind + v.Value
	}
	return out
}
