package fleet_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

// The mesh entries of both sides of a peering decide whether a handshake succeeds, and within a federation the own one does.
func TestConsulTLSVersions(t *testing.T) {
	entry := func(direction, settings string) string {
		return "Kind = \"mesh\"\nTLS {\n " + direction + " {\n  " + settings + "\n }\n}\n"
	}
	const newest, upTo = `TLSMinVersion = "TLSv1_3"`, `TLSMaxVersion = "TLSv1_3"`
	const both = "Kind = \"mesh\"\nTLS {\n Outgoing { " + upTo + " }\n\n Incoming {\n  " + newest + "\n }\n}\n"
	peer := `Targets = [{ Peer = "eu" }, { Datacenter = "two" }]`
	for _, c := range []struct {
		name    string
		files   map[string]string
		outcome failover.Outcome
		at      string // the line that decides
	}{
		{"nothing is written", nil, failover.Survives, ""},
		{"the peer takes TLS 1.3 alone", map[string]string{"frankfurt/mesh.hcl": both}, failover.Lost, "frankfurt/mesh.hcl:6"},
		{"and ours go up to it", map[string]string{"frankfurt/mesh.hcl": both, "entries/mesh.hcl": entry("Outgoing", upTo)}, failover.Survives, ""},
		{"the peer's gateways offer its sidecars too little", map[string]string{"frankfurt/mesh.hcl": entry("Incoming", newest), "entries/mesh.hcl": entry("Outgoing", upTo)}, failover.Lost, "frankfurt/mesh.hcl:4"},
		{"the peer's outgoing connections are not these", map[string]string{"frankfurt/mesh.hcl": entry("Outgoing", newest+"\n  "+upTo)}, failover.Survives, ""},
		{"ours end at TLS 1.1", map[string]string{"entries/mesh.hcl": entry("Outgoing", "TLSMinVersion = \"TLSv1_0\"\n  TLSMaxVersion = \"TLSv1_1\"")}, failover.Lost, "entries/mesh.hcl:5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := federation{failover: peer, without: "pay one", more: c.files}
			a := ask(t, f.load(t).Graph, "one", "none", failover.Crash)
			if a.Outcome != c.outcome {
				t.Fatalf("%s, want %s: %s\n%s", a.Outcome, c.outcome, a.Reason, strings.Join(a.Trace, "\n"))
			}
			i := slices.IndexFunc(a.Causes, func(k failover.Cause) bool { return k.Kind == failover.CauseTLSMismatch })
			if (i >= 0) != (c.at != "") || i >= 0 && !strings.HasPrefix(a.Causes[i].Origin.Position().String(), c.at) {
				t.Errorf("causes %v, want one at %s", a.Causes, c.at)
			}
		})
	}
}

// Cipher suites that Envoy may or may not have leave the service open.
func TestConsulCipherSuitesOfUnknownEffect(t *testing.T) {
	f := federation{failover: `Targets = [{ Peer = "eu" }]`, more: map[string]string{"frankfurt/mesh.hcl": "Kind = \"mesh\"\nTLS { Incoming { CipherSuites = [\"TLS_RSA_WITH_AES_128_CBC_SHA\"] } }\n"}}
	if s := f.load(t).Graph.Service("bank/one/default/pay"); s.Gap == nil || !strings.HasPrefix(s.Gap.What, "whether the cipher suites") {
		t.Errorf("gap %v", s.Gap)
	}
}
