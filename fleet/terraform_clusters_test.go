package fleet

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// The cluster of an object is that which its provider leads to: by name, by alias, by context, by region, or the only one.
func TestProvidersLeadToClusters(t *testing.T) {
	const service = `
resource "kubernetes_service_v1" "a" {
  metadata { name = "a" }
  spec {
    selector = { app = "a" }
    port { port = 80 }
  }
  PROVIDER
}
`
	const two = "clusters:\n- {name: east, region: us-east-1}\n- {name: west, region: us-west-2}\n- {name: far, region: us-west-2}\n"
	for name, tc := range map[string]struct{ tf, clusters, environment, want string }{
		"known name": {`
resource "aws_eks_cluster" "x" { name = "west" }
provider "kubernetes" { host = aws_eks_cluster.x.endpoint }`, two, "[east, west]", "west"},
		"name of a data source, by a token": {`
data "aws_eks_cluster_auth" "x" { name = "east" }
provider "kubernetes" { token = data.aws_eks_cluster_auth.x.token }`, two, "[east, west]", "east"},
		"arguments of a program": {`
resource "aws_eks_cluster" "x" { name = "east" }
provider "kubernetes" {
  exec {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--cluster-name", aws_eks_cluster.x.name]
  }
}`, two, "[east, west]", "east"},
		"name in the arguments of a program": {`
provider "kubernetes" {
  exec {
    api_version = "client.authentication.k8s.io/v1"
    command     = "aws"
    args        = ["eks", "get-token", "--cluster-name", "west"]
  }
}`, two, "[east, west]", "west"},
		"through a module": {`
module "eks" { source = "./eks" }
provider "kubernetes" { host = module.eks.endpoint }
-- infra/eks/main.tf --
resource "aws_eks_cluster" "this" { name = "west" }
output "endpoint" { value = aws_eks_cluster.this.endpoint }
-- infra/more.tf --
`, two, "[east, west]", "west"},
		"alias": {`
variable "host" {}
provider "kubernetes" {
  alias = "west"
  host  = var.host
}`, two, "[east, west]", "west"},
		"context":        {`provider "kubernetes" { config_context = "east" }`, two, "[east, west]", "east"},
		"unknown region": {"resource \"aws_eks_cluster\" \"x\" { name = \"shop\" }\nprovider \"kubernetes\" { host = aws_eks_cluster.x.endpoint }", two, "[east, west]", ""},
		"region": {`
provider "aws" { region = "us-east-1" }
resource "aws_eks_cluster" "x" { name = "shop" }
provider "kubernetes" { host = aws_eks_cluster.x.endpoint }`, two, "[east, west, far]", "east"},
		"region of two": {`
provider "aws" { region = "us-west-2" }
resource "aws_eks_cluster" "x" { name = "shop" }
provider "kubernetes" { host = aws_eks_cluster.x.endpoint }`, two, "[east, west, far]", ""},
		"region of a zone": {`
resource "google_container_cluster" "x" {
  name     = "shop"
  location = "europe-west4-b"
}
provider "kubernetes" { host = "https://${google_container_cluster.x.endpoint}" }`, "clusters:\n- {name: east, region: us-east-1}\n- {name: west, region: europe-west4}\n", "[east, west]", "west"},
		"the only one of the environment": {``, two, "[far]", "far"},
		"the only one of the config":      {``, "clusters:\n- {name: only}\n", "", "only"},
		"none":                            {``, two, "[east, west]", ""},
		"no clusters declared":            {"resource \"aws_eks_cluster\" \"x\" { name = \"shop\" }\nprovider \"kubernetes\" { host = aws_eks_cluster.x.endpoint }", "objectives: []\n", "", "shop"},
	} {
		t.Run(name, func(t *testing.T) {
			provider := ""
			if name == "alias" {
				provider = "provider = kubernetes.west"
			}
			environment := "{terraform: infra}"
			if tc.environment != "" {
				environment = "{clusters: " + tc.environment + ", terraform: infra}"
			}
			f := planned(t, "-- muster.yaml --\napiVersion: passmuster.dev/v1\n"+tc.clusters+"environments: {prod: "+environment+"}\n-- infra/main.tf --\n"+
				strings.Replace(service, "PROVIDER", provider, 1)+tc.tf+"\n")
			got := ""
			for cluster, docs := range f.docs {
				if len(docs) > 0 {
					got += cluster
				}
			}
			if got != tc.want || len(f.Inputs.Unreadable) > 0 {
				t.Errorf("%q, want %q\n%s", got, tc.want, told(f))
			}
			lost := strings.Contains(told(f), "which cluster the provider kubernetes works on is not known") && len(f.Graph.Gaps) > 1
			if lost != (tc.want == "") {
				t.Error(told(f))
			}
		})
	}
}

// Without a config a folder of configuration is a root module; its clusters are those that it builds, where it builds them. Files that
// objects come from are no manifests beside it.
func TestRootsWithoutAConfig(t *testing.T) {
	f := planned(t, `
-- infra/main.tf --
provider "aws" {
  alias  = "ohio"
  region = "us-east-2"
}
resource "aws_eks_cluster" "a" {
  provider = aws.ohio
  name     = "shop-a"
}
provider "kubectl" { host = aws_eks_cluster.a.endpoint }
resource "kubectl_manifest" "a" { yaml_body = file("${path.module}/a.yaml") }
-- infra/a.yaml --
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80}]}
`, "infra")
	if len(f.clusters) != 1 || f.clusters[0].Name != "shop-a" || f.clusters[0].Region != "us-east-2" || f.Inputs.Documents != 1 || f.Inputs.Resources != 2 || f.Inputs.Files != 2 {
		t.Errorf("%+v %+v", f.clusters[0], f.Inputs)
	}
	if at := f.docs["shop-a"][0].Locate("/spec/ports/0/port"); at.String() != "infra/a.yaml:4:37" {
		t.Error(at)
	}
	if e := f.Graph.Environments; len(e) != 1 || e[0].Name != "infra" || !slices.Equal(e[0].Regions, []string{"us-east-2"}) {
		t.Errorf("%+v", e)
	}
}

