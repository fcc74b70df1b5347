package istio

import (
	"sort"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// locality is the locality setting in effect for a pool; the zero value is "off".
type locality struct {
	setting      *networking.LocalityLoadBalancerSetting
	zones        *networking.ZoneAwareLoadBalancerSetting
	distribution string // traffic distribution that stands for a setting
	at           mesh.Origin
	why          string // what switches it off
}

// localitySetting finds the setting in effect. The first that is written ends the search, and
// nothing is merged: the rule's zone-aware setting, the rule's locality setting, the service's
// traffic distribution, the mesh's zone-aware setting, the mesh's locality setting.
// Istio: loadbalancer.GetEffectiveLbSetting.
func (w *world) localitySetting(p *policy, s *service, kind mesh.ClientKind) locality {
	lb := p.loadBalancer
	zoneAware := w.features.zoneAware && kind != mesh.Waypoint // ambient does not support it
	if z := lb.v.GetZoneAwareLbSetting(); z != nil && zoneAware {
		return zoneLocality(z, lb.at.Child("zoneAwareLbSetting"))
	}
	if l := lb.v.GetLocalityLbSetting(); l != nil {
		return ordinaryLocality(l, lb.at.Child("localityLbSetting"))
	}
	switch s.distribution {
	case preferZone:
		return byDistribution(s, mesh.LabelNetwork, mesh.LabelRegion, mesh.LabelZone)
	case preferNode:
		return byDistribution(s, mesh.LabelNetwork, mesh.LabelRegion, mesh.LabelZone, mesh.LabelSubzone, mesh.LabelHostname)
	}
	if z := w.settings.GetZoneAwareLbSetting(); z != nil && zoneAware && (z.Enabled == nil || z.Enabled.Value) {
		return zoneLocality(z, w.config.MeshOrigin.Child("zoneAwareLbSetting"))
	}
	return ordinaryLocality(w.settings.LocalityLbSetting, w.config.MeshOrigin.Child("localityLbSetting"))
}

func zoneLocality(z *networking.ZoneAwareLoadBalancerSetting, at mesh.Origin) locality {
	if z.Enabled != nil && !z.Enabled.Value {
		return locality{at: at.Child("enabled"), why: "zone-aware load balancing is switched off"}
	}
	return locality{zones: z, at: at}
}

func ordinaryLocality(l *networking.LocalityLoadBalancerSetting, at mesh.Origin) locality {
	if l == nil || l.Enabled != nil && !l.Enabled.Value {
		return locality{at: at.Child("enabled"), why: "locality load balancing is switched off"}
	}
	return locality{setting: l, at: at}
}

func byDistribution(s *service, labels ...string) locality {
	return locality{
		setting:      &networking.LocalityLoadBalancerSetting{FailoverPriority: labels},
		distribution: s.distribution,
		at:           s.distributionAt,
	}
}

// isForced: tiers are made without outlier detection.
func (l locality) isForced() bool { return l.distribution != "" || l.zones != nil }

// tiers turns a setting into the algorithm that ranks endpoints. detects tells whether the policy
// that istiod asks has outlier detection; ejects, whether the proxy's cluster has it. They differ
// when the mesh has a default. dns and subset tell what kind of cluster it is.
func (w *world) tiers(l locality, detects, ejects, dns, subset bool) *mesh.LocalityTiers {
	t := &mesh.LocalityTiers{
		Origin:              l.at,
		TrafficDistribution: l.distribution,
		PreferNetwork:       w.features.preferNetwork,
		IgnoresPriority:     dns && (subset || !w.features.dnsPriority),
		Weighted:            w.features.weightedAlways,
	}
	on := detects
	if dns {
		on = ejects
	}
	switch {
	case l.zones != nil:
		t.ZoneAware, t.On = true, true
		t.FailoverPriority = l.zones.FailoverPriority
		for i, f := range l.zones.Failover {
			t.Failover = append(t.Failover, mesh.FailoverTo{From: f.From, To: f.To, Origin: child(l.at, "failover", i)})
		}
		t.Why = "zone-aware load balancing makes tiers of regions"
		return t
	case l.setting == nil:
		t.Why = l.why
		return t
	}
	t.FailoverPriority = l.setting.FailoverPriority
	for i, f := range l.setting.Failover {
		t.Failover = append(t.Failover, mesh.FailoverTo{From: f.From, To: f.To, Origin: child(l.at, "failover", i)})
	}
	for i, d := range l.setting.Distribute {
		t.Distribute = append(t.Distribute, distribution(d, child(l.at, "distribute", i)))
	}
	t.On = on || l.isForced()
	listed := len(t.Failover) > 0 || len(t.FailoverPriority) > 0
	if len(t.Distribute) > 0 || listed && (ejects || l.isForced()) {
		t.Weighted = true
	}
	switch {
	case l.distribution != "":
		t.Why = "traffic distribution " + l.distribution + " makes tiers"
	case t.On:
		t.Why = "outlierDetection makes tiers of localities"
	default:
		t.Why = "no outlierDetection in the policy in effect, so no tiers"
	}
	return t
}

func distribution(d *networking.LocalityLoadBalancerSetting_Distribute, at mesh.Origin) mesh.Distribution {
	out := mesh.Distribution{From: d.From, Origin: at}
	for to, percent := range d.To {
		out.To = append(out.To, mesh.LocalityShare{Locality: to, Percent: percent})
	}
	sort.Slice(out.To, func(i, j int) bool { return out.To[i].Locality < out.To[j].Locality })
	return out
}

// lbName is Envoy's name of the algorithm inside a tier. Istio: applyLoadBalancer.
func lbName(lb *networking.LoadBalancerSettings) string {
	if hash := lb.GetConsistentHash(); hash != nil {
		if hash.GetMaglev() != nil {
			return "MAGLEV"
		}
		return "RING_HASH"
	}
	switch lb.GetSimple() {
	case networking.LoadBalancerSettings_RANDOM:
		return "RANDOM"
	case networking.LoadBalancerSettings_ROUND_ROBIN:
		return "ROUND_ROBIN"
	}
	return "LEAST_REQUEST"
}
