package mesh

import "slices"

// GuardedCopy is one copy of a service, and what decides about calls to it.
type GuardedCopy struct {
	Workload *Workload
	// Policies are the authorization policies that decide something, in the order of evaluation; mTLS
	// is not among them.
	Policies []Guard
	// Authorization is what these policies come to.
	Authorization *Authorization
	MTLS          map[int]InboundPort // by port of the workload
}

// GuardedCopies tells what guards each of the copies of a service. A copy that is not known to have a
// proxy, or of whose server side nothing is known, is left out.
func GuardedCopies(s *Service, copies []*Workload) []*GuardedCopy {
	var out []*GuardedCopy
	for _, w := range copies {
		if !w.Meshed.Or(false) {
			continue
		}
		c := &GuardedCopy{Workload: w, MTLS: map[int]InboundPort{}}
		var last *Endpoint // pods of one workload are mostly told the same
		for _, e := range s.Endpoints {
			if e.Workload != w || e.Inbound == nil || !e.MeshAble || last != nil && last.Inbound == e.Inbound && last.Port == e.Port {
				continue
			}
			last = e
			if len(c.MTLS) == 0 {
				c.Authorization = e.Inbound.Authorization
				c.Policies = slices.DeleteFunc(e.Guards(), func(g Guard) bool { return g.Name == "" || e.Inbound.Authorization.idle(g) })
			}
			c.MTLS[e.Port] = e.Inbound.Mode(e.Port)
		}
		if len(c.MTLS) > 0 {
			out = append(out, c)
		}
	}
	return out
}

// idle reports whether a policy changes no answer: it has no rules, so that it matches nothing, and it
// is not what makes an ALLOW policy be asked for.
func (a *Authorization) idle(g Guard) bool {
	empty := func(list []AuthzPolicy) bool {
		return slices.ContainsFunc(list, func(p AuthzPolicy) bool { return p.Name == g.Name && len(p.Rules) == 0 })
	}
	switch g.Action {
	case "ALLOW":
		return empty(a.Allow) && slices.ContainsFunc(a.Allow, func(p AuthzPolicy) bool { return len(p.Rules) > 0 })
	case "DENY":
		return empty(a.Deny)
	}
	return empty(a.Custom)
}

// MissingGuard is an authorization policy that some copies have and others lack.
type MissingGuard struct {
	Guard         Guard // as the first of With has it
	With, Without []*GuardedCopy
	Others        bool // the first of Without has other policies of that action
}

// MissingGuards lists the policies that are not on every copy, by the name of their object. Where each
// copy without one has another of that action, which the first copy with it has not, the policy is
// taken to go by another name there, and is left out.
func MissingGuards(copies []*GuardedCopy) []MissingGuard {
	var told []Guard
	var out []MissingGuard
	for _, c := range copies {
		for _, g := range c.Policies {
			if contains(told, g) {
				continue
			}
			told = append(told, g)
			d := MissingGuard{Guard: g}
			renamed := true
			for _, other := range copies {
				if contains(other.Policies, g) {
					d.With = append(d.With, other)
					continue
				}
				d.Without = append(d.Without, other)
				renamed = renamed && slices.ContainsFunc(other.Policies, func(o Guard) bool { return o.Action == g.Action && !contains(c.Policies, o) })
			}
			if len(d.Without) > 0 && !renamed {
				d.Others = slices.ContainsFunc(d.Without[0].Policies, func(o Guard) bool { return o.Action == g.Action })
				out = append(out, d)
			}
		}
	}
	return out
}

// Consequence is what it means for callers that the policy is missing, in a clause.
func (d MissingGuard) Consequence() string {
	switch {
	case d.Guard.Action == "DENY":
		return "callers get in there whom it turns away"
	case d.Guard.Action == "CUSTOM":
		return "nobody asks its authorizer there"
	case d.Others:
		return "callers are refused there whom it alone admits"
	}
	return "every caller gets in there"
}

func contains(list []Guard, g Guard) bool {
	return slices.ContainsFunc(list, func(o Guard) bool { return o.Action == g.Action && o.Name == g.Name })
}

// OtherMTLS finds two copies that take mTLS differently on a port that both have: the first one, and
// the next that differs from it on the lowest such port; nil if there are none.
func OtherMTLS(copies []*GuardedCopy) (a, b *GuardedCopy, port int) {
	for _, c := range copies[min(1, len(copies)):] {
		for number, at := range copies[0].MTLS {
			if other, both := c.MTLS[number]; both && other.Mode != at.Mode && (b == nil || number < port) {
				a, b, port = copies[0], c, number
			}
		}
		if b != nil {
			return a, b, port
		}
	}
	return nil, nil, 0
}

// Takes says what a port in the mode takes, in the words of no mesh.
func (m MTLSMode) Takes() string {
	switch m {
	case Strict:
		return "takes mTLS alone"
	case DisableMTLS:
		return "takes plaintext alone"
	}
	return "takes plaintext as well as mTLS"
}

// HoldPolicies are the clusters of which the inputs show any policy that a server obeys: mTLS that
// somebody wrote, or authorization. Of others, a policy may be missing from the inputs only.
func HoldPolicies(g *Graph) map[string]bool {
	clusters := map[string]bool{}
	for _, s := range g.Services {
		for _, e := range s.Endpoints {
			if in := e.Inbound; in != nil && !clusters[e.Cluster] && (in.Authorization != nil || in.Mode(e.Port).Origin.In != nil) {
				clusters[e.Cluster] = true
			}
		}
	}
	return clusters
}
