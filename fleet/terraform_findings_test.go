package fleet_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules"
)

// applied is a shop in two regions that one module makes, and a caller in a third.
const applied = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes: [{name: prod, kind: istio, version: "1.31", trustDomain: cluster.local, clusters: [east, west, eu]}]
clusters:
- {name: east, region: us-east-1, zones: [us-east-1a, us-east-1b, us-east-1c]}
- {name: west, region: us-west-2, zones: [us-west-2a, us-west-2b, us-west-2c]}
- {name: eu, region: eu-west-1, zones: [eu-west-1a, eu-west-1b, eu-west-1c]}
environments: {prod: {clusters: [east, west, eu], terraform: infra}}
objectives: [{match: {service: checkout}, survive: [region]}]
-- infra/main.tf --
provider "aws" {
  alias  = "virginia"
  region = "us-east-1"
}
resource "aws_eks_cluster" "a" {
  provider = aws.virginia
  name     = "shop-${terraform.workspace}"
}
provider "kubectl" {
  alias = "primary"
  host  = aws_eks_cluster.a.endpoint
}
provider "kubectl" {
  alias          = "standby"
  config_context = "arn:aws:eks:us-west-2:1:cluster/west"
}
provider "kubernetes" {
  alias = "eu"
}
module "shop_east" {
  source    = "./shop"
  providers = { kubectl = kubectl.primary }

}
module "shop_west" {
  source    = "./shop"
  providers = { kubectl = kubectl.standby }

}
resource "kubernetes_namespace_v1" "shop" {
  provider = kubernetes.eu
  metadata {
    name   = "shop"
    labels = { istio-injection = "enabled" }
  }
}
resource "kubernetes_manifest" "rules" {
  provider = kubernetes.eu
  for_each = fileset(path.module, "eu/*.yaml")
  manifest = yamldecode(file(each.value))
}
-- infra/eu/frontend.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: frontend}}
  template:
    metadata: {labels: {app: frontend}}
    spec: {containers: [{name: frontend, image: "registry.example/frontend:1"}]}
-- infra/eu/checkout.yaml --
apiVersion: v1
kind: Service
metadata: {name: checkout, namespace: shop}
spec: {selector: {app: checkout}, ports: [{name: http, port: 8080}]}
-- infra/eu/retry.yaml --
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: checkout, namespace: shop}
spec:
  hosts: [checkout.shop.svc.cluster.local]
  http:
  - timeout: 6s
    retries: {attempts: 2, perTryTimeout: 2s, retryOn: "connect-failure,refused-stream,unavailable,cancelled", retryRemoteLocalities: true}
    route: [{destination: {host: checkout.shop.svc.cluster.local}}]
-- infra/eu/rule.yaml --
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: checkout, namespace: shop}
spec:
  host: checkout.shop.svc.cluster.local
  trafficPolicy:
    loadBalancer: {localityLbSetting: {failover: [{from: eu-west-1, to: us-east-1}]}}
    outlierDetection: {consecutive5xxErrors: 5, interval: 5s, baseEjectionTime: 30s, maxEjectionPercent: 100}
-- infra/shop/main.tf --
variable "detection" { default = "" }
locals {
  objects = [
    <<-YAML
      apiVersion: v1
      kind: Namespace
      metadata:
        name: shop
        labels: {istio-injection: enabled}
    YAML
    ,
    <<-YAML
      apiVersion: v1
      kind: Service
      metadata: {name: checkout, namespace: shop}
      spec: {selector: {app: checkout}, ports: [{name: http, port: 8080}]}
    YAML
    ,
  ]
}
resource "kubectl_manifest" "objects" {
  count      = length(local.objects)
  yaml_body  = local.objects[count.index]
  apply_only = true
}
resource "kubectl_manifest" "workload" {
  yaml_body  = templatefile("${path.module}/workload.yaml.tftpl", { replicas = 3 })
  apply_only = true
}
resource "kubectl_manifest" "rule" {
  yaml_body = <<-YAML
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: checkout, namespace: shop}
    spec:
      host: checkout.shop.svc.cluster.local
      trafficPolicy:
        loadBalancer:
          localityLbSetting: # the line that decides
            failover: [{from: us-east-1, to: us-west-2}]
  YAML
}
-- infra/shop/workload.yaml.tftpl --
apiVersion: apps/v1
kind: Deployment
metadata: {name: checkout, namespace: shop}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: checkout}}
  template:
    metadata: {labels: {app: checkout}}
    spec: {containers: [{name: checkout, image: "registry.example/checkout:1"}]}
