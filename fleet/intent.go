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

// setIntent infers what the configuration itself wants each service to survive: locality
// settings written for its host (whether or not they take effect), and endpoints in several
// regions. Failover that names a region without endpoints is a fact of its own.
func (state *meshState) setIntent(services []*mesh.Service) {
	written := state.localitySettings()
	for _, s := range services {
		s.Intent = mesh.Intent{}
		delete(state.leadNowhere, s.ID)
		if s.Mesh != state.mesh.Name || s.OnlyGateways() {
			continue
		}
		if facts := intend(s, written[s.ID.Host()]); len(facts) > 0 {
			state.leadNowhere[s.ID] = facts
		}
	}
}

// localitySettings collects what is written about failover, by host, in every configuration
// that clients of the mesh obey.
func (state *meshState) localitySettings() map[string][]setting {
	written := map[string][]setting{}
	seen := map[*istio.Config]bool{}
	for _, c := range state.clusters {
		cfg := state.istio.Config(c.Name)
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

// markGateways finds the workloads whose pods are gateways.
func (state *meshState) markGateways() {
	for w := range eastWest(state.istio.Gateways()) {
		w.Gateway = true
	}
	for _, c := range state.clusters {
		for _, pod := range state.inventories[c.Name].Pods {
			if pod.Workload != nil && !pod.Workload.Gateway && state.istio.GatewayPod(c.Name, pod) {
				pod.Workload.Gateway = true
			}
		}
	}
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

// intend gives one service its evidence and returns the failover lists that lead nowhere.
func intend(s *mesh.Service, written []setting) []*mesh.Fact {
	regions := map[string]bool{}
	clusters := map[string]bool{}
	for _, e := range s.Endpoints {
		if e.Locality.Region != "" {
			regions[e.Locality.Region] = true
		}
		clusters[e.Cluster] = true
	}
	var facts []*mesh.Fact
	for _, w := range written {
		for i, fo := range w.lb.GetFailover() {
			s.Intent.Evidence = append(s.Intent.Evidence, mesh.Evidence{
				What: fmt.Sprintf("failover %s -> %s", fo.GetFrom(), fo.GetTo()), Origin: w.at, Mechanism: true})
			if to := fo.GetTo(); len(regions) > 0 && !regions[to] {
				facts = append(facts, emptyRegion(s, w, i, fo, regions))
			}
		}
		if p := w.lb.GetFailoverPriority(); len(p) > 0 {
			s.Intent.Evidence = append(s.Intent.Evidence, mesh.Evidence{What: "failoverPriority " + strings.Join(p, ", "), Origin: w.at, Mechanism: true})
		}
		for i, d := range w.lb.GetDistribute() {
			s.Intent.Evidence = append(s.Intent.Evidence, mesh.Evidence{What: "distribute from " + d.GetFrom(),
				Origin: w.at.Child("distribute").Child(fmt.Sprint(i)), Mechanism: true})
		}
	}
	switch {
	case len(regions) > 1:
		s.Intent.Evidence = append(s.Intent.Evidence, mesh.Evidence{What: fmt.Sprintf("endpoints in %d regions", len(regions)), Origin: s.Origin})
	case len(clusters) > 1:
		s.Intent.Evidence = append(s.Intent.Evidence, mesh.Evidence{What: fmt.Sprintf("endpoints in %d clusters", len(clusters)), Origin: s.Origin})
	}
	return facts
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
