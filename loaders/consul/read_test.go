package consul_test

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

// One resolver written in each language and style is read as the same, with its places.
func TestOneEntryInEveryLanguage(t *testing.T) {
	for _, c := range []struct{ file, text, entry, redirect string }{
		{"a.hcl", "Kind = \"service-resolver\"\nName = \"pay\"\nRedirect {\n  Service = \"till\"\n}\n", "a.hcl:1:1", "a.hcl:3:1"},
		{"a.hcl", "kind = \"service-resolver\"\nname = \"pay\"\nredirect = { service = \"till\" }\n", "a.hcl:1:1", "a.hcl:3:1"},
		{"a.hcl", "{ \"Kind\": \"service-resolver\", \"Name\": \"pay\",\n  \"Redirect\": { \"Service\": \"till\" } }", "a.hcl:1:1", "a.hcl:2:3"},
		{"a.json", "{\n  \"KIND\": \"service-resolver\",\n  \"name\": \"pay\",\n  \"redirect\": [ { \"service\": \"till\" } ]\n}\n", "a.json:1:1", "a.json:4:17"},
		{"a.yaml", "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceResolver\nmetadata: {name: pay}\nspec:\n  redirect:\n    service: till\n", "a.yaml:1:1", "a.yaml:5:3"},
		{"s.hcl", "server = true\nconfig_entries {\n  bootstrap {\n    kind = \"service-resolver\"\n    name = \"pay\"\n    redirect { service = \"till\" }\n  }\n}\n", "s.hcl:3:3", "s.hcl:6:5"},
		{"s.hcl", "config_entries {\n  bootstrap = [\n    { kind = \"service-resolver\", name = \"pay\", redirect { service = \"till\" } }\n  ]\n}\n", "s.hcl:3:5", "s.hcl:3:48"},
	} {
		content, diags := consul.Parse(c.file, []byte(c.text), source.Options{})
		if len(diags) > 0 || len(content.Entries) != 1 {
			t.Errorf("%q: %d entries, %v", c.text, len(content.Entries), diags)
			continue
		}
		e := content.Entries[0]
		if e.Kind != "service-resolver" || e.Name != "pay" || e.Problem != nil || e.Resolver == nil || e.Resolver.Redirect == nil || e.Resolver.Redirect.Service != "till" {
			t.Errorf("%q is read as %+v", c.text, e)
			continue
		}
		if at := e.Origin.String(); at != c.entry {
			t.Errorf("%q: the entry is at %s, want %s", c.text, at, c.entry)
		}
		if at := e.Resolver.Redirect.Origin.String(); at != c.redirect {
			t.Errorf("%q: the redirect is at %s, want %s", c.text, at, c.redirect)
		}
	}
}

// What cannot be read is told with its place, and everything else is read.
func TestErrorsHaveAPlaceAndTakeNothingAlong(t *testing.T) {
	good := "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {name: a}\nspec: {protocol: http}\n"
	for _, c := range []struct {
		file, text, want string
		entries          int
	}{
		{"a.hcl", "Kind = \"service-defaults\"\nName = = 3\n", "a.hcl:2:", 0},
		{"a.hcl", "Kind = \"service-defaults\"\nName = 99999999999999999999999\n", "a.hcl:2:8", 0},
		{"a.hcl", "a b c d e f g h i j k {}", "a.hcl:1:17", 0},
		{"a.hcl", strings.Repeat("a {", 500) + strings.Repeat("}", 500), "nested more than 200", 0},
		{"a.yaml", good + "---\na: [\n---\n" + good, "a.yaml:", 2},
		{"a.json", "{\"Kind\": ", "a.json:1:", 0},
		{"a.hcl", "service {\n  port = 1\n}\nservice {\n  name = \"a\"\n}\n", "a.hcl:1:1", 0},
		{"a.yaml", "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nspec: {}\n---\n" + good, "a.yaml:1:1", 1},
	} {
		content, diags := consul.Parse(c.file, []byte(c.text), source.Options{})
		if len(diags) != 1 || !strings.Contains(diags[0].Error(), c.want) || len(content.Entries) != c.entries {
			t.Errorf("%.60q: %d entries and %v; want %d and one diagnostic with %s", c.text, len(content.Entries), diags, c.entries, c.want)
		}
	}
}

func TestWhatIsNotConsulsIsSilent(t *testing.T) {
	for file, text := range map[string]string{
		"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "b.yaml": "kind: Kustomization\nresources: []\n",
		"c.json": "[1, \"a\", null]", "d.hcl": "resource \"x\" \"y\" {\n  kind = 1\n}\n", "e.hcl": "", "f.yaml": "- a\n- b\n",
	} {
		content, diags := consul.Parse(file, []byte(text), source.Options{})
		if len(diags) > 0 || len(content.Entries)+len(content.Services) > 0 {
			t.Errorf("%s: %v %v", file, content, diags)
		}
	}
}

func TestLimits(t *testing.T) {
	text := []byte(strings.Repeat("service {\n  name = \"a\"\n}\n", 5))
	content, diags := consul.Parse("a.hcl", text, source.Options{Limits: source.Limits{Documents: 3}})
	if len(content.Services) != 3 || len(diags) != 1 || diags[0].Position.Line != 10 {
		t.Errorf("%d services, %v", len(content.Services), diags)
	}
	for _, l := range []source.Limits{{FileBytes: 10}, {Values: 4}} {
		if content, diags = consul.Parse("a.hcl", text, source.Options{Limits: l}); len(content.Services) > 0 || len(diags) != 1 {
			t.Errorf("%+v: %d services, %v", l, len(content.Services), diags)
		}
	}
}

func TestRegistrations(t *testing.T) {
	text := `
services = [
  { ID = "a1", Name = "a", Address = "10.0.0.1", Port = "80", Tags = ["x"], connect { sidecarService { Tags = ["y"] } } },
  { name = "b", check { alias_service = "a1" }, checks = [ { tcp = ":1" }, {} ], weights { passing = 1, warning = 0 }, connect { native = true } },
]
`
	content, diags := consul.Parse("a.hcl", []byte(text), source.Options{})
	if len(diags) > 0 || len(content.Services) != 2 {
		t.Fatalf("%v %v", content, diags)
	}
	a, b := content.Services[0], content.Services[1]
	if a.ID != "a1" || a.Port != 80 || a.Sidecar == nil || a.Sidecar.ID != "a1-sidecar-proxy" || a.Sidecar.Tags[0] != "y" || a.Native || a.NoWarnings {
		t.Errorf("%+v %+v", a, a.Sidecar)
	}
	if b.ID != "b" || !b.Native || !b.NoWarnings || len(b.Checks) != 2 || b.Checks[0].Alias != "a1" || b.Sidecar != nil || b.Origin.String() != "a.hcl:4:3" {
		t.Errorf("%+v at %s", b, b.Origin)
	}
}