// A hostile root costs one line for each thing that is wrong with it, and everything else is audited.
func TestHostileRootsLeaveTheRestAsItIs(t *testing.T) {
	begin := time.Now()
	f := planned(t, `
-- muster.yaml --
apiVersion: passmuster.dev/v1
clusters: [{name: east}]
environments: {a: {terraform: cycle}, b: {terraform: huge}, c: {terraform: ../outside}, d: {terraform: good, varFiles: [vars/x.tfvars]}, e: {terraform: broken}}
-- cycle/main.tf --
locals {
  a = "${local.b}"
  b = local.a
}
resource "kubectl_manifest" "a" { yaml_body = local.a }
-- huge/main.tf --
resource "kubectl_manifest" "a" {
  count     = 1000000000
  yaml_body = "x: ${count.index}"
}
resource "helm_release" "a" {
  name  = "a"
  chart = "./../../../../../../etc"
  set {
    name  = "a[65536].b"
    value = "{1,2"
  }
}
-- broken/main.tf --
resource "x" {
-- vars/x.tfvars --
name = "good"
-- good/main.tf --
variable "name" {}
resource "kubernetes_service_v1" "a" {
  metadata { name = var.name }
  spec {
    selector = { app = "a" }
    port { port = 80 }
  }
}
`)
	if len(f.docs["east"]) != 1 || f.docs["east"][0].Name != "good" {
		t.Errorf("%v", f.docs)
	}
	lines := map[string]int{}
	for _, d := range f.Inputs.Unreadable {
		lines[strings.Split(d.Position.File, "/")[0]]++
	}
	if lines["cycle"] != 1 || lines["huge"] != 1 || lines["muster.yaml"] != 1 || lines["broken"] == 0 || lines["good"] != 0 {
		t.Errorf("%s", told(f))
	}
	if d := time.Since(begin); d > 30*time.Second {
		t.Errorf("it takes %v", d)
	}
}

// A changed file of configuration is for a new load; objects from elsewhere are updated beside those of Terraform.
func TestUpdatesKeepWhatTerraformHolds(t *testing.T) {
	const archive = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
clusters: [{name: east, sources: [{path: plain}]}]
environments: {prod: {terraform: infra}}
-- plain/rule.yaml --
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: a, namespace: shop}
spec: {host: a.shop.svc.cluster.local}
-- infra/main.tf --
resource "random_id" "a" {}
resource "kubernetes_service_v1" "a" {
  metadata {
    name      = "a"
    namespace = "shop"
  }
  spec {
    selector = { app = "a" }
    type     = random_id.a.hex
    port { port = 80 }
  }
}
resource "kubectl_manifest" "b" {
  yaml_body = "{apiVersion: v1, kind: Service, metadata: {name: b, namespace: shop}, spec: {selector: {app: b}, ports: [{port: 80}]}}"
}
`
	f := planned(t, archive)
	if _, ok, err := f.WithFiles(context.Background(), map[string][]byte{"infra/main.tf": []byte("")}); ok || err != nil {
		t.Error("a file of configuration is taken for manifests")
	}
	rule := []byte("apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a, namespace: shop}\nspec: {host: a.shop.svc.cluster.local, trafficPolicy: {outlierDetection: {}}}\n")
	next, ok, err := f.WithFiles(context.Background(), map[string][]byte{"plain/rule.yaml": rule})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	dir := unpack(t, archive)
	if err := os.WriteFile(filepath.Join(dir, "plain/rule.yaml"), rule, 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Load(context.Background(), Options{Config: cfg, Source: source.Options{Root: dir}})
	if err != nil {
		t.Fatal(err)
	}
	if told(next) != told(want) || !strings.Contains(told(next), "gap east [shop] a spec.type of Service shop/a in main.tf:9 is not known: computed: random_id.a.hex") {
		t.Errorf("%s\nwant\n%s", told(next), told(want))
	}
	for _, s := range next.Graph.Services {
		if gap := next.Graph.Gap(s); (gap != nil) != (s.Name == "a") {
			t.Errorf("%s: %v", s.ID, gap)
		}
	}
	if len(next.Graph.Environments) != 1 || len(next.Graph.Doubts) != 1 {
		t.Errorf("%v %v", next.Graph.Environments, next.Graph.Doubts)
	}
	// An object that is known now is in doubt no more.
	old := next.docs["east"][slices.IndexFunc(next.docs["east"], func(d *source.Document) bool { return d.Name == "a" && d.Kind == "Service" })]
	text := bytes.Replace(old.JSON, []byte(`"spec":{`), []byte(`"spec":{"type":"ClusterIP",`), 1)
	docs, _, _ := source.Parse("live.yaml", text, source.Options{})
	docs[0].Cluster = "east"
	last, err := next.Update(context.Background(), []Change{{Cluster: "east", Old: old, New: docs[0]}})
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(last.Graph.Services, func(s *mesh.Service) bool { return last.Graph.Gap(s) != nil }) {
		t.Error(told(last))
	}
}
