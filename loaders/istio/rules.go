package istio

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// rule is what is in effect of the DestinationRules of one namespace for one host: the oldest, with
// what younger ones of equal exportTo add. Istio: ConsolidatedDestRule.
type rule struct {
	*DestinationRule // the oldest: it gives its name
	exports          visibility
	policy           *networking.TrafficPolicy
	policyOf         *DestinationRule // whose policy it is
	subsets          []*subset
	from             []*DestinationRule  // all that are merged, oldest first
	places           map[any]mesh.Origin // of blocks that stand elsewhere than in policyOf, by pointer
}

// subset is a named part of a host's endpoints, as one DestinationRule defines it.
type subset struct {
	*networking.Subset
	rule   *DestinationRule
	origin mesh.Origin
	public mesh.Subset
}

// subset returns the subset with a name, or nil.
func (r *rule) subset(name string) *subset {
	if r == nil {
		return nil
	}
	for _, s := range r.subsets {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func newRule(d *DestinationRule, exports visibility) *rule {
	r := &rule{DestinationRule: d, exports: exports, from: []*DestinationRule{d}}
	r.adopt(d)
	return r
}

// adopt adds what a DestinationRule has and the rule has not: subsets by name, and the top-level
// policy as a whole.
func (r *rule) adopt(d *DestinationRule) {
	for i, s := range d.Spec.Subsets {
		if r.subset(s.Name) == nil {
			at := child(d.At("/spec/subsets"), i)
			r.subsets = append(r.subsets, &subset{Subset: s, rule: d, origin: at, public: mesh.Subset{Name: s.Name, Labels: s.Labels, Origin: at}})
		}
	}
	switch {
	case d.Spec.TrafficPolicy == nil:
	case r.policy == nil:
		r.policy, r.policyOf, r.places = d.Spec.TrafficPolicy, d, d.places
	case r.from[0].places != nil && d.places == nil:
		r.layOver(d)
	}
	if r.places != nil && d.places == nil && r.DestinationRule.places != nil {
		r.DestinationRule = d // the one that people know
	}
}

func (d *DestinationRule) selector() map[string]string {
	return d.Spec.GetWorkloadSelector().GetMatchLabels()
}

func (d *DestinationRule) selects() bool { return d.Spec.WorkloadSelector != nil }

// rulesByHost are the rules of one namespace.
type rulesByHost = byHost[[]*rule]

// ruleIndex finds DestinationRules the way istiod looks them up.
// Istio: PushContext.setDestinationRules.
type ruleIndex struct {
	local       map[string]*rulesByHost // what a namespace's own clients obey
	exported    map[string]*rulesByHost // what others may obey
	rootPrivate *rulesByHost            // of the root namespace, for its own clients only
	// all finds every DestinationRule that names a host, for losses and facts.
	all byHost[[]*DestinationRule]
}

func (w *world) indexRules() ruleIndex {
	x := ruleIndex{local: map[string]*rulesByHost{}, exported: map[string]*rulesByHost{}, rootPrivate: &rulesByHost{}}
	var ordered []*DestinationRule
	for _, selecting := range []bool{true, false} {
		if !selecting {
			ordered = append(ordered, w.backendRules()...)
		}
		for _, d := range w.config.DestinationRules {
			if d.selects() == selecting {
				ordered = append(ordered, d)
			}
		}
	}
	for _, d := range ordered {
		host := w.fqdn(d.Spec.Host, d.Namespace)
		if d.places == nil {
			known, _ := x.all.get(host)
			x.all.set(host, append(known, d))
		}

		exports := newVisibility(d.Spec.ExportTo)
		if d.selects() {
			exports = visibility{exportPrivate: {}}
		}
		if len(exports) == 0 || exports.has(exportPublic) || exports.has(exportPrivate) || exports.has(d.Namespace) {
			w.merge(inNamespace(x.local, d.Namespace), host, d, exports)
		}
		if !w.isPrivate(d, exports) {
			w.merge(inNamespace(x.exported, d.Namespace), host, d, exports)
		} else if d.Namespace == w.rootNamespace {
			w.merge(x.rootPrivate, host, d, exports)
		}
	}
	return x
}

func inNamespace(m map[string]*rulesByHost, namespace string) *rulesByHost {
	if m[namespace] == nil {
		m[namespace] = &rulesByHost{}
	}
	return m[namespace]
}

// isPrivate: nobody outside its namespace obeys the rule.
func (w *world) isPrivate(d *DestinationRule, exports visibility) bool {
	if len(exports) == 0 {
		return slices.Contains(w.settings.DefaultDestinationRuleExportTo, exportPrivate)
	}
	return len(exports) == 1 && (exports.has(exportPrivate) || exports.has(d.Namespace))
}

// merge adds a DestinationRule to those of its host and namespace. The first, which is the
// oldest, takes in later ones of equal exportTo; a wider exportTo is taken in and stands beside it
// too; anything else only stands beside it. Istio: PushContext.mergeDestinationRule.
func (w *world) merge(rules *rulesByHost, host string, d *DestinationRule, exports visibility) {
	list, known := rules.get(host)
	apart := true
	for _, r := range list {
		if w.features.mergeByExport {
			same := exports.equal(r.exports)
			apart = !same
			if !same && (len(r.exports) == 0 || !exports.contains(r.exports)) {
				continue
			}
		}
		bothSelect := r.selects() && d.selects()
		sameSelector := bothSelect && mapsEqual(r.selector(), d.selector())
		if bothSelect && !sameSelector {
			apart = true
			continue
		}
		if sameSelector || !r.selects() && !d.selects() {
			apart = false
		}
		r.from = append(r.from, d)
		r.adopt(d)
	}
	if apart || !known {
		list = append(list, newRule(d, exports))
	}
	rules.set(host, list)
}

func mapsEqual(a, b map[string]string) bool { return len(a) == len(b) && subsetOfLabels(a, b) }

// lookup returns the rules among which a client of a namespace finds the one it obeys for a
// service: those of the client's own namespace, else of the service's, else of the root
// namespace. The first level with a match for the host wins as a whole.
// Istio: PushContext.destinationRule.
func (w *world) lookup(namespace string, s *service) []*rule {
	own := w.rules.rootPrivate
	if namespace != w.rootNamespace {
		own = w.rules.local[namespace]
	}
	if found, ok := own.match(s.host); ok {
		return found
	}
	if found := w.exportedRules(s.namespace, s.host, namespace); len(found) > 0 {
		return found
	}
	return w.exportedRules(w.rootNamespace, s.host, namespace)
}

// exportedRules are the rules of a namespace for a host, as another namespace sees them. The most
// specific host is chosen before exportTo is looked at.
func (w *world) exportedRules(owner, host, client string) []*rule {
	found, _ := w.rules.exported[owner].match(host)
	var out []*rule
	for _, r := range found {
		if len(r.exports) == 0 || r.exports.has(exportPublic) || r.exports.has(client) {
			out = append(out, r)
		}
	}
	return out
}

// choose picks the rule that a client obeys: the first of its own namespace that selects it, else
// the last that selects nobody. Istio: SidecarScope.DestinationRule.
func choose(rules []*rule, namespace string, label func(string) string) *rule {
	var general *rule
	for _, r := range rules {
		if !r.selects() {
			general = r
			continue
		}
		if r.Namespace == namespace && matchesAll(r.selector(), label) {
			return r
		}
	}
	return general
}

func matchesAll(selector map[string]string, label func(string) string) bool {
	for k, v := range selector {
		if label(k) != v {
			return false
		}
	}
	return true
}

// concerning are all DestinationRules whose host covers a service, most specific first. Whether
// anybody obeys them is another question.
func (x *ruleIndex) concerning(host string) []*DestinationRule {
	found, _ := x.all.get(host)
	out := slices.Clone(found)
	for _, wild := range x.all.wildcards {
		if wild != host && subsetOf(host, wild) {
			out = append(out, x.all.wild[wild]...)
		}
	}
	return out
}
