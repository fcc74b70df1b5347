package fleet_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
)

// federation is a small mesh of Consul: pay is registered in one and two, and web calls it from one and from three, where it
// is not. The partner eu is a peer.
type federation struct {
	passive  bool   // web has a passive health check that may eject everything
	protocol string // of all, "http" unless told
	check    string // of pay itself, with an http check unless told; "-" for none
	sidecar  string // checks of pay's sidecars
	failover string // of pay's resolver, to dc two unless told
	mode     string // of the gateways, "none" unless told
	without  string // datacenters without a mesh gateway, or without instances of pay: "gateway two", "pay two"
	more     map[string]string
}

const (
	httpCheck = `check { http = "http://10.0.0.1:8080/health", interval = "10s", timeout = "2s" }`
	tcpCheck  = `check { tcp = "10.0.0.1:8080", interval = "10s", timeout = "2s" }`
)

func (f federation) files() map[string]string {
	or := func(s, usual string) string {
		if s == "" {
			return usual
		}
		return strings.TrimPrefix(s, "-")
	}
	passive := ""
	if f.passive {
		passive = `UpstreamConfig { Defaults { PassiveHealthCheck { MaxFailures = 3, MaxEjectionPercent = 100 } } }`
	}
	files := map[string]string{
		"muster.yaml": `apiVersion: passmuster.dev/v1
meshes:
- {name: bank, kind: consul, version: "1.22", edition: community, clusters: [one, two, three], configCluster: one, peers: [{name: eu, cluster: frankfurt, as: us}]}
- {name: eu, kind: consul, version: "1.22", edition: community, clusters: [frankfurt]}
clusters:
- {name: one, region: r1, sources: [{path: entries}, {path: one}]}
- {name: two, region: r2, sources: [{path: two}]}
- {name: three, region: r3, sources: [{path: three}]}
- {name: frankfurt, region: r4, sources: [{path: frankfurt}]}
`,
		"entries/proxy.hcl":  fmt.Sprintf("Kind = \"proxy-defaults\"\nName = \"global\"\nConfig { protocol = %q }\nMeshGateway { Mode = %q }\n", or(f.protocol, "http"), or(f.mode, "none")),
		"entries/web.hcl":    fmt.Sprintf("Kind = \"service-defaults\"\nName = \"web\"\nProtocol = %q\n%s\n", or(f.protocol, "http"), passive),
		"entries/pay.hcl":    "Kind = \"service-resolver\"\nName = \"pay\"\nFailover { \"*\" = { " + or(f.failover, `Datacenters = ["one", "two"]`) + " } }\n",
		"frankfurt/pay.hcl":  registered("pay", "eu", httpCheck, "", "", 2),
		"frankfurt/gw.hcl":   gateway("eu"),
		"frankfurt/exp.hcl":  "Kind = \"exported-services\"\nName = \"default\"\nServices = [{ Name = \"pay\", Consumers = [{ Peer = \"us\" }] }]\n",
		"one/web.hcl":        registered("web", "one", httpCheck, "", "pay", 1),
		"three/web.hcl":      registered("web", "three", httpCheck, "", "pay", 1),
		"three/gateways.hcl": gateway("three"),
	}
	for _, dc := range []string{"one", "two"} {
		if f.without != "pay "+dc {
			files[dc+"/pay.hcl"] = registered("pay", dc, or(f.check, httpCheck), f.sidecar, "", 2)
		}
		if f.without != "gateway "+dc {
			files[dc+"/gateways.hcl"] = gateway(dc)
		}
	}
	maps.Copy(files, f.more)
	return files
}

func registered(name, dc, check, sidecar, upstream string, n int) string {
	var b strings.Builder
	for i := range n {
		up := ""
		if upstream != "" {
			up = fmt.Sprintf("proxy { upstreams = [{ destination_name = %q, local_bind_port = 9000 }] }", upstream)
		}
		fmt.Fprintf(&b, "service {\n id = \"%s-%s-%d\"\n name = %q\n address = \"10.0.%d.1\"\n port = 8080\n %s\n connect { sidecar_service {\n port = 21000\n %s\n %s\n } }\n}\n", name, dc, i, name, i, check, strings.ReplaceAll(sidecar, "ITSELF", fmt.Sprintf("%s-%s-%d", name, dc, i)), up)
	}
	return b.String()
}

