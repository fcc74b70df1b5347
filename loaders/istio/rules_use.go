package istio

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Rules lists the DestinationRules that are written for a service, with who obeys them: the namespaces
// of the given clients. It looks at what every one of them says, not only at failover.
// Istio: DestinationRule lookup; see world.lookup.
func (f *Fleet) Rules(s *mesh.Service, clients []*mesh.Client) []mesh.RuleUse {
	var out []mesh.RuleUse
	for _, w := range f.worlds {
		var svc *service
		for _, candidate := range w.byHost[s.ID.Host()] {
			if candidate.namespace == s.Namespace {
				svc = candidate
				break
			}
		}
		rules := w.rules.concerning(s.ID.Host())
		if svc == nil || len(rules) == 0 {
			continue
		}
		uses := make([]ruleUse, len(rules))
		for i, d := range rules {
			uses[i] = ruleUse{rule: d, losses: map[mesh.Origin]*mesh.RuleLoss{}, by: map[string]bool{}}
		}
		for _, c := range clients {
			if c.Mesh == s.Mesh && c.Kind != mesh.Unmeshed && c.Kind != mesh.Ztunnel && f.worldOf(c.Cluster) == w {
				w.use(uses, svc, c)
			}
		}
		for i := range uses {
			out = append(out, uses[i].public(w))
		}
	}
	return out
}

// ruleUse collects what clients make of one rule.
type ruleUse struct {
	rule   *DestinationRule
	by     map[string]bool
	losses map[mesh.Origin]*mesh.RuleLoss
	order  []mesh.Origin
}

// use notes which of the rules a client obeys, and why not the others.
func (w *world) use(uses []ruleUse, svc *service, c *mesh.Client) {
	found := choose(w.lookup(c.Namespace, svc), c.Namespace, c.Label)
	for i := range uses {
		u := &uses[i]
		if found != nil && slices.Contains(found.from, u.rule) {
			u.by[c.Namespace] = true
			if loss, lost := mergedAway(found, u.rule); lost {
				u.lose(c.Namespace, loss)
			}
			continue
		}
		if loss, lost := w.unused(u.rule, found, svc, c); lost {
			u.lose(c.Namespace, loss)
		}
	}
}

// unused is why a client does not obey a rule; false if the rule is for other workloads of its
// namespace.
func (w *world) unused(d *DestinationRule, found *rule, svc *service, c *mesh.Client) (mesh.Loss, bool) {
	loss := mesh.Loss{Kind: mesh.LossNotVisible, Of: d.At("/spec/host")}
	switch {
	case d.selects() && d.Namespace == c.Namespace && !matchesAll(d.selector(), c.Label):
		return loss, false
	case d.Namespace != c.Namespace && d.Namespace != svc.namespace && d.Namespace != w.rootNamespace:
		loss.Origin = d.At("/spec/host")
		loss.Detail = "its namespace is neither the client's, nor the service's, nor the root namespace"
	case d.selects() && d.Namespace != c.Namespace:
		loss.Origin, loss.Detail = d.At("/spec/workloadSelector"), "it selects workloads: nobody outside its namespace obeys it"
	case !w.obeys(d, c.Namespace):
		loss.Origin, loss.Detail = d.At("/spec/exportTo"), "it is not exported to these clients"
		if len(d.Spec.ExportTo) == 0 {
			loss.Origin = w.config.MeshOrigin.Child("defaultDestinationRuleExportTo")
		}
	case found != nil:
		loss.Kind, loss.Origin = mesh.LossShadowed, found.At("/spec/host")
		loss.Detail = fmt.Sprintf("DestinationRule %s wins the lookup as a whole", found.Key())
	default:
		// Selectors and exportTo are looked at when the level and the host are decided already.
		loss.Kind, loss.Origin, loss.Detail = mesh.LossShadowed, d.At("/spec/host"), "a rule of a nearer namespace or a more specific host is found first, and does not hold for these clients"
	}
	return loss, true
}

// mergedAway is what a rule that is merged with older ones loses to them: its policy as a whole.
func mergedAway(found *rule, d *DestinationRule) (mesh.Loss, bool) {
	if found.policyOf == nil || found.policyOf == d || d.Spec.TrafficPolicy == nil {
		return mesh.Loss{}, false
	}
	return mesh.Loss{
		Kind: mesh.LossMerged, Origin: d.At("/spec/trafficPolicy"), Of: found.policyOf.At("/spec/trafficPolicy"),
		Detail: fmt.Sprintf("DestinationRule %s has a trafficPolicy for the same host and counts as older: it keeps its own whole", found.policyOf.Key()),
	}, true
}

func (u *ruleUse) lose(namespace string, l mesh.Loss) {
	known := u.losses[l.Origin]
	if known == nil {
		known = &mesh.RuleLoss{Loss: l}
		u.losses[l.Origin] = known
		u.order = append(u.order, l.Origin)
	}
	if !slices.Contains(known.Namespaces, namespace) {
		known.Namespaces = append(known.Namespaces, namespace)
	}
}

func (u *ruleUse) public(w *world) mesh.RuleUse {
	out := mesh.RuleUse{Rule: u.rule.Key(), Cluster: w.cluster, Origin: u.rule.At("/spec/host"), By: sortedKeys(u.by), Selects: u.rule.selects()}
	for _, at := range u.order {
		slices.Sort(u.losses[at].Namespaces)
		out.Losses = append(out.Losses, *u.losses[at])
	}
	return out
}
