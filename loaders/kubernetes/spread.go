package kubernetes

import (
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// spread lists the constraints that keep the pods of a template apart. A constraint whose
// selector does not match the pods themselves spreads nothing, and is left out.
func (t *template) spread() []mesh.Spread {
	var out []mesh.Spread
	for i, c := range t.spec.SpreadConstraints {
		if !c.LabelSelector.matches(t.labels) {
			continue
		}
		out = append(out, mesh.Spread{
			TopologyKey: c.TopologyKey,
			MaxSkew:     int(max(c.MaxSkew, 1)),
			Hard:        c.WhenUnsatisfiable != "ScheduleAnyway",
			Origin:      t.at("/spec/topologySpreadConstraints/" + strconv.Itoa(i)),
		})
	}
	if t.spec.Affinity == nil {
		return out
	}
	apart := t.spec.Affinity.PodAntiAffinity
	const path = "/spec/affinity/podAntiAffinity/"
	for i, term := range apart.Required {
		if term.LabelSelector.matches(t.labels) {
			at := t.at(path + "requiredDuringSchedulingIgnoredDuringExecution/" + strconv.Itoa(i))
			out = append(out, mesh.Spread{TopologyKey: term.TopologyKey, MaxSkew: 1, Hard: true, Origin: at})
		}
	}
	for i, preferred := range apart.Preferred {
		if term := preferred.Term; term.LabelSelector.matches(t.labels) {
			at := t.at(path + "preferredDuringSchedulingIgnoredDuringExecution/" + strconv.Itoa(i))
			out = append(out, mesh.Spread{TopologyKey: term.TopologyKey, MaxSkew: 1, Origin: at})
		}
	}
	return out
}

func isZone(topologyKey string) bool { return topologyKey == zoneLabel || topologyKey == betaZoneLabel }

// forcedZones reports the constraint that forces n pods over a number of zones as evenly as
// round-robin would, as far as it matters which failures leave pods: a skew of more than one
// may leave a zone empty unless there are enough pods.
func forcedZones(spread []mesh.Spread, n, zones int) (mesh.Spread, bool) {
	for _, s := range spread {
		if s.Hard && isZone(s.TopologyKey) && (s.MaxSkew <= 1 || n > s.MaxSkew*(zones-1)) {
			return s, true
		}
	}
	return mesh.Spread{}, false
}
