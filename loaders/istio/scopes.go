package istio

import (
	"maps"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// ClientLabels are the labels of callers that some object looks at. Callers that agree in these get
// equal answers.
type ClientLabels struct {
	keys  map[string]bool    // of which every value counts: they order failover
	pairs map[labelPair]bool // that a selector or a match asks for
}

// labelPair is a label with the value asked for. Some selectors look only at callers of their own
// namespace.
type labelPair struct{ namespace, key, value string }

// Matter reports whether it can make a difference that a caller in a namespace carries a label.
func (l *ClientLabels) Matter(namespace, key, value string) bool {
	return l.keys[key] || l.pairs[labelPair{"", key, value}] || l.pairs[labelPair{namespace, key, value}]
}

// Equal reports whether two sets are the same.
func (l *ClientLabels) Equal(m *ClientLabels) bool {
	return maps.Equal(l.keys, m.keys) && maps.Equal(l.pairs, m.pairs)
}

// asked notes the labels of a selector; namespace "" = it looks at callers everywhere.
func (l *ClientLabels) asked(namespace string, selector map[string]string) {
	for k, v := range selector {
		if v == "" {
			l.keys[k] = true // met by callers without the label, and by no other value
			continue
		}
		l.pairs[labelPair{namespace, k, v}] = true
	}
}

// ClientLabels collects the labels of callers that any object looks at: selectors of rules and
// Sidecars, source labels of routes, and labels that order failover.
func (f *Fleet) ClientLabels() *ClientLabels {
	l := &ClientLabels{keys: map[string]bool{}, pairs: map[labelPair]bool{}}
	for _, w := range f.worlds {
		for _, r := range w.config.DestinationRules {
			l.asked(r.Namespace, r.Spec.GetWorkloadSelector().GetMatchLabels())
			policyLabels(r.Spec.GetTrafficPolicy(), l.keys)
			for _, s := range r.Spec.GetSubsets() {
				policyLabels(s.GetTrafficPolicy(), l.keys)
			}
		}
		for _, s := range w.config.Sidecars {
			l.asked(s.Namespace, s.Spec.GetWorkloadSelector().GetLabels())
		}
		for _, v := range w.config.VirtualServices {
			for _, h := range v.Spec.GetHttp() {
				for _, m := range h.GetMatch() {
					l.asked("", m.GetSourceLabels())
				}
			}
			for _, h := range v.Spec.GetTcp() {
				for _, m := range h.GetMatch() {
					l.asked("", m.GetSourceLabels())
				}
			}
			for _, h := range v.Spec.GetTls() {
				for _, m := range h.GetMatch() {
					l.asked("", m.GetSourceLabels())
				}
			}
		}
		for _, g := range w.config.Gateways {
			l.asked("", g.Spec.GetSelector())
		}
		for _, g := range w.apiGateways {
			w.askForProxies(g.Gateway, l)
		}
		priorityLabels(w.settings.GetLocalityLbSetting(), l.keys)
	}
	return l
}

func policyLabels(p *networking.TrafficPolicy, keys map[string]bool) {
	priorityLabels(p.GetLoadBalancer().GetLocalityLbSetting(), keys)
	for _, port := range p.GetPortLevelSettings() {
		priorityLabels(port.GetLoadBalancer().GetLocalityLbSetting(), keys)
	}
}

func priorityLabels(s *networking.LocalityLoadBalancerSetting, keys map[string]bool) {
	for _, l := range s.GetFailoverPriority() {
		k, _, _ := strings.Cut(l, "=")
		keys[k] = true
	}
}

// GatewayPod reports whether a pod is the proxy of some Gateway: its outbound traffic follows
// gateway rules, not sidecar rules.
func (f *Fleet) GatewayPod(cluster string, pod *kubernetes.Pod) bool {
	w := f.worldOf(cluster)
	if w == nil {
		return false
	}
	for _, g := range w.config.Gateways {
		if sel := g.Spec.GetSelector(); len(sel) > 0 && subsetOfLabels(sel, pod.Labels) {
			return true
		}
	}
	if w.runsGateway(cluster, pod) {
		return true
	}
	return pod.Labels["istio"] == "eastwestgateway" || pod.Labels["istio"] == "ingressgateway" || pod.Labels["istio"] == "egressgateway"
}

// PassesOn reports whether a pod is a gateway that hands TLS connections on by their SNI and does nothing else, as those
// between networks do: every server of every Gateway that selects it is AUTO_PASSTHROUGH.
func (f *Fleet) PassesOn(cluster string, pod *kubernetes.Pod) bool {
	w := f.worldOf(cluster)
	if w == nil {
		return false
	}
	passes := false
	for _, g := range w.config.Gateways {
		if sel := g.Spec.GetSelector(); len(sel) == 0 || !subsetOfLabels(sel, pod.Labels) {
			continue
		}
		for _, s := range g.Spec.GetServers() {
			if s.GetTls().GetMode() != networking.ServerTLSSettings_AUTO_PASSTHROUGH {
				return false
			}
			passes = true
		}
	}
	for _, g := range w.apiGateways {
		if !w.runs(g.Gateway, cluster, pod.Namespace, func(k string) string { return pod.Labels[k] }) {
			continue
		}
		if !g.passesOn() {
			return false
		}
		passes = true
	}
	return passes
}

// EgressHost is one host that a Sidecar names exactly: its workloads say that they call it.
type EgressHost struct {
	Cluster, Namespace string // of the workloads
	Host               string // as written, without the namespace part
	HostNamespace      string
	Origin             mesh.Origin
	selector           map[string]string
}

// Selects reports whether the Sidecar applies to a workload with these labels.
func (e EgressHost) Selects(labels map[string]string) bool { return subsetOfLabels(e.selector, labels) }

// Selective reports whether the Sidecar names its workloads, and not a whole namespace.
func (e EgressHost) Selective() bool { return len(e.selector) > 0 }

// Egress lists the hosts that Sidecars name exactly, for every cluster that obeys them. A host
// with a wildcard limits what is seen and says nothing about what is needed.
func (f *Fleet) Egress() []EgressHost {
	var out []EgressHost
	for _, name := range slices.Sorted(maps.Keys(f.clusters)) {
		w := f.worldOf(name)
		if w == nil {
			continue
		}
		for _, s := range w.config.Sidecars {
			if s.Namespace == w.rootNamespace {
				continue // a default for all namespaces names nobody's needs
			}
			for i, egress := range s.Spec.GetEgress() {
				for j, h := range egress.GetHosts() {
					ns, host, ok := strings.Cut(h, "/")
					if !ok || strings.Contains(host, "*") {
						continue
					}
					if ns == "." || ns == "*" || ns == "~" {
						ns = s.Namespace
					}
					out = append(out, EgressHost{Cluster: name, Namespace: s.Namespace, Host: host, HostNamespace: ns,
						Origin: child(s.At("/spec/egress"), i, "hosts", j), selector: s.Spec.GetWorkloadSelector().GetLabels()})
				}
			}
		}
	}
	return out
}

// comparesLabels is the same for the mesh-wide setting.
func comparesLabels(s *networking.LocalityLoadBalancerSetting) bool {
	keys := map[string]bool{}
	priorityLabels(s, keys)
	return beyondPlace(keys)
}

func beyondPlace(keys map[string]bool) bool {
	for k := range keys {
		if !strings.HasPrefix(k, "topology.") {
			return true
		}
	}
	return false
}
