package kubernetes

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

const pay = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: bank}
spec:
  replicas: 3
  revisionHistoryLimit: 0
  minReadySeconds: 15
  progressDeadlineSeconds: 120
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 25%
      maxSurge: 1
  selector: {matchLabels: {app: pay}}
  template:
    metadata:
      labels:
        app: pay
        app.kubernetes.io/version: "1.4"
    spec:
      terminationGracePeriodSeconds: 75
      priorityClassName: high
      serviceAccountName: payer
      containers:
      - name: istio-proxy
        image: docker.io/istio/proxyv2:1.31.0
      - name: pay
        image: registry.example:5000/bank/pay:1.4@sha256:aa11
        startupProbe:
          httpGet: {path: /started, port: 8080}
        readinessProbe: {grpc: {port: 50051, service: pay.v1}}
        ports: [{containerPort: 8080}, {containerPort: 50051}]
        resources:
          requests:
            cpu: 0.5
            memory: 512Mi
          limits:
            memory: 1Gi
      - name: log
        image: log
      initContainers:
      - name: migrate
        image: bank/migrate:7
`

// written renders a value with the line that it stands on.
func written[T any](yaml string, v mesh.Value[T]) string {
	switch v.State {
	case mesh.Known:
		return fmt.Sprintf("%v (%s)", v.V, line(yaml, v.Origin))
	case mesh.Unknown:
		return fmt.Sprintf("unknown: %s (%s)", v.Cause, line(yaml, v.Origin))
	}
	return "absent"
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func TestWhatADeploymentSaysOfItsPods(t *testing.T) {
	s := workloadOf(t, build(t, east, pay), "Deployment/pay").Spec()
	if len(s.Containers) != 2 || s.Containers[0].Name != "pay" || s.Containers[1].Name != "log" {
		t.Fatalf("containers %+v", s.Containers)
	}
	c := s.Containers[0]
	image := c.Image.V
	expect(t, "registry", image.Registry, "registry.example:5000")
	expect(t, "repository", image.Repository, "bank/pay")
	expect(t, "tag", image.Tag, "1.4")
	expect(t, "digest", image.Digest, "sha256:aa11")
	expect(t, "image", line(pay, c.Image.Origin), "image: registry.example:5000/bank/pay:1.4@sha256:aa11")
	expect(t, "container", line(pay, c.Origin), "- name: pay")
	expect(t, "cpu", written(pay, c.CPU.Request), "0.5 (cpu: 0.5)")
	expect(t, "cpu limit", written(pay, c.CPU.Limit), "absent")
	expect(t, "memory", written(pay, c.Memory.Request), "512Mi (memory: 512Mi)")
	expect(t, "memory limit", written(pay, c.Memory.Limit), "1Gi (memory: 1Gi)")
	expect(t, "grace", written(pay, s.TerminationGrace), "1m15s (terminationGracePeriodSeconds: 75)")
	expect(t, "priority", written(pay, s.PriorityClass), "high (priorityClassName: high)")
	expect(t, "account", written(pay, s.ServiceAccount), "payer (serviceAccountName: payer)")
	expect(t, "label", line(pay, s.Label("app.kubernetes.io/version")), `app.kubernetes.io/version: "1.4"`)
	if s.Startup == nil || s.Startup.Path != "/started" || line(pay, s.Startup.Origin) != "startupProbe:" {
		t.Errorf("startup probe %+v", s.Startup)
	}
	expect(t, "ports", fmt.Sprint(c.Ports, s.Containers[1].Ports), "[8080 50051] []")
	if c.Readiness == nil || c.Readiness.Port != 50051 || c.Startup == nil || c.Startup.Port != 8080 || c.Liveness != nil {
		t.Errorf("probes of the container: %+v, %+v, %+v", c.Readiness, c.Startup, c.Liveness)
	}
	if other := s.Containers[1]; other.Readiness != nil || other.Startup != nil {
		t.Errorf("the other container has none: %+v, %+v", other.Readiness, other.Startup)
	}
	expect(t, "grpc service", workloadOf(t, build(t, east, pay), "Deployment/pay").Readiness.Path, "pay.v1")
}

func TestHowADeploymentReplacesItsPods(t *testing.T) {
	u := workloadOf(t, build(t, east, pay), "Deployment/pay").Spec().Update
	expect(t, "strategy", written(pay, u.Strategy), "RollingUpdate (type: RollingUpdate)")
	expect(t, "maxUnavailable", written(pay, u.MaxUnavailable), "25% (maxUnavailable: 25%)")
	expect(t, "maxSurge", written(pay, u.MaxSurge), "1 (maxSurge: 1)")
	expect(t, "min ready", written(pay, u.MinReady), "15s (minReadySeconds: 15)")
	expect(t, "deadline", written(pay, u.ProgressDeadline), "2m0s (progressDeadlineSeconds: 120)")
	expect(t, "history", written(pay, u.History), "0 (revisionHistoryLimit: 0)")
	expect(t, "partition", written(pay, u.Partition), "absent")
}

// A StatefulSet without the field replaces its pods in order.
func TestOrderOfPods(t *testing.T) {
	for spec, want := range map[string]string{
		"replicas: 1": "absent", "podManagementPolicy: Parallel": "Parallel (podManagementPolicy: Parallel)",
	} {
		yaml := "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a, namespace: shop}\nspec:\n  " + spec + "\n  selector: {matchLabels: {app: a}}\n  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: x}]}}\n"
		if got := written(yaml, workloadOf(t, build(t, east, yaml), "StatefulSet/a").Spec().Update.Order); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}

func TestUpdateStrategiesByKind(t *testing.T) {
	tests := []struct{ kind, spec, want string }{
		{"Deployment", "strategy: {type: Recreate}", "Recreate absent absent absent"},
		{"Deployment", "updateStrategy: {type: OnDelete}", "OnDelete absent absent absent"}, // of no use, and told as written
		{"Deployment", "replicas: 1", "absent absent absent absent"},
		{"StatefulSet", "updateStrategy: {rollingUpdate: {partition: 2, maxUnavailable: 1}}", "absent 1 absent 2"},
		{"StatefulSet", "strategy: {type: Recreate}", "absent absent absent absent"},
		{"DaemonSet", "updateStrategy: {type: OnDelete}", "OnDelete absent absent absent"},
		{"DaemonSet", "updateStrategy: {rollingUpdate: {maxSurge: 10%}}", "absent absent 10% absent"},
		{"ReplicaSet", "minReadySeconds: 3", "absent absent absent absent"},
		{"Rollout", "strategy: {canary: {maxSurge: 2, maxUnavailable: 0}}", "Canary 0 2 absent"},
		{"Rollout", "strategy: {blueGreen: {activeService: a}}", "BlueGreen absent absent absent"},
	}
	show := func(v mesh.Value[string]) string {
		if !v.IsKnown() {
			return "absent"
		}
		return v.V
	}
	for _, test := range tests {
		version := "apps/v1"
		if test.kind == "Rollout" {
			version = "argoproj.io/v1alpha1"
		}
		inv := build(t, east, "apiVersion: "+version+"\nkind: "+test.kind+"\nmetadata: {name: x}\nspec:\n  template: {}\n  "+test.spec+"\n")
		u := workloadOf(t, inv, test.kind+"/x").Spec().Update
		partition := "absent"
		if n, ok := u.Partition.Get(); ok {
			partition = fmt.Sprint(n)
		}
		got := strings.Join([]string{show(u.Strategy), show(u.MaxUnavailable), show(u.MaxSurge), partition}, " ")
		expect(t, test.kind+" "+test.spec, got, test.want)
	}
}

func TestWorkloadsThatOnlyTheirPodsTellOf(t *testing.T) {
	yaml := `
