package consul

import (
	"testing"

	"github.com/passmuster/muster/loaders/source"
)

// refusals are the reasons for which a server refuses the entries of a text, in the order of writing.
func refusals(t *testing.T, text string) []string {
	t.Helper()
	c, diags := Parse("entries.hcl", []byte(text), source.Options{})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var out []string
	for _, r := range Build(Input{Primary: "dc1", Datacenters: []string{"dc1"}, Entries: c.Entries}).Rejected() {
		out = append(out, r.Reason)
	}
	return out
}

func TestAPIGatewaysThatAreRefused(t *testing.T) {
	for listeners, want := range map[string]string{
		`{ Name = "a", Protocol = "http" }, { Name = "b", Protocol = "tcp" }`: "",
		``:                               "malformed",
		`{ Protocol = "http" }`:          "malformed",
		`{ Name = "a" }, { Name = "a" }`: "malformed",
	} {
		got := refusals(t, "Kind = \"api-gateway\"\nName = \"edge\"\nListeners = ["+listeners+"]\n")
		if len(got) > 1 || len(got) == 1 && got[0] != want || len(got) == 0 && want != "" {
			t.Errorf("%s: %q, want %q", listeners, got, want)
		}
	}
}

func TestTerminatingGatewaysThatAreRefused(t *testing.T) {
	for services, want := range map[string]string{
		`{ Name = "a" }, { Name = "b", CAFile = "/ca" }, { Name = "*" }`:  "",
		`{ Name = "a", CAFile = "/ca", CertFile = "/c", KeyFile = "/k" }`: "",
		`{ Name = "a", CAFile = "/ca", CertFile = "/c" }`:                 "incomplete-tls",
		`{ Name = "a", CertFile = "/c", KeyFile = "/k" }`:                 "incomplete-tls",
		`{ Name = "a" }, { Name = "a", SNI = "a.example" }`:               "duplicate-service",
		`{ SNI = "a.example" }`:                                           "malformed",
	} {
		got := refusals(t, "Kind = \"terminating-gateway\"\nName = \"out\"\nServices = ["+services+"]\n")
		if len(got) > 1 || len(got) == 1 && got[0] != want || len(got) == 0 && want != "" {
			t.Errorf("%s: %q, want %q", services, got, want)
		}
	}
}
