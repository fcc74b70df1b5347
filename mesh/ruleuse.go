package mesh

// RuleUse is one rule that is written for a service (Istio: a DestinationRule whose host covers it),
// and who obeys it.
type RuleUse struct {
	Rule    string // "namespace/name"
	Cluster string // whose objects it is one of
	Origin  Origin // of its host
	// By are the namespaces whose clients obey it, sorted, of those that have clients; of a rule that
	// selects workloads, those whose selected workloads do.
	By []string
	// Selects: it is for some workloads of its namespace only.
	Selects bool
	// Losses say why it is not obeyed, each with the namespaces it holds for.
	Losses []RuleLoss
}

// RuleLoss is why the clients of some namespaces do not obey a rule.
type RuleLoss struct {
	Loss
	Namespaces []string // sorted
}

// Unused reports whether no client of the graph obeys the rule.
func (u RuleUse) Unused() bool { return len(u.By) == 0 }

// ruleLister is implemented by compilers of meshes that look rules up.
type ruleLister interface {
	Rules(s *Service, clients []*Client) []RuleUse
}

// Rules lists the rules that are written for a service, most specific first, with who obeys them and
// why others do not; nil for meshes that look up no rules.
func (g *Graph) Rules(s *Service) []RuleUse {
	if x, ok := g.Compilers[s.Mesh].(ruleLister); ok {
		return x.Rules(s, g.Clients)
	}
	return nil
}

// Guard is one object that decides who may call an endpoint, and how.
type Guard struct {
	Action string // ALLOW, DENY or CUSTOM of an authorization policy; STRICT, PERMISSIVE or DISABLE of mTLS
	Name   string // "namespace/name" of a policy; "" for mTLS
	Origin Origin
}

// Guards lists what decides about calls to an endpoint: its mTLS mode, where somebody wrote one, and
// the authorization policies in the order of evaluation. Policies that only log are not among them.
func (e *Endpoint) Guards() []Guard {
	if e.Inbound == nil {
		return nil
	}
	var out []Guard
	if mode := e.Inbound.Mode(e.Port); mode.Origin.In != nil {
		out = append(out, Guard{Action: string(mode.Mode), Origin: mode.Origin})
	}
	if a := e.Inbound.Authorization; a != nil {
		for _, p := range a.Custom {
			out = append(out, Guard{"CUSTOM", p.Name, p.Origin})
		}
		for _, p := range a.Deny {
			out = append(out, Guard{"DENY", p.Name, p.Origin})
		}
		for _, p := range a.Allow {
			out = append(out, Guard{"ALLOW", p.Name, p.Origin})
		}
	}
	return out
}
