package fleet

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// kubernetesService finds the Service object behind a mesh service in one cluster, or nil.
func (state *meshState) kubernetesService(s *mesh.Service, cluster string) *kubernetes.Service {
	inv := state.inventories[cluster]
	if inv == nil {
		return nil
	}
	return inv.Services[kubernetes.Key{Namespace: s.Namespace, Name: s.Name}]
}

// authorizedCaller is the evidence that a policy admits a caller by its identity.
const authorizedCaller = "authorized caller"

// dependencies collects who cannot do without whom: declarations, Sidecar egress and the
// callers that authorization policies name are strong; names found in environments are weak. Those that lead to no service are
// the unmet ones of the graph.
func (f *Fleet) dependencies(g *mesh.Graph) []*mesh.Dependency {
	var list []*mesh.Dependency
	type pair struct{ from, to mesh.ServiceID }
	seen := map[pair]*mesh.Dependency{}
	add := func(d mesh.Dependency) {
		k := pair{d.From, d.To}
		if d.To == "" && d.Named != "" {
			unmet := d // only what is kept needs memory of its own
			g.Unmet = append(g.Unmet, &unmet)
		}
		if d.To == "" || d.From == d.To {
			return
		}
		if known := seen[k]; known != nil {
			if d.Strong && !known.Strong {
				*known = d // the stronger evidence speaks
			}
			return
		}
		kept := d
		seen[k] = &kept
		list = append(list, &kept)
	}
	references := f.references()
	for _, state := range f.meshes {
		x := newNames(g, state)
		for _, d := range x.declared(g, state) {
			add(*d)
		}
		state.system.calls(x, add)
		for _, s := range g.Services {
			for _, c := range callersNamed(s) {
				for _, w := range x.byIdentity[c.V] {
					for _, from := range x.servingIn(w) {
						// An account that several services share tells who may call, not who does.
						add(mesh.Dependency{Caller: w, From: from, To: x.here(w.Cluster, s.ID), Strong: !x.shared(c.V),
							Evidence: mesh.Evidence{What: authorizedCaller, Origin: c.Origin}})
					}
				}
			}
		}
		for _, c := range state.clusters {
			for _, ref := range references[c.Name] {
				to := x.here(c.Name, x.resolve(ref.Host, ref.Workload.Namespace))
				if to == "" {
					continue
				}
				for _, from := range x.servingIn(ref.Workload) {
					add(mesh.Dependency{Caller: ref.Workload, From: from, To: to,
						Evidence: mesh.Evidence{What: "named in the environment", Origin: ref.Origin}})
				}
			}
		}
	}
	slices.SortFunc(list, compareDependencies) // each stands for another pair
	return list
}

func compareDependencies(a, b *mesh.Dependency) int {
	return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
}

func sortDependencies(list []*mesh.Dependency) []*mesh.Dependency {
	slices.SortStableFunc(list, compareDependencies)
	return list
}

// references are the hosts that the workloads of each cluster name, by cluster.
func (f *Fleet) references() map[string][]kubernetes.Reference {
	found := make([][]kubernetes.Reference, len(f.clusters))
	var wg sync.WaitGroup
	for i, c := range f.clusters {
		wg.Go(func() { found[i] = kubernetes.References(f.inventories[c.Name]) })
	}
	wg.Wait()
	out := make(map[string][]kubernetes.Reference, len(found))
	for i, c := range f.clusters {
		out[c.Name] = found[i]
	}
	return out
}

// callersNamed lists the identities that the ALLOW policies of a service's endpoints name
// exactly.
func callersNamed(s *mesh.Service) []mesh.Value[string] {
	var out []mesh.Value[string]
	seen := map[string]bool{}
	var last *mesh.Authorization
	for _, e := range s.Endpoints {
		if e.Inbound == nil || e.Inbound.Authorization == nil || e.Inbound.Authorization == last {
			continue
		}
		last = e.Inbound.Authorization
		for _, p := range last.Allow {
			for _, r := range p.Rules {
				for _, src := range r.From {
					for _, id := range src.Principals {
						if !seen[id] && !strings.Contains(id, "*") {
							seen[id] = true
							out = append(out, mesh.Of(id, r.Origin))
						}
					}
				}
			}
		}
	}
	return out
}

// names resolves the names of dependencies within one mesh.
type names struct {
	byHost     map[string]mesh.ServiceID
	inCluster  map[hostIn]mesh.ServiceID   // where a service belongs to a cluster
	registered map[string]mesh.ServiceID   // by cluster/name, in a mesh of Consul
	workloads  map[string][]*mesh.Workload // cluster/namespace
	serving    map[*mesh.Workload][]mesh.ServiceID
	byIdentity map[string][]*mesh.Workload
	sparse     map[string]bool                     // namespaces with few services
	several    map[string]bool                     // by identity: workloads of several services use it; made on first use
	local      map[*mesh.Workload][]mesh.ServiceID // see servingIn; made on first use
}

