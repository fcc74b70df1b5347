package kubernetes

import (
	"slices"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// A workload that is scaled to zero has no pod, and the one that it would have is told beside the others.
func TestParked(t *testing.T) {
	inv := build(t, &mesh.Cluster{Name: "east"}, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: idle, namespace: shop}
spec:
  replicas: 0
  template:
    metadata: {labels: {app: idle}, annotations: {colour: green}}
    spec: {containers: [{name: a, image: a, ports: [{containerPort: 8080}]}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: busy, namespace: shop}
spec:
  replicas: 1
  template:
    metadata: {labels: {app: busy}}
    spec: {containers: [{name: a, image: a}]}
`)
	if slices.ContainsFunc(inv.Pods, func(p *Pod) bool { return p.Labels["app"] == "idle" }) {
		t.Error("a workload that is scaled to zero has a pod")
	}
	list := inv.Parked()
	if len(list) != 1 {
		t.Fatalf("%d pods of workloads that are scaled to zero, want 1", len(list))
	}
	if p := list[0]; p.Workload.Name != "idle" || p.Annotations["colour"] != "green" || p.Labels["app"] != "idle" || len(p.Ports) != 1 || p.Ports[0].Number != 8080 {
		t.Errorf("the pod is %+v", p)
	}
}