apiVersion: v1
kind: Pod
metadata:
  name: pay-5d9f-k
  namespace: bank
  labels: {app: pay, pod-template-hash: 5d9f}
  ownerReferences: [{kind: ReplicaSet, name: pay-5d9f, controller: true}]
spec:
  terminationGracePeriodSeconds: 5
  containers:
  - name: pay
    image: bank/pay:2
  - name: istio-proxy
    image: proxyv2:1
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: alone, namespace: bank}
spec: {containers: [{name: one, image: one:1}]}
`
	inv := build(t, east, yaml)
	s := workloadOf(t, inv, "Deployment/pay").Spec()
	if len(s.Containers) != 1 || s.Containers[0].Image.V.Tag != "2" || line(yaml, s.Containers[0].Image.Origin) != "image: bank/pay:2" {
		t.Errorf("%+v", s.Containers)
	}
	expect(t, "grace", written(yaml, s.TerminationGrace), "5s (terminationGracePeriodSeconds: 5)")
	expect(t, "history", written(yaml, s.Update.History), "absent")
	expect(t, "bare pod", workloadOf(t, inv, "Pod/alone").Spec().Containers[0].Image.V.Reference, "one:1")
}

func TestTheTemplateAndNotThePodsOfTheInputsIsDescribed(t *testing.T) {
	inv := build(t, east, pay+`---
