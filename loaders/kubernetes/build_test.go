package kubernetes

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

func TestHandles(t *testing.T) {
	tests := []struct {
		apiVersion, kind string
		want             bool
	}{
		{"v1", "Service", true},
		{"v1", "Pod", true},
		{"apps/v1", "Deployment", true},
		{"argoproj.io/v1alpha1", "Rollout", true},
		{"autoscaling/v2", "HorizontalPodAutoscaler", true},
		{"serving.knative.dev/v1", "Service", false},
		{"v1", "Secret", false},
		{"argoproj.io/v1alpha1", "Application", false},
		{"networking.istio.io/v1", "VirtualService", false},
		{"", "", false},
	}
	for _, tc := range tests {
		if got := Handles(tc.apiVersion, tc.kind); got != tc.want {
			t.Errorf("%s %s: %t", tc.apiVersion, tc.kind, got)
		}
	}
}

// TestEveryHandledKindIsRead: a kind that Handles promises must leave something behind.
func TestEveryHandledKindIsRead(t *testing.T) {
	for group, names := range kinds {
		for _, kind := range names {
			apiVersion := strings.TrimPrefix(group+"/v1", "/")
			inv := build(t, east, "apiVersion: "+apiVersion+"\nkind: "+kind+`
metadata: {name: x, labels: {kubernetes.io/service-name: x}}
data: {}
subsets: [{}]
spec: {scaleTargetRef: {kind: Deployment, name: x}, selector: {}, maxReplicas: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: x}
spec: {template: {}}
`)
			w := workloadOf(t, inv, "Deployment/x")
			found := len(inv.Services) + len(inv.Slices) + len(inv.Nodes) + len(inv.Namespaces) + len(inv.ServiceAccounts) +
				len(inv.ConfigMaps) + len(inv.Ingresses) + len(inv.Workloads) + len(inv.Facts) - 1
			if w.Autoscale != nil || w.Disruption != nil {
				found++
			}
			if found == 0 {
				t.Errorf("%s %s leaves nothing", apiVersion, kind)
			}
		}
	}
}

func TestUnknownKindsAreLeftToOthers(t *testing.T) {
	inv := build(t, east, "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: x}\nspec: 7\n")
	if len(inv.Workloads)+len(inv.Services)+len(inv.Facts) > 0 {
		t.Errorf("%+v", inv)
	}
}

// TestWrongTypesAreReportedAndTheRestIsRead: every wrong value at its own place, in words for a
// person, and nothing else is lost.
func TestWrongTypesAreReportedAndTheRestIsRead(t *testing.T) {
	docs := documents(t, `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
  annotations: {passmuster.dev/depends-on: pay}
spec:
  replicas: "three"
  template:
    metadata:
      labels:
        app: cart
        version: 1.5
        a/b: true
    spec:
      hostNetwork: "yes"
      nodeSelector: [a, b]
      containers:
      - name: app
        ports: {http: 80}
      - name: second
        args: [1]
        readinessProbe: {periodSeconds: 2.5, tcpSocket: {port: 80}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80}, {port: http}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: shop}
data: nothing
---
apiVersion: v1
kind: ConfigMap
metadata: {namespace: shop}
`)
	inv, diags := Build(east, docs)
	var got []string
	for _, d := range diags {
		got = append(got, fmt.Sprintf("%d %s", d.Position.Line, d.Message))
	}
	want := []string{
		`9 spec.replicas has to be a whole number, not "three"`,
		`14 spec.template.metadata.labels.version has to be a string; put 1.5 in quotes`,
		`15 spec.template.metadata.labels.a/b has to be a string; put true in quotes`,
		`17 spec.template.spec.hostNetwork has to be true or false, not "yes"`,
		`18 spec.template.spec.nodeSelector has to be a mapping`,
		`21 spec.template.spec.containers.0.ports has to be a list`,
		`23 spec.template.spec.containers.1.args.0 has to be a string; put 1 in quotes`,
		`24 spec.template.spec.containers.1.readinessProbe.periodSeconds has to be a whole number, not 2.5`,
		`29 spec.ports.1.port has to be a whole number, not "http"`,
		`34 data has to be a mapping, not "nothing"`,
		`38 this ConfigMap has no metadata.name`,
	}
	slices.Sort(got)
	slices.Sort(want)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	w := workloadOf(t, inv, "Deployment/cart")
	if w.Replicas.State != mesh.Unknown || len(inv.Pods) != 1 {
		t.Errorf("replicas %+v, %d pods", w.Replicas, len(inv.Pods))
	}
	if w.Labels["version"] != "1.5" || w.Labels["a/b"] != "true" || w.Labels["app"] != "cart" {
		t.Errorf("labels %v", w.Labels)
	}
	if w.Readiness == nil || w.Readiness.Port != 80 || len(inv.DependsOn) != 1 {
		t.Errorf("the rest was not read: %+v", w)
	}
	if s := inv.Services[Key{"shop", "cart"}]; s == nil || len(s.Ports) != 2 || s.Ports[0].Number != 80 {
		t.Errorf("service %+v", s)
	}
}

