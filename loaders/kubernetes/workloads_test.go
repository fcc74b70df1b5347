package kubernetes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

const cart = `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
spec:
  replicas: 3
  selector: {matchLabels: {app: cart}}
  template:
    metadata:
      labels: {app: cart, tier: web}
      annotations:
        traffic.sidecar.istio.io/excludeInboundPorts: "9090, 8081,junk"
    spec:
      serviceAccountName: cart-sa
      containers:
      - name: istio-proxy
        readinessProbe: {httpGet: {port: 15021}}
      - name: app
        ports: [{name: http, containerPort: 8080}]
        readinessProbe:
          httpGet: {path: /ready, port: http}
          periodSeconds: 5
        livenessProbe:
          tcpSocket: {port: 8080}
`

func TestWorkloadOfADeployment(t *testing.T) {
	w := workloadOf(t, build(t, east, cart), "Deployment/cart")
	if w.ID != "east/shop/Deployment/cart" || w.Cluster != "east" || w.Namespace != "shop" {
		t.Errorf("id %s, cluster %s, namespace %s", w.ID, w.Cluster, w.Namespace)
	}
	if w.Replicas.V != 3 || line(cart, w.Replicas.Origin) != "replicas: 3" {
		t.Errorf("replicas %d from %q", w.Replicas.V, line(cart, w.Replicas.Origin))
	}
	if w.Labels["tier"] != "web" || w.ServiceAccount != "cart-sa" || w.Network != "east-net" {
		t.Errorf("labels %v, service account %s, network %s", w.Labels, w.ServiceAccount, w.Network)
	}
	if got := fmt.Sprint(w.SkipPorts); got != "[8081 9090]" {
		t.Errorf("ports that bypass the proxy: %s", got)
	}
	if line(cart, w.Origin) != "apiVersion: apps/v1" {
		t.Errorf("origin %s", w.Origin)
	}
}

func TestProbesOfTheAppWithKubernetesDefaults(t *testing.T) {
	w := workloadOf(t, build(t, east, cart), "Deployment/cart")
	r, l := w.Readiness, w.Liveness
	if r.Handler != "http" || r.Port != 8080 || r.Period != 5*time.Second || r.Timeout != time.Second || r.Failure != 3 {
		t.Errorf("readiness %+v", r)
	}
	if got := line(cart, r.Origin); got != "readinessProbe:" {
		t.Errorf("readiness from %q", got)
	}
	if l.Handler != "tcp" || l.Port != 8080 || l.Period != 10*time.Second {
		t.Errorf("liveness %+v", l)
	}
}

func TestProbeHandlers(t *testing.T) {
	tests := []struct{ probe, handler string }{
		{"{exec: {command: [ls]}, timeoutSeconds: 7, failureThreshold: 9}", "exec 0 10s 7s 9"},
		{"{grpc: {port: 50051}}", "grpc 50051 10s 1s 3"},
		{"{httpGet: {port: nowhere}}", "http 0 10s 1s 3"},
		{"{tcpSocket: {port: 6379}, periodSeconds: 0}", "tcp 6379 10s 1s 3"},
	}
	for _, tc := range tests {
		p := workloadOf(t, build(t, east, `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {template: {spec: {containers: [{name: db, readinessProbe: `+tc.probe+`}]}}}
`), "StatefulSet/db").Readiness
		if got := fmt.Sprint(p.Handler, " ", p.Port, " ", p.Period, " ", p.Timeout, " ", p.Failure); got != tc.handler {
			t.Errorf("%s: %s, want %s", tc.probe, got, tc.handler)
		}
	}
}

