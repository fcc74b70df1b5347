package fleet

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// declared are the strong dependencies that manifests declare (annotation passmuster.dev/depends-on): those of a Service are its own,
// and those of a workload are needs of all services that it serves. In a mesh of Consul, which knows no Services, those of a Service
// are needs of the name that its pods are registered under.
func (x *names) declared(g *mesh.Graph, state *meshState) []*mesh.Dependency {
	var list []*mesh.Dependency
	add := func(caller *mesh.Workload, from, to mesh.ServiceID, named mesh.Value[string]) {
		list = append(list, &mesh.Dependency{Caller: caller, From: from, To: to, Strong: true, Named: named.V, Evidence: mesh.Evidence{What: declaredDependency, Origin: named.Origin}})
	}
	for _, s := range g.Services {
		if s.Mesh != state.mesh.Name {
			continue
		}
		for _, d := range s.DependsOn {
			add(nil, s.ID, x.resolveIn(s, d.V), d)
		}
	}
	for _, c := range state.clusters {
		inv := state.inventories[c.Name]
		if state.mesh.Kind == mesh.Consul {
			x.ofServices(c.Name, inv, add)
		}
		for _, w := range inv.Workloads {
			for _, d := range inv.DependsOn[w.ID] {
				for _, from := range x.servingIn(w) {
					add(w, from, x.needed(c.Name, w.Namespace, d.V), d)
				}
			}
		}
	}
	return list
}

// ofServices adds what the Services of a cluster declare, in a mesh of Consul.
func (x *names) ofServices(cluster string, inv *kubernetes.Inventory, add func(*mesh.Workload, mesh.ServiceID, mesh.ServiceID, mesh.Value[string])) {
	inNamespace := func(k, other kubernetes.Key) int {
		return cmp.Or(cmp.Compare(k.Namespace, other.Namespace), cmp.Compare(k.Name, other.Name))
	}
	for _, key := range slices.SortedFunc(maps.Keys(inv.Services), inNamespace) {
		s := inv.Services[key]
		from := x.registered[cluster+"/"+key.Name]
		if len(s.DependsOn) == 0 || from == "" || !slices.ContainsFunc(x.workloads[cluster+"/"+key.Namespace], func(w *mesh.Workload) bool {
			return slices.Contains(x.serving[w], from)
		}) {
			continue
		}
		for _, d := range s.DependsOn {
			add(nil, from, x.needed(cluster, key.Namespace, d.V), d)
		}
	}
}

// needed is the service that a name means when it is written at an object of a namespace in a cluster. Consul's names belong to a
// datacenter and to no namespace of Kubernetes, so that one ("ledger.bank") counts only as far as the cluster has it.
func (x *names) needed(cluster, namespace, name string) mesh.ServiceID {
	if len(x.registered) == 0 {
		return x.here(cluster, x.resolve(name, namespace))
	}
	name, _, _ = strings.Cut(name, ":")
	if id := x.registered[cluster+"/"+name]; id != "" {
		return id
	}
	short := strings.TrimSuffix(strings.TrimSuffix(name, ".svc.cluster.local"), ".svc")
	service, of, _ := strings.Cut(short, ".")
	if len(x.workloads[cluster+"/"+of]) == 0 {
		return ""
	}
	return x.registered[cluster+"/"+service]
}
