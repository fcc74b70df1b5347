package failover

import (
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Envoy's documentation, "priority levels": 1.4 × the healthy share, the rest spills over.
func TestTierLoads(t *testing.T) {
	for _, tc := range []struct {
		healthy, total []int
		want           []float64
	}{
		{[]int{100, 100}, []int{100, 100}, []float64{1, 0}},
		{[]int{72, 100}, []int{100, 100}, []float64{1, 0}},
		{[]int{71, 100}, []int{100, 100}, []float64{0.994, 0.006}},
		{[]int{50, 100}, []int{100, 100}, []float64{0.7, 0.3}},
		{[]int{0, 100}, []int{100, 100}, []float64{0, 1}},
		{[]int{25, 25}, []int{100, 100}, []float64{0.5, 0.5}}, // 35 % + 35 %, scaled up
		{[]int{0, 3}, []int{0, 3}, []float64{0, 1}},
		{[]int{0, 0}, []int{3, 3}, nil},
	} {
		got := tierLoads(tc.healthy, tc.total, overprovisioning)
		if len(got) != len(tc.want) {
			t.Errorf("%v of %v: %v, want %v", tc.healthy, tc.total, got, tc.want)
			continue
		}
		for i := range got {
			if !near(got[i], tc.want[i]) {
				t.Errorf("%v of %v: %v, want %v", tc.healthy, tc.total, got, tc.want)
			}
		}
	}
}

// istioGraph: three endpoints in the client's region, three in another, and a third region
// without endpoints for clients that have none of their own.
func istioGraph(t *testing.T, change func(*mesh.Pool, *mesh.RouteRule)) *mesh.Graph {
	t.Helper()
	deploy := func(cluster string) *mesh.Workload {
		return &mesh.Workload{ID: cluster + "/pay/Deployment/pay", Cluster: cluster, Namespace: "pay", Kind: "Deployment", Name: "pay", Meshed: mesh.Of(true, mesh.Origin{}),
			Readiness: &mesh.Probe{Handler: "tcp", Period: 10 * time.Second, Timeout: time.Second, Failure: 3}}
	}
	east, west := endpoints(3, "east", "us-east-1/a", deploy("east")), endpoints(3, "west", "us-west-2/a", deploy("west"))
	ms := func(n int) mesh.Value[time.Duration] {
		return mesh.Of(time.Duration(n)*time.Millisecond, mesh.Origin{})
	}
	pool := &mesh.Pool{Host: "pay", Port: 8080, Protocol: mesh.HTTP, Discovery: mesh.EDS, SendsUnhealthy: true,
		TLS: mesh.ClientTLS{Mode: mesh.AutoTLS}, ConnectTimeout: ms(1000), Tiering: &mesh.LocalityTiers{On: true},
		Targets: []mesh.Target{{Endpoints: append(east, west...), Detection: mesh.Detection{Outlier: &mesh.OutlierDetection{
			Consecutive5xx: mesh.Of(5, mesh.Origin{}), MaxEjectionPercent: mesh.Of(100, mesh.Origin{})}}}}}
	rule := &mesh.RouteRule{Timeout: ms(2000), Retries: mesh.Retries{Attempts: 0}}
	if change != nil {
		change(pool, rule)
	}
	g := handGraph(mesh.Istio, pool, &mesh.Client{ID: "web", Cluster: "east", Namespace: "web", Locality: mesh.Locality{Region: "us-east-1", Zone: "a"}, Kind: mesh.Sidecar},
		&mesh.Cluster{Name: "east", Region: "us-east-1", Zones: []string{"a", "b"}}, &mesh.Cluster{Name: "west", Region: "us-west-2", Zones: []string{"a"}})
	svc := g.Services[0]
	rule.To = []mesh.Backend{{Service: svc, Host: "pay", Port: 8080, Weight: 100}}
	svc.Fix(&mesh.View{Pools: []*mesh.Pool{pool}, Routes: []*mesh.Route{{Host: "pay", Port: 8080, Rules: []*mesh.RouteRule{rule}}}})
	return g
}

const eastCopy = "workload=east/pay/Deployment/pay"

func TestEjectionMovesTrafficToTheNextTier(t *testing.T) {
	g := istioGraph(t, nil)
	for _, f := range Faults {
		a := answer(t, g, eastCopy, f)
		if a.Outcome != Survives || len(a.Destinations) != 1 || a.Destinations[0].Cluster != "west" {
			t.Errorf("%s: %s (%s) to %v, want survives in west", f, a.Outcome, a.Reason, a.Destinations)
		}
	}
}

// Istio's default of 10 % ejects nobody where there are fewer than ten hosts.
func TestDefaultEjectionBoundNeverEmptiesASmallTier(t *testing.T) {
	g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
		p.Targets[0].Detection.Outlier.MaxEjectionPercent = mesh.Of(10, mesh.Default("Istio"))
	})
	a := answer(t, g, eastCopy, Error)
	if a.Outcome != Lost || len(a.Causes) == 0 || a.Causes[0].Kind != CauseBound {
		t.Errorf("%s with causes %v, want lost by the ejection bound", a.Outcome, a.Causes)
	}
}

