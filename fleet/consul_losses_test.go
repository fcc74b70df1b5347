package fleet_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// What is accepted and comes to nothing is a loss of the callers' pools, at the line that decides.
func TestConsulLosses(t *testing.T) {
	const subsets = "Kind = \"service-resolver\"\nName = \"pay\"\nSubsets {\n v1 = { Filter = \"%s\" }\n v2 = {}\n}\nDefaultSubset = \"v1\"\nFailover {\n \"%s\" = { %s }\n}\n"
	resolver := func(filter, key, to string) map[string]string {
		return map[string]string{"entries/pay.hcl": fmt.Sprintf(subsets, filter, key, to)}
	}
	const all, two = "Service.Meta.version != v0", `Datacenters = ["two"]`
	for _, c := range []struct {
		name string
		f    federation
		want string // kind and place of a loss; "" = none
	}{
		{"nothing", federation{}, ""},
		{"passive health check of the callee", federation{more: map[string]string{"entries/own.hcl": "Kind = \"service-defaults\"\nName = \"pay\"\nProtocol = \"http\"\nUpstreamConfig { Defaults {\n PassiveHealthCheck { MaxFailures = 3 } } }\n"}}, "on-the-wrong-side entries/own.hcl:5"},
		{"passive health check of proxy-defaults", federation{more: map[string]string{"entries/proxy.hcl": "Kind = \"proxy-defaults\"\nName = \"global\"\nConfig {\n protocol = \"http\"\n passive_health_check { max_failures = 3 }\n}\n"}}, "on-the-wrong-side entries/proxy.hcl:5"},
		{"that of the caller acts", federation{passive: true}, ""},
		{"own datacenter only", federation{failover: `Datacenters = ["one"]`}, "failover-void entries/pay.hcl:3"},
		{"unknown datacenter", federation{failover: `Datacenters = ["two", "tow"]`}, "target-missing entries/pay.hcl:3"},
		{"unknown peer", federation{failover: `Targets = [{ Peer = "ue" }]`}, "target-missing entries/pay.hcl:3"},
		{"not exported", federation{failover: `Targets = [{ Peer = "eu" }]`, more: map[string]string{"frankfurt/exp.hcl": "Kind = \"exported-services\"\nName = \"default\"\nServices = [{ Name = \"pay\",\n Consumers = [{ Peer = \"them\" }] }]\n"}}, "not-exported frankfurt/exp.hcl:4"},
		{"failover of a subset that nobody asks for", federation{more: resolver(all, "v2", two)}, "target-empty entries/pay.hcl:9"},
		{"local filter at a peer", federation{more: resolver("Service.Meta.version == v1", "*", `Targets = [{ Peer = "eu" }]`)}, "target-empty entries/pay.hcl:4"},
		{"filter that cannot run", federation{more: resolver("Service.Mta.x == a", "*", two)}, "target-empty entries/pay.hcl:4"},
		{"no instance", federation{without: "pay two"}, "target-empty entries/pay.hcl:3"},
		{"no gateway", federation{mode: "remote", without: "gateway two"}, "target-empty entries/proxy.hcl:4"},
		{"sidecar checks without an alias", federation{sidecar: "check { tcp = \"10.0.0.1:21000\", interval = \"10s\" }"}, "check-replaced one/pay.hcl:9"},
		{"failover of a failover", federation{failover: `Targets = [{ Service = "reserve" }]`, more: map[string]string{"one/reserve.hcl": registered("reserve", "one", httpCheck, "", "", 1),
			"entries/reserve.hcl": "Kind = \"service-resolver\"\nName = \"reserve\"\nFailover {\n \"*\" = { Datacenters = [\"two\"] }\n}\n"}}, "shadowed entries/reserve.hcl:4"},
		{"a resolver that servers refuse", federation{more: map[string]string{"entries/pay.hcl": "Kind = \"service-resolver\"\nName = \"pay\"\nPrioritizeByLocality {\n Mode = \"failover\" }\nFailover { \"*\" = { Datacenters = [\"two\"] } }\n"}}, "refused entries/pay.hcl:3"},
		{"a default subset that leaves some out", federation{more: resolver("Service.ID != `pay-one-0-sidecar-proxy`", "*", two)}, "filtered-out entries/pay.hcl:4"},
		{"a default subset that leaves all out", federation{more: resolver("Service.ID == other", "*", two)}, "target-missing entries/pay.hcl:4"},
		{"a default subset that is all", federation{more: resolver("Service.ID != other", "*", two)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := c.f.load(t).Graph
			s := g.Service("bank/one/default/pay")
			callers := failover.Callers(g, s)
			if len(callers) != 1 || s.Gap != nil {
				t.Fatalf("%d callers, gap %v", len(callers), s.Gap)
			}
			var got []string
			for _, p := range g.View(s, callers[0]).Pools {
				for _, l := range p.Losses {
					at := l.Origin.Position()
					got = append(got, fmt.Sprintf("%s %s:%d", l.Kind, at.File, at.Line))
				}
			}
			if c.want == "" && len(got) > 0 || c.want != "" && !slices.Contains(got, c.want) {
				t.Errorf("%v, want %q", got, c.want)
			}
		})
	}
}

