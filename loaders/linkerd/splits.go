package linkerd

import (
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// bySplit is the rule of a TrafficSplit. Under the operator all goes to the primary while its Endpoints have a ready address, and
// evenly to the others that have one when it has none.
func (r *routing) bySplit(split *TrafficSplit, of callPolicy) mesh.RouteRule {
	answer := r.world.Failover(split.Key)
	driven := answer.Controlled && r.world.installed.operator != absent
	var targets []mesh.Target
	var losses []mesh.Loss
	rule := mesh.RouteRule{From: split.Namespace + "/" + split.Name, Origin: split.At("/spec/backends")}
	for i, b := range answer.Backends {
		written, at := split.Backends[i].Weight, split.Backends[i].Origin
		weight, _ := b.Weight.decimilli() // what is no quantity counts as 0, and was reported
		if !driven {
			weight, _ = written.decimilli()
		}
		key := kubernetes.Key{Namespace: split.Namespace, Name: b.Service}
		s := r.world.services[key]
		t := mesh.Target{Name: r.world.host(key), Port: r.port.Number, Weight: weight, Origin: at}
		to := mesh.Backend{Host: t.Name, Port: t.Port, Weight: weight, Origin: at}
		if s != nil {
			to.Service = s.public
			if p := s.port(r.port.Number); p != nil {
				t = r.target(s, p, weight, of)
				t.Origin = at
			}
			losses = append(losses, s.losses...)
		}
		switch {
		case driven && r.world.Endpoints[key] == nil:
			losses = append(losses, neverReady(t, s))
			t.Endpoints = nil
		case !driven && weight == 0:
			losses = append(losses, zeroLoss(t, at.Child("weight")))
		}
		targets = append(targets, t)
		if weight == 0 {
			rule.Idle = append(rule.Idle, to)
		} else {
			rule.To = append(rule.To, to)
			rule.WeightSum += weight
		}
	}
	tiering := weighted()
	if driven && answer.PrimaryReady {
		tiering = mesh.OperatorDriven{Operator: deployOperator, Reaction: reaction, RunsIn: r.world.at.Name}
	}
	p := r.pool(targets, tiering, of)
	p.Losses = append(p.Losses, losses...)
	if answer.Controlled && !driven {
		p.Losses = append(p.Losses, r.unattended(split, "linkerd-failover")...)
	}
	rule.Drawn = []mesh.Backend{r.drawn(p, 100, rule.Origin)}
	return rule
}

// neverReady is a fallback of which the operator never sees an Endpoints object of its name.
func neverReady(t mesh.Target, s *service) mesh.Loss {
	why := "there is no Endpoints object of that name in the namespace"
	if s != nil && s.isMirror() {
		why = "flat mirrors and federated services have none"
	}
	return mesh.Loss{Kind: mesh.LossNeverReady, Takes: mesh.TakesEndpoints, Origin: t.Origin, Endpoints: alive(t.Endpoints),
		Detail: "linkerd-failover never takes " + t.Name + " for ready: it looks at Endpoints objects alone, and " + why}
}

// unattended are the backends that nobody switches to.
func (r *routing) unattended(split *TrafficSplit, who string) []mesh.Loss {
	var out []mesh.Loss
	for _, b := range split.Backends {
		s := r.world.services[kubernetes.Key{Namespace: split.Namespace, Name: b.Service}]
		if s == nil || s == r.service {
			continue
		}
		if p := s.port(r.port.Number); p != nil {
			out = append(out, mesh.Loss{Kind: mesh.LossUnattended, Takes: mesh.TakesEndpoints, Origin: b.Origin, Endpoints: alive(p.endpoints),
				Detail: "TrafficSplit " + split.Namespace + "/" + split.Name + " is meant to switch to " + b.Service + ", and " + who + " does not run in cluster " + r.world.at.Name})
		}
	}
	return out
}

// splitsOf are the TrafficSplits of a service as their apex, by name.
func (s *service) splitsOf() []*TrafficSplit { return s.world.splits[s.Key] }
