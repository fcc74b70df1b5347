package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// manyServices is a cluster of n services, each with a rule, a route and six pods.
func manyServices(b *testing.B, n int) Input {
	b.Helper()
	c := &mesh.Cluster{Name: "one", Mesh: "m"}
	in := Input{Mesh: &mesh.Mesh{Name: "m", Version: "1.31"}, Clusters: []*mesh.Cluster{c}, Inventories: map[string]*kubernetes.Inventory{}}
	var text strings.Builder
	text.WriteString(`
apiVersion: v1
kind: Node
metadata: {name: e, labels: {topology.kubernetes.io/region: us-east1, topology.kubernetes.io/zone: a}}
---
apiVersion: v1
kind: Node
metadata: {name: w, labels: {topology.kubernetes.io/region: us-west1, topology.kubernetes.io/zone: b}}
`)
	for i := range n {
		fmt.Fprintf(&text, `
---
apiVersion: v1
kind: Service
metadata: {name: s%[1]d, namespace: n%[2]d}
spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80, targetPort: 8080}, {name: grpc, port: 90, targetPort: 9090}], selector: {app: s%[1]d}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: s%[1]d, namespace: n%[2]d}
spec:
  host: s%[1]d
  trafficPolicy:
    connectionPool: {tcp: {connectTimeout: 2s, maxConnections: 100}, http: {http2MaxRequests: 1000}}
    outlierDetection: {consecutive5xxErrors: 3, interval: 5s, baseEjectionTime: 30s, maxEjectionPercent: 100}
    loadBalancer: {localityLbSetting: {failover: [{from: us-east1, to: us-west1}, {from: us-west1, to: us-east1}]}}
  subsets: [{name: v1, labels: {version: v1}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: s%[1]d, namespace: n%[2]d}
spec:
  hosts: [s%[1]d]
  http:
  - match: [{uri: {prefix: /api}}]
    route: [{destination: {host: s%[1]d, subset: v1}}]
    timeout: 1s
    retries: {attempts: 3, perTryTimeout: 200ms, retryOn: 5xx}
  - route: [{destination: {host: s%[1]d}}]
`, i, i%50)
		for p := range 6 {
			fmt.Fprintf(&text, `
---
apiVersion: v1
kind: Pod
metadata: {name: s%[1]d-%[3]d, namespace: n%[2]d, labels: {app: s%[1]d, version: v1, security.istio.io/tlsMode: istio}}
spec: {nodeName: %[4]s, containers: [{name: app, image: x}]}
status: {podIP: 10.%[3]d.%[5]d.%[6]d}
`, i, i%50, p, []string{"e", "w"}[p%2], i/250, i%250)
		}
	}
	docs, _, _ := source.Parse("all.yaml", []byte(text.String()), source.Options{})
	var others []*source.Document
	for _, d := range docs {
		d.Cluster = "one"
		if Reads(d) {
			in.Docs = append(in.Docs, d)
		} else {
			others = append(others, d)
		}
	}
	in.Inventories["one"], _ = kubernetes.Build(c, others)
	return in
}

func BenchmarkDecode10000Objects(b *testing.B) {
	in := manyServices(b, 5000)
	b.ReportAllocs()
	for b.Loop() {
		if n := len(decodeAll(in.Docs)); n != 10000 {
			b.Fatal(n)
		}
	}
}

func BenchmarkBuild2000Services(b *testing.B) {
	in := manyServices(b, 2000)
	b.ReportAllocs()
	for b.Loop() {
		Build(in)
	}
}

func BenchmarkClass(b *testing.B) {
	f := Build(manyServices(b, 1000))
	clients := make([]*mesh.Client, 50)
	for i := range clients {
		clients[i] = &mesh.Client{Cluster: "one", Namespace: fmt.Sprintf("n%d", i), Kind: mesh.Sidecar}
	}
	services := f.Services()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.Class(services[i%len(services)], clients[i%len(clients)])
	}
}

func BenchmarkView(b *testing.B) {
	f := Build(manyServices(b, 1000))
	c := &mesh.Client{Cluster: "one", Namespace: "n1", Kind: mesh.Sidecar}
	services := f.Services()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		f.View(services[i%len(services)], c)
	}
}

func BenchmarkFacts2000Services(b *testing.B) {
	f := Build(manyServices(b, 2000))
	b.ReportAllocs()
	for b.Loop() {
		f.observe()
	}
}
