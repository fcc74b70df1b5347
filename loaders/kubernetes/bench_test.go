package kubernetes

import (
	"fmt"
	"strings"
	"testing"
)

// fleet writes a fleet of n applications as a repository holds them: per application a
// Deployment, a Service, a ServiceAccount, an autoscaler and a disruption budget.
func fleet(n int) string {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "apiVersion: v1\nkind: Namespace\nmetadata: {name: team-%d, labels: {istio-injection: enabled}}\n---\n", i)
	}
	for i := range n {
		name, namespace := fmt.Sprintf("app-%d", i), fmt.Sprintf("team-%d", i%20)
		fmt.Fprintf(&b, `apiVersion: apps/v1
kind: Deployment
metadata:
  name: %[1]s
  namespace: %[2]s
  labels: {app.kubernetes.io/name: %[1]s, app.kubernetes.io/part-of: fleet, app.kubernetes.io/managed-by: Helm}
spec:
  replicas: 3
  revisionHistoryLimit: 5
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  selector: {matchLabels: {app.kubernetes.io/name: %[1]s}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: %[1]s, app.kubernetes.io/part-of: fleet, version: v1}
      annotations: {prometheus.io/scrape: "true", prometheus.io/port: "9090"}
    spec:
      serviceAccountName: %[1]s
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      topologySpreadConstraints:
      - {maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app.kubernetes.io/name: %[1]s}}}
      containers:
      - name: app
        image: registry.example/team/%[1]s:1.2.3
        imagePullPolicy: IfNotPresent
        ports: [{name: http, containerPort: 8080}, {name: metrics, containerPort: 9090}]
        env:
        - {name: LOG_LEVEL, value: info}
        - {name: NEXT_URL, value: "http://app-%[3]d.team-%[4]d:8080"}
        - {name: SECRET, valueFrom: {secretKeyRef: {name: %[1]s, key: secret}}}
        resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}
        readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 5}
        livenessProbe: {httpGet: {path: /live, port: http}}
        securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
        volumeMounts: [{name: tmp, mountPath: /tmp}]
      volumes: [{name: tmp, emptyDir: {}}]
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: %[2]s}
spec: {selector: {app.kubernetes.io/name: %[1]s}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: %[1]s, namespace: %[2]s}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: %[1]s, namespace: %[2]s}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}, minReplicas: 3, maxReplicas: 9, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: %[1]s, namespace: %[2]s}
spec: {minAvailable: 2, selector: {matchLabels: {app.kubernetes.io/name: %[1]s}}}
---
`, name, namespace, (i+1)%n, (i+1)%n%20)
	}
	return b.String()
}

// BenchmarkBuild builds 10,000 objects of 2,000 applications; parsing the files is not counted.
func BenchmarkBuild(b *testing.B) {
	docs := documents(b, fleet(2000))
	b.ReportAllocs()
	size := 0
	for _, d := range docs {
		size += len(d.JSON)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		inv, diags := Build(east, docs)
		if len(diags) > 0 || len(inv.Pods) != 6000 {
			b.Fatal(len(diags), len(inv.Pods))
		}
	}
}

// BenchmarkBuildLive builds 10,000 running pods with their Nodes, as an export of a cluster has
// them.
func BenchmarkBuildLive(b *testing.B) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "apiVersion: v1\nkind: Node\nmetadata: {name: n-%d, labels: {topology.kubernetes.io/region: r, topology.kubernetes.io/zone: z-%d}}\n---\n", i, i%3)
	}
	for i := range 10000 {
		fmt.Fprintf(&text, `apiVersion: v1
kind: Pod
metadata:
  name: app-%[1]d-5d9f-%[2]d
  namespace: team-%[3]d
  labels: {app: app-%[1]d, pod-template-hash: 5d9f, security.istio.io/tlsMode: istio}
  ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: app-%[1]d-5d9f, controller: true}]
spec: {nodeName: n-%[4]d, serviceAccountName: app-%[1]d, containers: [{name: app, ports: [{name: http, containerPort: 8080}]}, {name: istio-proxy}]}
status: {phase: Running, podIP: 10.%[4]d.0.%[2]d, conditions: [{type: Ready, status: "True"}]}
---
`, i/5, i, i/5%20, i%100)
	}
	docs := documents(b, text.String())
	b.ReportAllocs()
	for b.Loop() {
		if inv, _ := Build(bare, docs); len(inv.Workloads) != 2000 || len(inv.Pods) != 10000 {
			b.Fatal(len(inv.Workloads), len(inv.Pods))
		}
	}
}

// BenchmarkReferences searches the environment of 2,000 applications.
func BenchmarkReferences(b *testing.B) {
	inv, _ := Build(east, documents(b, fleet(2000)))
	for b.Loop() {
		if len(References(inv)) != 2000 {
			b.Fatal("a reference is missing")
		}
	}
}

// BenchmarkSelectPods resolves every Service of 2,000 applications in 20 namespaces.
func BenchmarkSelectPods(b *testing.B) {
	inv, _ := Build(east, documents(b, fleet(2000)))
	for b.Loop() {
		for _, s := range inv.Services {
			if len(inv.SelectPods(s.Namespace, s.Selector)) != 3 {
				b.Fatal("wrong pods")
			}
		}
	}
}
