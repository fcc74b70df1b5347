package terraform

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/text/unicode/norm"
)

const carriers = `variable "ns" {}
locals {
  names = ["a", "b"]
  doc   = <<-YAML
    kind: Local
    host: ${r.lb.dns_name}
  YAML
}
resource "r" "lb" {}
resource "r" "heredoc" {
  body = <<-YAML
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: ${upper("cart")}, namespace: ${var.ns}}
    data:
      größe: "1"
      host: ${r.lb.dns_name}.example.com
      %{if true}
      inner: yes
      %{endif}
      %{for n in local.names}
      list-${n}: ${n}
      %{endfor}
      plain: $${x}
  YAML
}
resource "r" "quoted" { body = "kind: Q\nspec:\n  \"a\": ${1 + 1}\n  b: x\n" }
resource "r" "template" { body = templatefile("files/t.yaml.tftpl", { host = r.lb.dns_name, name = "x", zones = ["z1", r.lb.zone] }) }
resource "r" "file" { values = [yamlencode({ a = { b = 1 } }), file("files/v.yaml")] }
resource "r" "decode" { manifest = yamldecode(templatefile("files/t.yaml.tftpl", { host = "h", name = "x", zones = [] })) }
resource "r" "encode" {
  config = jsonencode({
    Name = "n"
    Targets = [
      { Datacenter = "dc1" },
      { Datacenter = r.lb.region },
    ]
    "a/b" = upper(r.lb.id)
  })
}
resource "r" "object" {
  manifest = {
    apiVersion = "v1"
    kind       = "Service"
    metadata   = { name = "s", namespace = var.ns }
  }
}
resource "r" "local" { body = local.doc }
resource "r" "whole" { body = r.lb.body }
resource "r" "joined" { body = join("\n---\n", [local.doc, "kind: B\nsize: ${length(r.lb.id)}\n"]) }
resource "r" "broken" { body = "a: [\n" }
resource "r" "dishonest" { body = "one: ${r.lb.id == "x" ? 1 : 2}\ntwo: ${sha1(r.lb.id)}\nk: ${length(local.names)}\n" }
resource "r" "blind" { body = "cut: ${replace(r.lb.id, "/./", "x")}\n" }
locals {
  many  = [for z in ["a", "b"] : "kind: ${z}\n"]
  plain = ["kind: P\n", local.doc]
}
resource "r" "items" {
  texts = local.many
  plain = local.plain
  block {
    body = "kind: In\n"
  }
}
module "m" {
  source = "./m"
  host   = r.lb.dns_name
}
-- files/t.yaml.tftpl --
apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data:
  host: ${host}
%{ for z in zones ~}
  zone-${z}: "1"
%{ endfor ~}
-- files/v.yaml --
first: 1
second: {third: 2}
-- m/main.tf --
variable "host" {}
resource "r" "r" {
  body = yamlencode({
    host = var.host
  })
}
-- j.tf.json --
{"resource": {"r": {"json": {"body": "kind: J\nhost: ${r.lb.dns_name}\n"}}}}
`

func describe(docs []*Document, u *Unknown) []string {
	var out []string
	for _, d := range docs {
		out = append(out, tokenPattern.ReplaceAllString(string(d.JSON), "?"))
		for _, p := range slices.Sorted(maps.Keys(d.Unknown)) {
			out = append(out, p+" ? "+d.Unknown[p].Reason)
		}
		for _, m := range d.Manifests {
			out = append(out, fmt.Sprintf("%s %s/%s %s:%d", m.Kind, m.Namespace, m.Name, m.File, m.Line))
		}
	}
	if u != nil {
		out = append(out, "open: "+u.Reason)
	}
	return out
}

