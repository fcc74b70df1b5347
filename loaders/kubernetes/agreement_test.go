package kubernetes

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// TestGitAndLiveFleetsAgree describes one fleet twice, as Deployments in a repository and as the
// Pods and Nodes that run it, and compares what each Service leads to. What only running pods
// have (addresses, hashes, the label of the injector) is left out.
func TestGitAndLiveFleetsAgree(t *testing.T) {
	const services = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: legacy}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: legacy}
spec: {selector: {app: db}, ports: [{port: 5432}]}
`
	const spread = "[{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: cart}}}]"
	const containers = "[{name: app, ports: [{name: http, containerPort: 8080}]}]"
	git := services + `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart, version: v1}}
    spec: {serviceAccountName: cart, containers: ` + containers + `, topologySpreadConstraints: ` + spread + `}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: legacy}
spec:
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {nodeSelector: {topology.kubernetes.io/zone: b}, containers: [{name: db}]}
`
	live := services
	for _, zone := range []string{"a", "b", "c"} {
		live += "---\napiVersion: v1\nkind: Node\nmetadata: {name: n-" + zone +
			", labels: {topology.kubernetes.io/region: us-east-1, topology.kubernetes.io/zone: " + zone + "}}\n"
	}
	for i, zone := range []string{"c", "b", "a", "a"} {
		live += fmt.Sprintf(`---
apiVersion: v1
kind: Pod
metadata:
  name: cart-5d9f-%c
  namespace: shop
  labels: {app: cart, version: v1, pod-template-hash: 5d9f, security.istio.io/tlsMode: istio}
  ownerReferences: [{kind: ReplicaSet, name: cart-5d9f, controller: true}]
spec: {serviceAccountName: cart, nodeName: n-%s, containers: %s, topologySpreadConstraints: %s}
status: {phase: Running, podIP: 10.0.0.%d, conditions: [{type: Ready, status: "True"}]}
`, 'k'+i, zone, containers, spread, i+1)
	}
	for i := range 2 {
		live += fmt.Sprintf(`---
apiVersion: v1
kind: Pod
metadata:
  name: db-%d
  namespace: legacy
  labels: {app: db, statefulset.kubernetes.io/pod-name: db-%d, apps.kubernetes.io/pod-index: "%d", controller-revision-hash: db-77}
  ownerReferences: [{kind: StatefulSet, name: db, controller: true}]
spec: {nodeName: n-b, containers: [{name: db}]}
status: {phase: Running, podIP: 10.0.1.%d}
`, i, i, i, i+1)
	}
	// The live cluster needs no region and zones in muster.yaml: its Nodes have them.
	fromGit := describe(build(t, east, git))
	fromLive := describe(build(t, &mesh.Cluster{Name: "east", Network: "east-net"}, live))
	if fromGit != fromLive {
		t.Errorf("from Git:\n%s\nlive:\n%s", fromGit, fromLive)
	}
	if !strings.Contains(fromGit, "us-east-1/c") {
		t.Errorf("the comparison sees no places:\n%s", fromGit)
	}
}

// describe renders what services lead to, and the workloads, without what only one of the two
// descriptions can know.
func describe(inv *Inventory) string {
	var lines []string
	for _, s := range inv.Services {
		for _, p := range inv.SelectPods(s.Namespace, s.Selector) {
			labels := maps.Clone(p.Labels)
			for _, added := range append([]string{tlsModeLabel}, hashLabels...) {
				delete(labels, added)
			}
			lines = append(lines, fmt.Sprintf("%s -> %s port %d labels %v in %s meshed %t account %s ready %t",
				s.Name, p.Workload.ID, inv.TargetPort(s.Ports[0], p), labels, p.Locality.V, p.Meshed.V, p.ServiceAccount, p.Ready))
		}
	}
	for _, w := range inv.Workloads {
		lines = append(lines, fmt.Sprintf("%s x%d in %s meshed %t account %s network %s hard spread %t",
			w.ID, w.Replicas.V, w.Locality.V, w.Meshed.V, w.ServiceAccount, w.Network, len(w.Spread) > 0 && w.Spread[0].Hard))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}
