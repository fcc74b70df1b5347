package fleet

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// unpack writes the files of an archive.
func unpack(t *testing.T, archive string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// threeNamespaces are services that may be concerned or not.
const threeNamespaces = `
-- plain.yaml --
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: far}
spec: {selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: plain}
spec: {selector: {app: a}, ports: [{port: 80}]}
`

const (
	localShop = "-- k/shop.yaml --\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: shop}\n"
	localNone = "-- k/none.yaml --\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n"
	aChart    = "-- k/Chart.yaml --\napiVersion: v2\nname: k\nversion: 1.0.0\n"
	redis     = "dependencies:\n- {name: redis, version: 1.x, repository: https://charts.invalid}\n"
)

// A gap reaches the services of the namespaces that it may concern, and no other.
func TestGapsReachWhatTheyMayConcern(t *testing.T) {
	for _, tc := range []struct{ name, files, config, want string }{
		{"remote base, moved into a namespace", "-- k/kustomization.yaml --\nnamespace: far\nresources: [https://a.invalid/b, shop.yaml]\n" + localShop, "", "far"},
		{"remote base beside objects", "-- k/kustomization.yaml --\nresources: [https://a.invalid/b, shop.yaml]\n" + localShop, "", "shop"},
		{"remote base beside objects without a namespace", "-- k/kustomization.yaml --\nresources: [https://a.invalid/b, none.yaml]\n" + localNone, "", "default"},
		{"remote base and a Namespace", "-- k/kustomization.yaml --\nresources: [https://a.invalid/b, n.yaml]\n-- k/n.yaml --\napiVersion: v1\nkind: Namespace\nmetadata: {name: far}\n", "", "far"},
		{"remote base alone", "-- k/kustomization.yaml --\nresources: [https://a.invalid/b]\n", "", "default far shop"},
		{"base moved by an overlay", "-- k/kustomization.yaml --\nnamespace: far\nresources: [../b]\n-- b/kustomization.yaml --\nnamespace: shop\nresources: [https://a.invalid/b]\n", "", "far"},
		{"missing file beside objects", "-- k/kustomization.yaml --\nresources: [gone.yaml, shop.yaml]\n" + localShop, "", "shop"},
		{"missing file alone", "-- k/kustomization.yaml --\nresources: [gone.yaml]\n", "", ""},
		{"missing file alone, named by the config", "-- k/kustomization.yaml --\nresources: [gone.yaml]\n", "{kustomize: k}", "default far shop"},
		{"kustomize fails", "-- k/kustomization.yaml --\nresources: [shop.yaml]\npatches: [{target: {kind: Service}, patch: x}]\n" + localShop, "", "shop"},
		{"the mesh's own namespace", "-- k/kustomization.yaml --\nnamespace: istio-system\nresources: [https://a.invalid/b]\n", "", "default far shop"},
		{"dependency of a chart", aChart + redis, "", "default"},
		{"dependency of a chart in a namespace", aChart + redis, "{helm: k, namespace: far}", "far"},
		{"dependency of a chart with objects elsewhere", aChart + redis + "-- k/templates/a.yaml --\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: shop}\n", "", "default shop"},
		{"chart that fails", aChart + "-- k/templates/a.yaml --\n{{ fail \"no\" }}\n", "{helm: k, namespace: far}", "far"},
		{"values that differ", aChart + "-- k/templates/a.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\ndata: {a: {{ randAlphaNum 9 }}}\n", "", "shop"},
		{"nothing is missing", "-- k/kustomization.yaml --\nresources: [shop.yaml]\n" + localShop, "", ""},
	} {
		dir := unpack(t, threeNamespaces+tc.files)
		o := Options{Source: source.Options{Root: dir}, Inputs: []source.Input{{Path: "."}}}
		if tc.config != "" {
			text := "apiVersion: passmuster.dev/v1\nclusters:\n- {name: c, sources: [{path: plain.yaml}, " + tc.config + "]}\n"
			if err := os.WriteFile(filepath.Join(dir, "muster.yaml"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
			if err != nil {
				t.Fatal(err)
			}
			o.Config, o.Inputs = c, nil
		}
		f, err := Load(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range f.Graph.Services {
			if f.Graph.Gap(s) != nil {
				got = append(got, s.Namespace)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: %q is not known, want %q: %+v", tc.name, got, tc.want, f.Inputs.Missing)
		}
		if told := len(f.Inputs.Missing); told != min(1, len(tc.files)) && tc.name != "nothing is missing" {
			t.Errorf("%s: %d lines: %v", tc.name, told, f.Inputs.Missing)
		}
	}
}

// A gap of one mesh or cluster is none of another's.
func TestGapsKeepToTheirMesh(t *testing.T) {
	g := &mesh.Graph{Meshes: []*mesh.Mesh{{Name: "a", Clusters: []string{"east"}}, {Name: "b", Clusters: []string{"west"}}}}
	g.Gaps = gapsOf(nil, []Missing{{Cluster: "east", Namespaces: []string{"shop"}}, {Cluster: "east", Namespaces: []string{"shop", "far"}}, {Cluster: "west", Anywhere: true}, {Cluster: "west"}})
	g.Index()
	if len(g.Gaps) != 3 {
		t.Errorf("%d gaps, want one for each scope", len(g.Gaps))
	}
	for _, tc := range []struct {
		mesh, namespace string
		want            bool
	}{{"a", "shop", true}, {"a", "far", true}, {"a", "other", false}, {"b", "other", true}} {
		if got := g.Gap(&mesh.Service{Mesh: tc.mesh, Namespace: tc.namespace}) != nil; got != tc.want {
			t.Errorf("%v: %v", tc, got)
		}
	}
}

// What depends on a service of a gap, or is routed to one, is not known either; what does not is
// predicted.
func TestGapsReachDependents(t *testing.T) {
	app := func(name, namespace, zone string) string {
		return strings.NewReplacer("SPACE", namespace, "NAME", name, "ZONE", zone).Replace(`---
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME-ZONE, namespace: SPACE}
spec:
  replicas: 3
  selector: {matchLabels: {app: NAME, zone: ZONE}}
  template:
    metadata: {labels: {app: NAME, zone: ZONE, sidecar.istio.io/inject: "true"}}
    spec:
      nodeSelector: {topology.kubernetes.io/zone: ZONE}
      containers: [{name: app, image: NAME}]
`)
	}
	var b strings.Builder
	b.WriteString("-- all.yaml --\n")
	for _, n := range []string{"us-east-1", "us-west-2"} {
		b.WriteString("---\napiVersion: v1\nkind: Node\nmetadata: {name: " + n + ", labels: {topology.kubernetes.io/region: " + n + ", topology.kubernetes.io/zone: " + n + "a}}\n")
	}
	for _, s := range []struct{ name, namespace string }{{"caller", "shop"}, {"routed", "shop"}, {"alone", "shop"}, {"db", "far"}} {
		b.WriteString("---\napiVersion: v1\nkind: Service\nmetadata: {name: " + s.name + ", namespace: " + s.namespace + "}\nspec: {selector: {app: " + s.name + "}, ports: [{name: http, port: 80}]}\n")
		for _, zone := range []string{"us-east-1a", "us-west-2a"} {
			b.WriteString(app(s.name, s.namespace, zone))
		}
	}
	b.WriteString("---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: routed, namespace: shop}\n" +
		"spec: {hosts: [routed], http: [{route: [{destination: {host: routed}, weight: 90}, {destination: {host: db.far.svc.cluster.local}, weight: 10}]}]}\n")
	b.WriteString("---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: caller, namespace: shop}\n" +
		"spec: {workloadSelector: {labels: {app: caller}}, egress: [{hosts: [far/db.far.svc.cluster.local]}]}\n")
	b.WriteString("-- k/kustomization.yaml --\nnamespace: far\nresources: [https://a.invalid/b]\n")
	f, err := Load(t.Context(), Options{Source: source.Options{Root: unpack(t, b.String())}, Inputs: []source.Input{{Path: "."}}})
	if err != nil {
		t.Fatal(err)
	}
	all := func(*mesh.Service) bool { return true }
	m, err := failover.Compute(t.Context(), f.Graph, failover.Options{Services: all, Scenarios: failover.Scenarios(f.Graph), Faults: []failover.Fault{failover.Crash}})
	if err != nil {
		t.Fatal(err)
	}
	known, unknown := map[string]int{}, map[string]int{}
	for _, c := range m.Cells {
		if !strings.HasPrefix(c.Scenario.String(), "region=") {
			continue
		}
		if c.Outcome == failover.Unknown && strings.Contains(c.Reason, "https://a.invalid/b is not in the inputs") {
			unknown[c.Service.Name]++
		} else {
			known[c.Service.Name]++
		}
	}
	for name, want := range map[string]bool{"caller": false, "routed": false, "db": false, "alone": true} {
		if (known[name] > 0) != want || (unknown[name] > 0) == want {
			t.Errorf("%s: %d cells known and %d not", name, known[name], unknown[name])
		}
	}
}
