package terraform

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/mesh"
)

const facts = `terraform {
  required_version = ">= 1.9"
  required_providers {
    aws  = { source = "hashicorp/aws", version = "~> 6.0" }
    k8s  = { source = "registry.terraform.io/hashicorp/kubernetes" }
    old  = "1.0"
    tofu = { source = "registry.opentofu.org/acme/tofu" }
  }
  backend "s3" {
    bucket       = "state"
    region       = var.region
    use_lockfile = true
  }
}
variable "region" { default = "eu-west-1" }
variable "sites" { default = { eu = "eu-west-1", us = "us-east-1" } }
variable "open" {}
provider "aws" { region = var.region }
provider "aws" {
  alias  = "dr"
  region = aws_lb.main.home
}
provider "aws" {
  alias    = "by"
  for_each = var.sites
  region   = each.value
}
provider "consul" { datacenter = "dc2" }
provider "k8s" {
  config {
    host = aws_lb.main.endpoint
  }
}
module "site" {
  source    = "./site"
  for_each  = var.sites
  providers = { aws = aws.dr, aws.second = aws.by[each.key] }
}
module "remote" {
  source  = "org/remote/aws"
  version = "1.2.3"
}
module "git" { source = "git::https://example.com/m.git?ref=v1" }
module "gone" { source = "org/gone/aws" }
module "none" {
  source = "./site"
  count  = 0
}
resource "aws_lb" "main" {
  name = "m"
  lifecycle {
    create_before_destroy = true
    ignore_changes        = [desired_count, tags["owner"], block[0].weight]
    replace_triggered_by  = [aws_lb.other.id, aws_lb.other["x"]]
  }
  depends_on = [aws_lb.other, module.site]
}
resource "aws_lb" "other" {
  for_each = var.sites
  provider = aws.by[each.key]
  lifecycle {
    ignore_changes  = all
    prevent_destroy = var.open
  }
}
resource "aws_lb" "lost" {
  for_each = var.open
  provider = aws.by[each.key]
}
resource "null_resource" "r" {
  triggers = { file = "mesh.yaml" }
  provisioner "local-exec" {
    command = "kubectl apply -f ${self.triggers.file}"
  }
  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = "kubectl delete ${self.id}"
  }
  provisioner "file" { source = "x" }
}
resource "consul_key" "k" {}
moved {
  from = aws_lb.old
  to   = aws_lb.main
}
removed {
  from = aws_lb.dropped
  lifecycle { destroy = false }
}
removed { from = module.old }
-- site/main.tf --
terraform {
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      configuration_aliases = [aws.second]
    }
  }
}
provider "google" {
  project = "p-${aws_lb.in.id}"
}
resource "aws_lb" "in" {}
resource "aws_lb" "second" { provider = aws.second }
resource "random_id" "r" {}
moved {
  from = aws_lb.before
  to   = aws_lb.in[0]
}
-- vendored/main.tf --
output "o" { value = path.module }
-- .terraform.lock.hcl --
provider "registry.terraform.io/hashicorp/aws" {
  version     = "6.1.0"
  constraints = "~> 6.0"
  hashes = [
    "h1:a",
    "zh:b",
  ]
}
provider "registry.opentofu.org/hashicorp/kubernetes" {
  version = "2.0.0"
  hashes  = []
}
`

func line(p mesh.Position) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

func factsRoot(t *testing.T) *Root {
	t.Helper()
	return root(t, facts, Options{Modules: map[string]string{"git::https://example.com/m.git": "vendored", "org/remote/aws": "./nowhere"}})
}

