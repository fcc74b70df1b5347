package failover

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

func ms(n int) mesh.Value[time.Duration] {
	return mesh.Of(time.Duration(n)*time.Millisecond, mesh.Origin{})
}

func percentOf(n int) mesh.Value[int] { return mesh.Of(n, mesh.Origin{}) }

// eastWestDoor is the gateway of the west, as a list entry in a locality.
func eastWestDoor(gw *mesh.Gateway, place string, behind ...*mesh.Endpoint) *mesh.Endpoint {
	return &mesh.Endpoint{Name: "gw", Address: "198.51.100.1:15443", Port: 15443, Cluster: "west", Network: "west-net",
		Locality: mesh.ParseLocality(place), Security: mesh.MeshMTLS, MeshAble: true, Gateway: gw, Behind: behind}
}

// Envoy keeps the first of several endpoints with one address: a gateway that is listed in three
// zones is one host, and the ejection bound counts it once.
func TestOneGatewayAddressInSeveralZonesIsOneHost(t *testing.T) {
	gw := &mesh.Gateway{ID: "west/istio-system/gw", Cluster: "west", Role: mesh.EastWest}
	g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
		all := p.Targets[0].Endpoints
		west := all[3:]
		for i, e := range west {
			e.Locality.Zone, e.Network = string(rune('a'+i)), "west-net"
		}
		p.Targets[0].Endpoints = append(slices.Clone(all[:3]),
			eastWestDoor(gw, "us-west-2/a", west[0]), eastWestDoor(gw, "us-west-2/b", west[1]), eastWestDoor(gw, "us-west-2/c", west[2]))
		p.Targets[0].Detection.Outlier.MaxEjectionPercent = percentOf(50) // 2 of 4 hosts, and not 3 of 6
	})
	a := answer(t, g, eastCopy, Error)
	if a.Outcome != Degraded || !near(a.FailingShare, 0.4667) || len(a.Causes) == 0 || a.Causes[0].Kind != CauseBound {
		t.Errorf("%s with share %.4f and causes %v, want 0.4667 by the ejection bound", a.Outcome, a.FailingShare, a.Causes)
	}
}

// Istio gives a gateway's entry no health: with SendsUnhealthy it stays healthy when nobody behind
// it is ready, so without outlier detection its share fails.
func TestGatewayStaysHealthyWithNobodyBehindIt(t *testing.T) {
	gw := &mesh.Gateway{ID: "west/istio-system/gw", Cluster: "west", Role: mesh.EastWest}
	build := func(sends bool) *mesh.Graph {
		return istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
			all := p.Targets[0].Endpoints
			door := eastWestDoor(gw, "us-west-2/a", all[3:]...)
			door.Weight = 3
			p.Targets[0].Endpoints = append(slices.Clone(all[:3]), door)
			p.SendsUnhealthy = sends
			p.Targets[0].Detection.Outlier = nil
			p.Tiering = &mesh.LocalityTiers{}
		})
	}
	const westCopy = "workload=west/pay/Deployment/pay"
	if a := answer(t, build(true), westCopy, Crash); a.Outcome != Degraded || !near(a.FailingShare, 0.5) {
		t.Errorf("1.31 without outlier detection: %s with share %.2f, want half to fail", a.Outcome, a.FailingShare)
	}
	if a := answer(t, build(false), westCopy, Crash); a.Outcome != Survives {
		t.Errorf("1.30 without outlier detection: %s (%s), want survives: the entry leaves with its endpoints", a.Outcome, a.Reason)
	}
}

// Nobody knows which of the endpoints behind a gateway stand in the zone, and nothing notices that
// they hang: that is unknown, and no pass.
func TestUnknownZonesBehindAGateway(t *testing.T) {
	gw := &mesh.Gateway{ID: "west/istio-system/gw", Cluster: "west", Role: mesh.EastWest}
	g := istioGraph(t, func(p *mesh.Pool, r *mesh.RouteRule) {
		all := p.Targets[0].Endpoints
		for _, e := range all[4:] {
			e.Locality.Zone, e.ZoneUnknown = "", true
		}
		all[3].Locality.Zone = "b"
		p.Targets[0].Endpoints = []*mesh.Endpoint{eastWestDoor(gw, "us-west-2", all[3:]...)}
		p.Targets[0].Detection.Outlier = nil
		p.Tiering = &mesh.LocalityTiers{}
		r.Timeout = mesh.Value[time.Duration]{}
	})
	g.Clusters[1].Zones = []string{"a", "b"}
	if a := answer(t, g, "zone=us-west-2/a", Hang); a.Outcome != Unknown {
		t.Errorf("%s (%s), want unknown", a.Outcome, a.Reason)
	}
}

