package fleet

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/mesh"
)

// istioSystem is a mesh of Istio.
type istioSystem struct {
	*istio.Fleet
	state  *meshState
	labels *istio.ClientLabels // that its rules look at
}

func (f *Fleet) newIstio(state *meshState) system {
	x := &istioSystem{state: state, Fleet: istio.Build(istio.Input{Mesh: state.mesh, Clusters: state.clusters, Inventories: state.inventories,
		Docs: f.documents(state, isIstio), TrustDomains: f.otherTrustDomains(state.mesh)})}
	x.labels = x.ClientLabels()
	return x
}

func (x *istioSystem) workloads() []*mesh.Workload { return nil } // all are in the inventories

// clients are the pods with a proxy, but for those that only hand connections on, and the gateways that istiod deploys.
func (x *istioSystem) clients() []*mesh.Client {
	out := newClasses(x.state.mesh, x.labels.Matter)
	passing := eastWest(x.Gateways())
	for _, c := range x.state.clusters {
		for _, pod := range x.state.inventories[c.Name].Pods {
			if passing[pod.Workload] || x.PassesOn(c.Name, pod) {
				continue // hands connections on, and calls nobody itself
			}
			kind := mesh.Sidecar
			if meshed, known := pod.Meshed.Get(); known && !meshed {
				kind = mesh.Unmeshed
			}
			if x.GatewayPod(c.Name, pod) {
				kind = mesh.GatewayPod
			}
			if kind == mesh.Unmeshed || pod.Ambient && kind != mesh.GatewayPod {
				continue // obeys no rule: kube-proxy or ztunnel sends it by endpoint health alone
			}
			out.add(c, pod, kind, cmp.Or(pod.Labels["topology.istio.io/network"], c.Network))
		}
	}
	for _, d := range x.Deployed() {
		out.addDeployed(x.cluster(d.Cluster), d, x.trustDomain(d.Cluster)+"/ns/"+d.Namespace+"/sa/"+d.ServiceAccount)
	}
	return out.list()
}

func (x *istioSystem) cluster(name string) *mesh.Cluster {
	i := slices.IndexFunc(x.state.clusters, func(c *mesh.Cluster) bool { return c.Name == name })
	return x.state.clusters[i]
}

// eastWest are the workloads of gateways between networks.
func eastWest(gateways []*mesh.Gateway) map[*mesh.Workload]bool {
	out := map[*mesh.Workload]bool{}
	for _, g := range gateways {
		if g.Role == mesh.EastWest {
			for _, w := range g.Workloads {
				out[w] = true
			}
		}
	}
	return out
}

// identify gives every workload the SPIFFE identity that its mesh issues, and what the mesh is told of
// its proxies, and finds those whose pods are gateways.
func (x *istioSystem) identify() {
	for _, c := range x.state.clusters {
		domain := x.trustDomain(c.Name)
		inv := x.state.inventories[c.Name]
		for _, w := range inv.Workloads {
			w.Identity = domain + "/ns/" + w.Namespace + "/sa/" + w.ServiceAccount
			if w.Meshed.Or(true) {
				w.Telemetry = x.Telemetry(c.Name, w.Namespace, w.Labels)
				settings, at := inv.PodAnnotation(w, istio.AnnotationProxyConfig)
				w.Proxy = x.Proxy(c.Name, w.Namespace, w.Labels, settings, at)
			}
		}
	}
	x.markGateways()
}

// trustDomain is the one of the identities that a cluster's pods are given.
func (x *istioSystem) trustDomain(cluster string) string {
	domain := x.state.mesh.TrustDomain
	if cfg := x.Config(cluster); domain == "" && cfg != nil {
		domain = cfg.Mesh.GetTrustDomain()
	}
	return cmp.Or(domain, "cluster.local")
}

// markGateways finds the workloads whose pods are gateways.
func (x *istioSystem) markGateways() {
	for w := range eastWest(x.Gateways()) {
		w.Gateway = true
	}
	for _, c := range x.state.clusters {
		for _, pod := range x.state.inventories[c.Name].Pods {
			if pod.Workload != nil && !pod.Workload.Gateway && x.GatewayPod(c.Name, pod) {
				pod.Workload.Gateway = true
			}
		}
	}
}

// calls are what Sidecars say that their callers call.
func (x *istioSystem) calls(n *names, add func(mesh.Dependency)) {
	for _, e := range x.Egress() {
		to := n.resolve(e.Host, e.HostNamespace) // "" is told as unmet
		for _, w := range n.workloads[e.Cluster+"/"+e.Namespace] {
			if !e.Selects(w.Labels) {
				continue
			}
			for _, from := range n.serving[w] {
				// A Sidecar of a whole namespace with many services tells what they may see.
				add(mesh.Dependency{Caller: w, From: from, To: to, Strong: e.Selective() || n.few(e.Namespace), Named: e.Host,
					Evidence: mesh.Evidence{What: "Sidecar egress", Origin: e.Origin}})
			}
		}
	}
}

func (x *istioSystem) hidden(s *mesh.Service, c *mesh.Client) (by mesh.Loss, refused, ok bool) {
	by, ok = x.Hidden(s, c)
	return by, ok && x.Refuses(c), ok
}

// with recompiles what changed DestinationRules name, unless they look at labels of callers that none looked at before.
func (x *istioSystem) with(changes []Change) (system, map[*mesh.Service]*mesh.Service, bool) {
	if !rulesOnly(changes) {
		return nil, nil, false
	}
	mine := make([]istio.RuleChange, 0, len(changes))
	for _, c := range changes {
		mine = append(mine, istio.RuleChange(c))
	}
	compiler, replaced := x.WithRules(mine)
	if !compiler.ClientLabels().Equal(x.labels) {
		return nil, nil, false
	}
	return &istioSystem{Fleet: compiler, state: x.state, labels: x.labels}, replaced, true
}