func TestPortsOutsideAnInclusionListBypassTheProxy(t *testing.T) {
	tests := []struct{ include, want string }{
		{`"*"`, "[]"}, {`""`, "[8080 9090]"}, {`"8080"`, "[9090]"},
	}
	for _, tc := range tests {
		w := workloadOf(t, build(t, east, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  template:
    metadata: {annotations: {traffic.sidecar.istio.io/includeInboundPorts: `+tc.include+`}}
    spec: {containers: [{ports: [{containerPort: 8080}, {containerPort: 9090}]}]}
`), "Deployment/cart")
		if got := fmt.Sprint(w.SkipPorts); got != tc.want {
			t.Errorf("include %s: %s, want %s", tc.include, got, tc.want)
		}
	}
}

func TestAbsentReplicasAreOne(t *testing.T) {
	for _, kind := range []string{"Deployment", "StatefulSet", "ReplicaSet"} {
		w := workloadOf(t, build(t, east, "apiVersion: apps/v1\nkind: "+kind+"\nmetadata: {name: x}\nspec: {template: {}}\n"), kind+"/x")
		if w.Replicas.V != 1 || w.Replicas.Origin.String() != "default of Kubernetes" {
			t.Errorf("%s: %d from %s", kind, w.Replicas.V, w.Replicas.Origin)
		}
		if w.Namespace != "default" || w.ServiceAccount != "default" {
			t.Errorf("%s: namespace %s, service account %s", kind, w.Namespace, w.ServiceAccount)
		}
	}
}

func TestJobsAreClientsWithoutPods(t *testing.T) {
	inv := build(t, east, `
apiVersion: batch/v1
kind: Job
metadata: {generateName: migrate-, namespace: shop}
spec: {template: {metadata: {labels: {app: cart}}, spec: {serviceAccountName: m, containers: []}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: report, namespace: shop}
spec: {jobTemplate: {spec: {parallelism: 2, template: {metadata: {labels: {app: report, sidecar.istio.io/inject: "true"}}}}}}
`)
	if len(inv.Pods) != 0 {
		t.Errorf("pods %s", podNames(inv.Pods))
	}
	if w := workloadOf(t, inv, "Job/migrate-"); w.ServiceAccount != "m" || w.Replicas.V != 1 {
		t.Errorf("%+v", w)
	}
	if w := workloadOf(t, inv, "CronJob/report"); w.Labels["app"] != "report" || w.Replicas.V != 2 || !w.Meshed.V {
		t.Errorf("%+v", w)
	}
}

func TestRolloutIsAWorkloadLikeADeployment(t *testing.T) {
	inv := build(t, east, strings.NewReplacer("apps/v1", "argoproj.io/v1alpha1", "Deployment", "Rollout").Replace(cart))
	if w := workloadOf(t, inv, "Rollout/cart"); w.Replicas.V != 3 || len(inv.Pods) != 3 {
		t.Errorf("%d replicas, %d pods", w.Replicas.V, len(inv.Pods))
	}
}

func TestRolloutRunsTheTemplateOfItsDeployment(t *testing.T) {
	inv := build(t, east, cart+`---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: cart-rollout, namespace: shop}
spec: {replicas: 2, workloadRef: {apiVersion: apps/v1, kind: Deployment, name: cart}}
`)
	if got := podNames(inv.Pods); got != "cart-rollout-0 cart-rollout-1" {
		t.Errorf("pods %s", got)
	}
	if w := workloadOf(t, inv, "Rollout/cart-rollout"); w.Labels["app"] != "cart" || w.Readiness == nil {
		t.Errorf("%+v", w)
	}
}

func TestRolloutWithoutItsDeploymentIsRead(t *testing.T) {
	inv := build(t, east, `
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: cart, namespace: shop}
spec: {workloadRef: {kind: Deployment, name: elsewhere}}
`)
	if w := workloadOf(t, inv, "Rollout/cart"); w.Replicas.V != 1 {
		t.Errorf("%+v", w)
	}
}

func TestDeclaredDependencies(t *testing.T) {
	yaml := `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
  annotations:
    passmuster.dev/depends-on: pay.bank, ledger
spec:
  template:
    metadata:
      annotations: {passmuster.dev/depends-on: "mail mail"}
---
apiVersion: v1
kind: Service
metadata:
  name: cart
  namespace: shop
  annotations:
    passmuster.dev/depends-on: pay.bank
`
	inv := build(t, east, yaml)
	check := func(what string, values []mesh.Value[string], want ...string) {
		t.Helper()
		var got []string
		for _, v := range values {
			got = append(got, v.V)
			if !strings.Contains(line(yaml, v.Origin), "depends-on") {
				t.Errorf("%s: %s comes from %q", what, v.V, line(yaml, v.Origin))
			}
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	check("workload", inv.DependsOn["east/shop/Deployment/cart"], "pay.bank", "ledger", "mail")
	check("service", inv.Services[Key{"shop", "cart"}].DependsOn, "pay.bank")
}
