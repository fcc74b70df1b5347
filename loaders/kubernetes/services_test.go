package kubernetes

import (
	"fmt"
	"strings"
	"testing"
)

func TestServicePortsAndTargets(t *testing.T) {
	inv := build(t, east, `
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop, annotations: {a: b}, creationTimestamp: "2026-01-02T03:04:05Z"}
spec:
  selector: {app: cart}
  clusterIP: None
  type: LoadBalancer
  trafficDistribution: PreferClose
  publishNotReadyAddresses: true
  externalIPs: [192.0.2.9]
  ports:
  - {name: same, port: 80}
  - {name: number, port: 81, targetPort: 8080, appProtocol: http}
  - {name: quoted, port: 82, targetPort: "8081", nodePort: 30082}
  - {name: named, port: 83, targetPort: web}
  - {name: udp, port: 84, targetPort: web, protocol: UDP}
  - {name: sidecar, port: 85, targetPort: metrics}
  - {name: missing, port: 86, targetPort: nowhere}
status: {loadBalancer: {ingress: [{ip: 192.0.2.1}, {hostname: lb.example}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: cart-0, namespace: shop, labels: {app: cart}}
spec:
  containers: [{name: app, ports: [{name: web, containerPort: 9000}, {name: web, containerPort: 9001, protocol: UDP}]}]
  initContainers:
  - {name: meter, restartPolicy: Always, ports: [{name: metrics, containerPort: 9002}]}
  - {name: once, ports: [{name: nowhere, containerPort: 9003}]}
`)
	s := inv.Services[Key{"shop", "cart"}]
	var got []string
	for _, p := range s.Ports {
		got = append(got, fmt.Sprintf("%s %s %d", p.Name, p.Protocol, inv.TargetPort(p, inv.Pods[0])))
	}
	want := "same TCP 80, number TCP 8080, quoted TCP 8081, named TCP 9000, udp UDP 9001, sidecar TCP 9002, missing TCP 0"
	if strings.Join(got, ", ") != want {
		t.Errorf("ports %s\n want %s", strings.Join(got, ", "), want)
	}
	if inv.TargetPort(s.Ports[1], nil) != 8080 {
		t.Error("a numbered port needs no pod")
	}
	if fmt.Sprint(s.Addresses) != "[192.0.2.1 lb.example 192.0.2.9]" || s.ClusterIP != "None" || s.Type != "LoadBalancer" ||
		s.TrafficDistribution != "PreferClose" || !s.PublishNotReady || s.Created != "2026-01-02T03:04:05Z" ||
		s.Annotations["a"] != "b" || s.Ports[2].NodePort != 30082 || s.Ports[1].AppProtocol != "http" {
		t.Errorf("%+v", s)
	}
}

func TestEndpointSlices(t *testing.T) {
	inv := build(t, east, `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-x1, namespace: shop, labels: {kubernetes.io/service-name: cart}, annotations: {k: v}}
addressType: IPv4
endpoints:
- {addresses: [10.0.0.1], nodeName: n1, zone: a, hostname: h, targetRef: {kind: Pod, name: cart-0}, hints: {forZones: [{name: a}, {name: b}]}}
- {addresses: [10.0.0.2], conditions: {ready: false}, targetRef: {kind: Pod, name: cart-1, namespace: other}}
- {addresses: [10.0.0.3], conditions: {ready: false, serving: true, terminating: true}, targetRef: {kind: Node, name: n1}}
ports: [{name: http, port: 8080}, {name: any}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: stray, namespace: shop}
endpoints: []
`)
	if len(inv.Slices) != 1 {
		t.Fatalf("slices of %d services", len(inv.Slices))
	}
	s := inv.Slices[Key{"shop", "cart"}][0]
	if s.Name != "cart-x1" || s.AddressType != "IPv4" || s.Annotations["k"] != "v" || fmt.Sprint(s.Ports) != "[{http 8080 TCP} {any 0 TCP}]" {
		t.Errorf("%+v", s)
	}
	want := []string{
		"{[10.0.0.1] true true false {shop cart-0} n1 a h [a b]}",
		"{[10.0.0.2] false false false {other cart-1}    []}",
		"{[10.0.0.3] false true true { }    []}",
	}
	for i, e := range s.Endpoints {
		if fmt.Sprint(e) != want[i] {
			t.Errorf("endpoint %d: %v, want %s", i, e, want[i])
		}
	}
}

const endpoints = `---
apiVersion: v1
kind: Endpoints
metadata: {name: cart, namespace: shop}
subsets:
- addresses: [{ip: 10.0.0.1, nodeName: n1, targetRef: {kind: Pod, namespace: shop, name: cart-0}}]
  notReadyAddresses: [{ip: 10.0.0.2, hostname: h}]
  ports: [{name: http, port: 8080}]
- addresses: [{ip: 10.0.0.3}]
  ports: [{port: 9090, protocol: UDP}]
`

func TestEachSubsetOfEndpointsIsASlice(t *testing.T) {
	slices := build(t, east, endpoints).Slices[Key{"shop", "cart"}]
	if len(slices) != 2 {
		t.Fatalf("%d slices", len(slices))
	}
	want := "[{[10.0.0.1] true true false {shop cart-0} n1   []} {[10.0.0.2] false false false { }   h []}]"
	if got := fmt.Sprint(slices[0].Endpoints); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got := fmt.Sprint(slices[1].Ports); got != "[{ 9090 UDP}]" {
		t.Errorf("ports %s", got)
	}
}

func TestEndpointSlicesReplaceEndpoints(t *testing.T) {
	const slice = "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: x, namespace: shop, labels: {kubernetes.io/service-name: cart}}\n"
	for _, yaml := range []string{endpoints + slice, slice + endpoints} {
		if slices := build(t, east, yaml).Slices[Key{"shop", "cart"}]; len(slices) != 1 || slices[0].Name != "x" {
			t.Errorf("%d slices", len(slices))
		}
	}
}

func TestIngressBackends(t *testing.T) {
	yaml := `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {kubernetes.io/ingress.class: nginx}}
spec:
  defaultBackend: {service: {name: home, port: {number: 80}}}
  rules:
  - host: a
  - host: b
    http:
      paths:
      - {path: /cart, backend: {service: {name: cart, port: {name: http}}}}
      - {path: /old, backend: {serviceName: old, servicePort: 8080}}
      - {path: /bucket, backend: {resource: {kind: Bucket}}}
`
	in := build(t, east, yaml).Ingresses[0]
	var got []string
	for _, b := range in.Backends {
		got = append(got, b.Service+":"+b.Port)
	}
	if strings.Join(got, " ") != "home:80 cart:http old:8080" || in.Class != "nginx" {
		t.Errorf("backends %v, class %s", got, in.Class)
	}
	if got := line(yaml, in.Backends[1].Origin); !strings.Contains(got, "/cart") {
		t.Errorf("the second stands in %q", got)
	}
}
