package linkerd

import (
	"net"
	"strconv"
	"time"

	"github.com/passmuster/muster/mesh"
)

// reaction is how long the operator and the adaptor are taken to need from an Endpoints object to the weights that proxies have:
// two watches and two writes.
const reaction = 3 * time.Second

// profileFor is the ServiceProfile that governs a port for the callers of a namespace.
func (w *world) profileFor(s *service, p *port, namespace string) *Profile {
	answer := w.Profile(ProfileQuery{Path: net.JoinHostPort(w.host(s.Key), strconv.Itoa(p.Number)), Namespace: namespace})
	return &answer.Profile
}

// byProfile compiles a port that a ServiceProfile governs. Its stack has no breaker.
func (r *routing) byProfile(profile *Profile, at mesh.Origin) {
	of := r.shadowed(profile, at)
	var pool *mesh.Pool
	switch {
	case profile.Split != nil:
		pool = r.bySplit(profile.Split, of)
	case weighs(profile.Overrides):
		pool = r.byOverrides(profile.Overrides, of)
	default:
		pool = r.plain(of)
	}
	var rules []*mesh.RouteRule
	for _, one := range profile.Routes {
		rule := &mesh.RouteRule{Name: one.Name, Match: mesh.Match{Method: one.Method}, To: []mesh.Backend{r.to("", 100, one.Origin)},
			From: profile.Source.Namespace + "/" + profile.Source.Name, Origin: one.Origin}
		if one.PathRegex != "" {
			rule.Match.Path = "regex:" + one.PathRegex
		}
		if one.Timeout > 0 {
			rule.Timeout = mesh.Of(one.Timeout, one.Origin.Child("timeout"))
		}
		rules = append(rules, rule)
	}
	rules = append(rules, &mesh.RouteRule{To: []mesh.Backend{r.to("", 100, at)}, Origin: at})
	r.add(pool, rules...)
}

func weighs(overrides []Override) bool {
	for _, o := range overrides {
		if o.Weight > 0 {
			return true
		}
	}
	return false
}

// shadowed notes what a profile turns off: routes, the breaker, and annotations for timeouts and retries.
func (r *routing) shadowed(profile *Profile, at mesh.Origin) policy {
	what := "a ServiceProfile with routes"
	switch {
	case profile.Split != nil:
		what, at = "a TrafficSplit, which is a ServiceProfile underneath,", profile.Split.At("/spec/backends")
	case len(profile.Routes) > 0:
		at = profile.Source.At("/spec/routes")
	default:
		what, at = "a ServiceProfile with dstOverrides", profile.Source.At("/spec/dstOverrides")
	}
	var out policy
	lose := func(takes mesh.Takes, of mesh.Origin, detail string) {
		r.view.Losses = append(r.view.Losses, mesh.Loss{Kind: mesh.LossProfile, Takes: takes, Origin: at, Of: of, Detail: what + " turns " + detail + " off"})
	}
	if b, dropped := r.Breaker(); b != nil || dropped != nil {
		of := r.At(annotationPath(accrualKey))
		lose(mesh.TakesDetection, of, "the breaker")
		out.losses = append(out.losses, r.view.Losses[len(r.view.Losses)-1])
	}
	if t, _ := r.Timeouts(); t != nil {
		lose(mesh.TakesRoute, t.Origin, "the annotations for timeouts")
	}
	if retries, _ := r.HTTPRetries(); retries != nil {
		lose(mesh.TakesRoute, retries.Origin, "the annotations for retries")
	}
	for _, a := range r.world.attached[r.Key] {
		if a.covers(r.port) && a.concerns(r.namespace, r.Namespace) {
			lose(mesh.TakesRoute, a.At(""), a.Kind+" "+a.Key())
		}
	}
	return out
}

// byOverrides is the pool of a profile's weights. Those of weight 0 are left out before anybody looks.
func (r *routing) byOverrides(overrides []Override, of policy) *mesh.Pool {
	var targets []mesh.Target
	var losses []mesh.Loss
	for _, o := range overrides {
		t, s := r.override(o, of)
		if o.Weight == 0 {
			losses = append(losses, zeroLoss(t, o.Origin.Child("weight")))
			continue
		}
		if s != nil {
			losses = append(losses, s.losses...)
		}
		targets = append(targets, t)
	}
	p := r.pool("", targets, weighted(), of)
	p.Losses = append(p.Losses, losses...)
	return p
}

func weighted() mesh.Tiering { return mesh.WeightedAvailable{FailFast: mesh.Of(failFast, byDefault)} }

// override is one authority as a target; without a Service of that name nobody is there.
func (r *routing) override(o Override, of policy) (mesh.Target, *service) {
	t := mesh.Target{Name: o.Authority, Weight: o.Weight, Origin: o.Origin}
	s := r.world.serviceOf(o.Authority)
	if s == nil {
		return t, nil
	}
	number := r.port.Number
	if _, text, err := net.SplitHostPort(o.Authority); err == nil {
		number, _ = strconv.Atoi(text) // a port that is none is no port of any Service
	}
	if p := s.port(number); p != nil {
		t = r.target(s, p, o.Weight, of)
		t.Origin = o.Origin
	}
	return t, s
}

func zeroLoss(t mesh.Target, at mesh.Origin) mesh.Loss {
	return mesh.Loss{Kind: mesh.LossWeightZero, Takes: mesh.TakesEndpoints, Origin: at, Endpoints: alive(t.Endpoints),
		Detail: t.Name + " has a weight of 0, which is never drawn, whatever becomes of the other backends"}
}

// alive are the endpoints themselves, where a gateway stands in front of them.
func alive(list []*mesh.Endpoint) []*mesh.Endpoint {
	var out []*mesh.Endpoint
	for _, e := range list {
		if len(e.Behind) > 0 {
			out = append(out, e.Behind...)
		} else {
			out = append(out, e)
		}
	}
	return out
}
