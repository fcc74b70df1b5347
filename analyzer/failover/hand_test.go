package failover

import (
	"math"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// The graphs of these tests are built by hand, the way other loaders will write them: the
// vocabulary is not Istio's alone.

func endpoints(n int, cluster, place string, w *mesh.Workload) []*mesh.Endpoint {
	var list []*mesh.Endpoint
	for i := range n {
		list = append(list, &mesh.Endpoint{
			Name: cluster, Address: cluster + string(rune('a'+i)), Port: 8080, Cluster: cluster,
			Locality: mesh.ParseLocality(place), Security: mesh.MeshMTLS, MeshAble: true, Workload: w,
		})
	}
	return list
}

func handGraph(kind mesh.Kind, pool *mesh.Pool, client *mesh.Client, clusters ...*mesh.Cluster) *mesh.Graph {
	svc := &mesh.Service{ID: mesh.NewServiceID("m", "dc1", "default", pool.Host), Mesh: "m", Name: pool.Host, Hosts: []string{pool.Host},
		Ports: []mesh.Port{{Number: pool.Port, Protocol: pool.Protocol}}}
	for _, t := range pool.Targets {
		svc.Endpoints = append(svc.Endpoints, t.Endpoints...)
	}
	pool.Service = svc
	svc.Fix(&mesh.View{Pools: []*mesh.Pool{pool}})
	client.Mesh = "m"
	g := &mesh.Graph{Meshes: []*mesh.Mesh{{Name: "m", Kind: kind}}, Clusters: clusters, Services: []*mesh.Service{svc}, Clients: []*mesh.Client{client}}
	g.Index()
	return g
}

func answer(t *testing.T, g *mesh.Graph, scenario string, f Fault) *Answer {
	t.Helper()
	s, err := ParseScenario(scenario)
	if err != nil {
		t.Fatal(err)
	}
	svc, c := g.Services[0], g.Clients[0]
	a := Evaluate(g, Question{Service: svc, Port: svc.Ports[0].Number, Client: c}, NewBlast(g, s), f)
	if a == nil {
		t.Fatalf("%s under %s: no answer", scenario, f)
	}
	return a
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-3 }

// Consul: resolver failover is an aggregate cluster of ordered targets. A lost datacenter stays
// HEALTHY in what the proxies are told, so only the caller's passive health check moves traffic.
func TestConsulFailoverNeedsTheCallersPassiveHealthCheck(t *testing.T) {
	build := func(passive bool) *mesh.Graph {
		var d mesh.Detection
		d.Check = &mesh.HealthCheck{By: "consul agent dc1", Handler: "http", Interval: 10 * time.Second, Timeout: time.Second, Failure: 1, RunsIn: []mesh.Locality{{Region: "us-east-1"}}}
		if passive {
			d.Outlier = &mesh.OutlierDetection{Consecutive5xx: mesh.Of(5, mesh.Origin{}), MaxEjectionPercent: mesh.Of(100, mesh.Origin{})}
		}
		pool := &mesh.Pool{Host: "payments", Port: 8080, Protocol: mesh.TCP, Discovery: mesh.EDS, SendsUnhealthy: true,
			ConnectTimeout: mesh.Of(5*time.Second, mesh.Default("Consul")), Tiering: mesh.OrderedTargets{Overprovisioning: 1.4},
			Targets: []mesh.Target{
				{Name: "payments.dc1", Endpoints: endpoints(3, "dc1", "us-east-1", nil), Detection: d},
				{Name: "payments.dc2", Endpoints: endpoints(2, "dc2", "us-west-2", nil), Detection: mesh.Detection{Outlier: d.Outlier}},
			}}
		return handGraph(mesh.Consul, pool, &mesh.Client{ID: "web", Cluster: "dc3", Locality: mesh.Locality{Region: "eu-west-1"}},
			&mesh.Cluster{Name: "dc1", Region: "us-east-1"}, &mesh.Cluster{Name: "dc2", Region: "us-west-2"}, &mesh.Cluster{Name: "dc3", Region: "eu-west-1"})
	}
	without := answer(t, build(false), "region=us-east-1", Partition)
	if without.Outcome != Lost {
		t.Errorf("partition without passive health check: %s (%s), want lost", without.Outcome, without.Reason)
	}
	with := answer(t, build(true), "region=us-east-1", Partition)
	if with.Outcome != Survives || len(with.Destinations) != 1 || with.Destinations[0].Cluster != "dc2" {
		t.Errorf("partition with passive health check: %s to %v, want survives in dc2", with.Outcome, with.Destinations)
	}
	if with.Recovery.Lower != 5*time.Second {
		t.Errorf("recovery starts at %s, want the connect timeout of 5s", with.Recovery.Lower)
	}
	// A crash of the service inside a living datacenter is seen by the agent's own check.
	crash := answer(t, build(false), "service=payments", Crash)
	if crash.Outcome != Lost {
		t.Errorf("all targets down: %s, want lost", crash.Outcome)
	}
}

// Linkerd: a route spreads over the backends that are available; a backend of weight 0 never
// takes over, whatever dies.
func TestLinkerdTrafficSplitSpreadsOverAvailableBackends(t *testing.T) {
	east := &mesh.Workload{ID: "east/shop/Deployment/cart", Name: "cart", Namespace: "shop", Cluster: "east"}
	build := func(primary, standby uint32, tiering mesh.Tiering) *mesh.Graph {
		pool := &mesh.Pool{Host: "cart", Port: 80, Protocol: mesh.HTTP, Discovery: mesh.EDS, Tiering: tiering, SendsUnhealthy: true,
			Targets: []mesh.Target{
				{Name: "cart", Weight: primary, Endpoints: endpoints(2, "east", "us-east-1", east)},
				{Name: "cart-west", Weight: standby, Endpoints: endpoints(2, "west", "us-west-2", nil)},
			}}
		return handGraph(mesh.Linkerd, pool, &mesh.Client{ID: "web", Cluster: "east", Locality: mesh.Locality{Region: "us-east-1"}},
			&mesh.Cluster{Name: "east", Region: "us-east-1", Zones: []string{"a", "b"}}, &mesh.Cluster{Name: "west", Region: "us-west-2"})
	}
	const crash = "workload=east/shop/Deployment/cart"
	split := answer(t, build(90, 10, mesh.WeightedAvailable{}), crash, Crash)
	if split.Outcome != Survives || split.Destinations[0].Cluster != "west" {
		t.Errorf("90/10 with a dead primary: %s to %v, want survives in west", split.Outcome, split.Destinations)
	}
	if !near(split.Before[0].Share, 0.9) {
		t.Errorf("before: %v, want 90 %% in east", split.Before)
	}
	zero := answer(t, build(100, 0, mesh.WeightedAvailable{}), crash, Crash)
	if zero.Outcome != Lost {
		t.Errorf("100/0: %s, want lost: a weight of 0 is no standby", zero.Outcome)
	}
	operator := mesh.OperatorDriven{Operator: "linkerd-failover", Reaction: 3 * time.Second, RunsIn: "east"}
	moved := answer(t, build(1, 0, operator), crash, Crash)
	if moved.Outcome != Survives || moved.Destinations[0].Cluster != "west" {
		t.Errorf("1/0 under the operator: %s to %v, want survives in west", moved.Outcome, moved.Destinations)
	}
	hang := answer(t, build(1, 0, operator), crash, Hang)
	if hang.Outcome != Lost {
		t.Errorf("hang without readiness probe: %s, want lost: endpoints stay ready and nobody switches", hang.Outcome)
	}
}

// Route 53: the secondary answers once the primary's health check fails, and clients keep the
// old answer for the record's TTL.
func TestRoute53FailoverRecord(t *testing.T) {
	build := func(check *mesh.HealthCheck) *mesh.Graph {
		primary := endpoints(1, "", "us-east-1", nil)
		standby := endpoints(1, "", "us-west-2", nil)
		standby[0].Address = "west"
		pool := &mesh.Pool{Host: "pay.example.com", Port: 443, Protocol: mesh.HTTPS, Discovery: mesh.LogicalDNS,
			Tiering: mesh.DNSFailover{TTL: mesh.Of(60*time.Second, mesh.Origin{})},
			Targets: []mesh.Target{
				{Name: "primary", Endpoints: primary, Detection: mesh.Detection{Check: check}},
				{Name: "secondary", Endpoints: standby},
			}}
		return handGraph(mesh.Kubernetes, pool, &mesh.Client{ID: "internet", Kind: mesh.Unmeshed})
	}
	http := &mesh.HealthCheck{By: "route53", Handler: "http", Interval: 10 * time.Second, Timeout: 4 * time.Second, Failure: 3}
	a := answer(t, build(http), "region=us-east-1", Hang)
	if a.Outcome != Survives || a.Destinations[0].Locality != "us-west-2" {
		t.Fatalf("hang with an http check: %s to %v, want survives in us-west-2", a.Outcome, a.Destinations)
	}
	if a.Recovery.Lower != 20*time.Second || a.Recovery.Upper != 94*time.Second {
		t.Errorf("recovery [%s, %s], want [20s, 1m34s]: three checks of 10s and the TTL", a.Recovery.Lower, a.Recovery.Upper)
	}
	tcp := *http
	tcp.Handler = "tcp"
	if a := answer(t, build(&tcp), "region=us-east-1", Hang); a.Outcome != Lost {
		t.Errorf("hang with a tcp check: %s, want lost: the kernel accepts", a.Outcome)
	}
	if a := answer(t, build(nil), "region=us-east-1", Crash); a.Outcome != Lost {
		t.Errorf("crash without a check: %s, want lost: the record counts as healthy", a.Outcome)
	}
}
