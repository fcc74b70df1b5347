package consul_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

const two = "Subsets = { v1 = {}, v2 = { OnlyPassing = true } }\n"

// The targets of a service in dc1, in order, as the sheet's section 3 has them.
func TestTargets(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{resolver("a", ""), "a.dc1"},
		{resolver("a", `Redirect { Datacenter = "dc1" }`), "a.dc1"},
		{resolver("a", `Redirect { Datacenter = "dc2" }`), "a.dc2"},
		{resolver("a", `Redirect { Service = "b", Datacenter = "dc2" }`) + "---" + resolver("b", `Redirect { Service = "c" }`), "c.dc2"},
		{resolver("a", two+`DefaultSubset = "v2"`+"\n"+`Failover = { "*" = { Datacenters = ["dc1", "dc2", "dc2"] } }`), "v2.a.dc1 v2.a.dc2 v2.a.dc2"},
		{resolver("a", two+`Failover = { "*" = { ServiceSubset = "v1" } }`), "a.dc1 v1.a.dc1"},
		{resolver("a", two+`Failover = { "*" = { ServiceSubset = "v1", Datacenters = ["dc1", "dc2"] } }`), "a.dc1 v1.a.dc1 v1.a.dc2"},
		{resolver("a", `Failover = { "*" = { Service = "b", Datacenters = ["dc2"] } }`) + "---" + resolver("b", two+`DefaultSubset = "v1"`), "a.dc1 v1.b.dc2"},
		{resolver("a", `Failover = { "*" = { Targets = [ {}, { Service = "a" }, { Service = "b" }, { Service = "b" } ] } }`), "a.dc1 b.dc1 b.dc1"},
		{resolver("a", `Failover = { "*" = { Service = "b" } }`) + "---" + resolver("b", `Redirect { Service = "a" }`), "a.dc1 a.dc1"},
		{resolver("a", `Failover = { "*" = { Service = "b" } }`) + "---" + resolver("b", `Failover = { "*" = { Service = "c" } }`), "a.dc1 b.dc1"},
		{resolver("a", `Redirect { Service = "b" }`) + "---" + resolver("b", `Failover = { "*" = { Service = "c" } }`), "b.dc1 c.dc1"},
		{resolver("a", two+`Failover = { v1 = { Service = "c" } }`), "a.dc1"},
		{resolver("a", `Redirect { Service = "b", Peer = "eu" }`), "b@eu"},
		// A peer is not taken over by what changes its target.
		{resolver("a", `Redirect { Service = "b", Peer = "eu" }`) + "---" + resolver("b", `Failover = { "*" = { Targets = [ { Service = "c" }, { Datacenter = "dc2" }, { Peer = "us" } ] } }`), "b@eu c.dc1 b.dc2 b@us"},
		{resolver("a", `Failover = { "*" = { Targets = [ { Peer = "eu" }, { Service = "b", Peer = "eu" } ] } }`), "a.dc1 a@eu b@eu"},
	} {
		fleet := consul.Build(consul.Input{Primary: "dc1", Entries: entries(t, c.text)})
		if len(fleet.Rejected()) > 0 {
			t.Errorf("%s: %v", c.text, fleet.Rejected()[0].Message)
			continue
		}
		chain, err := fleet.Chain("a", "dc1")
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		var got []string
		for _, ref := range chain.Resolvers[chain.Start].Targets {
			got = append(got, ref.ID)
			if chain.Targets[ref.ID] == nil {
				t.Errorf("%s: the target %s is missing", c.text, ref.ID)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s\nhas %v, want %s", c.text, got, c.want)
		}
	}
}

