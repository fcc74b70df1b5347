package fleet_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
)

// helmed is two clusters that Terraform installs charts in.
const helmed = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes: [{name: prod, kind: istio, version: "1.31", clusters: [east, west]}]
clusters:
- {name: east, region: us-east-1, zones: [a], sources: [{path: all}, {path: own}]}
- {name: west, region: us-west-2, zones: [a], sources: [{path: all}, {path: own}]}
environments: {prod: {terraform: infra}}
objectives: [{match: {service: cart}, survive: [region]}]
-- all/cart.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: c, image: "x:1"}]}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: "x:1"}]}}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec: {host: cart.shop.svc.cluster.local, trafficPolicy: {outlierDetection: {consecutive5xxErrors: 3, maxEjectionPercent: 100}}}
-- own/none.yaml --
-- infra/main.tf --
provider "helm" {
  alias = "east"
  kubernetes {
    config_context = "east"
  }
}
provider "helm" {
  alias      = "west"
  kubernetes = { config_context = "west" }
}
`

const settings = `localityLbSetting:
  distribute:
  - {from: us-east-1/*, to: {us-east-1/*: 80, us-west-2/*: 20}}
  - {from: us-west-2/*, to: {us-east-1/*: 100}}
defaultHttpRetryPolicy: {attempts: 0}
`

func indent(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n"+by) + "\n"
}

func predicted(t *testing.T, archive string) (cells []string, f *fleet.Fleet) {
	t.Helper()
	dir := unpack(t, archive)
	cfg, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	if f, err = fleet.Load(context.Background(), fleet.Options{Config: cfg, Source: source.Options{Root: dir}}); err != nil {
		t.Fatal(err)
	}
	m, err := failover.Compute(context.Background(), f.Graph, failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Cells {
		cells = append(cells, c.ID()+" "+string(c.Outcome)+" "+c.Reason)
	}
	slices.Sort(cells)
	return cells, f
}

// Values of the chart istiod mean what the ConfigMap says that the chart makes of them; those of "set" win.
func TestValuesOfIstiodAreItsConfigMap(t *testing.T) {
	configMap := "-- own/istio.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n" + indent(settings, "    ")
	want, _ := predicted(t, helmed+configMap)
	without, _ := predicted(t, helmed)
	if slices.Equal(want, without) {
		t.Fatal("the settings change nothing, and the test could not fail")
	}
	for name, release := range map[string]string{
		"version 2": `
resource "helm_release" "istiod" {
  for_each  = { east = 1 }
  provider  = helm.east
  name      = "istiod"
  chart     = "istiod"
  repository = "https://istio-release.storage.googleapis.com/charts"
  namespace = "istio-system"
  values = [
    "meshConfig: {defaultHttpRetryPolicy: {attempts: 7}, enableTracing: true}",
    <<-YAML
    meshConfig:
SETTINGS
    YAML
  ]
  set {
    name  = "meshConfig.enableTracing"
    value = "false"
  }
}
resource "helm_release" "west" {
  provider  = helm.west
  name      = "istiod"
  chart     = "istiod"
  namespace = "istio-system"
  values    = helm_release.istiod["east"].values
}
`,
		"version 3": `
locals {
  mesh = yamldecode(<<-YAML
    meshConfig:
SETTINGS
  YAML
  )
}
resource "helm_release" "east" {
  provider  = helm.east
  name      = "istiod"
  chart     = "istio/istiod"
  namespace = "istio-system"
  values    = [yamlencode(local.mesh), yamlencode({ meshConfig = { defaultHttpRetryPolicy = { attempts = 4 } } })]
  set       = [{ name = "meshConfig.defaultHttpRetryPolicy.attempts", value = 0 }, { name = "pilot.autoscaleMin", value = random_id.a.dec }]
}
resource "helm_release" "west" {
  provider  = helm.west
  name      = "istiod"
  chart     = "oci://gcr.io/istio-release/charts/istiod"
  namespace = "istio-system"
  values    = [yamlencode(local.mesh)]
}
resource "random_id" "a" {}
`,
	} {
		got, f := predicted(t, helmed+"-- infra/istiod.tf --\n"+strings.ReplaceAll(release, "SETTINGS\n", indent(settings, "      ")))
		if len(f.Inputs.Unreadable) > 0 || len(f.Graph.Gaps) > 0 {
			t.Errorf("%s: %v %v", name, f.Inputs.Unreadable, f.Graph.Gaps)
		}
		for i := range min(len(got), len(want)) {
			if got[i] != want[i] {
				t.Errorf("%s:\n%s, want\n%s", name, got[i], want[i])
			}
		}
		if len(got) != len(want) || len(f.Graph.Environments[0].Releases) != 2 {
			t.Errorf("%s: %d cells, want %d", name, len(got), len(want))
		}
	}
}

// A chart of the repository is rendered with the values of the release; one from elsewhere leaves a gap in its namespace, unless it is
// known to have no say, or what it brings is known.
func TestChartsOfReleases(t *testing.T) {
	const chart = `
-- infra/charts/pay/Chart.yaml --
apiVersion: v2
name: pay
version: 1.0.0
-- infra/charts/pay/values.yaml --
replicas: 1
-- infra/charts/pay/templates/pay.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: pay}}
  template: {metadata: {labels: {app: pay}}, spec: {containers: [{name: c, image: "x:1"}]}}
`
	release := func(rest string) string {
		return "-- infra/releases.tf --\nresource \"random_id\" \"a\" {}\nresource \"helm_release\" \"x\" {\n  provider = helm.east\n  name = \"pay-eu\"\n" + rest + "\n}\n"
	}
	for name, tc := range map[string]struct{ release, gap, replicas, at string }{
		"of the repository": {release("chart = \"${path.module}/charts/pay\"\n  namespace = \"shop\"\n  set {\n    name = \"replicas\"\n    value = 5\n  }"), "", "east/shop/Deployment/pay-eu 5", "infra/releases.tf:9"},
		"unknown value":     {release("chart = \"./charts/pay\"\n  namespace = \"shop\"\n  values = [yamlencode({replicas = random_id.a.dec})]"), "east [shop] The chart pay is not rendered: a value in releases.tf:7 is not known: computed: random_id.a.dec", "", ""},
		"elsewhere":         {release("chart = \"redis\"\n  repository = \"https://charts.invalid\"\n  namespace = \"caches\""), "east [caches] the chart redis", "", ""},
		"unknown chart":     {release("chart = random_id.a.hex"), "east [default] The object in releases.tf:5 cannot be read: which chart it installs is not known: computed: random_id.a.hex", "", ""},
		"no say":            {release("chart = \"base\"\n  repository = \"https://istio.invalid\"\n  namespace = \"istio-system\""), "", "", ""},
		"gateway": {release("chart = \"gateway\"\n  namespace = \"istio-ingress\"\n  set {\n    name = \"autoscaling.enabled\"\n    value = \"false\"\n  }\n  set {\n    name = \"replicaCount\"\n    value = 4\n  }"),
			"", "east/istio-ingress/Deployment/pay-eu 4", "infra/releases.tf:13"},
		"gateway of an unknown network": {release("chart = \"gateway\"\n  namespace = \"istio-ingress\"\n  values = [\"networkGateway: ${random_id.a.hex}\"]"),
			"east [istio-ingress] The object in releases.tf:7 cannot be read: a value of its chart is not known: computed: random_id.a.hex", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, f := predicted(t, helmed+chart+tc.release)
			gap := ""
			for _, g := range f.Graph.Gaps {
				gap += g.Cluster + " [" + strings.Join(g.Namespaces, " ") + "] " + g.What
			}
			if gap != tc.gap || len(f.Inputs.Unreadable) > 0 {
				t.Errorf("gap %q, want %q; %v", gap, tc.gap, f.Inputs.Unreadable)
			}
			replicas, at := "", ""
			for _, w := range f.Graph.Workloads {
				if n, ok := w.Replicas.Get(); ok && strings.HasSuffix(w.ID, "/pay-eu") {
					p := w.Replicas.Origin.Position()
					replicas, at = fmt.Sprint(w.ID, " ", n), fmt.Sprint(p.File, ":", p.Line)
				}
			}
			if replicas != tc.replicas || at != tc.at {
				t.Errorf("%q at %q, want %q at %q", replicas, at, tc.replicas, tc.at)
			}
		})
	}
}