func TestManyWrongValuesAreReportedUpToALimit(t *testing.T) {
	yaml := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n"
	for i := range 1000 {
		yaml += fmt.Sprintf("  k%d: %d\n", i, i)
	}
	_, diags := Build(east, documents(t, yaml))
	if len(diags) != maxBadValues {
		t.Errorf("%d diagnostics", len(diags))
	}
}

func TestNegativeReplicasAreReported(t *testing.T) {
	inv, diags := Build(east, documents(t, strings.Replace(cart, "replicas: 3", "replicas: -1", 1)))
	if len(diags) != 1 || diags[0].Position.Line != 8 || inv.Workloads[0].Replicas.State != mesh.Unknown {
		t.Errorf("%v, %+v", diags, inv.Workloads[0].Replicas)
	}
}

func TestTheFirstOfTwoDefinitionsCounts(t *testing.T) {
	const second = `---
apiVersion: extensions/v1beta1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec: {replicas: 7, template: {}}
`
	inv := build(t, east, cart+second+"---\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\n")
	if w := workloadOf(t, inv, "Deployment/cart"); w.Replicas.V != 3 || len(inv.Workloads) != 1 {
		t.Errorf("%d replicas, %d workloads", w.Replicas.V, len(inv.Workloads))
	}
	if len(inv.Facts) != 1 {
		t.Fatalf("%d facts", len(inv.Facts))
	}
	f := inv.Facts[0]
	want := "Deployment shop/cart is defined twice in cluster east; the definition at fleet.yaml:2 counts, and this one is left out: remove one of them"
	if f.Kind != mesh.FactDuplicate || f.Message != want {
		t.Errorf("%s: %s", f.Kind, f.Message)
	}
	if f.Origin.Position().Line != 28 || len(f.Related) != 1 || f.Related[0].Origin.Position().Line != 2 {
		t.Errorf("at %s, first at %s", f.Origin, f.Related[0].Origin)
	}
	if f.Resource != (mesh.Resource{Kind: "Deployment", Namespace: "shop", Name: "cart", Cluster: "east"}) {
		t.Errorf("%+v", f.Resource)
	}
}

func TestTheSameNameInTheDefaultNamespaceWrittenTwoWaysIsADuplicate(t *testing.T) {
	inv := build(t, east, "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: default}\n")
	if len(inv.Facts) != 1 || len(inv.Services) != 1 {
		t.Errorf("%d facts, %d services", len(inv.Facts), len(inv.Services))
	}
}

func TestTheSameTextTwiceIsNoDuplicate(t *testing.T) {
	docs := documents(t, cart)
	again := documents(t, cart)
	inv, _ := Build(east, append(docs, again...))
	if len(inv.Facts) != 0 || len(inv.Workloads) != 1 {
		t.Errorf("%d facts, %d workloads", len(inv.Facts), len(inv.Workloads))
	}
}

func TestGeneratedNamesAreNoDuplicates(t *testing.T) {
	const job = "---\napiVersion: batch/v1\nkind: Job\nmetadata: {generateName: j-}\nspec: {template: {}}\n"
	if inv := build(t, east, job+job); len(inv.Facts) != 0 || len(inv.Workloads) != 2 {
		t.Errorf("%d facts, %d workloads", len(inv.Facts), len(inv.Workloads))
	}
}

// TestEqualInputGivesEqualInventory builds a large fleet several times, in parallel decoding.
func TestEqualInputGivesEqualInventory(t *testing.T) {
	docs := documents(t, fleet(300))
	render := func() string {
		inv, diags := Build(east, docs)
		var b strings.Builder
		for _, w := range inv.Workloads {
			fmt.Fprintln(&b, w.ID, w.Labels, w.Replicas.V, w.Meshed.Origin, w.Locality.V, w.Autoscale, w.Disruption, w.SkipPorts)
		}
		for _, p := range inv.Pods {
			fmt.Fprintln(&b, p.Key, p.IP, p.Labels, p.Meshed, p.Locality.V, p.Workload.ID)
		}
		for _, r := range References(inv) {
			fmt.Fprintln(&b, r.Host, r.Origin.Path)
		}
		fmt.Fprintln(&b, len(diags), len(inv.Facts))
		return b.String()
	}
	first := render()
	for range 5 {
		if render() != first {
			t.Fatal("two builds differ")
		}
	}
}

var _ mesh.Locator = (*source.Document)(nil)