func TestDocumentsInTexts(t *testing.T) {
	for _, ends := range []string{"\n", "\r\n"} {
		r := root(t, strings.ReplaceAll(carriers, "\n", ends), Options{})
		for _, tt := range []struct {
			what string
			want []string
			at   map[string]string
		}{
			{"r.heredoc|body", []string{
				`{"apiVersion":"v1","data":{"größe":"1","host":"?.example.com","inner":true,"list-a":"a","list-b":"b","plain":"${x}"},"kind":"ConfigMap","metadata":{"name":"CART","namespace":"?"}}`,
				"/data/host ? computed: r.lb.dns_name", "/metadata/namespace ? variable ns has no value",
			}, map[string]string{"": "main.tf:12:5", "/kind": "main.tf:13:5", "/metadata/name": "main.tf:14:16", "/metadata/namespace": "main.tf:14:40", "/data/größe": "main.tf:16:7",
				"/data/host": "main.tf:17:7", "/data/inner": "main.tf:19:7", "/data/list-a": "main.tf:22:7", "/data/list-b": "main.tf:22:7", "/data/plain": "main.tf:24:7"}},
			{"r.quoted|body", []string{`{"kind":"Q","spec":{"a":2,"b":"x"}}`}, map[string]string{"/kind": "main.tf:27:33", "/spec/a": "main.tf:27:51", "/spec/b": "main.tf:27:70"}},
			{"r.template|body", []string{
				`{"apiVersion":"v1","data":{"host":"?","zone-z1":"1","zone-?":"1"},"kind":"ConfigMap","metadata":{"name":"x"}}`,
				"/data ? computed: r.lb.zone", "/data/host ? computed: r.lb.dns_name", "ConfigMap /x files/t.yaml.tftpl:1",
			}, map[string]string{"/kind": "files/t.yaml.tftpl:2:1", "/metadata/name": "files/t.yaml.tftpl:4:3", "/data/host": "files/t.yaml.tftpl:6:3", "/data/zone-z1": "files/t.yaml.tftpl:8:3"}},
			{"r.file|values.0", []string{`{"a":{"b":1}}`}, map[string]string{"/a/b": "main.tf:29:56"}},
			{"r.file|values.1", []string{`{"first":1,"second":{"third":2}}`}, map[string]string{"/first": "files/v.yaml:1:1", "/second/third": "files/v.yaml:2:10"}},
			{"r.decode|manifest", []string{`{"apiVersion":"v1","data":{"host":"h"},"kind":"ConfigMap","metadata":{"name":"x"}}`, "ConfigMap /x files/t.yaml.tftpl:1"},
				map[string]string{"/data/host": "files/t.yaml.tftpl:6:3"}},
			{"r.encode|config", []string{`{"Name":"n","Targets":[{"Datacenter":"dc1"},{"Datacenter":"?"}],"a/b":"?"}`,
				"/Targets/1/Datacenter ? computed: r.lb.region", "/a~1b ? computed: r.lb.id"}, map[string]string{"": "main.tf:32:23", "/Targets/1/Datacenter": "main.tf:36:22", "/a~1b": "main.tf:38:13"}},
			{"r.object|manifest", []string{`{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"?"}}`, "/metadata/namespace ? variable ns has no value"},
				map[string]string{"/kind": "main.tf:44:18", "/metadata/name": "main.tf:45:27", "/metadata/namespace": "main.tf:45:44"}},
			{"r.local|body", []string{`{"host":"?","kind":"Local"}`, "/host ? computed: r.lb.dns_name"}, map[string]string{"/kind": "main.tf:5:5", "/host": "main.tf:6:5"}},
			{"r.whole|body", []string{"open: computed: r.lb.body"}, nil},
			{"r.joined|body", []string{`{"host":"?","kind":"Local"}`, "/host ? computed: r.lb.dns_name", `{"kind":"B","size":"?"}`, "/size ? computed: r.lb.id"}, map[string]string{"/kind": "main.tf:50:32"}},
			{"r.broken|body", []string{"open: error: main.tf:51:33: there is no value YAML could read here"}, nil},
			{"r.dishonest|body", []string{`{"k":2,"one":"?","two":"?"}`, "/one ? computed: r.lb.id", "/two ? computed: r.lb.id"}, nil},
			{"r.blind|body", []string{`{"cut":"?"}`, "/cut ? computed: r.lb.id"}, nil},
			{"r.json|body", []string{`{"host":"?","kind":"J"}`, "/host ? computed: r.lb.dns_name"}, map[string]string{"/host": "j.tf.json:1:39"}},
			{"r.items|texts.1", []string{`{"kind":"b"}`}, map[string]string{"/kind": "main.tf:55:11"}},
			{"r.items|plain.0", []string{`{"kind":"P"}`}, map[string]string{"/kind": "main.tf:56:13"}},
			{"r.items|plain.1", []string{`{"host":"?","kind":"Local"}`, "/host ? computed: r.lb.dns_name"}, map[string]string{"/host": "main.tf:6:5"}},
			{"r.items|block.body", []string{`{"kind":"In"}`}, map[string]string{"/kind": "main.tf:62:13"}},
			{"r.items|block.1.body", nil, nil},
			{"module.m.r.r|body", []string{`{"host":"?"}`, "/host ? computed: r.lb.dns_name"}, map[string]string{"/host": "m/main.tf:4:12"}},
		} {
			address, path, _ := strings.Cut(tt.what, "|")
			var steps []any
			for p := range strings.SplitSeq(path, ".") {
				if p == "0" || p == "1" {
					steps = append(steps, int(p[0]-'0'))
				} else {
					steps = append(steps, p)
				}
			}
			docs, u := instanceOf(t, r, address).Document(steps...)
			if got := describe(docs, u); !slices.Equal(got, tt.want) {
				t.Errorf("%s with %q:\n%s\nwant\n%s", tt.what, ends, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
			for p, want := range tt.at {
				if at := docs[0].Locate(p); at.String() != want || at.Path != p {
					t.Errorf("%s with %q: %s is at %s (%s), want %s", tt.what, ends, p, at, at.Path, want)
				}
			}
		}
		at := ""
		docs, _ := instanceOf(t, r, "module.m.r.r").Document("body")
		for _, v := range docs[0].Locate("/host").Via {
			at += fmt.Sprintf("%s %s:%d", v.What, v.File, v.Line)
		}
		if at != "module.m main.tf:65" {
			t.Errorf("the call is at %q", at)
		}
	}
}

// What is drawn part by part is what the evaluator renders, and each byte that is led back to its source is that byte.
func TestDrawingIsWhatIsRendered(t *testing.T) {
	cases, _ := filepath.Glob("../../testdata/vectors/terraform/cases/*/input")
	drawn, aligned := 0, 0
	for _, dir := range cases {
		r, err := load(t.Context(), os.DirFS(dir), ".", Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range r.Instances() {
			for _, name := range in.block.names() {
				native, ok := in.block.attrs[name].expr.(hclsyntax.Node)
				if !ok {
					continue
				}
				_ = hclsyntax.VisitAll(native, func(n hclsyntax.Node) hcl.Diagnostics {
					e, ok := n.(hclsyntax.Expression)
					if !ok {
						return nil
					}
					v, _ := in.scope.quietly(e, in.at.frame).Unmark()
					if _, alone := n.(*hclsyntax.AnonSymbolExpr); alone || !isText(v) {
						return nil
					}
					d := newDrawing(r)
					d.draw(in.scope, e, in.at.frame)
					if drawn++; norm.NFC.String(string(d.text)) != v.AsString() {
						t.Errorf("%s %s.%s: drawn %q, rendered %q", dir, in.Address, name, d.text, v.AsString())
					}
					for _, p := range d.pieces {
						for i, b := range d.text[p.start:p.end] {
							if p.from != nil {
								aligned++
								if c := r.sources[p.rng.Filename][p.from[i]]; c != b && c != '\\' && c != '$' && c != '%' {
									t.Errorf("%s %s.%s: %q comes from %q", dir, in.Address, name, b, c)
								}
							}
						}
					}
					return nil
				})
			}
		}
	}
	if drawn < 1000 || aligned < 1000 {
		t.Errorf("only %d texts and %d bytes", drawn, aligned)
	}
	t.Logf("%d texts, %d bytes", drawn, aligned)
}

// What a document costs is bounded as an attribute is, and ends in a reason.
func TestHostileDocumentsAreUnknownAsAWhole(t *testing.T) {
	for name, body := range map[string]string{
		"aliases":    "file(\"a.yaml\")",
		"nested for": "\"%{for a in range(1000)}%{for b in range(1000)}%{for c in range(1000)}x: ${r.lb.id}\\n%{endfor}%{endfor}%{endfor}\"",
		"deep":       "join(\"\", [for i in range(1000) : \"" + times("[", 50) + "\"])",
		"cycle":      "local.a",
	} {
		r := root(t, "locals {\n  a = \"${local.b}\"\n  b = local.a\n}\nresource \"r\" \"lb\" {}\nresource \"r\" \"r\" { body = "+body+" }\n-- a.yaml --\n"+aliases(), Options{})
		docs, u := instanceOf(t, r, "r.r").Document("body")
		if len(docs) != 0 || u == nil || len(r.Diagnostics()) == 0 {
			t.Errorf("%s: %d documents, %v, %v", name, len(docs), u, r.Diagnostics())
		}
	}
}
