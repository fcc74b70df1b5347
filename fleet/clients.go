package fleet

import (
	"maps"
	"slices"
	"strings"

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
}

func newClasses(m *mesh.Mesh, matters func(namespace, key, value string) bool) *classes {
	return &classes{mesh: m.Name, matters: matters, byID: map[string]*mesh.Client{}}
}

// list are the classes, in no order.
func (x *classes) list() []*mesh.Client { return slices.Collect(maps.Values(x.byID)) }

// add puts a pod into the class that it belongs to, in a network ("" = reachable directly).
func (x *classes) add(c *mesh.Cluster, pod *kubernetes.Pod, kind mesh.ClientKind, network string) {
	loc := pod.Locality.Or(mesh.Locality{})
	labels := map[string]string{}
	var id strings.Builder
	id.WriteString(c.Name + "/" + string(kind) + ":" + pod.Namespace + "@" + loc.String() + "|" + network)
	for k, v := range pod.Labels {
		if x.matters != nil && x.matters(pod.Namespace, k, v) {
			labels[k] = v
		}
	}
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		id.WriteString("|" + k + "=" + labels[k])
	}
	scope := x.byID[id.String()]
	if scope == nil {
		scope = &mesh.Client{ID: id.String(), Mesh: x.mesh, Cluster: c.Name, Namespace: pod.Namespace, Labels: labels,
			Locality: loc, Network: network, Kind: kind}
		x.byID[id.String()] = scope
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
