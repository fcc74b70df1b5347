package terraform

import (
	"os"
	"strings"
	"testing"
)

const manifests = `-- m/a.yaml --
apiVersion: v1
kind: Service
metadata: {name: a, namespace: shop}
--- # next
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: ${name}
---
# nothing
-- m/b.yaml --
---
kind: Ingress
apiVersion: networking.k8s.io/v1
metadata: {name: b}
-- m/c.txt --
x
-- pair.yaml --
apiVersion: v1
kind: A
metadata: {name: a, yes: 0755}
---
---
apiVersion: v1
kind: B
metadata: {name: b}
-- t.tpl --
hello ${who}
`

func TestDataSourcesThatFilesDecideAreKnown(t *testing.T) {
	r := root(t, `variable "open" {}
provider "aws" { region = "eu-west-1" }
provider "aws" {
  alias  = "open"
  region = var.open
}
data "aws_region" "own" {}
data "aws_region" "named" { name = "us-east-1" }
data "aws_region" "open" { provider = aws.open }
data "aws_region" "at" { endpoint = "x" }
data "kubectl_filename_list" "l" { pattern = "./m/*.yaml" }
data "kubectl_filename_list" "one" { pattern = "./m/a.yaml" }
data "kubectl_filename_list" "none" { pattern = "m/*.json" }
data "kubectl_filename_list" "out" { pattern = "../*" }
data "kubectl_filename_list" "abs" { pattern = "/etc/*" }
data "kubectl_path_documents" "d" {
  pattern = "${path.module}/m/*.yaml"
  vars    = { name = "r-1" }
}
data "kubectl_path_documents" "open" {
  pattern = "m/*.yaml"
  vars    = { name = var.open }
}
data "kubectl_path_documents" "raw" {
  pattern          = "m/a.yaml"
  disable_template = true
}
data "kubectl_path_documents" "secret" {
  pattern        = "m/*.yaml"
  sensitive_vars = { name = sensitive("s") }
}
data "kubectl_path_documents" "wrong" { pattern = "m/a.yaml" }
data "kubectl_file_documents" "f" { content = file("pair.yaml") }
data "kubectl_file_documents" "half" { content = "a: 1\n--- b" }
data "local_file" "f" { filename = "m/c.txt" }
data "local_file" "gone" { filename = "gone" }
data "local_file" "out" { filename = "/etc/passwd" }
data "template_file" "t" {
  template = file("t.tpl")
  vars     = { who = 1 }
}
data "template_file" "secret" {
  template = "$${who}"
  vars     = { who = sensitive("s") }
}
data "template_file" "now" { template = "$${timestamp()}" }
data "kustomization_build" "k" { path = "m" }
data "helm_template" "h" { name = "x" }
resource "kubectl_manifest" "m" {
  for_each  = data.kubectl_path_documents.d.manifests
  yaml_body = each.value
}
resource "kubectl_manifest" "pair" {
  count     = 2
  yaml_body = data.kubectl_file_documents.f.documents[count.index]
}
resource "kubectl_manifest" "whole" { yaml_body = data.local_file.pair.content }
data "local_file" "pair" { filename = "pair.yaml" }
resource "r" "r" {
  regions = [data.aws_region.own.name, data.aws_region.named.id, data.aws_region.own.description]
  open    = data.aws_region.open.name
  at      = data.aws_region.at.name
  list    = data.kubectl_filename_list.l.matches
  base    = data.kubectl_filename_list.l.basenames
  one     = data.kubectl_filename_list.one.matches
  none    = data.kubectl_filename_list.none.matches
  out     = data.kubectl_filename_list.out.matches
  abs     = data.kubectl_filename_list.abs.matches
  docs    = data.kubectl_path_documents.d.documents
  keys    = keys(data.kubectl_path_documents.d.manifests)
  yaml    = data.kubectl_path_documents.d.manifests["/apis/networking.istio.io/v1/destinationrules/r-1"]
  opened  = data.kubectl_path_documents.open.documents
  raw     = length(data.kubectl_path_documents.raw.documents)
  secret  = data.kubectl_path_documents.secret.documents[1]
  wrong   = data.kubectl_path_documents.wrong.documents
  split   = data.kubectl_file_documents.f.documents
  half    = data.kubectl_file_documents.half.documents
  file    = data.local_file.f.content
  sum     = data.local_file.f.content_md5
  gone    = data.local_file.gone.content
  passwd  = data.local_file.out.content
  text    = data.template_file.t.rendered
  now     = data.template_file.now.rendered
  hidden  = data.template_file.secret.rendered
  kust    = data.kustomization_build.k.manifests
  helm    = data.helm_template.h.manifest
  decoded = provider::kubernetes::manifest_decode(file("m/b.yaml"))
  several = provider::kubernetes::manifest_decode_multi(file("pair.yaml"))
  one_of  = provider::kubernetes::manifest_decode(file("pair.yaml"))
  nothing = provider::kubernetes::manifest_decode_multi("")
  no      = provider::kubernetes::manifest_decode("a: 1")
}
resource "kubernetes_manifest" "n" { manifest = provider::kubernetes::manifest_decode(<<-E
  apiVersion: v1
  kind: Service
  metadata: {name: "${var.open}", ok: 1}
E
) }
`+manifests, Options{})
	list := r.Instances()
	compareLeaves(t, list, map[string]string{
		"r.r|regions.0": `"eu-west-1" -> data.aws_region.own.name`, "r.r|regions.1": `"us-east-1" -> data.aws_region.named.id`, "r.r|regions.2": `? data source: data.aws_region.own.description -> data.aws_region.own.description`,
		"r.r|open": `? data source: data.aws_region.open.name -> data.aws_region.open.name`, "r.r|at": `? data source: data.aws_region.at.name -> data.aws_region.at.name`,
		"r.r|list": `["m/a.yaml","m/b.yaml"] -> data.kubectl_filename_list.l.matches`, "r.r|base": `["a.yaml","b.yaml"] -> data.kubectl_filename_list.l.basenames`, "r.r|one": `["./m/a.yaml"] -> data.kubectl_filename_list.one.matches`, "r.r|none": `[] -> data.kubectl_filename_list.none.matches`,
		"r.r|out": `? data source: data.kubectl_filename_list.out.matches -> data.kubectl_filename_list.out.matches`,
		"r.r|abs": `? data source: data.kubectl_filename_list.abs.matches -> data.kubectl_filename_list.abs.matches`,
		"r.r|docs": `["apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: shop}","apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: r-1",` +
			`"---\nkind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {name: b}"] -> data.kubectl_path_documents.d.documents`,
		"r.r|keys":    `["/api/v1/namespaces/shop/services/a","/apis/networking.istio.io/v1/destinationrules/r-1","/apis/networking.k8s.io/v1/ingresses/b"]`,
		"r.r|yaml":    `"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: r-1\n" -> data.kubectl_path_documents.d.manifests["/apis/networking.istio.io/v1/destinationrules/r-1"]`,
		"r.r|opened":  `? data source: data.kubectl_path_documents.open.documents; variable open has no value -> data.kubectl_path_documents.open.documents`,
		"r.r|raw":     `2`,
		"r.r|secret":  `"apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: s" sensitive -> data.kubectl_path_documents.secret.documents[1]`,
		"r.r|wrong":   `? data source: data.kubectl_path_documents.wrong.documents -> data.kubectl_path_documents.wrong.documents`,
		"r.r|split":   `["apiVersion: v1\nkind: A\nmetadata: {name: a, yes: 0755}","---\napiVersion: v1\nkind: B\nmetadata: {name: b}"] -> data.kubectl_file_documents.f.documents`,
		"r.r|half":    `[] -> data.kubectl_file_documents.half.documents`,
		"r.r|file":    `"x\n" -> data.local_file.f.content`,
		"r.r|sum":     `"401b30e3b8b5d629635a5c613cdb7919" -> data.local_file.f.content_md5`,
		"r.r|gone":    `? data source: data.local_file.gone.content -> data.local_file.gone.content`,
		"r.r|passwd":  `? data source: data.local_file.out.content -> data.local_file.out.content`,
		"r.r|text":    `"hello 1\n" -> data.template_file.t.rendered`,
		"r.r|now":     `? data source: data.template_file.now.rendered -> data.template_file.now.rendered`,
		"r.r|hidden":  `"s" sensitive -> data.template_file.secret.rendered`,
		"r.r|kust":    `? data source: data.kustomization_build.k.manifests -> data.kustomization_build.k.manifests`,
		"r.r|helm":    `? data source: data.helm_template.h.manifest -> data.helm_template.h.manifest`,
		"r.r|decoded": `{"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"b"}}`,
		"r.r|several": `[{"apiVersion":"v1","kind":"A","metadata":{"name":"a","true":493}},{"apiVersion":"v1","kind":"B","metadata":{"name":"b"}}]`,
		"r.r|one_of":  `? error: Error in function call`, "r.r|nothing": `[]`, "r.r|no": `? error: Error in function call`,
		"data.local_file.f|content": `"x\n"`, "data.local_file.f|filename": `"m/c.txt"`, "data.local_file.gone|content": `absent`,
	})
	n := 0
	for _, in := range list {
		if in.Type == "kubectl_manifest" && in.Name == "m" {
			docs, u := in.Document("yaml_body")
			if n++; len(docs) != 1 || u != nil || len(docs[0].Manifests) != 1 {
				t.Errorf("%s: %v %v", in.Address, docs, u)
				continue
			}
			want := map[string]string{"a": "m/a.yaml:3:12", "r-1": "m/a.yaml:8:3", "b": "m/b.yaml:4:12"}[docs[0].Manifests[0].Name]
			if at := docs[0].Locate("/metadata/name"); at.String() != want || at.Path != "/metadata/name" {
				t.Errorf("%s: %s, want %s", in.Address, at, want)
			}
		}
		if in.Type == "kubernetes_manifest" {
			docs, u := in.Document("manifest")
			if len(docs) != 1 || u != nil || docs[0].Unknown["/metadata/name"] == nil || len(docs[0].Unknown) != 1 || !strings.HasPrefix(docs[0].Locate("/kind").String(), "main.tf:") {
				t.Errorf("%v %v", docs, u)
			}
		}
	}
	for address, want := range map[string]string{"kubectl_manifest.pair[0]": "pair.yaml:2:1", "kubectl_manifest.pair[1]": "pair.yaml:7:1", "kubectl_manifest.whole": "pair.yaml:2:1 pair.yaml:7:1"} {
		docs, _ := instanceOf(t, r, address).Document("yaml_body")
		var got []string
		for _, d := range docs {
			got = append(got, d.Locate("/kind").String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", address, got, want)
		}
	}
	if n != 3 {
		t.Errorf("%d manifests", n)
	}
	var told []string
	for _, d := range r.Diagnostics() {
		told = append(told, d.Message)
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{"data kubectl_filename_list.out: its path lies outside", "data kubectl_filename_list.abs: its path lies outside", "data local_file.gone: gone:", "data local_file.out: its path lies outside", "data kubectl_path_documents.wrong: "} {
		if strings.Count(all, want) != 1 {
			t.Errorf("%q in\n%s", want, all)
		}
	}
}

func TestDataSourcesAreBounded(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"large file":     {"data \"local_file\" \"x\" { filename = \"big\" }\n", "larger than 100 bytes"},
		"large template": {"data \"template_file\" \"x\" { template = \"%%{for i in range(99)}%%{for j in range(99)}$${i}%%{endfor}%%{endfor}\" }\n", "evaluations"},
		"itself":         {"data \"template_file\" \"x\" { template = data.template_file.x.rendered }\n", "depends on itself"},
		"many entries":   {"data \"kubectl_filename_list\" \"x\" { pattern = \"*/*\" }\n", "too many files"},
	} {
		r := root(t, tt.text+"resource \"r\" \"r\" { a = data.template_file.x.rendered }\n-- big --\n"+strings.Repeat("x", 200)+"\n-- a --\n-- b --\n-- c --\n-- d/e --\n-- d/f --\n",
			Options{Limits: Limits{ReadBytes: 100, Evaluations: 1000, Entries: 6}})
		r.Instances()
		found := false
		for _, d := range r.Diagnostics() {
			found = found || strings.Contains(d.Message, tt.want)
		}
		if !found {
			t.Errorf("%s: %v", name, r.Diagnostics())
		}
	}
	dir := t.TempDir()
	write(t, dir, "main.tf", "data \"local_file\" \"x\" { filename = \"l\" }\ndata \"kubectl_path_documents\" \"y\" { pattern = \"*.yaml\" }\n")
	for _, name := range []string{"l", "l.yaml"} {
		if err := os.Symlink("/etc/passwd", dir+"/"+name); err != nil {
			t.Fatal(err)
		}
	}
	tree, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Load(t.Context(), tree, ".", Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range r.Instances() {
		for _, attr := range []string{"content", "documents"} {
			if l := in.Leaf(attr); !l.Absent {
				t.Errorf("%s %s", in.Address, shown(l))
			}
		}
	}
	if d := r.Diagnostics(); len(d) != 2 || !strings.Contains(d[0].Message, "escapes") {
		t.Errorf("%v", d)
	}
}

func TestWhatIsWriteOnlyOrEphemeralIsNeverKnown(t *testing.T) {
	r := root(t, `variable "e" {
  ephemeral = true
  default   = "x"
}
ephemeral "vault_secret" "s" { name = "s" }
resource "r" "r" {
  password_wo         = "literal"
  password_wo_version = 3
  other               = ephemeral.vault_secret.s.value
  var                 = var.e
  b {
    key_wo = "k"
    key    = "k"
  }
}
resource "r" "s" { a = r.r.password_wo }
import {
  to = r.known
  id = "id-1"
}
import {
  for_each = { eu = "e", us = r.r.id }
  to       = r.each[each.key]
  id       = each.value
}
resource "r" "known" {}
resource "r" "each" { for_each = toset(["eu", "us", "ap"]) }
resource "r" "ids" { a = [r.known.id, r.each["eu"].id, r.each["us"].id, r.each["ap"].id] }
`, Options{})
	compareLeaves(t, r.Instances(), map[string]string{
		"r.r|password_wo": "? write-only: password_wo is given to the provider and kept nowhere", "r.r|password_wo_version": "3", "r.r|b.key_wo": "? write-only: key_wo is given to the provider and kept nowhere",
		"r.r|b.key": `"k"`, "r.r|other": "? ephemeral.vault_secret.s.value is not known before apply", "r.r|var": "? variable e is ephemeral", "r.s|a": "? write-only: r.r.password_wo -> r.r.password_wo",
		"r.known|id": `"id-1"`, `r.each["eu"]|id`: `"e"`, `r.each["us"]|id`: "? computed: r.r.id -> r.r.id", `r.each["ap"]|id`: "absent",
		"r.ids|a.0": `"id-1" -> r.known.id`, "r.ids|a.1": `"e" -> r.each["eu"].id`, "r.ids|a.2": `? computed: r.each["us"].id -> r.each["us"].id`,
	})
	if list := r.Imports(); len(list) != 3 || list[0].To != `r.each["eu"]` || shown(list[1].ID) != "? computed: r.r.id -> r.r.id" || list[2].To != "r.known" {
		t.Errorf("%+v", list)
	}
}
