package generate

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

func TestLinkerdHasAsManyResourcesAsAskedFor(t *testing.T) {
	files := Linkerd(Options{Resources: resources, Seed: 1})
	seen, got := kinds(documents(t, files))
	if got != resources {
		t.Errorf("%d documents, want %d", got, resources)
	}
	for _, kind := range []string{"Link", "Deployment", "Service", "Server", "AuthorizationPolicy", "MeshTLSAuthentication", "TrafficSplit", "HTTPRoute", "ServiceProfile"} {
		if seen[kind] == 0 {
			t.Errorf("no %s", kind)
		}
	}
	if !equal(files, Linkerd(Options{Resources: resources, Seed: 1})) || equal(files, Linkerd(Options{Resources: resources, Seed: 2})) {
		t.Error("equal seeds, and they alone, give equal fleets")
	}
}

// A server of Consul accepts everything.
func TestConsulIsAccepted(t *testing.T) {
	files := Consul(Options{Resources: resources, Seed: 1})
	all, in := &consul.Content{}, consul.Input{Primary: "prod-us-east-1", Datacenters: []string{"prod-us-east-1", "prod-us-west-2", "prod-eu-west-1"}}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if name == "muster.yaml" {
			continue
		}
		content, diags := consul.Parse(name, files[name], source.Options{})
		for _, d := range diags {
			t.Error(d.Error())
		}
		all = consul.Join(all, content)
	}
	if all.Size() != resources {
		t.Errorf("%d resources, want %d", all.Size(), resources)
	}
	kinds := map[string]int{}
	for _, e := range all.Entries {
		kinds[e.Kind]++
	}
	for _, kind := range []string{"service-defaults", "service-resolver", "service-splitter", "service-router", "service-intentions"} {
		if kinds[kind] == 0 {
			t.Errorf("no %s", kind)
		}
	}
	in.Entries = all.Entries
	for _, r := range consul.Build(in).Rejected() {
		t.Errorf("%+v", r)
	}
	if !equal(files, Consul(Options{Resources: resources, Seed: 1})) || equal(files, Consul(Options{Resources: resources, Seed: 2})) {
		t.Error("equal seeds, and they alone, give equal fleets")
	}
}

func equal(a, b map[string][]byte) bool { return maps.EqualFunc(a, b, bytes.Equal) }