func gateway(dc string) string {
	return fmt.Sprintf("service {\n id = \"gw-%s\"\n name = \"mesh-gateway\"\n kind = \"mesh-gateway\"\n address = \"10.1.0.1\"\n port = 8443\n check { tcp = \"10.1.0.1:8443\", interval = \"10s\", timeout = \"2s\" }\n}\n", dc)
}

func (f federation) load(t testing.TB) *fleet.Fleet {
	t.Helper()
	dir := t.TempDir()
	for name, text := range f.files() {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, _, _ := audit(t, dir)
	return out
}

// ask evaluates one cell: what becomes of web's calls to pay from a datacenter.
func ask(t testing.TB, g *mesh.Graph, from, scenario string, fault failover.Fault) *failover.Answer {
	t.Helper()
	s := g.Service(mesh.ServiceID("bank/" + from + "/default/pay"))
	if s == nil {
		t.Fatalf("no pay in %s", from)
	}
	sc, err := failover.ParseScenario(scenario)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range failover.Callers(g, s) {
		if c.Cluster == from {
			a := failover.Evaluate(g, failover.Question{Service: s, Port: s.Ports[0].Number, Client: c}, failover.NewBlast(g, sc), fault)
			if a == nil {
				t.Fatalf("%s under %s: no answer", scenario, fault)
			}
			return a
		}
	}
	t.Fatalf("nobody calls pay in %s", from)
	return nil
}

// Each row of the table of what fails, how, and what follows (reference on Consul, section 5), computed by hand. The row of
// lost local servers is in none: they go with the callers.
func TestConsulFaults(t *testing.T) {
	const pay, all = "workload=one/default/ConsulService/pay", "cluster=one"
	plain, passive := federation{}, federation{passive: true}
	remote, remotePassive := federation{mode: "remote"}, federation{mode: "remote", passive: true}
	peer := `Targets = [{ Peer = "eu" }, { Datacenter = "two" }]`
	ofPeer, ofPeerPassive := federation{failover: peer, without: "pay one"}, federation{failover: peer, without: "pay one", passive: true}
	for _, c := range []struct {
		name         string
		fleet        federation
		from, what   string
		fault        failover.Fault
		outcome      failover.Outcome
		failing      float64
		to           string // cluster that answers
		lower, upper time.Duration
		cause        failover.CauseKind
	}{
		{"local crash, http check", plain, "one", pay, failover.Crash, failover.Survives, 0, "two", 0, 12 * time.Second, ""},
		{"local crash, sidecar checks without an alias", federation{sidecar: `check { tcp = "10.0.0.1:21000", interval = "10s" }`}, "one", pay, failover.Crash, failover.Lost, 1, "", 0, 0, failover.CauseUnwatched},
		{"local crash, no check at all", federation{check: "-"}, "one", pay, failover.Crash, failover.Lost, 1, "", 0, 0, failover.CauseNoDetection},
		{"local crash, no check, passive", federation{check: "-", passive: true}, "one", pay, failover.Crash, failover.Survives, 0, "two", 0, 600 * time.Millisecond, ""},
		{"local crash, alias written out", federation{sidecar: `checks = [{ tcp = "10.0.0.1:21000", interval = "10s" }, { alias_service = "ITSELF" }]`}, "one", pay, failover.Crash, failover.Survives, 0, "two", 0, 12 * time.Second, ""},
		{"local hang, tcp check", federation{check: tcpCheck}, "one", pay, failover.Hang, failover.Lost, 1, "", 0, 0, failover.CauseNoDetection},
		{"local hang, tcp check, passive", federation{check: tcpCheck, passive: true}, "one", pay, failover.Hang, failover.Survives, 0, "two", 15 * time.Second, 90 * time.Second, ""},
		{"local hang, http check", plain, "one", pay, failover.Hang, failover.Survives, 0, "two", 0, 12 * time.Second, ""},
		{"remote, servers alive: crash of the service", plain, "three", pay, failover.Crash, failover.Survives, 0, "two", 0, 12 * time.Second, ""},
		{"remote, servers too: crash", plain, "three", all, failover.Crash, failover.Lost, 1, "", 0, 0, failover.CauseInert},
		{"remote, servers too: crash, passive", passive, "three", all, failover.Crash, failover.Survives, 0, "two", 0, 600 * time.Millisecond, ""},
		{"remote partition", plain, "three", all, failover.Partition, failover.Lost, 1, "", 0, 0, failover.CauseInert},
		// Three failures of each of two instances, one after the other: 5 s where a connection is new, 15 s where one was open.
		{"remote partition, passive", passive, "three", all, failover.Partition, failover.Survives, 0, "two", 5 * time.Second, 90 * time.Second, ""},
		{"remote hang, passive", passive, "three", all, failover.Hang, failover.Survives, 0, "two", 5 * time.Second, 90 * time.Second, ""},
		{"remote partition, tcp, passive", federation{protocol: "tcp", passive: true}, "three", all, failover.Partition, failover.Survives, 0, "two", 5 * time.Second, 30 * time.Second, ""},
		{"remote hang, tcp, passive", federation{protocol: "tcp", passive: true}, "three", all, failover.Hang, failover.Lost, 1, "", 0, 0, failover.CauseNoDetection},
		{"remote gateways crash", remote, "three", "gateway=one/default/mesh-gateway", failover.Crash, failover.Lost, 1, "", 0, 0, failover.CauseInert},
		{"remote gateways crash, passive", remotePassive, "three", "gateway=one/default/mesh-gateway", failover.Crash, failover.Survives, 0, "two", 0, 300 * time.Millisecond, ""},
		{"remote service behind gateways crashes", remote, "three", pay, failover.Crash, failover.Survives, 0, "two", 0, 12 * time.Second, ""},
		{"no gateway registered: the next target", federation{mode: "remote", without: "gateway one"}, "three", "none", failover.Crash, failover.Survives, 0, "two", 0, 0, ""},
		{"local gateways: those of the other side crash", federation{mode: "local"}, "three", "gateway=one/default/mesh-gateway", failover.Crash, failover.Lost, 1, "", 0, 0, failover.CauseInert},
		{"peer, servers alive: crash of the service", ofPeer, "one", "workload=frankfurt/default/ConsulService/pay", failover.Crash, failover.Lost, 1, "", 0, 0, failover.CauseNoDetection},
		{"peer, servers alive: crash of the service, passive", ofPeerPassive, "one", "workload=frankfurt/default/ConsulService/pay", failover.Crash, failover.Survives, 0, "two", 0, 300 * time.Millisecond, ""},
		{"peer: the gateway's own check", ofPeer, "one", "gateway=frankfurt/default/mesh-gateway", failover.Crash, failover.Survives, 0, "two", 0, 12 * time.Second, ""},
		{"peer cluster crash", ofPeer, "one", "cluster=frankfurt", failover.Crash, failover.Lost, 1, "", 0, 0, failover.CauseInert},
		{"peer cluster crash, passive", ofPeerPassive, "one", "cluster=frankfurt", failover.Crash, failover.Survives, 0, "two", 0, 300 * time.Millisecond, ""},
		{"one of two instances keeps no health check: 1.4 times one half", federation{more: map[string]string{"one/pay.hcl": registered("pay", "one", httpCheck, "", "", 1) +
			strings.ReplaceAll(registered("pay", "one", "", "", "", 1), "pay-one-0", "pay-one-1")}}, "one", pay, failover.Crash, failover.Degraded, 0.7, "two", 0, 12 * time.Second, failover.CauseNoDetection},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := ask(t, c.fleet.load(t).Graph, c.from, c.what, c.fault)
			if a.Outcome != c.outcome || a.FailingShare != c.failing {
				t.Fatalf("%s, %v failing, want %s, %v: %s\n%s", a.Outcome, a.FailingShare, c.outcome, c.failing, a.Reason, strings.Join(a.Trace, "\n"))
			}
			if c.to != "" && (len(a.Destinations) != 1 || a.Destinations[0].Cluster != c.to || a.Destinations[0].Encryption != "mtls") {
				t.Errorf("to %v, want %s", a.Destinations, c.to)
			}
			if a.Recovery.Lower != c.lower || a.Recovery.Upper != c.upper {
				t.Errorf("recovery %s to %s, want %s to %s: %v", a.Recovery.Lower, a.Recovery.Upper, c.lower, c.upper, a.Recovery.Terms)
			}
			if c.cause != "" && !slices.ContainsFunc(a.Causes, func(k failover.Cause) bool { return k.Kind == c.cause }) {
				t.Errorf("causes %v, want %s", a.Causes, c.cause)
			}
		})
	}
}
