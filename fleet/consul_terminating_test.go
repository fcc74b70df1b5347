package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// unproxied registers two instances of a service without a proxy.
func unproxied(name, dc string) string {
	text := ""
	for i := range 2 {
		text += fmt.Sprintf("service {\n id = \"%s-%s-%d\"\n name = %q\n address = \"10.3.%d.1\"\n port = 8080\n %s\n}\n", name, dc, i, name, i, httpCheck)
	}
	return text
}

// legacy is the federation with a pay in one that has no proxy, behind a terminating gateway that speaks to it as the entry says.
func legacy(f federation, link string) federation {
	more := map[string]string{
		"one/pay.hcl":     unproxied("pay", "one"),
		"one/out.hcl":     "service {\n id = \"out-one\"\n name = \"out\"\n kind = \"terminating-gateway\"\n address = \"10.2.0.1\"\n port = 8443\n check { tcp = \"10.2.0.1:8443\", interval = \"10s\", timeout = \"2s\" }\n}\n",
		"entries/out.hcl": "Kind = \"terminating-gateway\"\nName = \"out\"\nServices = [\n  " + link + "\n]\n",
	}
	for name, text := range f.more {
		more[name] = text
	}
	f.more = more
	return f
}

// The mesh's mTLS ends at a terminating gateway: what requests carry after it is what its entry says. Callers see the gateway's
// health, and not that of what is behind it.
func TestConsulTerminatingGateway(t *testing.T) {
	const plain, ca, own = `{ Name = "pay" }`, `{ Name = "pay", CAFile = "/ca.pem", SNI = "pay.example" }`, `{ Name = "pay", CAFile = "/ca.pem", CertFile = "/c.pem", KeyFile = "/k.pem" }`
	const dead, gone = "service=bank/one/default/pay", "gateway=one/default/out"
	for _, c := range []struct {
		name       string
		fleet      federation
		from, what string
		outcome    failover.Outcome
		to         string // cluster and encryption
	}{
		{"plaintext", legacy(federation{}, plain), "one", "none", failover.Survives, "one plaintext"},
		{"a CA", legacy(federation{}, ca), "one", "none", failover.Survives, "one tls"},
		{"a CA and a certificate", legacy(federation{}, own), "one", "none", failover.Survives, "one mtls"},
		{"every service", legacy(federation{}, `{ Name = "*", CAFile = "/ca.pem" }`), "one", "none", failover.Survives, "one tls"},
		{"the exact name before every", legacy(federation{}, `{ Name = "*" }, { Name = "pay", CAFile = "/ca.pem" }`), "one", "none", failover.Survives, "one tls"},
		{"through mesh gateways", legacy(federation{mode: "remote"}, plain), "three", "none", failover.Survives, "one plaintext"},
		{"the program dies, and nobody sees it", legacy(federation{}, plain), "one", dead, failover.Lost, ""},
		{"the program dies, and the caller's passive check sees it", legacy(federation{passive: true}, plain), "one", dead, failover.Survives, "two mtls"},
		{"the program dies behind mesh gateways, and nobody sees it", legacy(federation{mode: "remote"}, plain), "three", dead, failover.Lost, ""},
		{"the gateway dies, and its check sees it", legacy(federation{}, plain), "one", gone, failover.Survives, "two mtls"},
		{"the datacenter dies", legacy(federation{passive: true}, plain), "three", "cluster=one", failover.Survives, "two mtls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ask(t, c.fleet.load(t).Graph, c.from, c.what, failover.Crash)
			if a.Outcome != c.outcome {
				t.Fatalf("%s, want %s: %s\n%s", a.Outcome, c.outcome, a.Reason, strings.Join(a.Trace, "\n"))
			}
			if c.to != "" && (len(a.Destinations) != 1 || a.Destinations[0].Cluster+" "+a.Destinations[0].Encryption != c.to) {
				t.Errorf("to %v, want %s", a.Destinations, c.to)
			}
		})
	}
}

// The gateway asks the intentions of the service that it stands for.
func TestConsulTerminatingGatewayRefuses(t *testing.T) {
	f := legacy(federation{more: map[string]string{"entries/i.hcl": "Kind = \"service-intentions\"\nName = \"pay\"\nSources = [{ Name = \"web\", Action = \"deny\" }]\n"}}, `{ Name = "pay" }`)
	s := f.load(t).Graph.Service("bank/one/default/pay")
	i := slices.IndexFunc(s.Endpoints, func(e *mesh.Endpoint) bool { return e.Gateway != nil })
	if i < 0 {
		t.Fatalf("no gateway among %v", s.Endpoints)
	}
	for who, want := range map[string]mesh.Verdict{"web": mesh.Denied, "other": mesh.VerdictUnknown} {
		if got, at := s.Endpoints[i].Inbound.Authorization.Decide(mesh.Caller{Principal: "consul/ns/default/dc/one/svc/" + who}); got != want {
			t.Errorf("%s: %d, want %d (%s)", who, got, want, at)
		}
	}
}

// What the inputs do not tell of a terminating gateway leaves the service open.
func TestConsulTerminatingGatewayGaps(t *testing.T) {
	const plain = `{ Name = "pay" }`
	with := func(files map[string]string) federation {
		f := legacy(federation{}, plain)
		for name, text := range files {
			f.more[name] = text
		}
		return f
	}
	for _, c := range []struct {
		name string
		f    federation
		gap  string // begins so; "" = none
	}{
		{"all is there", with(nil), ""},
		{"the gateway is not registered", with(map[string]string{"one/out.hcl": ""}), "pay stands behind a terminating gateway, and the inputs"},
		{"nothing behind it is registered", with(map[string]string{"one/pay.hcl": ""}), "pay stands behind a terminating gateway, and the inputs"},
		{"it has a proxy as well", with(map[string]string{"one/pay.hcl": registered("pay", "one", httpCheck, "", "", 1)}), "pay is registered with a proxy"},
		{"a subset's filter", with(map[string]string{"entries/pay.hcl": "Kind = \"service-resolver\"\nName = \"pay\"\nDefaultSubset = \"v1\"\nSubsets { v1 = { Filter = \"Service.Meta.version == v1\" } }\n"}), "which terminating gateways the filter"},
		{"a gateway that is registered elsewhere", with(map[string]string{"one/out.hcl": "", "two/out.hcl": legacy(federation{}, plain).more["one/out.hcl"], "one/pay.hcl": ""}), "pay is registered with a proxy"},
		{"every service, and this one has a proxy", legacy(federation{more: map[string]string{"one/pay.hcl": registered("pay", "one", httpCheck, "", "", 1)}}, `{ Name = "*" }`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := c.f.load(t).Graph.Service("bank/one/default/pay")
			switch {
			case s.Gap == nil && c.gap != "":
				t.Errorf("no gap, want %q", c.gap)
			case s.Gap != nil && (c.gap == "" || !strings.HasPrefix(s.Gap.What, c.gap)):
				t.Errorf("%q, want %q", s.Gap.What, c.gap)
			}
		})
	}
}
