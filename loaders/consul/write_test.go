package consul_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
)

// entries reads config entries, separated by lines of dashes.
func entries(t *testing.T, text string) []*consul.Entry {
	t.Helper()
	var out []*consul.Entry
	for _, one := range strings.Split(text, "---") {
		content, diags := consul.Parse("a.hcl", []byte(one), source.Options{})
		if len(diags) > 0 || len(content.Entries) != 1 {
			t.Fatalf("%s: %v", one, diags)
		}
		out = append(out, content.Entries...)
	}
	return out
}

func resolver(name, body string) string {
	return fmt.Sprintf("Kind = \"service-resolver\"\nName = %q\n%s\n", name, body)
}

func splitter(name, splits string) string {
	return fmt.Sprintf("Kind = \"service-splitter\"\nName = %q\nSplits = [ %s ]\n", name, splits)
}

const http = "Kind = \"proxy-defaults\"\nName = \"global\"\nConfig { protocol = \"http\" }\n---\n"

// What an entry alone is refused for.
func TestRefusals(t *testing.T) {
	subsets := "Subsets = { v1 = {} }\n"
	for _, c := range []struct{ text, want string }{
		{resolver("a", subsets+`DefaultSubset = "v1"`), ""},
		{resolver("a", `Failovers = {}`), "unknown-key"},
		{resolver("a", `Namespace = "x"`), "enterprise-only"},
		{resolver("a", `ConnectTimeout = "fast"`), "malformed"},
		{resolver("a", `ConnectTimeout = "-1s"`), "malformed"},
		{resolver("a", `Redirect = "b"`), "malformed"},
		{resolver("a", `sameness_group = "x"`), "unknown-key"},
		{resolver("a", `Redirect { Service = "b", sameness_group = "x" }`), "unknown-key"},
		{resolver("a", `Redirect { SamenessGroup = "x" }`), "enterprise-only"},
		{resolver("a", `Redirect { ServiceSubset = "v1" }`), "redirect-subset-without-service"},
		{resolver("a", `Redirect { Service = "b", Peer = "eu", Datacenter = "dc2" }`), "peer-and-other-field"},
		{resolver("a", `Redirect { Service = "a", ServiceSubset = "v9" }`), "unknown-subset"},
		{resolver("a", `Redirect { Service = "b", ServiceSubset = "v9" }`), "unknown-subset"},
		{resolver("a", `Failover = { "*" = { Policy = { Regions = ["x"] } } }`), "empty-failover"},
		{resolver("a", `Failover = { "*" = { ServiceSubset = "v9" } }`), "unknown-subset"},
		{resolver("a", `Failover = { "*" = { Service = "b", Targets = [ {} ] } }`), "targets-and-shorthand"},
		{resolver("a", `Failover = { "*" = { Targets = [ { Peer = "eu", ServiceSubset = "v1" } ] } }`), "peer-and-other-field"},
		{resolver("a", `Failover = { "*" = { Targets = [ { Partition = "x" } ] } }`), "enterprise-only"},
		{resolver("a", `Subsets = { v-1 = { Filter = "Service.Nope == 1" } }`), ""},
		{resolver("a", `Subsets = { v_1 = {} }`), "bad-subset-name"},
		{resolver("a", `LoadBalancer { Policy = "best" }`), "bad-load-balancer"},
		{resolver("a", `LoadBalancer { Policy = "random", HashPolicies = [ { SourceIP = true } ] }`), "bad-load-balancer"},
		{http + splitter("a", `{ Weight = 33.33 }, { Weight = 33.33, Service = "b" }, { Weight = 33.34, Service = "c" }`), ""},
		{http + splitter("a", `{ Weight = 50 }, { Weight = 50, Service = "a" }`), "duplicate-split"},
		{http + splitter("a", `{ Weight = 99.9 }, { Weight = "0.1", Service = "b" }`), ""},
		{http + splitter("a", `{ Weight = 100, Service = "b", ServiceSubset = "v9" }`), "unknown-subset"},
		{http + splitter("a", ``), "malformed"},
		{http + "Kind = \"service-router\"\nName = \"a\"\nRoutes = [ { Match { HTTP { PathPrefix = \"x\" } } } ]", "bad-route"},
		{http + "Kind = \"service-router\"\nName = \"a\"\nRoutes = [ { Destination { PrefixRewrite = \"/\" } } ]", "bad-route"},
		{http + "Kind = \"service-router\"\nName = \"a\"\nRoutes = [ { Match { HTTP { Methods = [\"get\", \"GET\"] } } } ]", "bad-route"},
		{"Kind = \"sameness-group\"\nName = \"a\"", "enterprise-only"},
		{"Kind = \"service-thing\"\nName = \"a\"", "malformed"},
		{"Kind = \"proxy-defaults\"\nName = \"a\"", "malformed"},
		{"Kind = \"service-intentions\"\nName = \"a\"\nSources = [ { Name = \"b\", Permissions = [ { Action = \"allow\" } ] } ]", "permissions-not-http"},
		{http + "Kind = \"service-intentions\"\nName = \"a\"\nSources = [ { Name = \"b\", Permissions = [ { Action = \"allow\" } ] } ]", ""},
		{resolver("a", `Redirect { Datacenter = "dc2" }`) + "---\nKind = \"exported-services\"\nName = \"default\"\nServices = [ { Name = \"a\", Consumers = [ { Peer = \"eu\" } ] } ]", "exported-across-datacenters"},
		{"Kind = \"exported-services\"\nName = \"default\"\nServices = [ { Name = \"a\", Consumers = [ { Peer = \"*\" } ] } ]", "malformed"},
		{"Kind = \"service-defaults\"\nName = \"a\"\nExternalSNI = \"a.example\"\n---\n" + resolver("a", subsets), "external-sni"},
	} {
		got := ""
		for _, r := range consul.Build(consul.Input{Primary: "dc1", Entries: entries(t, c.text)}).Rejected() {
			got += r.Reason
			if r.Origin.Position().Line == 0 {
				t.Errorf("%s: refused, but nowhere: %v", c.text, r.Message)
			}
		}
		if got != c.want {
			t.Errorf("%s\nis refused for %q, want %q", c.text, got, c.want)
		}
	}
}

