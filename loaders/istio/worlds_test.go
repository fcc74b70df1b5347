package istio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

const twoPlaces = `
apiVersion: v1
kind: Node
metadata: {name: e, labels: {topology.kubernetes.io/region: us-east1, topology.kubernetes.io/zone: a}}
---
apiVersion: v1
kind: Node
metadata: {name: w, labels: {topology.kubernetes.io/region: us-west1, topology.kubernetes.io/zone: b}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80, targetPort: 8080}], selector: {app: cart}}
---
apiVersion: v1
kind: Pod
metadata: {name: %[1]s-e, namespace: shop, labels: {app: cart, version: v1, security.istio.io/tlsMode: istio}}
spec: {nodeName: e, containers: [{name: app, image: x}]}
status: {podIP: 10.%[2]d.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: %[1]s-w, namespace: shop, labels: {app: cart, version: v2, security.istio.io/tlsMode: istio}}
spec: {nodeName: w, containers: [{name: app, image: x}]}
status: {podIP: 10.%[2]d.0.2}
`

// primaries builds a mesh of clusters that each obey their own objects.
func primaries(t *testing.T, version string, objects ...string) *Fleet {
	t.Helper()
	in := Input{Mesh: &mesh.Mesh{Name: "m", Version: version}, Inventories: map[string]*kubernetes.Inventory{}}
	for i, text := range objects {
		c := &mesh.Cluster{Name: fmt.Sprintf("c%d", i+1), Mesh: "m"}
		var others []*source.Document
		for _, d := range parsed(t, c.Name, text+"\n---\n"+fmt.Sprintf(twoPlaces, c.Name, i+1)) {
			if Reads(d) {
				in.Docs = append(in.Docs, d)
			} else {
				others = append(others, d)
			}
		}
		in.Clusters = append(in.Clusters, c)
		in.Inventories[c.Name], _ = kubernetes.Build(c, others)
	}
	return Build(in)
}

func destinationRule(namespace, name, spec string) string {
	return fmt.Sprintf("apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: %s, namespace: %s}\nspec: %s", name, namespace, spec)
}

// cartOf renders where requests for cart go.
func cartOf(t *testing.T, f *Fleet, c *mesh.Client) string {
	t.Helper()
	for _, s := range f.Services() {
		if s.Name != "cart" {
			continue
		}
		var b strings.Builder
		for _, p := range f.View(s, c).Pools {
			describePool(&b, c, p)
		}
		return b.String()
	}
	t.Fatal("no service cart")
	return ""
}

func TestClientsObeyTheObjectsOfTheirOwnConfigurationCluster(t *testing.T) {
	f := primaries(t, "1.31",
		destinationRule("shop", "cart", "{host: cart, trafficPolicy: {outlierDetection: {maxEjectionPercent: 100}}}"),
		destinationRule("shop", "cart", "{host: cart, trafficPolicy: {tls: {mode: DISABLE}}}"))
	client := func(cluster string) *mesh.Client {
		return &mesh.Client{ID: cluster, Cluster: cluster, Namespace: "web", Locality: mesh.ParseLocality("us-east1/a"), Kind: mesh.Sidecar}
	}
	one, two := cartOf(t, f, client("c1")), cartOf(t, f, client("c2"))
	if want := "cart.shop:80 eds auto, rule shop/cart, detects 5 errors, ejects 100% (c1.yaml:4)\n" +
		"  0: 10.1.0.1(us-east1/a) 10.2.0.1(us-east1/a)\n  1: 10.1.0.2(us-west1/b) 10.2.0.2(us-west1/b)\n"; one != want {
		t.Errorf("c1:\n%s\nwant\n%s", one, want)
	}
	if want := "cart.shop:80 eds none, rule shop/cart, detects nothing\n  0: 10.2.0.1(us-east1/a) 10.1.0.1(us-east1/a) 10.2.0.2(us-west1/b) 10.1.0.2(us-west1/b)\n"; two != want {
		t.Errorf("c2:\n%s\nwant\n%s", two, want)
	}
	s := f.Services()[0]
	if a, b := f.Class(s, client("c1")), f.Class(s, client("c2")); a == b {
		t.Errorf("both are of class %s", a)
	}
	if s.Clusters[0] != "c1" || s.Clusters[1] != "c2" || len(s.Endpoints) != 4 {
		t.Errorf("%v, %d endpoints", s.Clusters, len(s.Endpoints))
	}
}