// Ejection and readiness both start with the fault: a zone that crashes is out of use as soon as
// its hosts are ejected, long before its nodes count as lost.
func TestTheSoonerClockEndsTheOutage(t *testing.T) {
	g := istioGraph(t, nil)
	g.Clients[0].Locality.Zone = "b"
	a := answer(t, g, "zone=us-east-1/a", Crash)
	if a.Outcome != Survives || a.Recovery.Upper > 10*time.Second {
		t.Errorf("%s after [%s, %s], want the time that ejection takes", a.Outcome, a.Recovery.Lower, a.Recovery.Upper)
	}
}

// Envoy: in total panic tiers share by the number of their hosts, dead or alive.
func TestTotalPanic(t *testing.T) {
	g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) { p.Panic, p.SendsUnhealthy = 50, false })
	g.Services[0].Endpoints[5].Workload.Readiness = nil
	w := *g.Services[0].Endpoints[3].Workload
	w.ID = "west/pay/Deployment/half"
	g.Services[0].Endpoints[3].Workload, g.Services[0].Endpoints[4].Workload = &w, &w
	a := answer(t, g, eastCopy+"+workload=west/pay/Deployment/half", Error)
	// one of six is alive; tier 0 is 0 %, tier 1 33 % healthy: both below 50 %
	if !near(a.FailingShare, 0.8333) {
		t.Errorf("%s with share %.4f, want 5/6", a.Outcome, a.FailingShare)
	}
	if !slices.ContainsFunc(a.Causes, func(c Cause) bool { return c.Kind == CausePanic }) {
		t.Errorf("causes %v, want panic among them", a.Causes)
	}
}

// Envoy: status codes retry answers, not refused connections or timeouts; "reset" covers a try that
// times out; the route's timeout ends the retries; remote localities come with the second retry.
func TestWhatRetriesCover(t *testing.T) {
	for _, tc := range []struct {
		on    string
		fault Fault
		want  bool
	}{
		{"503", Crash, false}, {"503", Partition, false}, {"504", Hang, false},
		{"reset", Hang, true}, {"reset", Crash, true}, {"reset", Error, false},
		{"connect-failure,refused-stream,unavailable,cancelled", Crash, true},
		{"connect-failure,refused-stream,unavailable,cancelled", Hang, false},
		{"5xx", Hang, true}, {"gateway-error", Error, false},
	} {
		if got := retried(tc.on, tc.fault); got != tc.want {
			t.Errorf("%s on %s: %v, want %v", tc.on, tc.fault, got, tc.want)
		}
	}
	flat := func(change func(*mesh.RouteRule)) *mesh.Graph {
		return istioGraph(t, func(p *mesh.Pool, r *mesh.RouteRule) {
			p.Targets[0].Detection.Outlier = nil
			p.Tiering = &mesh.LocalityTiers{}
			change(r)
		})
	}
	// 3 of 6 hang: the timeout of 2 s has room for one retry, whatever "attempts" says: 1/2 × 2/5.
	a := answer(t, flat(func(r *mesh.RouteRule) {
		r.Retries = mesh.Retries{Attempts: 5, On: "5xx", PerTry: ms(1000)}
	}), eastCopy, Hang)
	if !near(a.FailingShare, 0.2) {
		t.Errorf("%s with share %.4f, want 0.2", a.Outcome, a.FailingShare)
	}
	remote := func(attempts int) *Answer {
		return answer(t, istioGraph(t, func(p *mesh.Pool, r *mesh.RouteRule) {
			p.Targets[0].Detection.Outlier.MaxEjectionPercent = percentOf(1)
			r.Retries = mesh.Retries{Attempts: attempts, On: "5xx", RemoteLocalities: true}
		}), eastCopy, Error)
	}
	if a := remote(1); a.Outcome != Lost {
		t.Errorf("one retry: %s, want lost: it stays in the tier", a.Outcome)
	}
	if a := remote(2); a.Outcome != Survives {
		t.Errorf("two retries: %s (%s), want survives", a.Outcome, a.Reason)
	}
}

