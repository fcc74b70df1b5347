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
	rule := mesh.RouteRule{To: r.itself(at), Origin: at}
	switch {
	case profile.Split != nil:
		rule = r.bySplit(profile.Split, of)
	case weighs(profile.Overrides):
		rule = r.byOverrides(profile, of)
	}
	if profile.Source != nil && rule.From == "" && len(profile.Routes) > 0 {
		rule.From = profile.Source.Namespace + "/" + profile.Source.Name
	}
	var rules []*mesh.RouteRule
	for _, one := range profile.Routes {
		of := rule
		of.Name, of.Match, of.Origin = one.Name, mesh.Match{Method: one.Method}, one.Origin
		if one.PathRegex != "" {
			of.Match.Path = "regex:" + one.PathRegex
		}
		if one.Timeout > 0 {
			of.Timeout = mesh.Of(one.Timeout, one.Origin.Child("timeout"))
		}
		rules = append(rules, &of)
	}
	r.add(r.plain(of), append(rules, &rule)...)
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
func (r *routing) shadowed(profile *Profile, at mesh.Origin) callPolicy {
	what := "a ServiceProfile with routes"
	switch {
	case profile.Split != nil:
		what, at = "a TrafficSplit, which is a ServiceProfile underneath,", profile.Split.At("/spec/backends")
	case len(profile.Routes) > 0:
		at = profile.Source.At("/spec/routes")
	default:
		what, at = "a ServiceProfile with dstOverrides", profile.Source.At("/spec/dstOverrides")
	}
	var out callPolicy
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
			if lost := r.reachedBy(a); len(lost) > 0 {
				l := r.view.Losses[len(r.view.Losses)-1]
				l.Takes, l.Endpoints = mesh.TakesEndpoints, lost
				out.losses = append(out.losses, l)
			}
		}
	}
	return out
}

// reachedBy are the endpoints that a route would lead to.
func (r *routing) reachedBy(a attachment) []*mesh.Endpoint {
	var list []*mesh.Endpoint
	if a.refused != "" || r.port.opaque {
		return nil
	}
	for i := range a.Rules {
		for _, t := range r.send(a, i, callPolicy{}).targets {
			if t.Weight > 0 {
				list = append(list, alive(t.Endpoints)...)
			}
		}
	}
	return list
}

// byOverrides is the rule of a profile's weights. Those of weight 0 are left out before anybody looks.
func (r *routing) byOverrides(profile *Profile, of callPolicy) mesh.RouteRule {
	var targets []mesh.Target
	var losses []mesh.Loss
	rule := mesh.RouteRule{From: profile.Source.Namespace + "/" + profile.Source.Name, Origin: profile.Source.At("/spec/dstOverrides")}
	for _, o := range profile.Overrides {
		t, s := r.override(o, of)
		to := mesh.Backend{Host: t.Name, Port: t.Port, Weight: o.Weight, Origin: o.Origin}
		if s != nil {
			to.Service = s.public
			losses = append(losses, s.losses...)
		}
		if o.Weight == 0 {
			rule.Idle = append(rule.Idle, to)
			losses = append(losses, zeroLoss(t, o.Origin.Child("weight")))
			continue
		}
		rule.To = append(rule.To, to)
		rule.WeightSum += o.Weight
		targets = append(targets, t)
	}
	p := r.pool(targets, weighted(), of)
	p.Losses = append(p.Losses, losses...)
	rule.Drawn = []mesh.Backend{r.drawn(p, 100, rule.Origin)}
	return rule
}

func weighted() mesh.Tiering { return mesh.WeightedAvailable{FailFast: mesh.Of(failFast, byDefault)} }

// override is one authority as a target; without a Service of that name nobody is there.
func (r *routing) override(o Override, of callPolicy) (mesh.Target, *service) {
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