// A third of the tier ejected already starts the spill-over.
func TestPartialEjectionSpills(t *testing.T) {
	g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
		p.Targets[0].Detection.Outlier.MaxEjectionPercent = mesh.Of(34, mesh.Origin{}) // 2 of 6
	})
	a := answer(t, g, eastCopy, Error)
	// one of three hosts is left in the tier: 1/3 × 1.4 = 46.7 % stay, and fail
	if a.Outcome != Degraded || !near(a.FailingShare, 0.4667) {
		t.Errorf("%s with share %.4f, want degraded with 0.4667", a.Outcome, a.FailingShare)
	}
}

// Removing both timeouts turns only the hang and partition cells.
func TestHangIsSeenOnlyThroughATimeout(t *testing.T) {
	without := istioGraph(t, func(_ *mesh.Pool, r *mesh.RouteRule) { r.Timeout = mesh.Value[time.Duration]{} })
	for f, want := range map[Fault]Outcome{Crash: Survives, Error: Survives, Hang: Lost, Partition: Unknown} {
		if a := answer(t, without, eastCopy, f); a.Outcome != want {
			t.Errorf("%s without timeouts: %s (%s), want %s", f, a.Outcome, a.Reason, want)
		}
	}
	a := answer(t, without, eastCopy, Hang)
	if a.Causes[0].Kind != CauseUnseen {
		t.Errorf("causes %v, want the hang to be unseen", a.Causes)
	}
}

// Without outlier detection there are no tiers: traffic leaves the region on a normal day, and a
// hang costs the dead share for as long as it lasts.
func TestWithoutDetectionThereAreNoTiers(t *testing.T) {
	g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
		p.Targets[0].Detection.Outlier = nil
		p.Tiering = &mesh.LocalityTiers{On: false}
	})
	a := answer(t, g, eastCopy, Hang)
	if a.Outcome != Degraded || !near(a.FailingShare, 0.5) || len(a.Before) != 2 {
		t.Errorf("%s with share %.2f from %v, want half of a flat pool to fail", a.Outcome, a.FailingShare, a.Before)
	}
}

// A crash is a connect failure, which Istio retries twice on other hosts by default.
func TestDefaultRetriesCarryACrashOfFewHosts(t *testing.T) {
	g := istioGraph(t, func(p *mesh.Pool, r *mesh.RouteRule) {
		p.Targets[0].Detection.Outlier = nil
		p.Tiering = &mesh.LocalityTiers{On: false}
		r.Retries = mesh.Retries{Default: true}
	})
	// The kubelet reports the crash, so the endpoints leave: nothing fails after that.
	if a := answer(t, g, eastCopy, Crash); a.Outcome != Survives {
		t.Errorf("crash of the copy: %s (%s)", a.Outcome, a.Reason)
	}
	// With the control plane gone too, nobody withdraws them: 3/6 × 2/5 × 1/4.
	c := *g.Clients[0]
	c.Cluster, c.Locality = "other", mesh.Locality{Region: "eu-west-1"}
	s, _ := ParseScenario("cluster=east")
	a := Evaluate(g, Question{Service: g.Services[0], Port: 8080, Client: &c}, NewBlast(g, s), Crash)
	if a.Outcome != Degraded || !near(a.FailingShare, 0.05) {
		t.Errorf("crash of the cluster: %s with share %.4f, want degraded with 0.05", a.Outcome, a.FailingShare)
	}
}

func TestPanicSendsToDeadHosts(t *testing.T) {
	g := istioGraph(t, func(p *mesh.Pool, _ *mesh.RouteRule) {
		p.Panic = 50
		p.Targets[0].Endpoints = p.Targets[0].Endpoints[:3] // one tier only
	})
	a := answer(t, g, eastCopy, Error)
	if a.Outcome != Lost {
		t.Errorf("%s, want lost: with panic on, everything goes to the dead hosts", a.Outcome)
	}
}

// A Deployment without a hard spread may have all its pods in one zone, or none.
func TestUnknownZoneIsUnknownUnlessItDoesNotMatter(t *testing.T) {
	unplaced := func(p *mesh.Pool, _ *mesh.RouteRule) {
		for _, e := range p.Targets[0].Endpoints[:3] {
			e.Locality.Zone, e.ZoneUnknown = "", true
		}
	}
	client := mesh.Locality{Region: "us-east-1", Zone: "b"}
	for _, tc := range []struct {
		name   string
		change func(*mesh.Pool, *mesh.RouteRule)
		want   Outcome
	}{
		{"ejected wherever they are", unplaced, Survives},
		{"nothing ejects", func(p *mesh.Pool, r *mesh.RouteRule) {
			unplaced(p, r)
			p.Targets[0].Detection.Outlier = nil
			p.Tiering = &mesh.LocalityTiers{}
		}, Unknown},
	} {
		g := istioGraph(t, tc.change)
		g.Clients[0].Locality = client
		a := answer(t, g, "zone=us-east-1/a", Hang)
		if a.Outcome != tc.want {
			t.Errorf("%s: %s (%s), want %s", tc.name, a.Outcome, a.Reason, tc.want)
		}
	}
}