// Each step from a service to its target names the block that decides it.
func TestOriginsOfATarget(t *testing.T) {
	text := resolver("a", "Failover = {\n  \"*\" = {\n    Targets = [\n      { Service = \"b\" }\n    ]\n  }\n}") + "---" + resolver("b", "Redirect {\n  Service = \"c\"\n}")
	chain, err := consul.Build(consul.Input{Primary: "dc1", Entries: entries(t, text)}).Chain("a", "dc1")
	if err != nil {
		t.Fatal(err)
	}
	node := chain.Resolvers["resolver:a.dc1"]
	got := []string{node.Origin.String(), node.FailoverAt.String()}
	for _, o := range node.Targets[1].Origins {
		got = append(got, o.String())
	}
	if want := []string{"a.hcl:1:1", "a.hcl:4:3", "a.hcl:6:7", "a.hcl:3:1"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// Shares below a splitter are multiplied out to two decimals, and what is not reached is dropped.
func TestNestedSplitters(t *testing.T) {
	text := http + splitter("a", `{ Weight = 33.33 }, { Weight = 66.67, Service = "b" }`) + "---" +
		splitter("b", `{ Weight = 0.01 }, { Weight = 99.99, Service = "c", ServiceSubset = "" }`)
	chain, err := consul.Build(consul.Input{Primary: "dc1", Entries: entries(t, text)}).Chain("a", "dc1")
	if err != nil || len(chain.Splitters) != 1 {
		t.Fatal(chain, err)
	}
	got := ""
	for _, leg := range chain.Splitters["splitter:a"].Legs {
		got += fmt.Sprint(leg.Weight, " ", leg.Next, ", ")
	}
	if want := "33.33 resolver:a.dc1, 0.01 resolver:b.dc1, 66.66 resolver:c.dc1, "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Endpoints of a service in every state that registrations and faults can bring about.
func TestHealth(t *testing.T) {
	for _, c := range []struct{ service, down, warning, want string }{
		{`check { ttl = "1s" } connect { sidecar_service {} }`, "", "", "up"},
		{`check { ttl = "1s" } connect { sidecar_service {} }`, "a", "", "down"},
		{`check { ttl = "1s" } connect { sidecar_service {} }`, "", "a", "up"},
		{`connect { sidecar_service {} }`, "a", "", "up"},
		{`check { ttl = "1s" } connect { sidecar_service { check { tcp = ":1" } } }`, "a", "", "up"},
		{`check { ttl = "1s" } connect { sidecar_service { check { tcp = ":1" } } }`, "a-sidecar-proxy", "", "down"},
		{`check { ttl = "1s" } connect { sidecar_service { check { alias_service = "a" } } }`, "a", "", "down"},
		{`check { ttl = "1s" } connect { sidecar_service { check { alias_service = "gone" } } }`, "", "", "down"},
		{`check { ttl = "1s" } connect { sidecar_service { check { alias_node = "n" } } }`, "a,a-sidecar-proxy", "", "up"},
		{`check { ttl = "1s" } connect { sidecar_service { weights { passing = 1, warning = 0 } } }`, "", "a", "down"},
		{`checks = [ { ttl = "1s" }, { alias_service = "a" } ] connect { native = true }`, "", "", "up"},
		{`checks = [ { ttl = "1s" }, { alias_service = "b" } ] connect { native = true }`, "b", "", "down"},
		{`check { ttl = "1s" }`, "", "", "none"},
	} {
		text := "service {\n  id = \"a\"\n  name = \"s\"\n  address = \"10.0.0.1\"\n  port = 80\n  " + strings.ReplaceAll(c.service, " connect", "\n  connect") +
			"\n}\nservice {\n  id = \"b\"\n  name = \"b\"\n  checks = [ { ttl = \"1s\" }, { alias_service = \"a\" } ]\n}\n"
		content, diags := consul.Parse("a.hcl", []byte(text), source.Options{})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		fleet := consul.Build(consul.Input{Primary: "dc1", Datacenters: []string{"dc1"}, Services: map[string][]*consul.Registration{"dc1": content.Services}})
		faults := consul.Faults{Down: map[string]bool{}, Warning: map[string]bool{c.warning: true}}
		for id := range strings.SplitSeq(c.down, ",") {
			faults.Down[id] = true
		}
		a, err := fleet.Answer(consul.Query{Service: "s", Datacenter: "dc1", Faults: faults})
		if err != nil {
			t.Fatal(err)
		}
		got := "none"
		for _, e := range a.Endpoints["s.dc1"].Endpoints {
			got = map[bool]string{true: "up", false: "down"}[e.Healthy]
			if e.ID != "a" || e.Address != "10.0.0.1:80" || e.Origin.String() != "a.hcl:1:1" {
				t.Errorf("%+v at %s", e, e.Origin)
			}
		}
		if got != c.want {
			t.Errorf("%s with %q down and %q in warning is %s, want %s", c.service, c.down, c.warning, got, c.want)
		}
	}
}