func TestBackendsAndRequirements(t *testing.T) {
	r := factsRoot(t)
	b := r.Backend()
	if b.Kind != "s3" || shown(b.Leaf("region")) != `"eu-west-1"` || shown(b.Leaf("use_lockfile")) != "true" || shown(b.Leaf("dynamodb_table")) != "absent" ||
		b.Position().String() != "main.tf:9:3" || b.Leaf("bucket").Position().String() != "main.tf:10:20" || !slices.Equal(b.Names(), []string{"bucket", "region", "use_lockfile"}) {
		t.Errorf("%+v", b)
	}
	if v := r.RequiredVersion(); len(v) != 1 || v[0].Value.AsString() != ">= 1.9" {
		t.Errorf("%v", v)
	}
	var got []string
	for _, p := range r.RequiredProviders() {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s %s", p.Module, p.Name, p.Source, line(p.Position), p.Constraint)))
	}
	if want := []string{". aws hashicorp/aws main.tf:4 ~> 6.0", ". k8s hashicorp/kubernetes main.tf:5", ". old hashicorp/old main.tf:6 1.0", ". tofu acme/tofu main.tf:7", "site aws hashicorp/aws site/main.tf:3"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	l := r.LockFile()
	if !l.Present || len(l.Providers) != 2 || l.Providers[0].Source != "hashicorp/aws" || l.Providers[0].Version != "6.1.0" || l.Providers[0].Hashes != 2 || l.Providers[0].Constraints != "~> 6.0" ||
		line(l.Providers[1].Position) != ".terraform.lock.hcl:9" || l.Unsure != "module.gone: module not initialised" {
		t.Errorf("%+v", l)
	}
	if want := []string{"acme/tofu", "hashicorp/consul", "hashicorp/google", "hashicorp/kubernetes", "hashicorp/null", "hashicorp/old", "hashicorp/random"}; !slices.Equal(l.Missing, want) {
		t.Errorf("%q", l.Missing)
	}
}

func TestBackendsInOtherForms(t *testing.T) {
	for name, tt := range map[string]struct{ files, kind, path, want string }{
		"none":            {"resource \"a\" \"b\" {}\n", "", "bucket", "absent"},
		"cloud":           {"terraform {\n  cloud {\n    organization = \"o\"\n    workspaces { name = \"w\" }\n  }\n}\n", "cloud", "workspaces.name", `"w"`},
		"JSON":            {"-- a.tf.json --\n{\"terraform\": [{\"backend\": {\"gcs\": {\"bucket\": \"b\"}}}]}\n", "gcs", "bucket", `"b"`},
		"JSON cloud":      {"-- a.tf.json --\n{\"terraform\": {\"cloud\": {\"workspaces\": {\"name\": \"w\"}}}}\n", "cloud", "workspaces.name", `"w"`},
		"overridden":      {"terraform {\n  backend \"s3\" {\n    bucket = \"a\"\n  }\n}\n-- x_override.tf --\nterraform {\n  backend \"local\" {}\n}\n", "local", "bucket", "absent"},
		"unknown":         {"variable \"x\" {}\nterraform {\n  backend \"s3\" {\n    bucket = var.x\n  }\n}\n", "s3", "bucket", "? variable x has no value"},
		"sensitive":       {"terraform {\n  backend \"s3\" {\n    key = sensitive(\"a\")\n  }\n}\n", "s3", "key", `"a" sensitive`},
		"only a provider": {"terraform {\n  required_providers {}\n}\n", "", "x", "absent"},
	} {
		b := root(t, tt.files, Options{}).Backend()
		if got := shown(b.Leaf(pathOf(tt.path)...)); b.Kind != tt.kind || got != tt.want {
			t.Errorf("%s: %q %s", name, b.Kind, got)
		}
	}
	r := root(t, "terraform {\n  required_version = \"1\"\n}\n-- b.tf --\nterraform {\n  required_version = \"2\"\n}\n-- override.tf --\nterraform {\n  required_version = \"3\"\n}\n", Options{})
	if v := r.RequiredVersion(); len(v) != 1 || shown(v[0]) != `"3"` {
		t.Errorf("%v", v)
	}
	if l := root(t, "resource \"terraform_data\" \"x\" {}\n", Options{}).LockFile(); l.Present || len(l.Missing) != 0 || l.Unsure != "" {
		t.Errorf("%+v", l)
	}
}

func TestCallsAndProvidersAreListed(t *testing.T) {
	r := factsRoot(t)
	var got []string
	for _, c := range r.Calls() {
		version, _ := c.Version.Text()
		source, _ := c.Source.Text()
		got = append(got, fmt.Sprintf("%s %s %q local=%v dir=%q %v %s", c.Address, source, version, c.Local, c.Dir, c.Providers, line(c.Position)))
	}
	if want := []string{
		`module.git git::https://example.com/m.git?ref=v1 "" local=false dir="vendored" map[] main.tf:43`,
		`module.gone org/gone/aws "" local=false dir="" map[] main.tf:44`,
		`module.none ./site "" local=true dir="site" map[] main.tf:45`,
		`module.remote org/remote/aws "1.2.3" local=false dir="" map[] main.tf:39`,
		`module.site ./site "" local=true dir="site" map[aws:aws.dr aws.second:aws.by["eu"]] main.tf:34`,
	}; !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	got = nil
	for _, p := range r.Providers() {
		got = append(got, fmt.Sprintf("%s %s %s region:%s project:%s host:%s %s %d", p.Key, p.Type, p.Alias, shown(p.Leaf("region")), shown(p.Leaf("project")), shown(p.Leaf("config", "host")), line(p.Position()), len(p.Calls)))
	}
	if want := []string{
		`aws aws  region:"eu-west-1" project:absent host:absent main.tf:18 0`,
		`aws.by aws by region:? each.value of provider aws is not known project:absent host:absent main.tf:23 0`,
		`aws.dr aws dr region:? computed: aws_lb.main.home -> aws_lb.main.home project:absent host:absent main.tf:19 0`,
		`consul consul  region:absent project:absent host:absent main.tf:28 0`,
		`k8s kubernetes  region:absent project:absent host:? computed: aws_lb.main.endpoint -> aws_lb.main.endpoint main.tf:29 0`,
		`module.site:google google  region:absent project:? computed: module.site["eu"].aws_lb.in.id -> module.site["eu"].aws_lb.in.id host:absent site/main.tf:9 1`,
	}; !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
	for address, want := range map[string]string{
		`aws_lb.other["us"]`:              `aws.by["us"] "us-east-1"`,
		`aws_lb.lost[?]`:                  `aws.by[?] ? each.value of provider aws is not known`,
		`module.site["us"].aws_lb.second`: `aws.by["us"] "us-east-1"`,
		`module.site["us"].aws_lb.in`:     `aws.dr ? computed: aws_lb.main.home -> aws_lb.main.home`,
		`consul_key.k`:                    `consul absent`,
	} {
		in := instanceOf(t, r, address)
		if got := in.Provider + " " + shown(in.ProviderLeaf("region")); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	if got := shown(instanceOf(t, r, "consul_key.k").ProviderLeaf("datacenter")); got != `"dc2"` {
		t.Error(got)
	}
	if v := instanceOf(t, r, `aws_lb.other["us"]`).Region; !isText(v) || v.AsString() != "us-east-1" {
		t.Errorf("%#v", v)
	}
	if v := instanceOf(t, r, `aws_lb.lost[?]`).Region; !isSet(v) || v.IsKnown() {
		t.Errorf("%#v", v)
	}
}

func TestLifecyclesProvisionersAndRefactorings(t *testing.T) {
	r := factsRoot(t)
	l := instanceOf(t, r, "aws_lb.main").Lifecycle()
	var got []string
	for _, i := range l.Ignore {
		got = append(got, i.Attribute+" "+i.Position.String())
	}
	for _, ref := range l.ReplacedBy {
		got = append(got, ref.Address+" "+line(ref.Position))
	}
	if want := []string{"desired_count main.tf:53:30", `tags["owner"] main.tf:53:45`, "block[0].weight main.tf:53:60", "aws_lb.other.id main.tf:54", `aws_lb.other["x"] main.tf:54`}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if l.IgnoreAll || l.IgnoreUnknown != "" || shown(l.CreateBeforeDestroy) != "true" || !l.PreventDestroy.Absent || line(l.Position) != "main.tf:51" {
		t.Errorf("%+v", l)
	}
	if l := instanceOf(t, r, `aws_lb.other["eu"]`).Lifecycle(); !l.IgnoreAll || shown(l.PreventDestroy) != "? variable open has no value" || l.PreventDestroy.Position().String() != "main.tf:63:23" {
		t.Errorf("%+v", l)
	}
	if l := instanceOf(t, r, "consul_key.k").Lifecycle(); !l.CreateBeforeDestroy.Absent || l.IgnoreAll || len(l.Ignore) > 0 || line(l.Position) != "main.tf:82" {
		t.Errorf("%+v", l)
	}
	got = nil
	for _, d := range instanceOf(t, r, "aws_lb.main").DependsOn() {
		got = append(got, d.Address+" "+d.Position.String())
	}
	if want := []string{"aws_lb.other main.tf:56:17", "module.site main.tf:56:31"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	got = nil
	for _, p := range instanceOf(t, r, "null_resource.r").Provisioners() {
		got = append(got, fmt.Sprintf("%s %s %s %s %s", p.Kind, p.When, p.OnFailure, shown(p.Command), line(p.Position())))
	}
	if want := []string{`local-exec create fail "kubectl apply -f mesh.yaml" main.tf:72`, "local-exec destroy continue ? self.id is not known before apply main.tf:75", "file create fail absent main.tf:80"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	got = nil
	for _, m := range append(r.Moved(), r.Removed()...) {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", m.From, m.To, shown(m.Destroy), m.Position)))
	}
	if want := []string{"aws_lb.old aws_lb.main absent main.tf:83:1", `module.site.aws_lb.before module.site.aws_lb.in[0] absent site/main.tf:15:1`,
		"aws_lb.dropped  false main.tf:87:1", "module.old  absent main.tf:91:1"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestFactsInJSON(t *testing.T) {
	r := root(t, `-- a.tf.json --
{"resource": {"aws_lb": {"x": {"name": "x", "depends_on": ["aws_lb.y"], "lifecycle": {"ignore_changes": ["tags[\"a\"]"], "create_before_destroy": true},
  "provisioner": [{"local-exec": {"command": "kubectl apply", "when": "destroy"}}]}, "y": {"lifecycle": [{"ignore_changes": "all"}]}}},
 "moved": {"from": "aws_lb.a", "to": "aws_lb.x"}, "provider": {"aws": [{"region": "r"}, {"alias": "dr", "region": "s"}]},
 "terraform": {"required_version": "1", "required_providers": {"aws": {"source": "acme/aws", "version": "2"}}},
 "module": {"m": {"source": "x/y/z", "version": "1", "providers": {"aws": "aws.dr"}}}}
`, Options{})
	x := instanceOf(t, r, "aws_lb.x")
	l, p, d := x.Lifecycle(), x.Provisioners(), x.DependsOn()
	if len(l.Ignore) != 1 || l.Ignore[0].Attribute != `tags["a"]` || shown(l.CreateBeforeDestroy) != "true" {
		t.Errorf("%+v", l)
	}
	if len(p) != 1 || p[0].When != "destroy" || shown(p[0].Command) != `"kubectl apply"` || len(d) != 1 || d[0].Address != "aws_lb.y" {
		t.Errorf("%+v %+v", p, d)
	}
	if !instanceOf(t, r, "aws_lb.y").Lifecycle().IgnoreAll {
		t.Error("all")
	}
	if m := r.Moved(); len(m) != 1 || m[0].From != "aws_lb.a" || m[0].To != "aws_lb.x" {
		t.Errorf("%+v", m)
	}
	if p := r.Providers(); len(p) != 2 || p[1].Key != "aws.dr" || shown(p[1].Leaf("region")) != `"s"` || p[0].Type != "aws" {
		t.Errorf("%+v", p)
	}
	if p := r.RequiredProviders(); len(p) != 1 || p[0].Source != "acme/aws" || p[0].Constraint != "2" {
		t.Errorf("%+v", p)
	}
	if c := r.Calls(); len(c) != 1 || c[0].Providers["aws"] != "aws.dr" || shown(c[0].Version) != `"1"` {
		t.Errorf("%+v", c)
	}
}

// The order of blocks, and the files that they are in, mean nothing but for positions.
func TestFactsDoNotDependOnTheOrderOfFiles(t *testing.T) {
	summary := func(r *Root) string {
		var b strings.Builder
		for _, p := range r.Providers() {
			fmt.Fprintln(&b, p.Key, p.Type, shown(p.Leaf("region")))
		}
		for _, c := range r.Calls() {
			fmt.Fprintln(&b, c.Address, shown(c.Source), shown(c.Version), c.Providers, c.Dir)
		}
		for _, p := range r.RequiredProviders() {
			fmt.Fprintln(&b, p.Module, p.Name, p.Source, p.Constraint)
		}
		for _, m := range slices.Concat(r.Moved(), r.Removed(), r.Imports()) {
			fmt.Fprintln(&b, m.From, m.To, shown(m.ID), shown(m.Destroy))
		}
		for _, v := range r.RequiredVersion() {
			fmt.Fprintln(&b, shown(v))
		}
		l := r.LockFile()
		fmt.Fprintln(&b, r.Backend().Kind, l.Missing, l.Unsure, len(l.Providers))
		for _, in := range r.Instances() {
			fmt.Fprintln(&b, in.Address, in.Provider, len(in.Lifecycle().Ignore), len(in.Provisioners()), len(in.DependsOn()), shown(in.ProviderLeaf("region")))
		}
		return b.String()
	}
	main, rest, _ := strings.Cut(facts+"import {\n  to = consul_key.k\n  id = \"k\"\n}\nimport {\n  to = aws_lb.main\n  id = \"l\"\n}\n", "-- site/main.tf --\n")
	rest, last, _ := strings.Cut(rest, "import {")
	want := ""
	random := rand.New(rand.NewPCG(1, 2))
	for try := range 6 {
		var blocks []string
		for part := range strings.SplitSeq(main+"import {"+last, "\n}\n") {
			if strings.Count(part, "{") > strings.Count(part, "}") {
				part += "\n}\n"
			}
			blocks = append(blocks, part)
		}
		if try > 0 {
			random.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
		}
		files := map[int]string{}
		for i, b := range blocks {
			files[i*7%5] += b
		}
		archive := "-- site/main.tf --\n" + rest
		for i, text := range files {
			archive += fmt.Sprintf("-- f%d.tf --\n%s\n", i, text)
		}
		got := summary(root(t, archive, Options{Modules: map[string]string{"git::https://example.com/m.git": "vendored"}}))
		if want == "" {
			want = got
		}
		if got != want || strings.Count(got, "\n") < 35 || strings.Contains(got, "error") {
			t.Fatalf("%s\nwant\n%s", got, want)
		}
	}
}