-- infra/client.tf --
locals {
  client = <<-YAML
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: web, namespace: shop}
    spec:
      replicas: 3
      selector: {matchLabels: {app: web}}
      template:
        metadata: {labels: {app: web}}
        spec: {containers: [{name: web, image: "registry.example/web:1"}]}
  YAML
}
resource "kubectl_manifest" "client" {
  provider  = kubectl.primary
  yaml_body = local.client
}
`

// judge loads files and lets all rules speak; what is unreadable is the caller's business.
func judge(t *testing.T, archive string, replace ...string) (*fleet.Fleet, *failover.Matrix, []*analyzer.Finding) {
	t.Helper()
	dir := unpack(t, strings.NewReplacer(replace...).Replace(archive))
	cfg, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Load(context.Background(), fleet.Options{Config: cfg, Source: source.Options{Root: dir}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := failover.Compute(context.Background(), f.Graph, failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f, m, analyzer.Run(f.Graph, m, rules.All(), nil)
}

// A finding names the line of the heredoc that decides, and the call of the module on the way.
func TestFindingsNameTheHeredocAndTheCall(t *testing.T) {
	f, _, findings := judge(t, applied, "DETECTION", "")
	if n := len(f.Inputs.Unreadable) + len(f.Graph.Gaps) + len(f.Graph.ServiceGaps); n > 0 {
		t.Errorf("%v %v", f.Inputs.Unreadable, f.Graph.Gaps)
	}
	var inert []string
	for _, x := range findings {
		if x.Rule.ID == "DR103" {
			at := x.Position()
			inert = append(inert, at.String()+" "+at.Via[0].What+" "+at.Via[0].File+" "+x.Resource.Cluster)
		}
	}
	slices.Sort(inert)
	line := strings.Count(strings.Split(strings.Split(applied, "# the line that decides")[0], "-- infra/shop/main.tf --\n")[1], "\n") + 1
	if want := []string{fmt.Sprintf("infra/shop/main.tf:%d:11", line) + " module.shop_east infra/main.tf east"}; !slices.Equal(inert, want) {
		t.Errorf("%v, want %v", inert, want)
		for _, x := range findings {
			t.Log(render(x), x.Message)
		}
	}
	e := f.Graph.Environments[0]
	if e.Name != "prod" || len(e.Keeps) != 6 || e.Keeps[0].Kind != mesh.NeverRemoved || !slices.Equal(e.Clusters, []string{"east", "eu", "west"}) {
		t.Errorf("%+v", e)
	}
}

// What is not known before it is applied makes predictions unknown that depend on it, and no finding rests on it.
func TestUnknownValuesMakeCellsUnknownAndNoFinding(t *testing.T) {
	for name, tc := range map[string]struct {
		replace []string
		reason  string // of the cells; "" = they are what they were
		silent  []string
	}{
		"nothing":  {nil, "", nil},
		"replicas": {[]string{"{ replicas = 3 }", "{ replicas = random_id.a.dec }"}, "spec.replicas of Deployment shop/checkout in workload.yaml.tftpl:5 is not known: computed: module.shop_east.random_id.a.dec", []string{"DR103", "DR201", "DR503"}},
		"a setting of the rule": {[]string{"loadBalancer:\n          localityLb", "outlierDetection: {interval: \"${random_id.a.dec}s\", consecutive5xxErrors: 5}\n        loadBalancer:\n          localityLb"},
			"spec.trafficPolicy.outlierDetection.interval of DestinationRule shop/checkout in main.tf:", []string{"DR103"}},
		"its host":          {[]string{"host: checkout.shop.svc.cluster.local\n      trafficPolicy:\n        loadBalancer:\n", "host: ${random_id.a.hex}\n      trafficPolicy:\n        loadBalancer:\n"}, "spec.host of DestinationRule", []string{"DR103"}},
		"its name":          {[]string{"metadata: {name: checkout, namespace: shop}\n    spec:\n      host", "metadata: {name: \"${random_id.a.hex}\", namespace: shop}\n    spec:\n      host"}, "cannot be read: which object it is is not known", []string{"DR103"}},
		"its whole text":    {[]string{"resource \"kubectl_manifest\" \"rule\" {\n  yaml_body = <<-YAML", "resource \"kubectl_manifest\" \"rule\" {\n  yaml_body = random_id.a.hex\n}\nlocals {\n  rule = <<-YAML"}, "cannot be read: it is not known: computed: module.shop_east.random_id.a.hex", []string{"DR103"}},
		"its count":         {[]string{"resource \"kubectl_manifest\" \"rule\" {", "resource \"kubectl_manifest\" \"rule\" {\n  count = random_id.a.dec"}, "whether there is any of DestinationRule", []string{"DR103"}},
		"labels of pods":    {[]string{"metadata: {labels: {app: checkout}}", "metadata: {labels: {app: \"${replicas}${random}\"}}", "{ replicas = 3 }", "{ replicas = 3, random = random_id.a.hex }"}, "spec.template.metadata.labels.app", []string{"DR103"}},
		"an annotation":     {[]string{"metadata: {labels: {app: checkout}}", "metadata: {labels: {app: checkout, helm.sh/chart: \"${random}\"}, annotations: {checksum/config: \"${random}\"}}", "{ replicas = 3 }", "{ replicas = 3, random = random_id.a.hex }"}, "", nil},
		"an image's digest": {[]string{"checkout:1\"}", "checkout@${random}\", env: [{name: A, value: \"${random}\"}]}", "{ replicas = 3 }", "{ replicas = 3, random = random_id.a.hex }"}, "", []string{"DR201"}},
		"the provider's cluster": {[]string{"alias = \"primary\"\n  host  = aws_eks_cluster.a.endpoint", "alias = \"primary\"\n  host  = var.somewhere"},
			"which cluster the provider kubectl.primary works on is not known", []string{"DR103"}},
		"nothing of the root": {[]string{"terraform: infra}", "terraform: nowhere}"}, "the root module nowhere is not in the inputs", []string{"DR103"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, m, findings := judge(t, applied+"-- infra/shop/random.tf --\nresource \"random_id\" \"a\" {}\n-- infra/random.tf --\nvariable \"somewhere\" {}\n", tc.replace...)
			if name != "nothing of the root" && len(f.Inputs.Unreadable) > 0 {
				t.Errorf("unreadable: %v", f.Inputs.Unreadable)
			}
			known, why := 0, map[string]bool{}
			for _, c := range m.Cells {
				if c.Outcome == failover.Unknown {
					why[c.Reason] = true
				} else {
					known++
				}
			}
			switch {
			case tc.reason == "":
				for w := range why {
					if strings.Contains(w, "not known") && !strings.HasPrefix(w, "the zone of") {
						t.Errorf("unknown: %s", w)
					}
				}
				if known == 0 {
					t.Error("no cell is known")
				}
			case name == "nothing of the root":
				if g := f.Graph.Gaps; len(g) != 3 || g[0].What != "the root module nowhere" {
					t.Errorf("%v", g)
				}
			default:
				found := false
				for w := range why {
					found = found || strings.Contains(w, tc.reason)
				}
				if !found || known > 0 {
					t.Errorf("%d cells are known, the others unknown for %v, want %q", known, why, tc.reason)
				}
			}
			for _, x := range findings {
				if slices.Contains(tc.silent, x.Rule.ID) {
					t.Errorf("%s %s", render(x), x.Message)
				}
			}
			if tc.reason == "" && !slices.ContainsFunc(findings, func(x *analyzer.Finding) bool { return x.Rule.ID == "DR103" }) {
				t.Error("the fault is not found any more")
			}
		})
	}
}

// A comment above a resource suppresses what is found in it.
func TestCommentsOfTerraformSuppress(t *testing.T) {
	f, _, findings := judge(t, applied, "resource \"kubectl_manifest\" \"rule\" {", "# muster:ignore DR103 until=2099-01-31 owner=shop reason=\"both regions are small\"\nresource \"kubectl_manifest\" \"rule\" {")
	list, diags := f.Suppressions()
	if len(list) != 1 || len(diags) > 0 || list[0].Origin.Position().File != "infra/shop/main.tf" {
		t.Fatalf("%v %v", list, diags)
	}
	covered := 0
	for _, x := range findings {
		if list[0].Covers(&mesh.Subject{Service: x.Service, Resource: x.Resource, Position: x.Position()}) {
			covered++
			if x.Rule.ID != "DR103" {
				t.Errorf("it covers %s", render(x))
			}
		}
	}
	if covered != 1 {
		t.Errorf("it covers %d findings", covered)
	}
}
