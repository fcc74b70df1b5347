package infrastructure

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/loaders/terraform"
)

// built evaluates one file of configuration.
func built(t *testing.T, config string) *Output {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	tree, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tree.Close() })
	root, err := terraform.Load(t.Context(), tree, ".", terraform.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Build(Input{Environment: "test", Instances: root.Instances(), Holds: func(dir string) bool { return dir == "./chart" }})
}

// Values merge as helm merges them, "set" wins, and what is not known makes the chart opaque unless something known replaces it.
func TestValuesOfReleases(t *testing.T) {
	for name, tc := range map[string]struct{ body, want, opaque string }{
		"documents merge by key": {`values = ["a: {b: 1, c: [1, 2]}\nd: x", "a: {c: [3]}"]`, `{"a":{"b":1,"c":[3]},"d":"x"}`, ""},
		"set, blocks": {"values = [\"a: {b: 1}\"]\n  set {\n    name = \"a.b\"\n    value = 2\n  }\n  set {\n    name = \"a.c\"\n    value = \"007\"\n  }\n  set {\n    name = \"e\"\n    value = \"1\"\n    type = \"string\"\n  }",
			`{"a":{"b":2,"c":"007"},"e":"1"}`, ""},
		"set, attribute":         {`set = [{ name = "a\\.b/c[1].d", value = "true" }, { name = "l", value = "{x,1}" }]`, `{"a.b/c":[null,{"d":true}],"l":["x",1]}`, ""},
		"set_list":               {"set_list {\n    name = \"zones\"\n    value = [\"a\", \"b\"]\n  }", `{"zones":["a","b"]}`, ""},
		"unknown":                {`values = ["a: ${random_id.a.hex}"]`, `{}`, "computed: random_id.a.hex"},
		"unknown and replaced":   {"values = [\"a: ${random_id.a.hex}\\nb: 1\"]\n  set {\n    name = \"a\"\n    value = \"x\"\n  }", `{"a":"x","b":1}`, ""},
		"unknown list of values": {`values = random_id.a.list`, `{}`, "computed: random_id.a.list"},
		"an index that is large": {"set {\n    name = \"a[65536]\"\n    value = \"x\"\n  }", `{}`, "the name a[65536] is not understood: an index between 0 and 1000 is expected"},
		"two values in one":      {"set {\n    name = \"a\"\n    value = \"1,b=2\"\n  }", `{}`, "its value is not understood: a comma begins another value"},
	} {
		out := built(t, "resource \"random_id\" \"a\" {}\nresource \"helm_release\" \"x\" {\n  name = \"x\"\n  chart = \"./chart\"\n  "+tc.body+"\n}\n")
		if len(out.Charts) != 1 {
			t.Fatalf("%s: %+v", name, out)
		}
		var v any
		if err := json.Unmarshal(out.Charts[0].Values, &v); err != nil {
			t.Fatal(err)
		}
		js, _ := json.Marshal(v)
		if string(js) != tc.want || out.Charts[0].Opaque != tc.opaque {
			t.Errorf("%s: %s %q, want %s %q", name, js, out.Charts[0].Opaque, tc.want, tc.opaque)
		}
	}
}

// Charts of Linkerd bring what its loader reads.
func TestChartsOfLinkerd(t *testing.T) {
	out := built(t, `
resource "helm_release" "control" {
  name      = "linkerd"
  chart     = "linkerd-control-plane"
  namespace = "linkerd"
  values    = ["identityTrustDomain: shop.example"]
  set_sensitive {
    name  = "identityTrustAnchorsPEM"
    value = tls_self_signed_cert.root.cert_pem
  }
}
resource "tls_self_signed_cert" "root" {}
resource "helm_release" "failover" {
  name  = "failover"
  chart = "linkerd-failover"
}
resource "helm_release" "gateway" {
  name      = "multicluster"
  chart     = "linkerd-multicluster"
  namespace = "linkerd-multicluster"
  values    = ["gateway: {replicas: 2}"]
}
`)
	got := map[string]bool{}
	for _, d := range out.Documents {
		if d.Opaque != "" || len(d.Unknown) > 0 {
			t.Errorf("%+v", d)
		}
		for _, o := range d.Objects {
			got[o.Kind+" "+o.Namespace+"/"+o.Name] = true
		}
	}
	for _, want := range []string{"ConfigMap linkerd/linkerd-config", "Deployment default/linkerd-failover", "Service linkerd-multicluster/linkerd-gateway", "Deployment linkerd-multicluster/linkerd-gateway"} {
		if !got[want] {
			t.Errorf("no %s in %v", want, got)
		}
	}
}