apiVersion: v1
kind: Pod
metadata: {name: pay-1, namespace: bank, labels: {app: pay}}
spec: {containers: [{name: pay, image: bank/pay:old}]}
status: {podIP: 10.0.0.1}
`)
	w := workloadOf(t, inv, "Deployment/pay")
	expect(t, "tag", w.Spec().Containers[0].Image.V.Tag, "1.4")
	if first, second := w.Spec(), w.Spec(); first != second {
		t.Error("a workload is described anew each time")
	}
}

func TestARolloutKeepsItsOwnWayOfReplacingBorrowedPods(t *testing.T) {
	rollout := `---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: pay-rollout, namespace: bank}
spec:
  revisionHistoryLimit: 4
  strategy: {canary: {maxSurge: 3}}
  workloadRef: {apiVersion: apps/v1, kind: Deployment, name: pay}
`
	s := workloadOf(t, build(t, east, pay+rollout), "Rollout/pay-rollout").Spec()
	expect(t, "history", written(pay+rollout, s.Update.History), "4 (revisionHistoryLimit: 4)")
	expect(t, "strategy", s.Update.Strategy.V, "Canary")
	expect(t, "grace", fmt.Sprint(s.TerminationGrace.V), fmt.Sprint(75*time.Second))
}

func TestWhatCannotBeReadIsUnknown(t *testing.T) {
	yaml := `
apiVersion: apps/v1
kind: Deployment
metadata: {name: x, namespace: bank}
spec:
  revisionHistoryLimit: many
  minReadySeconds: -1
  template:
    spec:
      terminationGracePeriodSeconds: soon
      containers:
      - name: a
        image: [x]
        resources: {requests: {cpu: {}}}
      - name: b
        image: registry/b:${TAG}
`
	inv, diags := Build(east, documents(t, yaml))
	if len(diags) != 3 {
		t.Errorf("%v", diags)
	}
	s := workloadOf(t, inv, "Deployment/x").Spec()
	expect(t, "history", written(yaml, s.Update.History), "unknown: the value has the wrong type (revisionHistoryLimit: many)")
	expect(t, "min ready", written(yaml, s.Update.MinReady), "unknown: the value is negative (minReadySeconds: -1)")
	expect(t, "grace", written(yaml, s.TerminationGrace), "unknown: the value has the wrong type (terminationGracePeriodSeconds: soon)")
	expect(t, "image", written(yaml, s.Containers[0].Image), "unknown: the value has the wrong type (image: [x])")
	expect(t, "cpu", written(yaml, s.Containers[0].CPU.Request), "absent")
	expect(t, "placeholder", written(yaml, s.Containers[1].Image), "unknown: the reference has a placeholder (image: registry/b:${TAG})")
}
