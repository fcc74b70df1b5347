package linkerd_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/loaders/source"
)

// parse reads YAML that has to be free of problems.
func parse(t *testing.T, text string) *linkerd.Objects {
	t.Helper()
	objects, diags := tryParse(t, text)
	for _, d := range diags {
		t.Errorf("%v", d)
	}
	return objects
}

func tryParse(t *testing.T, text string) (*linkerd.Objects, []source.Diagnostic) {
	t.Helper()
	docs, _, diags := source.Parse("k.yaml", []byte(text), source.Options{})
	if len(diags) > 0 {
		t.Fatal(diags[0])
	}
	return linkerd.Read(docs)
}

func cluster(t *testing.T, text string) *linkerd.Cluster {
	t.Helper()
	return &linkerd.Cluster{Objects: parse(t, text)}
}

// The documents that most tests begin with: a Service with one named port.
const service = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop%s}
spec: {ports: [{name: http, port: 80, targetPort: 8080}]%s}
`

// webService is that Service with more metadata and spec.
func webService(metadata, spec string) string {
	if metadata != "" {
		metadata = ", " + metadata
	}
	if spec != "" {
		spec = ", " + spec
	}
	return fmt.Sprintf(service, metadata, spec)
}

// nodes a and b in the zones of their names, and x in none.
const nodes = `
---
{apiVersion: v1, kind: Node, metadata: {name: a, labels: {topology.kubernetes.io/zone: a}}}
---
{apiVersion: v1, kind: Node, metadata: {name: b, labels: {topology.kubernetes.io/zone: b}}}
---
{apiVersion: v1, kind: Node, metadata: {name: x}}
`

const proxy = `{name: linkerd-proxy, env: [
  {name: LINKERD2_PROXY_INBOUND_LISTEN_ADDR, value: "0.0.0.0:4143"},
  {name: LINKERD2_PROXY_ADMIN_LISTEN_ADDR, value: "[::]:4191"},
  {name: LINKERD2_PROXY_CONTROL_LISTEN_ADDR, value: "0.0.0.0:4190"}]}`

// meshed is a pod with a proxy; annotations are YAML members.
func meshed(name, annotations string) string {
	return podWith(name, "linkerd", annotations, "containers: [{name: app, ports: [{name: http, containerPort: 8080}]}, "+proxy+"]")
}

func podWith(name, controlPlane, annotations, spec string) string {
	return fmt.Sprintf(`
---
apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: shop, labels: {app: %s, linkerd.io/control-plane-ns: %q}, annotations: {%s}}
spec: {nodeName: a, %s}
`, name, name, controlPlane, annotations, spec)
}

// slice is an EndpointSlice of web; each entry is YAML in flow style.
func slice(name string, entries ...string) string {
	return sliceWith(name, "", "ports: [{name: http, port: 8080}]", entries...)
}

func sliceWith(name, annotations, ports string, entries ...string) string {
	return fmt.Sprintf(`
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %s, namespace: shop, labels: {kubernetes.io/service-name: web}, annotations: {%s}}
addressType: IPv4
endpoints: [%s]
%s
`, name, annotations, strings.Join(entries, ", "), ports)
}

// entry announces one address of a pod, with more members.
func entry(ip, pod, more string) string {
	if more != "" {
		more = ", " + more
	}
	return fmt.Sprintf("{addresses: [%s], targetRef: {kind: Pod, namespace: shop, name: %s}%s}", ip, pod, more)
}

// render writes the endpoints of an answer in one line each, and what was left out after "-".
func render(a linkerd.GetAnswer) string {
	var out []string
	if a.Code != linkerd.OK {
		out = append(out, string(a.Code))
	}
	for _, e := range a.Endpoints {
		parts := []string{e.Addr.String()}
		for _, s := range []string{e.TLSIdentity, string(e.Hint), e.AuthorityOverride, e.Cluster} {
			if s != "" {
				parts = append(parts, s)
			}
		}
		out = append(out, strings.Join(parts, " "))
	}
	for _, l := range a.Left {
		out = append(out, fmt.Sprintf("- %s: %s", l.Address, l.Why))
	}
	return strings.Join(out, "\n")
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
