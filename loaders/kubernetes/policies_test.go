package kubernetes

import (
	"strings"
	"testing"
)

func TestAutoscalerOfAWorkload(t *testing.T) {
	tests := []struct {
		name, version, spec string
		min, max, cpu       int
	}{
		{"resource metric", "autoscaling/v2", "minReplicas: 2, maxReplicas: 9, metrics: [{type: Resource, resource: {name: memory, target: {averageUtilization: 10}}}, {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 65}}}]", 2, 9, 65},
		{"minimum by default", "autoscaling/v2", "maxReplicas: 5, metrics: [{type: Pods}]", 1, 5, 0},
		{"no metric at all", "autoscaling/v2", "maxReplicas: 5", 1, 5, 80},
		{"v1", "autoscaling/v1", "minReplicas: 3, maxReplicas: 4, targetCPUUtilizationPercentage: 70", 3, 4, 70},
		{"v2beta1", "autoscaling/v2beta1", "maxReplicas: 4, metrics: [{resource: {name: cpu, targetAverageUtilization: 55}}]", 1, 4, 55},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			yaml := cart + "---\napiVersion: " + tc.version + `
kind: HorizontalPodAutoscaler
metadata: {name: cart, namespace: shop}
spec: {scaleTargetRef: {kind: Deployment, name: cart}, ` + tc.spec + "}\n"
			inv := build(t, east, yaml)
			a := workloadOf(t, inv, "Deployment/cart").Autoscale
			if a == nil || a.Min != tc.min || a.Max != tc.max || a.Utilisation != tc.cpu {
				t.Fatalf("%+v", a)
			}
			if got := line(yaml, a.Origin); !strings.Contains(got, "scaleTargetRef") {
				t.Errorf("from %q", got)
			}
			if len(inv.Pods) != tc.min {
				t.Errorf("%d pods, want the autoscaler's minimum", len(inv.Pods))
			}
		})
	}
}

func TestAutoscalerLeavesZeroReplicasAlone(t *testing.T) {
	inv := build(t, east, strings.Replace(cart, "replicas: 3", "replicas: 0", 1)+`---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: cart, namespace: shop}
spec: {scaleTargetRef: {kind: Deployment, name: cart}, minReplicas: 2, maxReplicas: 9}
`)
	if len(inv.Pods) != 0 {
		t.Errorf("%d pods", len(inv.Pods))
	}
}

func TestAutoscalerOfAnotherNamespaceOrKindIsIgnored(t *testing.T) {
	inv := build(t, east, cart+`---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a, namespace: other}
spec: {scaleTargetRef: {kind: Deployment, name: cart}, maxReplicas: 9}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: b, namespace: shop}
spec: {scaleTargetRef: {kind: StatefulSet, name: cart}, maxReplicas: 9}
`)
	if a := workloadOf(t, inv, "Deployment/cart").Autoscale; a != nil {
		t.Errorf("%+v", a)
	}
}

func TestDisruptionBudgetThatSelectsTheWorkload(t *testing.T) {
	tests := []struct{ name, selector, version, want string }{
		{"by label", "selector: {matchLabels: {app: cart}}", "v1", "50%/"},
		{"by expression", "selector: {matchExpressions: [{key: app, operator: In, values: [cart, x]}]}", "v1", "50%/"},
		{"everything", "selector: {}", "v1", "50%/"},
		{"everything selected nothing before v1", "selector: {}", "v1beta1", "none"},
		{"no selector", "", "v1", "none"},
		{"another app", "selector: {matchLabels: {app: pay}}", "v1", "none"},
		{"half of it", "selector: {matchLabels: {app: cart, tier: db}}", "v1", "none"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			w := workloadOf(t, build(t, east, cart+"---\napiVersion: policy/"+tc.version+`
kind: PodDisruptionBudget
metadata: {name: p, namespace: shop}
spec:
  minAvailable: 50%
  `+tc.selector+"\n"), "Deployment/cart")
			got := "none"
			if w.Disruption != nil {
				got = w.Disruption.MinAvailable + "/" + w.Disruption.MaxUnavailable
			}
			if got != tc.want {
				t.Errorf("budget %s, want %s", got, tc.want)
			}
		})
	}
}
