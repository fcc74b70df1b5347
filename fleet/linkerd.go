package fleet

import (
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// linkerdSystem is a mesh of Linkerd: clusters with a control plane each, whose services are mirrored to one another.
type linkerdSystem struct {
	*linkerd.Fleet
	state *meshState
}

func (f *Fleet) newLinkerd(state *meshState) system {
	docs := map[string][]*source.Document{}
	for _, c := range state.clusters {
		docs[c.Name] = f.docs[c.Name]
	}
	return &linkerdSystem{state: state, Fleet: linkerd.Build(linkerd.Input{
		Mesh: state.mesh, Clusters: state.clusters, Inventories: state.inventories, Docs: docs,
	})}
}

// workloads are the machines outside of clusters.
func (x *linkerdSystem) workloads() []*mesh.Workload { return x.Machines() }

// clients are the pods with a proxy, but for gateways, which hand requests on. Without a proxy kube-proxy chooses.
func (x *linkerdSystem) clients() []*mesh.Client {
	out := newClasses(x.state.mesh, func(_, key, _ string) bool { return key == linkerd.BypassLabel })
	passing := eastWest(x.Gateways())
	for _, c := range x.state.clusters {
		for _, pod := range x.state.inventories[c.Name].Pods {
			if m, _ := x.Meshing(c.Name, pod); !passing[pod.Workload] && m.Meshed.Or(m.Meshed.State == mesh.Unknown) {
				out.add(c, x.bypassing(c.Name, pod), mesh.Sidecar, c.Network)
			}
		}
	}
	return out.list()
}

// bypassing is a pod with the ports that bypass its proxy among its labels.
func (x *linkerdSystem) bypassing(cluster string, pod *kubernetes.Pod) *kubernetes.Pod {
	ports := x.Bypassed(cluster, pod)
	if ports == "" {
		return pod
	}
	out := *pod
	out.Labels = map[string]string{linkerd.BypassLabel: ports} // no other label of a caller matters
	return &out
}

// identify gives every workload the identity that its control plane issues, and tells whether its pods have a proxy.
func (x *linkerdSystem) identify() {
	for _, c := range x.state.clusters {
		seen := map[*mesh.Workload]bool{}
		for _, w := range x.state.inventories[c.Name].Workloads {
			w.Meshed, w.SkipPorts = mesh.UnknownOf[bool]("it has no pods", w.Origin), nil
		}
		for _, pod := range x.state.inventories[c.Name].Pods {
			w := pod.Workload
			if w == nil {
				continue
			}
			m, ok := x.Meshing(c.Name, pod)
			meshed := m.Meshed
			switch {
			case !ok:
			case !seen[w]:
				seen[w] = true
				w.Meshed, w.Identity = meshed, m.Identity
				w.Proxy = x.Proxy(c.Name, w, x.state.inventories[c.Name])
			case meshed.IsKnown() && w.Meshed.IsKnown() && meshed.V != w.Meshed.V:
				w.Meshed = mesh.UnknownOf[bool]("some of its pods have a proxy and some have none", meshed.Origin)
			}
		}
	}
	for w := range eastWest(x.Gateways()) {
		w.Gateway = true
	}
}

// calls are none: nothing of Linkerd's says who calls, apart from authorizations.
func (x *linkerdSystem) calls(*names, func(mesh.Dependency)) {}

// hidden: a proxy sees every service of its cluster.
func (x *linkerdSystem) hidden(*mesh.Service, *mesh.Client) (mesh.Loss, bool, bool) {
	return mesh.Loss{}, false, false
}

func (x *linkerdSystem) with([]Change) (system, map[*mesh.Service]*mesh.Service, bool) {
	return nil, nil, false
}

func (x *linkerdSystem) intents() func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) {
	return func(s *mesh.Service) ([]mesh.Evidence, []*mesh.Fact) { return x.Intents(s), nil }
}
