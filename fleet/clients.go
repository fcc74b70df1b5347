package fleet

import (
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// clientScopes groups the pods of the fleet into classes of callers: same cluster, namespace,
// place, kind of proxy, and same values of the labels that any rule looks at.
func (f *Fleet) clientScopes() []*mesh.Client {
	scopes := map[string]*mesh.Client{}
	for _, state := range f.meshes {
		state.labels = state.istio.ClientLabels()
		passing := eastWest(state.istio.Gateways())
		for _, c := range state.clusters {
			inv := state.inventories[c.Name]
			for _, pod := range inv.Pods {
				if passing[pod.Workload] || state.istio.PassesOn(c.Name, pod) {
					continue // hands connections on, and calls nobody itself
				}
				kind := mesh.Sidecar
				if meshed, known := pod.Meshed.Get(); known && !meshed {
					kind = mesh.Unmeshed
				}
				if gw := state.istio.GatewayPod(c.Name, pod); gw {
					kind = mesh.GatewayPod
				}
				if kind == mesh.Unmeshed || pod.Ambient && kind != mesh.GatewayPod {
					continue // obeys no rule: kube-proxy or ztunnel sends it by endpoint health alone
				}
				state.addClient(scopes, c, pod, kind)
			}
		}
	}
	return slices.Collect(maps.Values(scopes))
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
// its proxies.
func (state *meshState) identify() {
	for _, c := range state.clusters {
		domain := state.mesh.TrustDomain
		if cfg := state.istio.Config(c.Name); domain == "" && cfg != nil {
			domain = cfg.Mesh.GetTrustDomain()
		}
		if domain == "" {
			domain = "cluster.local"
		}
		inv := state.inventories[c.Name]
		for _, w := range inv.Workloads {
			w.Identity = domain + "/ns/" + w.Namespace + "/sa/" + w.ServiceAccount
			if w.Meshed.Or(true) {
				w.Telemetry = state.istio.Telemetry(c.Name, w.Namespace, w.Labels)
				settings, at := inv.PodAnnotation(w, istio.AnnotationProxyConfig)
				w.Proxy = state.istio.Proxy(c.Name, w.Namespace, w.Labels, settings, at)
			}
		}
	}
}

func (state *meshState) addClient(scopes map[string]*mesh.Client, c *mesh.Cluster, pod *kubernetes.Pod, kind mesh.ClientKind) {
	loc := pod.Locality.Or(mesh.Locality{})
	network := pod.Labels["topology.istio.io/network"]
	if network == "" {
		network = c.Network
	}
	labels := map[string]string{}
	var id strings.Builder
	id.WriteString(c.Name + "/" + string(kind) + ":" + pod.Namespace + "@" + loc.String() + "|" + network)
	for k, v := range pod.Labels {
		if state.labels.Matter(pod.Namespace, k, v) {
			labels[k] = v
		}
	}
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		id.WriteString("|" + k + "=" + labels[k])
	}
	scope := scopes[id.String()]
	if scope == nil {
		scope = &mesh.Client{ID: id.String(), Mesh: state.mesh.Name, Cluster: c.Name, Namespace: pod.Namespace, Labels: labels,
			Locality: loc, Network: network, Kind: kind}
		scopes[id.String()] = scope
	}
	scope.Members++
	if w := pod.Workload; w != nil {
		if !slices.Contains(scope.Workloads, w) {
			scope.Workloads = append(scope.Workloads, w)
		}
		if w.Identity != "" && !slices.Contains(scope.Principals, w.Identity) {
			scope.Principals = append(scope.Principals, w.Identity)
		}
	}
}
