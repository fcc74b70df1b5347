package consul

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

// An entry is an object with the names of its resource, whichever way it was written, and its values keep their lines.
func TestEntryIsAnObject(t *testing.T) {
	text := `kind = "service-router"
name = "pay"
routes {
  match { http { path_prefix = "/a", header = [{ name = "X-Team", exact = "ops" }] } }
  destination {
    num_retries = 2
    RetryOn = ["reset"]
    RequestHeaders { Add { X-Seen = "yes" } }
  }
}
`
	want := `{"apiVersion": "consul.hashicorp.com/v1alpha1", "kind": "ServiceRouter", "metadata": {"name": "pay", "namespace": "default"}, "spec": {"routes": [
		{"match": {"http": {"pathPrefix": "/a", "header": [{"name": "X-Team", "exact": "ops"}]}},
		 "destination": {"numRetries": 2, "retryOn": ["reset"], "requestHeaders": {"add": {"X-Seen": "yes"}}}}]}}`
	c, diags := Parse("pay.hcl", []byte(text), source.Options{})
	if len(diags) > 0 || len(c.Entries) != 1 {
		t.Fatal(diags, c.Entries)
	}
	o, ok := c.Entries[0].Object("one", map[string]bool{"ServiceRouter": true})
	if !ok {
		t.Fatal("it is no object")
	}
	var got, wanted any
	if json.Unmarshal(o.JSON, &got) != nil || json.Unmarshal([]byte(want), &wanted) != nil || !reflect.DeepEqual(got, wanted) {
		t.Errorf("got %s, want %s", o.JSON, want)
	}
	for path, line := range map[string]int{"": 1, "/spec/routes/0/destination/numRetries": 6, "/spec/routes/0/destination/retryOn/0": 7,
		"/spec/routes/0/destination/nothing": 5, "/metadata/name": 1} {
		if at := o.Origin.In.Locate(path); at.Line != line || at.File != "pay.hcl" {
			t.Errorf("%s stands at %s, want line %d", path, at, line)
		}
	}
	if _, ok := c.Entries[0].Object("one", map[string]bool{"ServiceResolver": true}); ok {
		t.Error("nobody asked for it")
	}
}

// What is an object already, and what cannot be decoded, is none.
func TestEntryIsNoObject(t *testing.T) {
	for name, text := range map[string]string{
		"a resource":            "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceRouter\nmetadata: {name: pay}\nspec: {routes: []}\n",
		"a field that is wrong": "Kind: service-router\nName: pay\nRoute: []\n",
	} {
		c, _ := Parse("pay.yaml", []byte(text), source.Options{})
		if len(c.Entries) != 1 {
			t.Fatalf("%s: %v", name, c.Entries)
		}
		if o, ok := c.Entries[0].Object("one", map[string]bool{"ServiceRouter": true}); ok {
			t.Errorf("%s: %s", name, o.JSON)
		}
	}
}

func TestCamel(t *testing.T) {
	for name, want := range map[string]string{"HTTP": "http", "NumRetries": "numRetries", "MutualTLSMode": "mutualTLSMode", "CAFile": "caFile", "SNI": "sni", "TLS": "tls", "ExternalSNI": "externalSNI"} {
		if got := camel(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
