package fleet_test

import (
	"math"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Instances get requests by the weight of their sidecars, which do not take over that of the program. Envoy is told 128 at most.
func TestConsulWeights(t *testing.T) {
	pay := func(first, second string) map[string]string {
		one := func(id, sidecar string) string {
			return "service {\n id = \"" + id + "\"\n name = \"pay\"\n address = \"10.0.9.1\"\n port = 8080\n weights { passing = 50 }\n " + httpCheck + "\n connect { sidecar_service {\n port = 21000\n " + sidecar + "\n } }\n}\n"
		}
		return map[string]string{"one/pay.hcl": one("pay-one-0", first), "one/more.hcl": strings.ReplaceAll(one("pay-one-1", second), "10.0.9.1", "10.0.9.2")}
	}
	for _, c := range []struct {
		name          string
		first, second string
		share         float64 // of the requests that fail without any detection, if the first one is lost
	}{
		{"nothing is written of sidecars", "", "", 0.5},
		{"three to one", "weights { passing = 3 }", "weights { passing = 1 }", 0.75},
		{"128 is the most", "weights { passing = 1000 }", "weights { passing = 128 }", 0.5},
		{"those of a warning do not count", "weights { passing = 1, warning = 9 }", "", 0.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := federation{failover: `Datacenters = ["one"]`, more: pay(strings.ReplaceAll(c.first, ", ", "\n"), c.second)}
			// Nobody notices that pay-one-0 hangs: its check is of TCP.
			for name, text := range f.more {
				f.more[name] = strings.ReplaceAll(text, httpCheck, tcpCheck)
			}
			a := ask(t, f.load(t).Graph, "one", "endpoint=pay-one-0", failover.Hang)
			if math.Abs(a.FailingShare-c.share) > 1e-6 {
				t.Errorf("%v fail, want %v: %s\n%s", a.FailingShare, c.share, a.Reason, strings.Join(a.Trace, "\n"))
			}
		})
	}
}

// Where an intention asks for a token, nobody is certainly admitted, and who is refused stays refused.
func TestConsulIntentionsWithTokens(t *testing.T) {
	jwt := "JWT {\n Providers = [{ Name = \"okta\" }]\n}\n"
	for _, c := range []struct {
		name, text string
		web, other mesh.Verdict
	}{
		{"no token", "", mesh.Allowed, mesh.Denied},
		{"a token", jwt, mesh.VerdictUnknown, mesh.Denied},
		{"no provider", "JWT {\n Providers = []\n}\n", mesh.Allowed, mesh.Denied},
	} {
		f := federation{more: map[string]string{"one/agent.hcl": "acl { enabled = true, default_policy = \"deny\" }\n",
			"entries/i.hcl": "Kind = \"service-intentions\"\nName = \"pay\"\n" + c.text + "Sources = [{ Name = \"web\", Action = \"allow\" }, { Name = \"other\", Action = \"deny\" }]\n"}}
		s := f.load(t).Graph.Service("bank/one/default/pay")
		for who, want := range map[string]mesh.Verdict{"web": c.web, "other": c.other} {
			if got, at := s.Endpoints[0].Inbound.Authorization.Decide(mesh.Caller{Principal: "consul/ns/default/dc/one/svc/" + who, Port: 8080}); got != want {
				t.Errorf("%s, %s: %d, want %d (%s)", c.name, who, got, want, at)
			}
		}
	}
}