// The entry that closes a circle or brings the second protocol is the one that is refused, and one
// that is refused is tried again.
func TestTheOrderOfWritingDecides(t *testing.T) {
	grpc := "Kind = \"service-defaults\"\nName = \"g\"\nProtocol = \"grpc\"\n---\n"
	for _, c := range []struct {
		text string
		want []string
	}{
		{resolver("b", `Redirect { Service = "a" }`) + "---" + resolver("a", `Redirect { Service = "b" }`), []string{"b circular-reference"}},
		{http + grpc + resolver("a", `Failover = { "*" = { Service = "g" } }`) + "---" + splitter("g", `{ Weight = 100 }`), []string{"a protocol-mismatch"}},
		{http + grpc + resolver("a", `Failover = { "*" = { Targets = [ { Service = "g", Peer = "eu" } ] } }`), nil},
		// In the first round z is not there yet, whose subset a names.
		{resolver("a", `Redirect { Service = "z", ServiceSubset = "v1" }`) + "---" + resolver("z", `Subsets = { v1 = {} }`), nil},
		// z takes away the subset that a names: a was there before.
		{resolver("z", `DefaultSubset = "v1"`+"\nSubsets = { v1 = {} }") + "---" + resolver("a", `Failover = { "*" = { Service = "z", ServiceSubset = "v2" } }`), []string{"a unknown-subset"}},
		{http + splitter("a", `{ Weight = 100, Service = "b" }`) + "---" + splitter("b", `{ Weight = 100, Service = "c" }`) + "---" + splitter("c", `{ Weight = 100, Service = "a" }`), []string{"c circular-reference"}},
	} {
		var got []string
		for _, r := range consul.Build(consul.Input{Primary: "dc1", Entries: entries(t, c.text)}).Rejected() {
			got = append(got, r.Entry.Name+" "+r.Reason)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\nrefused: %v, want %v", c.text, got, c.want)
		}
	}
}

// Splitters that multiply out to billions of legs are no chain, and cost no time.
func TestATowerOfSplitters(t *testing.T) {
	text := http
	for i := range 40 {
		text += splitter(fmt.Sprintf("s%02d", i), fmt.Sprintf(`{ Weight = 50, Service = "s%02d" }, { Weight = 50, Service = "t%02d" }`, i+1, i+1)) + "---\n"
		text += splitter(fmt.Sprintf("t%02d", i), fmt.Sprintf(`{ Weight = 50, Service = "s%02d" }, { Weight = 50, Service = "t%02d" }`, i+1, i+1)) + "---\n"
	}
	fleet := consul.Build(consul.Input{Primary: "dc1", Entries: entries(t, strings.TrimSuffix(text, "---\n"))})
	if len(fleet.Rejected()) > 0 || len(fleet.Unchecked()) > 0 {
		t.Errorf("%v %v", fleet.Rejected(), fleet.Unchecked())
	}
	if _, err := fleet.Chain("s00", "dc1"); err == nil || !strings.HasPrefix(err.Error(), "too-large") {
		t.Errorf("error %v", err)
	}
	if c, err := fleet.Chain("s35", "dc1"); err != nil || len(c.Splitters["splitter:s35"].Legs) != 32 {
		t.Errorf("%v %v", c, err)
	}
}
