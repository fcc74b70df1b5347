package fleet

import (
	"cmp"
	"maps"
	"slices"

	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// classes groups callers into classes of equal answers: same cluster, namespace, place, kind of proxy, and same values of the
// labels that any rule looks at.
type classes struct {
	mesh string
	// matters tells which labels of a pod any rule looks at; nil = none.
	matters func(namespace, key, value string) bool
	byID    map[string]*mesh.Client
	id      []byte // scratch: the ID of the last class that was asked for
}

func newClasses(m *mesh.Mesh, matters func(namespace, key, value string) bool) *classes {
	return &classes{mesh: m.Name, matters: matters, byID: map[string]*mesh.Client{}}
}

// list are the classes, in no order.
func (x *classes) list() []*mesh.Client { return slices.Collect(maps.Values(x.byID)) }

// class is the one of callers with these labels, new if there was none.
func (x *classes) class(c *mesh.Cluster, namespace string, all map[string]string, at mesh.Locality, kind mesh.ClientKind, network string) *mesh.Client {
	keys := make([]string, 0, 8)
	for k, v := range all {
		if x.matters != nil && x.matters(namespace, k, v) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	id := x.id[:0] // of every pod: only that of a new class becomes a string
	for _, part := range []string{c.Name, "/", string(kind), ":", namespace, "@", at.String(), "|", network} {
		id = append(id, part...)
	}
	for _, k := range keys {
		id = append(append(append(append(id, '|'), k...), '='), all[k]...)
	}
	x.id = id
	if scope := x.byID[string(id)]; scope != nil {
		return scope
	}
	labels := make(map[string]string, len(keys))
	for _, k := range keys {
		labels[k] = all[k]
	}
	scope := &mesh.Client{ID: string(id), Mesh: x.mesh, Cluster: c.Name, Namespace: namespace, Labels: labels,
		Locality: at, Network: network, Kind: kind}
	x.byID[scope.ID] = scope
	return scope
}

// addDeployed adds a gateway that is deployed in a cluster without any pod in the inputs: somewhere in the cluster's region, and
// nobody says how often.
func (x *classes) addDeployed(c *mesh.Cluster, d istio.Deployed, identity string) {
	network := cmp.Or(d.Labels[mesh.LabelNetwork], c.Network)
	scope := x.class(c, d.Namespace, d.Labels, mesh.Locality{Region: c.Region}, mesh.GatewayPod, network)
	if !slices.Contains(scope.Principals, identity) {
		scope.Principals = append(scope.Principals, identity)
	}
}

// add puts a pod into the class that it belongs to, in a network ("" = reachable directly).
func (x *classes) add(c *mesh.Cluster, pod *kubernetes.Pod, kind mesh.ClientKind, network string) {
	scope := x.class(c, pod.Namespace, pod.Labels, pod.Locality.Or(mesh.Locality{}), kind, network)
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
