package istio

import (
	"fmt"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// ignorePolicy is the annotation by which Istio takes no notice of a policy of the Gateway API.
const ignorePolicy = "istio.io/ignore-policy-attachment"

// backendRules are the DestinationRules that istiod makes of BackendTLSPolicies, one for each host that they are for. Of several
// policies for one target the oldest acts. Istio: BackendTLSPolicyCollection, DestinationRuleCollection.
func (w *world) backendRules() []*DestinationRule {
	byHost := map[string]*DestinationRule{}
	var out []*DestinationRule
	for _, p := range w.config.TLSPolicies {
		if strings.EqualFold(p.Annotations[ignorePolicy], "true") {
			continue
		}
		tls := &networking.ClientTLSSettings{Mode: networking.ClientTLSSettings_SIMPLE, Sni: p.Hostname, SubjectAltNames: p.SANs}
		for i := range p.Targets {
			t := &p.Targets[i]
			hosts, port, why := w.policyTarget(p, t)
			if why != "" {
				continue
			}
			for _, h := range hosts {
				d := byHost[p.Namespace+"/"+h]
				if d == nil {
					d = &DestinationRule{Meta: metaOf(&p.Meta), Spec: &networking.DestinationRule{Host: h, TrafficPolicy: &networking.TrafficPolicy{}}, places: map[any]mesh.Origin{}}
					byHost[p.Namespace+"/"+h] = d
					out = append(out, d)
				}
				d.speakTLS(tls, port, p.Origin, t.Origin)
			}
		}
	}
	return out
}

// speakTLS adds what a policy says for a port, or for all (0), unless an older one did.
func (d *DestinationRule) speakTLS(tls *networking.ClientTLSSettings, port int, at, target mesh.Origin) {
	tp := d.Spec.TrafficPolicy
	own := &networking.ClientTLSSettings{Mode: tls.Mode, Sni: tls.Sni, SubjectAltNames: tls.SubjectAltNames}
	switch {
	case port == 0 && tp.Tls == nil:
		tp.Tls = own
	case port != 0 && !slices.ContainsFunc(tp.PortLevelSettings, func(e *networking.TrafficPolicy_PortTrafficPolicy) bool { return int(e.Port.Number) == port }):
		entry := &networking.TrafficPolicy_PortTrafficPolicy{Port: &networking.PortSelector{Number: uint32(port)}, Tls: own}
		tp.PortLevelSettings = append(tp.PortLevelSettings, entry)
		d.places[entry] = target
	default:
		return
	}
	d.places[own] = at
}

// policyTarget are the hosts that a policy is for by one of its targets, and the port of its section (0 = all), or why it is for none.
func (w *world) policyTarget(p *gateway.BackendTLSPolicy, t *gateway.PolicyTarget) (hosts []string, port int, why string) {
	named := map[string]int{}
	switch {
	case t.Is("", "Service"):
		v := w.byCluster[w.cluster]
		if v == nil {
			return nil, 0, "which does not exist"
		}
		s := v.inv.Services[kubernetes.Key{Namespace: p.Namespace, Name: t.Name}]
		if s == nil {
			return nil, 0, "which does not exist"
		}
		hosts = []string{w.serviceHost(t.Name, p.Namespace)}
		for _, sp := range s.Ports {
			named[sp.Name] = sp.Number
		}
	case t.Is(groupNetworking, "ServiceEntry"):
		i := slices.IndexFunc(w.config.ServiceEntries, func(e *ServiceEntry) bool { return e.Namespace == p.Namespace && e.Name == t.Name })
		if i < 0 {
			return nil, 0, "which does not exist"
		}
		hosts = w.config.ServiceEntries[i].Spec.Hosts
		for _, sp := range w.config.ServiceEntries[i].Spec.Ports {
			named[sp.Name] = int(sp.Number)
		}
	default:
		return nil, 0, "a kind that Istio does not know there"
	}
	if t.SectionName == "" {
		return hosts, 0, ""
	}
	if named[t.SectionName] == 0 {
		return nil, 0, "which has no port " + t.SectionName
	}
	return hosts, named[t.SectionName], ""
}

// layOver lays what somebody wrote over what istiod made of BackendTLSPolicies: blocks that are written win, also over those of
// DestinationRules before. Istio: mergeBackendPolicyTrafficPolicy.
func (r *rule) layOver(d *DestinationRule) {
	own, under := d.Spec.TrafficPolicy, r.policy
	places := map[any]mesh.Origin{}
	for k, v := range r.places {
		places[k] = v
	}
	if r.policyOf.places == nil {
		at := r.policyOf.At("/spec/trafficPolicy")
		for block, name := range map[any]string{under.ConnectionPool: "connectionPool", under.OutlierDetection: "outlierDetection", under.LoadBalancer: "loadBalancer", under.Tls: "tls"} {
			if _, known := places[block]; !known {
				places[block] = at.Child(name)
			}
		}
	}
	merged := &networking.TrafficPolicy{
		ConnectionPool: own.ConnectionPool, OutlierDetection: own.OutlierDetection, LoadBalancer: own.LoadBalancer, Tls: own.Tls,
		PortLevelSettings: slices.Clone(own.PortLevelSettings),
	}
	if merged.ConnectionPool == nil {
		merged.ConnectionPool = under.ConnectionPool
	}
	if merged.OutlierDetection == nil {
		merged.OutlierDetection = under.OutlierDetection
	}
	if merged.LoadBalancer == nil {
		merged.LoadBalancer = under.LoadBalancer
	}
	if merged.Tls == nil {
		merged.Tls = under.Tls
	}
	for _, e := range under.PortLevelSettings {
		i := slices.IndexFunc(merged.PortLevelSettings, func(m *networking.TrafficPolicy_PortTrafficPolicy) bool {
			return m.GetPort().GetNumber() == e.GetPort().GetNumber()
		})
		switch {
		case i < 0:
			merged.PortLevelSettings = append(merged.PortLevelSettings, e)
		case merged.PortLevelSettings[i].Tls == nil:
			o := merged.PortLevelSettings[i]
			merged.PortLevelSettings[i] = &networking.TrafficPolicy_PortTrafficPolicy{
				Port: o.Port, ConnectionPool: o.ConnectionPool, OutlierDetection: o.OutlierDetection, LoadBalancer: o.LoadBalancer, Tls: e.Tls,
			}
		}
	}
	r.policy, r.policyOf, r.places = merged, d, places
}

// placeOf is where a block stands.
func placeOf[T any](r *rule, block *T, otherwise mesh.Origin) mesh.Origin {
	if at, ok := r.places[block]; ok && block != nil {
		return at
	}
	return otherwise
}

// policyFacts are targets of BackendTLSPolicies that there are none of, and certificates that Istio does not read.
func (w *world) policyFacts() []*mesh.Fact {
	var out []*mesh.Fact
	for _, p := range w.config.TLSPolicies {
		if strings.EqualFold(p.Annotations[ignorePolicy], "true") {
			continue
		}
		for i := range p.Targets {
			t := &p.Targets[i]
			if _, _, why := w.policyTarget(p, t); why != "" {
				out = append(out, &mesh.Fact{Kind: mesh.FactDanglingHost, Origin: t.Origin.Child("name"), Resource: p.Resource(),
					Message: fmt.Sprintf("BackendTLSPolicy %s is for %s %s, %s: nobody obeys it there", p.Key(), t.Kind, t.Name, why)})
			}
		}
		if len(p.CAs) > 0 && !p.CAs[0].Is("", "ConfigMap") {
			out = append(out, &mesh.Fact{Kind: mesh.FactInvalid, Origin: p.Origin.Child("caCertificateRefs"), Resource: p.Resource(),
				Message: fmt.Sprintf("BackendTLSPolicy %s: Istio reads certificates from a ConfigMap only, and lets no connection through for a %s", p.Key(), p.CAs[0].Kind)})
		}
	}
	return out
}