// Only Istio retries by itself.
func TestOtherMeshesDoNotRetryByThemselves(t *testing.T) {
	for kind, want := range map[mesh.Kind]float64{mesh.Istio: 0.05, mesh.Consul: 0.5} {
		pool := &mesh.Pool{Host: "pay", Port: 80, Protocol: mesh.HTTP, Discovery: mesh.EDS, Tiering: mesh.Flat{},
			Targets: []mesh.Target{{Endpoints: append(endpoints(3, "east", "us-east-1", nil), endpoints(3, "west", "us-west-2", nil)...)}}}
		g := handGraph(kind, pool, &mesh.Client{ID: "web", Cluster: "north", Locality: mesh.Locality{Region: "eu"}},
			&mesh.Cluster{Name: "east", Region: "us-east-1"}, &mesh.Cluster{Name: "west", Region: "us-west-2"})
		if a := answer(t, g, "region=us-east-1", Crash); !near(a.FailingShare, want) {
			t.Errorf("%s: share %.4f, want %.2f", kind, a.FailingShare, want)
		}
	}
}

// An external address belongs to no cluster of the fleet, whichever of them reads its ServiceEntry.
func TestExternalHostsOutliveTheClusterThatDeclaresThem(t *testing.T) {
	pool := &mesh.Pool{Host: "api.example", Port: 443, Protocol: mesh.TLS, Discovery: mesh.StrictDNS, Tiering: &mesh.LocalityTiers{},
		Targets: []mesh.Target{{Endpoints: endpoints(1, "fra", "", nil)}}}
	g := handGraph(mesh.Istio, pool, &mesh.Client{ID: "web", Cluster: "zrh", Locality: mesh.Locality{Region: "eu-central-2"}},
		&mesh.Cluster{Name: "fra", Region: "eu-central-1"}, &mesh.Cluster{Name: "zrh", Region: "eu-central-2", ConfigCluster: "fra"})
	g.Services[0].External = true
	for _, scenario := range []string{"cluster=fra", "region=eu-central-1", "zone=eu-central-1/a"} {
		if a := answer(t, g, scenario, Crash); a.Outcome != Survives {
			t.Errorf("%s: %s (%s), want survives", scenario, a.Outcome, a.Reason)
		}
	}
}

// A pod without labels of its place is where its cluster is; which zone that is, is unknown.
func TestPodsWithoutLocality(t *testing.T) {
	unlabelled := func() *mesh.Graph {
		return istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
			for _, e := range p.Targets[0].Endpoints[:3] {
				e.Locality = mesh.Locality{}
			}
			p.Targets[0].Detection.Outlier = nil
			p.Tiering = &mesh.LocalityTiers{}
		})
	}
	g := unlabelled()
	g.Clients[0].Cluster, g.Clients[0].Locality = "west", mesh.Locality{Region: "us-west-2", Zone: "a"}
	if a := answer(t, g, "region=us-east-1", Hang); a.Outcome != Degraded {
		t.Errorf("region: %s (%s), want degraded: the cluster is inside", a.Outcome, a.Reason)
	}
	if a := answer(t, g, "zone=us-east-1/a", Hang); a.Outcome != Unknown {
		t.Errorf("zone: %s (%s), want unknown", a.Outcome, a.Reason)
	}
	g = unlabelled()
	g.Clients[0].Locality = mesh.Locality{}
	s, _ := ParseScenario("region=us-east-1")
	if a := Evaluate(g, Question{Service: g.Services[0], Port: 8080, Client: g.Clients[0]}, NewBlast(g, s), Hang); a != nil {
		t.Errorf("%s, want no answer: the caller's cluster is inside", a.Outcome)
	}
}