func TestNamespacesWithoutRulesOfTheirOwnAreOfOneClass(t *testing.T) {
	f := primaries(t, "1.31", destinationRule("shop", "cart", "{host: cart, trafficPolicy: {outlierDetection: {}}}")+"\n---\n"+
		destinationRule("bank", "cart", "{host: cart.shop.svc.cluster.local, exportTo: ['.'], trafficPolicy: {tls: {mode: DISABLE}}}"))
	s := f.Services()[0]
	classes := map[string]string{}
	for _, namespace := range []string{"a", "b", "shop", "bank"} {
		for _, app := range []string{"x", "y"} {
			c := &mesh.Client{Cluster: "c1", Namespace: namespace, Labels: map[string]string{"app": app}, Kind: mesh.Sidecar, Network: app}
			if known, ok := classes[namespace]; ok && known != f.Class(s, c) {
				t.Errorf("clients of %s are of several classes", namespace)
			}
			classes[namespace] = f.Class(s, c)
		}
	}
	if classes["a"] != classes["b"] || classes["a"] == classes["bank"] {
		t.Errorf("%q", classes)
	}
}

func TestVersionsDiffer(t *testing.T) {
	meshDefault := `apiVersion: install.istio.io/v1alpha1
kind: IstioOperator
metadata: {name: mesh, namespace: istio-system}
spec: {meshConfig: {defaultTrafficPolicy: {outlierDetection: {maxEjectionPercent: 50}}}}
`
	zoneAware := destinationRule("shop", "cart", "{host: cart, trafficPolicy: {loadBalancer: {zoneAwareLbSetting: {}}}}")
	inherits := destinationRule("shop", "cart", "{host: cart, trafficPolicy: {tls: {mode: DISABLE}}, subsets: [{name: v1, labels: {version: v1}}]}")
	client := &mesh.Client{Cluster: "c1", Namespace: "web", Locality: mesh.ParseLocality("us-east1/a"), Kind: mesh.Sidecar}
	pool := func(version, objects, subset string) *mesh.Pool {
		f := primaries(t, version, objects)
		for _, p := range f.View(f.Services()[0], client).Pools {
			if p.Subset == subset {
				return p
			}
		}
		return nil
	}
	for _, test := range []struct {
		name   string
		answer func(version string) string
		want   map[string]string
	}{
		{"a mesh-wide default of outlier detection", func(v string) string {
			return fmt.Sprint(pool(v, meshDefault, "").Targets[0].Detection.Outlier != nil)
		}, map[string]string{"1.29": "false", "1.30": "false", "1.31": "true"}},
		{"zone-aware load balancing", func(v string) string {
			p := pool(v, zoneAware, "")
			return fmt.Sprint(len(p.Tiering.Arrange(client, p).Tiers))
		}, map[string]string{"1.29": "1", "1.30": "1", "1.31": "2"}},
		{"unready endpoints stay listed", func(v string) string {
			return fmt.Sprint(pool(v, zoneAware, "").SendsUnhealthy)
		}, map[string]string{"1.29": "false", "1.30": "false", "1.31": "true"}},
		{"a subset inherits the mode that endpoints are checked against", func(v string) string {
			f := primaries(t, v, inherits)
			rule := f.worlds[0].lookup("web", f.worlds[0].services[0])[0]
			return fmt.Sprint(f.worlds[0].tlsMode(rule, 80, "v1") != nil)
		}, map[string]string{"1.30": "false", "1.31": "true"}},
	} {
		for version, want := range test.want {
			if got := test.answer(version); got != want {
				t.Errorf("%s in %s: %s, want %s", test.name, version, got, want)
			}
		}
	}
}