// hostIn is a host as one cluster knows it.
type hostIn struct{ cluster, host string }

func newNames(g *mesh.Graph, state *meshState) *names {
	x := &names{byHost: map[string]mesh.ServiceID{}, inCluster: map[hostIn]mesh.ServiceID{}, registered: map[string]mesh.ServiceID{}, workloads: map[string][]*mesh.Workload{},
		serving: map[*mesh.Workload][]mesh.ServiceID{}, byIdentity: map[string][]*mesh.Workload{}}
	for _, s := range g.Services {
		if s.Mesh != state.mesh.Name {
			continue
		}
		for _, h := range s.Hosts {
			if _, ok := x.byHost[h]; !ok {
				x.byHost[h] = s.ID
			}
			switch state.mesh.Kind {
			case mesh.Linkerd:
				x.inCluster[hostIn{s.Clusters[0], h}] = s.ID
			case mesh.Consul:
				x.registered[s.Clusters[0]+"/"+h] = s.ID
			}
		}
		for _, e := range s.Endpoints {
			if w := e.Workload; w != nil && !slices.Contains(x.serving[w], s.ID) {
				x.serving[w] = append(x.serving[w], s.ID)
			}
		}
	}
	for _, c := range state.clusters { // in order: the first caller found is the one that is kept
		for _, w := range state.inventories[c.Name].Workloads {
			k := w.Cluster + "/" + w.Namespace
			x.workloads[k] = append(x.workloads[k], w)
			if w.Identity != "" {
				x.byIdentity[w.Identity] = append(x.byIdentity[w.Identity], w)
			}
		}
	}
	return x
}

// shared reports whether workloads of several services use one identity.
func (x *names) shared(identity string) bool {
	if known, ok := x.several[identity]; ok {
		return known
	}
	var first mesh.ServiceID
	several := false
	for _, w := range x.byIdentity[identity] {
		for _, s := range x.serving[w] {
			several = several || first != "" && s != first
			first = s
		}
	}
	if x.several == nil {
		x.several = map[string]bool{}
	}
	x.several[identity] = several
	return several
}

// fewServices is how many services a namespace may hold for a Sidecar of the whole namespace to
// say what each of them calls.
const fewServices = 3

// few reports whether a namespace holds so few services that its Sidecar speaks for each.
func (x *names) few(namespace string) bool {
	if known, ok := x.sparse[namespace]; ok {
		return known
	}
	seen := map[mesh.ServiceID]bool{}
	for w, services := range x.serving {
		if w.Namespace == namespace {
			for _, s := range services {
				seen[s] = true
			}
		}
	}
	if x.sparse == nil {
		x.sparse = map[string]bool{}
	}
	x.sparse[namespace] = len(seen) <= fewServices
	return x.sparse[namespace]
}

// resolve finds the service that a name means when written in a namespace: "cart", "cart.shop",
// "cart.shop.svc" or a full host.
func (x *names) resolve(name, namespace string) mesh.ServiceID {
	name, _, _ = strings.Cut(name, ":")
	if id, ok := x.byHost[name]; ok {
		return id
	}
	const domain = ".svc.cluster.local"
	switch parts := strings.Split(name, "."); {
	case len(parts) == 1:
		return x.byHost[name+"."+namespace+domain]
	case len(parts) == 2:
		return x.byHost[name+domain]
	case len(parts) == 3 && parts[2] == "svc":
		return x.byHost[parts[0]+"."+parts[1]+domain]
	}
	return ""
}

// resolveIn finds the service that a name means when a service declares it.
func (x *names) resolveIn(s *mesh.Service, name string) mesh.ServiceID {
	to := x.resolve(name, s.Namespace)
	if len(s.Clusters) == 0 {
		return to
	}
	return x.here(s.Clusters[0], to)
}

// here is the service that a cluster has under a name, where a service belongs to a cluster.
func (x *names) here(cluster string, to mesh.ServiceID) mesh.ServiceID {
	if len(x.inCluster) == 0 || to == "" {
		return to
	}
	return x.inCluster[hostIn{cluster, to.Host()}]
}

// servingIn are the services of a workload's own cluster that it serves, where a service belongs to a cluster.
func (x *names) servingIn(w *mesh.Workload) []mesh.ServiceID {
	if len(x.inCluster) == 0 {
		return x.serving[w]
	}
	out, known := x.local[w]
	if known {
		return out
	}
	for _, id := range x.serving[w] {
		if x.inCluster[hostIn{w.Cluster, id.Host()}] == id {
			out = append(out, id)
		}
	}
	if x.local == nil {
		x.local = map[*mesh.Workload][]mesh.ServiceID{}
	}
	x.local[w] = out
	return out
}