// A rule that refuses its callers on a normal day does not silence the other rules of the port, and
// of two rules that survive the slower one counts.
func TestEveryRuleOfAPortCounts(t *testing.T) {
	deny := &mesh.Authorization{Deny: []mesh.AuthzPolicy{{Rules: []mesh.AuthzRule{{}}}}}
	g := istioGraph(t, nil)
	admin := endpoints(1, "east", "us-east-1/a", nil)
	admin[0].Inbound = &mesh.Inbound{Authorization: deny}
	svc := &mesh.Service{ID: "m/dc1/default/admin", Mesh: "m", Name: "admin", Hosts: []string{"admin"}}
	svc.Fix(&mesh.View{Pools: []*mesh.Pool{{Service: svc, Host: "admin", Port: 80, Protocol: mesh.HTTP, Discovery: mesh.EDS, Tiering: mesh.Flat{}, Targets: []mesh.Target{{Endpoints: admin}}}}})
	view := g.View(g.Services[0], g.Clients[0])
	own := view.Routes[0].Rules[0]
	slow := *own
	slow.Timeout = ms(8000)
	view.Pools[0].Targets[0].Detection.Outlier.MaxEjectionPercent = percentOf(100)
	view.Routes[0].Rules = []*mesh.RouteRule{
		{Match: mesh.Match{Path: "prefix:/admin"}, To: []mesh.Backend{{Service: svc, Host: "admin", Port: 80, Weight: 100}}},
		{Match: mesh.Match{Path: "prefix:/a"}, To: own.To, Timeout: own.Timeout}, &slow}
	g.Clients[0].Principals = []string{"td/ns/web/sa/web"}
	a := answer(t, g, eastCopy, Hang)
	if a.Outcome != Survives || a.Recovery.Lower != 8*time.Second {
		t.Errorf("%s after [%s, %s], want survives after 8 s at least", a.Outcome, a.Recovery.Lower, a.Recovery.Upper)
	}
}

// A plaintext path breaks an objective that asks for mTLS, also where nothing else is encrypted.
func TestDemandedEncryptionIsHeldAgainstPlaintextEverywhere(t *testing.T) {
	g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
		for _, e := range p.Targets[0].Endpoints {
			e.Security = mesh.Plaintext
		}
	})
	g.Services[0].Objective = &mesh.Objective{Encryption: "mtls"}
	a := answer(t, g, eastCopy, Crash)
	if !slices.ContainsFunc(a.Causes, func(c Cause) bool { return c.Kind == CauseExposed }) {
		t.Errorf("%s with causes %v, want the path to be exposed", a.Outcome, a.Causes)
	}
}

// Behind a gateway policies refuse a share of the requests, and whether they do can be unknown.
func TestAuthorizationBehindAGateway(t *testing.T) {
	gw := &mesh.Gateway{ID: "west/istio-system/gw", Cluster: "west", Role: mesh.EastWest}
	build := func(policy *mesh.Authorization) *mesh.Graph {
		g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
			all := p.Targets[0].Endpoints
			all[5].Inbound = &mesh.Inbound{Authorization: policy}
			p.Targets[0].Endpoints = append(slices.Clone(all[:3]), eastWestDoor(gw, "us-west-2/a", all[3:]...))
		})
		g.Clients[0].Principals = []string{"td/ns/web/sa/web"}
		return g
	}
	denied := answer(t, build(&mesh.Authorization{Deny: []mesh.AuthzPolicy{{Rules: []mesh.AuthzRule{{}}}}}), eastCopy, Error)
	if !near(denied.FailingShare, 1.0/3) || denied.Authorized {
		t.Errorf("one of three denies: %s with share %.4f, want a third to fail", denied.Outcome, denied.FailingShare)
	}
	unknown := answer(t, build(&mesh.Authorization{Deny: []mesh.AuthzPolicy{{Rules: []mesh.AuthzRule{{RequestBound: true}}}}}), eastCopy, Error)
	if unknown.Outcome != Unknown {
		t.Errorf("a policy that looks at requests guards the standby only: %s, want unknown", unknown.Outcome)
	}
}

