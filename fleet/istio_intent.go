package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/mesh"
)

// intents are the locality settings that are written for a service's host, whether or not they take effect. Failover that
// names a region without endpoints is a fact of its own.
func (x *istioSystem) intents() func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) {
	written := x.localitySettings()
	return func(s *mesh.Service) (evidence []mesh.Evidence, facts []*mesh.Fact) {
		regions, _ := places(s)
		for _, w := range written[s.ID.Host()] {
			for i, fo := range w.lb.GetFailover() {
				evidence = append(evidence, mesh.Evidence{What: fmt.Sprintf("failover %s -> %s", fo.GetFrom(), fo.GetTo()), Origin: w.at, Mechanism: true})
				if to := fo.GetTo(); len(regions) > 0 && !regions[to] {
					facts = append(facts, emptyRegion(s, w, i, fo, regions))
				}
			}
			if p := w.lb.GetFailoverPriority(); len(p) > 0 {
				evidence = append(evidence, mesh.Evidence{What: "failoverPriority " + strings.Join(p, ", "), Origin: w.at, Mechanism: true})
			}
			for i, d := range w.lb.GetDistribute() {
				evidence = append(evidence, mesh.Evidence{What: "distribute from " + d.GetFrom(),
					Origin: w.at.Child("distribute").Child(fmt.Sprint(i)), Mechanism: true})
			}
		}
		return evidence, facts
	}
}

// localitySettings collects what is written about failover, by host, in every configuration
// that clients of the mesh obey.
func (x *istioSystem) localitySettings() map[string][]setting {
	written := map[string][]setting{}
	seen := map[*istio.Config]bool{}
	for _, c := range x.state.clusters {
		cfg := x.Config(c.Name)
		if cfg == nil || seen[cfg] {
			continue
		}
		seen[cfg] = true
		for _, r := range cfg.DestinationRules {
			if list := localitySettings(r); len(list) > 0 {
				host := fullHost(r.Spec.GetHost(), r.Namespace)
				written[host] = append(written[host], list...)
			}
		}
	}
	return written
}

// setting is one localityLbSetting, with the rule it stands in.
type setting struct {
	rule *istio.DestinationRule
	lb   *networking.LocalityLoadBalancerSetting
	at   mesh.Origin
}

// localitySettings collects a rule's locality settings that set out to move traffic, at every
// level it can be written.
func localitySettings(r *istio.DestinationRule) []setting {
	var out []setting
	add := func(lb *networking.LoadBalancerSettings, path string) {
		l := lb.GetLocalityLbSetting()
		if l == nil || l.GetEnabled() != nil && !l.GetEnabled().GetValue() {
			return
		}
		if len(l.GetFailover())+len(l.GetFailoverPriority())+len(l.GetDistribute()) > 0 {
			out = append(out, setting{r, l, r.At(path + "/loadBalancer/localityLbSetting")})
		}
	}
	policy := func(p *networking.TrafficPolicy, path string) {
		add(p.GetLoadBalancer(), path)
		for i, port := range p.GetPortLevelSettings() {
			add(port.GetLoadBalancer(), fmt.Sprintf("%s/portLevelSettings/%d", path, i))
		}
	}
	policy(r.Spec.GetTrafficPolicy(), "/spec/trafficPolicy")
	for i, s := range r.Spec.GetSubsets() {
		policy(s.GetTrafficPolicy(), fmt.Sprintf("/spec/subsets/%d/trafficPolicy", i))
	}
	return out
}

// fullHost expands a short name in the rule's namespace, as Istio does: anything with a dot is
// taken as it is.
func fullHost(host, namespace string) string {
	if strings.Contains(host, ".") || strings.Contains(host, "*") {
		return host
	}
	return host + "." + namespace + ".svc.cluster.local"
}

func emptyRegion(s *mesh.Service, w setting, i int, fo *networking.LocalityLoadBalancerSetting_Failover, regions map[string]bool) *mesh.Fact {
	have := strings.Join(slices.Sorted(maps.Keys(regions)), ", ")
	hint := ""
	if r, _, ok := strings.Cut(fo.GetTo(), "/"); ok || regions[r] {
		hint = "; failover takes regions, not zones"
	}
	return &mesh.Fact{
		Kind: mesh.FactDanglingRegion, Service: s.ID,
		Origin: w.at.Child("failover").Child(fmt.Sprint(i)).Child("to"),
		Message: fmt.Sprintf("If %s loses its copy of %s, traffic is meant to go to %s, where the service has no endpoint: it spreads over every other region instead (endpoints in %s)%s.",
			fo.GetFrom(), s.Name, fo.GetTo(), have, hint),
		Resource: mesh.Resource{Kind: "DestinationRule", Namespace: w.rule.Namespace, Name: w.rule.Name, Cluster: w.rule.Cluster},
	}
}
