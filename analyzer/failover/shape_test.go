package failover

import (
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// A shape that is timed tells everything apart that recovery bounds are made of; one that is not leaves
// it out, so that more questions are of one shape.
func TestTimedShapesTellTimesApart(t *testing.T) {
	type parts struct {
		pool  *mesh.Pool
		out   *mesh.OutlierDetection
		probe *mesh.Probe
		rule  *mesh.RouteRule
	}
	key := func(timed bool, change func(parts)) string {
		p := parts{
			out:   &mesh.OutlierDetection{Consecutive5xx: percentOf(5), ConsecutiveGateway: percentOf(3), LocalOrigin: percentOf(2), MaxEjectionPercent: percentOf(100)},
			probe: &mesh.Probe{Handler: "http", Period: time.Second, Timeout: time.Second, Failure: 3},
			rule:  &mesh.RouteRule{Timeout: ms(2000), Retries: mesh.Retries{Attempts: 2, On: "5xx", PerTry: ms(500)}},
		}
		svc := &mesh.Service{ID: "m/m/n/s", Mesh: "m", Name: "s"}
		w := &mesh.Workload{ID: "w", Meshed: mesh.Of(true, mesh.Origin{}), Readiness: p.probe}
		p.pool = &mesh.Pool{Service: svc, Host: "s", Port: 80, Protocol: mesh.HTTP, Discovery: mesh.EDS, Tiering: &mesh.LocalityTiers{On: true}, ConnectTimeout: ms(1000),
			Targets: []mesh.Target{{Detection: mesh.Detection{Outlier: p.out}, Endpoints: []*mesh.Endpoint{{Address: "a", Workload: w, Security: mesh.MeshMTLS, MeshAble: true}}}}}
		p.rule.To = []mesh.Backend{{Service: svc, Host: "s", Port: 80, Weight: 100}}
		change(p)
		g := handGraph(mesh.Istio, p.pool, &mesh.Client{ID: "web", Cluster: "east", Kind: mesh.Sidecar})
		shapes := newShapes(newNumbers(), g)
		shapes.timed = timed
		number := shapes.pool(p.pool)
		if number.alone {
			t.Fatal("the pool is not shared")
		}
		text := string(shapes.key)
		shapes.key = shapes.key[:0]
		shapes.rule(&evaluator{sim: sim{graph: g, client: g.Clients[0]}}, p.rule)
		return text + string(shapes.key)
	}
	plain := key(true, func(parts) {})
	for name, change := range map[string]func(parts){
		"connect timeout":  func(p parts) { p.pool.ConnectTimeout = ms(1001) },
		"consecutive 5xx":  func(p parts) { p.out.Consecutive5xx = percentOf(6) },
		"gateway errors":   func(p parts) { p.out.ConsecutiveGateway = percentOf(4) },
		"local errors":     func(p parts) { p.out.LocalOrigin = percentOf(3) },
		"probe's period":   func(p parts) { p.probe.Period++ },
		"probe's timeout":  func(p parts) { p.probe.Timeout++ },
		"probe's failures": func(p parts) { p.probe.Failure++ },
		"per-try timeout":  func(p parts) { p.rule.Retries.PerTry = mesh.Of(500*time.Millisecond+1, mesh.Origin{}) },
	} {
		if key(true, change) == plain {
			t.Errorf("%s: a timed shape does not tell it apart", name)
		}
		if key(false, change) != key(false, func(parts) {}) {
			t.Errorf("%s: a shape without times tells it apart", name)
		}
	}
}