// What a lost dependency means to its callers: unknown stays unknown, and what was broken before is
// not this failure's doing.
func TestDependenciesThatAreUnknownOrBrokenBefore(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*mesh.Pool)
		want   Outcome
	}{
		{"unknown", func(p *mesh.Pool) {
			for _, e := range p.Targets[0].Endpoints {
				e.Locality.Zone, e.ZoneUnknown = "", true
			}
		}, Unknown},
		{"broken before", func(p *mesh.Pool) {
			for _, e := range p.Targets[0].Endpoints {
				e.Security, e.MeshAble, e.Inbound = mesh.MeshMTLS, false, nil
			}
		}, Survives},
	} {
		g := istioGraph(t, nil)
		g.Clients[0].Locality.Zone = "b"
		g.Services[0].Endpoints[0].Locality.Zone = "a"
		for _, e := range g.Services[0].Endpoints[1:3] {
			e.Locality.Zone = "b"
		}
		pool := &mesh.Pool{Host: "db", Port: 5432, Protocol: mesh.TCP, Discovery: mesh.EDS, Tiering: mesh.Flat{},
			Targets: []mesh.Target{{Endpoints: endpoints(2, "east", "us-east-1/a", nil)}}}
		tc.change(pool)
		db := &mesh.Service{ID: "m/dc1/default/db", Mesh: "m", Name: "db", Hosts: []string{"db"}, Ports: []mesh.Port{{Number: 5432, Protocol: mesh.TCP}}, Endpoints: pool.Targets[0].Endpoints}
		pool.Service = db
		db.Fix(&mesh.View{Pools: []*mesh.Pool{pool}})
		callers := &mesh.Client{ID: "pay", Mesh: "m", Cluster: "east", Namespace: "pay", Locality: mesh.Locality{Region: "us-east-1", Zone: "b"}, Kind: mesh.Sidecar,
			Workloads: []*mesh.Workload{g.Services[0].Endpoints[0].Workload}}
		g.Services = append(g.Services, db)
		g.Clients = append(g.Clients, callers)
		g.Dependencies = []*mesh.Dependency{{From: g.Services[0].ID, To: db.ID, Strong: true}}
		g.Index()
		s, _ := ParseScenario("zone=us-east-1/a")
		m, err := Compute(context.Background(), g, Options{Services: func(x *mesh.Service) bool { return x.Name == "pay" }, Scenarios: []Scenario{s}, Faults: []Fault{Hang},
			Clients: func(c *mesh.Client) bool { return c.Namespace == "web" || c.Namespace == "*" }})
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Cells) == 0 { // nothing that the failure touches
			if tc.want != Survives {
				t.Errorf("%s: no cell, want %s", tc.name, tc.want)
			}
			continue
		}
		if got := m.Cells[0].Outcome; got != tc.want {
			t.Errorf("%s: %s (%s), want %s", tc.name, got, m.Cells[0].Reason, tc.want)
		}
	}
}

// Classes that differ by labels alone have ids of their own, however many there are.
func TestClientIDsAreUnique(t *testing.T) {
	g := istioGraph(t, nil)
	classes := &byLabel{}
	g.Compilers = map[string]mesh.Compiler{"m": classes}
	for i := range 4 {
		c := *g.Clients[0]
		c.ID, c.Labels = fmt.Sprint("web", i), map[string]string{"v": fmt.Sprint(i)}
		g.Clients = append(g.Clients, &c)
	}
	seen := map[string]bool{}
	for _, c := range Callers(g, g.Services[0]) {
		if seen[c.ID] {
			t.Errorf("%s stands for two classes", c.ID)
		}
		seen[c.ID] = true
	}
}

type byLabel struct{}

func (*byLabel) Class(_ *mesh.Service, c *mesh.Client) string    { return "v" + c.Labels["v"] }
func (*byLabel) View(s *mesh.Service, _ *mesh.Client) *mesh.View { return nil }
func (*byLabel) Resolve(*mesh.Client) *mesh.Resolution           { return nil }