// Splitters and routers become weighted and matched rules, with the times that are written, else Envoy's.
func TestConsulRoutes(t *testing.T) {
	f := federation{more: map[string]string{
		"entries/split.hcl":  "Kind = \"service-splitter\"\nName = \"pay\"\nSplits = [{ Weight = 99.5, ServiceSubset = \"v1\" }, { Weight = 0.5, ServiceSubset = \"v2\" }]\n",
		"entries/pay.hcl":    "Kind = \"service-resolver\"\nName = \"pay\"\nSubsets { v1 = { Filter = \"Service.ID == a\" }, v2 = {} }\n",
		"entries/router.hcl": "Kind = \"service-router\"\nName = \"pay\"\nRoutes = [{ Match { HTTP { PathPrefix = \"/slow\" } }, Destination { ServiceSubset = \"v2\", RequestTimeout = \"60s\", NumRetries = 2, RetryOnConnectFailure = true } }]\n",
	}}
	g := f.load(t).Graph
	s := g.Service("bank/one/default/pay")
	v := g.View(s, failover.Callers(g, s)[0])
	var got []string
	for _, r := range v.Routes[0].Rules {
		for _, to := range r.To {
			got = append(got, fmt.Sprintf("%s -> %s/%s %d of %d, %s, %d on %q", r.Match.Path, to.Host, to.Subset, to.Weight, r.WeightSum, r.Timeout.V, r.Retries.Attempts, r.Retries.On))
			if p := v.PoolOf(&to); p == nil || p.Selects == nil {
				t.Errorf("no pool of the subset %q", to.Subset)
			}
		}
	}
	want := []string{`prefix:/slow -> pay/v2 100 of 0, 1m0s, 2 on "connect-failure"`, `prefix:/ -> pay/v1 9950 of 10000, 15s, 0 on ""`, `prefix:/ -> pay/v2 50 of 10000, 15s, 0 on ""`}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if v.Pool(s.Ports[0].Number, "") == nil || s.Ports[0].Protocol != mesh.HTTP {
		t.Error("the plain name has no pool, or no HTTP")
	}
}

// The loss of a service is asked about for its own callers where another name stands in for it, or where somebody promises it. A
// standby in the same region is a copy of its own.
func TestTheLossOfAConsulServiceItself(t *testing.T) {
	standby := map[string]string{
		"entries/pay.hcl": "Kind = \"service-resolver\"\nName = \"pay\"\nFailover {\n \"*\" = { Service = \"reserve\" }\n}\n",
		"one/reserve.hcl": registered("reserve", "one", httpCheck, "", "", 2),
	}
	alone := map[string]string{"entries/pay.hcl": "Kind = \"service-resolver\"\nName = \"pay\"\nConnectTimeout = \"2s\"\n"}
	const promise = "objectives: [{match: {service: pay, cluster: one}, survive: [service=bank/one/default/pay], faults: [crash]}]\n"
	for _, c := range []struct {
		name, objective string
		more            map[string]string
		want            failover.Outcome // of the declared scenario; "" = it is not asked about
		copies          []failover.Outcome
	}{
		{"a standby of another name", "", standby, failover.Survives, []failover.Outcome{failover.Survives}},
		{"nothing stands in", "", alone, "", []failover.Outcome{failover.Lost}},
		{"nothing stands in, and it is promised", promise, alone, failover.Lost, []failover.Outcome{failover.Lost}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := federation{more: map[string]string{}, without: "pay two"}
			for k, v := range c.more {
				f.more[k] = v
			}
			f.more["muster.yaml"] = f.files()["muster.yaml"] + c.objective
			g := f.load(t).Graph
			sc, err := failover.ParseScenario("service=bank/one/default/pay")
			if err != nil {
				t.Fatal(err)
			}
			o := failover.Options{Services: func(s *mesh.Service) bool { return s.ID == "bank/one/default/pay" }, Scenarios: []failover.Scenario{sc}, Faults: []failover.Fault{failover.Crash}}
			m, err := failover.Compute(t.Context(), g, o)
			if err != nil {
				t.Fatal(err)
			}
			got := failover.Outcome("")
			for _, cell := range m.Cells {
				got = cell.Outcome
			}
			if got != c.want {
				t.Errorf("its own loss: %q, want %q", got, c.want)
			}
			o.Scenarios, o.Copies = []failover.Scenario{}, true
			if m, err = failover.Compute(t.Context(), g, o); err != nil {
				t.Fatal(err)
			}
			var copies []failover.Outcome
			for _, cell := range m.Cells {
				copies = append(copies, cell.Outcome)
			}
			if !slices.Equal(copies, c.copies) {
				t.Errorf("copies: %v, want %v", copies, c.copies)
			}
		})
	}
}
