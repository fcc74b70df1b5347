package istio

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// lose records what was written for the pool and does not act on it.
func (d *draft) lose() {
	if !d.policy.detects() || !d.policy.arranges() {
		d.loseMerged()
		d.loseOtherRules()
		d.loseUnknown()
	}
	d.loseMeshDefault()
	d.loseLocalities()
	d.loseParked()
	d.loseDefinitions()
}

func (d *draft) lost(l mesh.Loss) { d.Losses = append(d.Losses, l) }

// gives is what a DestinationRule would give the pool, were it in effect alone.
func (d *draft) gives(r *DestinationRule) policy {
	alone := newRule(r, nil)
	if d.Subset != "" && alone.subset(d.Subset) == nil {
		return alone.effective(d.Port, "")
	}
	return alone.effective(d.Port, d.Subset)
}

// missing is what of another policy this pool lacks.
func (d *draft) missing(other *policy) (takes mesh.Takes, of mesh.Origin) {
	if other.detects() && !d.policy.detects() {
		return mesh.TakesDetection | mesh.TakesTiering, other.outlier.at
	}
	if other.arranges() && !d.policy.arranges() {
		return mesh.TakesTiering, other.loadBalancer.arrangement(other.loadBalancer.v)
	}
	return 0, mesh.Origin{}
}

// loseMerged: of several rules for the host the oldest with a policy keeps it whole, and what a
// younger one has beside it is lost.
func (d *draft) loseMerged() {
	if d.rule == nil {
		return
	}
	for _, younger := range d.rule.from {
		if younger == d.rule.policyOf || d.rule.policy == nil || younger.places != nil {
			continue
		}
		gone := d.gives(younger)
		if takes, of := d.missing(&gone); takes != 0 {
			d.lost(mesh.Loss{
				Kind: mesh.LossMerged, Takes: takes, Origin: of, Of: d.rule.policyOf.At("/spec/trafficPolicy"),
				Detail: fmt.Sprintf("DestinationRule %s has a trafficPolicy for the same host and counts as older: it keeps its own whole", d.rule.policyOf.Key()),
			})
		}
	}
}

// loseOtherRules: rules for the host that the client does not obey, though they have what the pool
// lacks.
func (d *draft) loseOtherRules() {
	for _, other := range d.world.rules.concerning(d.svc.host) {
		if d.rule != nil && slices.Contains(d.rule.from, other) {
			continue
		}
		gone := d.gives(other)
		takes, of := d.missing(&gone)
		if takes == 0 {
			continue
		}
		switch l := (mesh.Loss{Takes: takes, Of: of}); {
		case other.selects() && other.Namespace == d.scope.namespace:
			// It is for other workloads of the namespace.
		case !d.isLookedUp(other.Namespace):
			l.Kind, l.Origin = mesh.LossNotVisible, other.At("/spec/host")
			l.Detail = fmt.Sprintf("DestinationRule %s stands in a namespace that is neither the client's, nor the service's, nor the root namespace: nobody obeys it", other.Key())
			d.lost(l)
		case !d.world.obeys(other, d.scope.namespace):
			l.Kind, l.Origin = mesh.LossNotVisible, other.At("/spec/exportTo")
			l.Detail = fmt.Sprintf("DestinationRule %s is not exported to these clients", other.Key())
			switch {
			case other.selects():
				l.Origin = other.At("/spec/workloadSelector")
				l.Detail = fmt.Sprintf("DestinationRule %s selects workloads: nobody outside its namespace obeys it", other.Key())
			case len(other.Spec.ExportTo) == 0:
				l.Origin = other.At("/spec/host")
			}
			d.lost(l)
		case d.rule != nil:
			l.Kind, l.Origin, l.Of = mesh.LossShadowed, d.rule.At("/spec/host"), other.At("/spec/host")
			l.Detail = fmt.Sprintf("DestinationRule %s wins the lookup as a whole and hides %s", d.rule.Key(), other.Key())
			d.lost(l)
		}
	}
}

// isLookedUp reports whether clients of this scope look for rules of the service in a namespace.
func (d *draft) isLookedUp(namespace string) bool {
	return namespace == d.scope.namespace || namespace == d.svc.namespace || namespace == d.world.rootNamespace
}