// What an objective names is evaluated, also when it is no single place of the fleet.
func TestNamedScenariosAreEvaluated(t *testing.T) {
	g := istioGraph(t, nil)
	g.Services[0].Objective = &mesh.Objective{Survive: []string{"zone=us-west-2/a+zone=us-east-1/a"}}
	g.Clients[0].Locality.Zone = "b"
	m, err := Compute(context.Background(), g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(m.Cells, func(c *Cell) bool { return c.Scenario.String() == "zone=us-east-1/a+zone=us-west-2/a" }) {
		t.Error("no cell for the failure of both zones")
	}
}

// Linkerd: the weight of an only backend is ignored, even 0.
func TestOnlyBackendOfWeightZero(t *testing.T) {
	pool := &mesh.Pool{Host: "cart", Port: 80, Protocol: mesh.HTTP, Discovery: mesh.EDS, Tiering: mesh.WeightedAvailable{},
		Targets: []mesh.Target{{Name: "cart", Endpoints: append(endpoints(2, "east", "us-east-1", nil), endpoints(2, "west", "us-west-2", nil)...)}}}
	g := handGraph(mesh.Linkerd, pool, &mesh.Client{ID: "web", Cluster: "east", Locality: mesh.Locality{Region: "us-east-1"}})
	if a := answer(t, g, "none", Crash); a.Outcome != Survives {
		t.Errorf("%s, want survives", a.Outcome)
	}
}

// Count shares answers between questions that look alike; it must come to what Compute finds one by
// one.
func TestCountAgreesWithCompute(t *testing.T) {
	for seed := range uint64(200) {
		g := randomGraph(rand.New(rand.NewPCG(seed, 1)))
		o := Options{Services: func(*mesh.Service) bool { return true }, Workers: 1}
		for _, text := range []string{"zone=r0/a", "zone=r1/b", "region=r0", "region=r1", "cluster=c0", "cluster=c1", "workload=c0/n/Deployment/w0", "gateway=c1/gw"} {
			s, _ := ParseScenario(text)
			if seed%2 == 0 && NewBlast(g, s).named {
				continue
			}
			o.Scenarios = append(o.Scenarios, s)
		}
		m, err := Compute(context.Background(), g, o)
		if err != nil {
			t.Fatal(err)
		}
		want := Tally{}
		for _, c := range m.Cells {
			want.Add(c.Outcome, 1)
		}
		got, err := Count(context.Background(), g, o)
		if err != nil {
			t.Fatal(err)
		}
		got.Services, got.Shapes = 0, 0
		if got != want {
			t.Fatalf("seed %d: counted %+v, computed %+v", seed, got, want)
		}
	}
}

// A service with thousands of places does not keep a computation from its deadline, and its
// destinations are joined all the same.
func TestManyPlaces(t *testing.T) {
	pool := &mesh.Pool{Host: "far", Port: 80, Protocol: mesh.HTTP, Discovery: mesh.EDS, Tiering: &mesh.LocalityTiers{}, Targets: []mesh.Target{{Name: "far"}}}
	for i := range 6000 {
		pool.Targets[0].Endpoints = append(pool.Targets[0].Endpoints, &mesh.Endpoint{Address: fmt.Sprint(i), Locality: mesh.Locality{Region: fmt.Sprint("r", i%3000)}, Health: mesh.Healthy, Security: mesh.Plaintext})
	}
	g := handGraph(mesh.Istio, pool, &mesh.Client{ID: "web", Cluster: "east", Kind: mesh.Sidecar, Locality: mesh.Locality{Region: "us-east-1"}})
	a := answer(t, g, "region=r7", Crash)
	if len(a.Before) != 3000 || len(a.Destinations) != 2999 {
		t.Errorf("%d places before, %d after", len(a.Before), len(a.Destinations))
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Compute(ctx, g, Options{Services: func(*mesh.Service) bool { return true }, Copies: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func inFull(cells []*Cell) string {
	var b strings.Builder
	for _, c := range cells {
		fmt.Fprintf(&b, "%s %+v\n", c.ID(), *c.Answer)
	}
	return b.String()
}

// Cells that are not kept are summed up as those that are.
func TestSumsDoNotDependOnWhatIsKept(t *testing.T) {
	for seed := range uint64(100) {
		g := randomGraph(rand.New(rand.NewPCG(seed, 2)))
		o := Options{Services: func(*mesh.Service) bool { return true }, Copies: true}
		whole, err := Compute(context.Background(), g, o)
		if err != nil {
			t.Fatal(err)
		}
		o.Explain = func(_ *mesh.Service, sc Scenario, f Fault) bool { return f == Hang && sc.names(Region) }
		some, err := Compute(context.Background(), g, o)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(some.Sums, whole.Sums) {
			t.Fatalf("seed %d: the sums differ", seed)
		}
		ofCells := map[string]Outcomes{}
		for _, s := range (&Matrix{Cells: whole.Cells}).Summed() {
			ofCells[string(s.Service.ID)+s.Scenario.String()+string(s.Fault)] = s.Outcomes
		}
		for _, s := range whole.Sums {
			if key := string(s.Service.ID) + s.Scenario.String() + string(s.Fault); ofCells[key] != s.Outcomes {
				t.Fatalf("seed %d: %s sums up to %v, its cells to %v", seed, key, s.Outcomes, ofCells[key])
			}
		}
		kept := slices.DeleteFunc(slices.Clone(whole.Cells), func(c *Cell) bool { return c.Fault != Hang || !c.Scenario.names(Region) })
		if len(kept) != len(some.Cells) {
			t.Fatalf("seed %d: %d cells are kept, want %d", seed, len(some.Cells), len(kept))
		}
		o.Explain, o.Keep = nil, func(c *Cell) bool { return c.Outcome != Survives }
		bad, err := Compute(context.Background(), g, o)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(whole.Cells), func(c *Cell) bool { return c.Outcome == Survives })
		if got, want := inFull(bad.Cells), inFull(want); got != want || !reflect.DeepEqual(bad.Sums, whole.Sums) {
			t.Fatalf("seed %d: the kept cells are\n%s\nof the whole matrix they are\n%s", seed, got, want)
		}
	}
}

func randomGraph(r *rand.Rand) *mesh.Graph {
	pick := func(n int) int { return r.IntN(n) }
	g := &mesh.Graph{Meshes: []*mesh.Mesh{{Name: "m", Kind: mesh.Istio}}}
	for i := range 2 {
		g.Clusters = append(g.Clusters, &mesh.Cluster{Name: fmt.Sprint("c", i), Region: fmt.Sprint("r", i), Zones: []string{"a", "b", "c"}[:2+pick(2)]})
	}
	policies := []*mesh.Authorization{nil, nil}
	for _, who := range []string{"td/ns/n/sa/x", "td/ns/n/sa/y"} {
		policies = append(policies, &mesh.Authorization{Allow: []mesh.AuthzPolicy{{Rules: []mesh.AuthzRule{{From: []mesh.AuthzSource{{Principals: []string{who}}}, RequestBound: pick(3) == 0}}}}})
	}
	gw := &mesh.Gateway{ID: "c1/gw", Cluster: "c1", Role: mesh.EastWest}
	var workloads []*mesh.Workload
	for i := range 3 {
		w := &mesh.Workload{ID: fmt.Sprintf("c%d/n/Deployment/w%d", i%2, i), Cluster: fmt.Sprint("c", i%2), Meshed: mesh.Of(true, mesh.Origin{})}
		switch pick(4) {
		case 0:
			w.Readiness = &mesh.Probe{Handler: []string{"tcp", "http", "exec"}[pick(3)], Period: time.Second, Failure: 3}
		case 1:
			w.Meshed = mesh.UnknownOf[bool]("x", mesh.Origin{})
		case 2:
			w.Autoscale = &mesh.Autoscale{Max: 1 + pick(6), Utilisation: 40 * pick(3)}
		}
		workloads = append(workloads, w)
	}
	for i := range 6 {
		svc := &mesh.Service{ID: mesh.ServiceID(fmt.Sprint("m/m/n/s", i)), Mesh: "m", Name: fmt.Sprint("s", i), Ports: []mesh.Port{{Number: 80, Protocol: mesh.HTTP}}}
		pool := &mesh.Pool{Service: svc, Host: svc.Name, Port: 80, Protocol: mesh.HTTP, Discovery: mesh.EDS, SendsUnhealthy: pick(2) == 0}
		lt := &mesh.LocalityTiers{On: pick(2) == 0, Weighted: pick(2) == 0}
		if pick(3) == 0 {
			lt.Failover = []mesh.FailoverTo{{From: "r0", To: "r1"}}
		}
		switch pick(6) {
		case 0:
			lt.Distribute = []mesh.Distribution{{From: "r0/*", To: []mesh.LocalityShare{{Locality: "r0/*", Percent: uint32(20 + 20*pick(3))}, {Locality: "r1/*", Percent: 40}}}}
		case 1:
			lt.FailoverPriority = []string{"rack", "shelf"}[:1+pick(2)]
		}
		pool.Tiering = lt
		target := mesh.Target{}
		if pick(2) == 0 {
			target.Detection.Outlier = &mesh.OutlierDetection{Consecutive5xx: percentOf(pick(2) * 5), ConsecutiveGateway: percentOf(pick(2) * 3), MaxEjectionPercent: percentOf(25 * (1 + pick(4)))}
		}
		var last *mesh.Endpoint
		for j := range 1 + pick(4) {
			w := workloads[pick(len(workloads))]
			e := &mesh.Endpoint{Name: fmt.Sprint(svc.Name, "-", j), Address: fmt.Sprint(svc.Name, ":", j), Port: 8080, Cluster: w.Cluster, Workload: w,
				Locality: mesh.Locality{Region: "r" + w.Cluster[1:], Zone: []string{"a", "b", ""}[pick(3)]}, Security: mesh.MeshMTLS, MeshAble: pick(5) > 0, Weight: uint32(pick(3))}
			e.ZoneUnknown = e.Locality.Zone == ""
			e.Labels = map[string]string{"rack": fmt.Sprint(pick(2)), "shelf": fmt.Sprint(pick(2))}
			if p := policies[pick(len(policies))]; p != nil {
				e.Inbound = &mesh.Inbound{Authorization: p}
			}
			svc.Endpoints = append(svc.Endpoints, e)
			if w.Cluster == "c1" && pick(2) == 0 {
				if last != nil && pick(2) == 0 {
					last.Behind = append(last.Behind, e)
					continue
				}
				last = &mesh.Endpoint{Name: "gw", Address: fmt.Sprint("gw:", pick(2)), Cluster: "c1", Locality: e.Locality, Gateway: gw, Security: mesh.MeshMTLS, MeshAble: true, Behind: []*mesh.Endpoint{e}}
				e = last
			}
			target.Endpoints = append(target.Endpoints, e)
		}
		pool.Targets = []mesh.Target{target}
		rule := &mesh.RouteRule{To: []mesh.Backend{{Service: svc, Host: svc.Name, Port: 80, Weight: 100}}, Retries: mesh.Retries{Default: pick(2) == 0}}
		if pick(2) == 0 {
			rule.Timeout = ms(2000)
			rule.Retries = mesh.Retries{Attempts: pick(4), On: []string{"5xx", "reset", "503"}[pick(3)], PerTry: ms(500 + 500*pick(3)), RemoteLocalities: pick(2) == 0}
		}
		svc.Fix(&mesh.View{Pools: []*mesh.Pool{pool}, Routes: []*mesh.Route{{Host: svc.Name, Port: 80, Rules: []*mesh.RouteRule{rule}}}})
		g.Services = append(g.Services, svc)
	}
	for i, who := range []string{"td/ns/n/sa/x", "td/ns/n/sa/y", ""} {
		for j := range 2 {
			c := &mesh.Client{ID: fmt.Sprint("k", i, j), Mesh: "m", Cluster: fmt.Sprint("c", j), Namespace: "n", Kind: mesh.Sidecar, Locality: mesh.Locality{Region: fmt.Sprint("r", j), Zone: "c"}}
			if who != "" {
				c.Principals = []string{who}
			}
			c.Labels = map[string]string{"rack": fmt.Sprint(pick(2)), "shelf": fmt.Sprint(pick(2))}
			g.Clients = append(g.Clients, c)
		}
	}
	g.Index()
	return g
}

// Clients that order endpoints by a label of their own are no class when the label differs.
func TestFailoverPriorityTellsCallersApart(t *testing.T) {
	g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
		p.Tiering = &mesh.LocalityTiers{On: true, FailoverPriority: []string{"version"}}
		for i, e := range p.Targets[0].Endpoints {
			e.Labels = map[string]string{"version": fmt.Sprint("v", i/3)}
		}
	})
	second := *g.Clients[0]
	g.Clients[0].Labels, second.Labels = map[string]string{"version": "v0"}, map[string]string{"version": "v1"}
	second.ID = "web2"
	g.Clients = append(g.Clients, &second)
	if list := Callers(g, g.Services[0]); len(list) != 2 {
		t.Errorf("%d classes, want 2: one prefers the east, the other the west", len(list))
	}
}
