package kubernetes

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// west is where copies of east's workloads run.
var west = &mesh.Cluster{Name: "west", Region: "us-west-2", Zones: []string{"a", "b", "c"}, Network: "west-net"}

const scaled = pay + `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: pay, namespace: bank}
spec:
  scaleTargetRef: {kind: Deployment, name: pay}
  minReplicas: 3
  maxReplicas: 9
  metrics: [{type: Resource, resource: {name: cpu, target: {averageUtilization: 70}}}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: pay, namespace: bank}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: pay}}}
`

func TestParity(t *testing.T) {
	tests := []struct {
		name   string
		change []string // pairs of old and new in the other cluster's copy
		want   []string
	}{
		{"equal copies", nil, nil},
		{"a registry of the region's own", []string{"registry.example:5000", "registry.west:5000"}, nil},
		{"the same digest under another tag", []string{"bank/pay:1.4@", "bank/pay:stable@"}, nil},
		{"another image", []string{"pay:1.4@sha256:aa11", "pay:1.3"}, []string{
			"image of pay: bank/pay:1.4@sha256:aa11 (image: registry.example:5000/bank/pay:1.4@sha256:aa11) | bank/pay:1.3 (image: registry.example:5000/bank/pay:1.3)"}},
		{"fewer resources", []string{"cpu: 0.5", "cpu: 0.1", "limits:\n            memory: 1Gi", "limits: {}"}, []string{
			"CPU request of pay: 0.5 (cpu: 0.5) | 0.1 (cpu: 0.1)", "memory limit of pay: 1Gi (memory: 1Gi) |  (limits: {})"}},
		{"other bounds", []string{"minReplicas: 3", "minReplicas: 1", "maxReplicas: 9", "maxReplicas: 2", "averageUtilization: 70", "averageUtilization: 90"}, []string{
			"least replicas: 3 (minReplicas: 3) | 1 (minReplicas: 1)", "most replicas: 9 (maxReplicas: 9) | 2 (maxReplicas: 2)",
			"CPU target: 70% (minReplicas: 3) | 90% (minReplicas: 1)"}},
		{"replicas do not matter under an autoscaler", []string{"  replicas: 3", "  replicas: 1"}, nil},
		{"an autoscaler on one side only", []string{"kind: HorizontalPodAutoscaler", "kind: Ignored"}, []string{
			"autoscaling: 3 to 9 (minReplicas: 3) |  (replicas: 3)"}},
		{"another probe", []string{"grpc: {port: 50051, service: pay.v1}", "tcpSocket: {port: 50051}"}, []string{
			"readiness probe: grpc :50051 pay.v1 every 10s, timeout 1s, 3 failures (readinessProbe: {grpc: {port: 50051, service: pay.v1}})" +
				" | tcp :50051 every 10s, timeout 1s, 3 failures (readinessProbe: {tcpSocket: {port: 50051}})"}},
		{"another account", []string{"serviceAccountName: payer", "serviceAccountName: other"}, []string{
			"identity: payer (serviceAccountName: payer) | other (serviceAccountName: other)"}},
		{"no budget", []string{"kind: PodDisruptionBudget", "kind: Ignored"}, []string{
			"disruption budget: at most 1 unavailable (spec: {maxUnavailable: 1, selector: {matchLabels: {app: pay}}}) |  (apiVersion: apps/v1)"}},
		{"another strategy", []string{"type: RollingUpdate", "type: Recreate", "revisionHistoryLimit: 0", ""}, []string{
			"update strategy: RollingUpdate (type: RollingUpdate) | Recreate (type: Recreate)", "revisions kept: 0 (revisionHistoryLimit: 0) |  (spec:)"}},
		{"another version", []string{`app.kubernetes.io/version: "1.4"`, `app.kubernetes.io/version: "1.3"`}, []string{
			`label app.kubernetes.io/version: 1.4 (app.kubernetes.io/version: "1.4") | 1.3 (app.kubernetes.io/version: "1.3")`}},
		{"a container more", []string{"      - name: log\n        image: log\n", ""}, []string{"container log: log (- name: log) |  (apiVersion: apps/v1)"}},
		{"what is not known is no difference", []string{"revisionHistoryLimit: 0", "revisionHistoryLimit: -2", "bank/pay:1.4@sha256:aa11", "bank/pay:${TAG}"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			other := strings.NewReplacer(test.change...).Replace(scaled)
			if len(test.change) > 0 && other == scaled {
				t.Fatal("nothing is changed")
			}
			a := workloadOf(t, build(t, east, scaled), "Deployment/pay")
			b := workloadOf(t, build(t, west, other), "Deployment/pay")
			var got []string
			for _, d := range mesh.Parity(a, b) {
				got = append(got, fmt.Sprintf("%s: %s (%s) | %s (%s)", d.What, d.A, line(scaled, d.OriginA), d.B, line(other, d.OriginB)))
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}

func TestParityLooksAtLabelsThatAreNamed(t *testing.T) {
	a := workloadOf(t, build(t, east, pay), "Deployment/pay")
	b := workloadOf(t, build(t, west, strings.ReplaceAll(pay, "app: pay", "app: pays")), "Deployment/pay")
	if got := mesh.Parity(a, b); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	if got := mesh.Parity(a, b, "app", "version"); len(got) != 1 || got[0].What != "label app" || got[0].A != "pay" || got[0].B != "pays" {
		t.Errorf("%+v", got)
	}
}