// obeys reports whether exportTo lets clients of a namespace obey a rule.
func (w *world) obeys(r *DestinationRule, client string) bool {
	exports := newVisibility(r.Spec.ExportTo)
	if r.selects() {
		exports = visibility{exportPrivate: {}}
	}
	if client == r.Namespace {
		return len(exports) == 0 || exports.has(exportPublic) || exports.has(exportPrivate) || exports.has(client)
	}
	return !w.isPrivate(r, exports) && (len(exports) == 0 || exports.has(exportPublic) || exports.has(client))
}

// Misspelt fields that would have given a pool what it lacks.
var (
	detectionFields = []string{"trafficPolicy", "outlierDetection"}
	tieringFields   = []string{"trafficPolicy", "loadBalancer", "localityLbSetting", "zoneAwareLbSetting", "failover", "failoverPriority", "distribute"}
)

// loseUnknown: a field of the rule that the API does not know, and that resembles one which the
// pool lacks.
func (d *draft) loseUnknown() {
	if d.rule == nil {
		return
	}
	for _, r := range d.rule.from {
		for _, u := range d.world.unknown[r.Doc] {
			if !d.concerns(r, u.path) {
				continue
			}
			var takes mesh.Takes
			if !d.policy.detects() && slices.Contains(detectionFields, u.meant) {
				takes |= mesh.TakesDetection | mesh.TakesTiering
			}
			if slices.Contains(tieringFields, u.meant) {
				takes |= mesh.TakesTiering
			}
			if takes == 0 {
				continue
			}
			d.lost(mesh.Loss{
				Kind: mesh.LossUnknownField, Takes: takes, Origin: r.At(u.path),
				Detail: fmt.Sprintf("%s is no field of %s and is dropped; did you mean %s?", u.name, u.of, u.meant),
			})
		}
	}
}

// concerns reports whether a place in a rule is part of what decides the pool: its level, and the
// entry for its port if there is one.
func (d *draft) concerns(r *DestinationRule, path string) bool {
	if rest, ok := strings.CutPrefix(path, "/spec/subsets/"); ok {
		index, rest, _ := strings.Cut(rest, "/")
		i, err := strconv.Atoi(index)
		if d.subset == nil || err != nil || i >= len(r.Spec.Subsets) || r.Spec.Subsets[i] != d.subset.Subset {
			return false
		}
		return concernsPort(r.Spec.Subsets[i].TrafficPolicy, strings.TrimPrefix(rest, "trafficPolicy/"), d.Port)
	}
	if rest, ok := strings.CutPrefix(path, "/spec/trafficPolicy/"); ok {
		return concernsPort(r.Spec.TrafficPolicy, rest, d.Port)
	}
	return strings.HasPrefix(path, "/spec/") && strings.Count(path, "/") == 2 // a misspelt trafficPolicy
}

func concernsPort(tp *networking.TrafficPolicy, rest string, port int) bool {
	matched := slices.IndexFunc(tp.GetPortLevelSettings(), func(e *networking.TrafficPolicy_PortTrafficPolicy) bool {
		return int(e.GetPort().GetNumber()) == port
	})
	entry, ok := strings.CutPrefix(rest, "portLevelSettings/")
	if !ok {
		return matched < 0
	}
	index, _, _ := strings.Cut(entry, "/")
	return index == strconv.Itoa(matched)
}

// loseMeshDefault: the mesh's default outlier detection ejects hosts, but istiod looks at the rule
// alone when it decides about tiers.
func (d *draft) loseMeshDefault() {
	t, ok := d.Tiering.(*mesh.LocalityTiers)
	if !ok || d.outlier.v == nil || d.policy.detects() || t.On || d.dns || len(t.Distribute) > 0 || t.Why == "" {
		return
	}
	if d.world.localitySetting(&d.policy, d.svc, d.client.Kind).setting == nil {
		return
	}
	d.lost(mesh.Loss{
		Kind: mesh.LossMeshDefault, Takes: mesh.TakesTiering, Origin: d.outlier.at,
		Detail: "the mesh-wide default ejects endpoints but makes no tiers: only a DestinationRule's outlierDetection does",
	})
}
