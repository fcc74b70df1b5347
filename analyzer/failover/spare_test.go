package failover

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// twinGraph is a random graph in which each service has a twin that differs in one thing at most, with
// objectives on most services.
func twinGraph(seed uint64) *mesh.Graph {
	g, twins := randomGraph(rand.New(rand.NewPCG(seed, 3))), randomGraph(rand.New(rand.NewPCG(seed, 3)))
	r := rand.New(rand.NewPCG(seed, 4))
	some := func() mesh.Value[time.Duration] { // from 0.2 to 6 s
		return mesh.Of(time.Duration(1+r.IntN(30))*200*time.Millisecond, mesh.Origin{})
	}
	for _, c := range g.Clients[:len(g.Clients):len(g.Clients)] { // the same clients in another zone
		near := *c
		near.ID, near.Locality.Zone = c.ID+"-near", "a"
		g.Clients = append(g.Clients, &near)
	}
	for i, s := range g.Services {
		twin := twins.Services[i]
		twin.ID += "-twin"
		pool, other := g.View(s, nil).Pools[0], twins.View(twin, nil).Pools[0]
		if r.IntN(4) > 0 {
			s.Objective = &mesh.Objective{Survive: []string{"region", "zone"}, Encryption: []string{"", "any", "mtls"}[r.IntN(3)]}
			if r.IntN(4) > 0 {
				s.Objective.RTO = some()
			}
			same := *s.Objective
			twin.Objective = &same
		}
		pool.ConnectTimeout = some()
		other.ConnectTimeout = pool.ConnectTimeout
		plain := []int{0, 0, 1, len(pool.Targets[0].Endpoints)}[r.IntN(4)]
		for j := range plain {
			pool.Targets[0].Endpoints[j].Security, other.Targets[0].Endpoints[j].Security = mesh.Plaintext, mesh.Plaintext
		}
		for j, e := range s.Endpoints {
			if r.IntN(2) == 0 {
				probe := mesh.Probe{Handler: "http", Period: time.Second, Timeout: time.Second, Failure: 3}
				e.Workload.Readiness, twin.Endpoints[j].Workload.Readiness = &probe, &probe
			}
		}
		switch r.IntN(5) {
		case 0:
			other.ConnectTimeout = some()
		case 1:
			if o := other.Targets[0].Detection.Outlier; o != nil && o.Consecutive5xx.Or(0) > 0 {
				o.Consecutive5xx = percentOf(20 + r.IntN(30))
			}
		case 2:
			for _, e := range twin.Endpoints {
				w := *e.Workload
				if e.Workload = &w; w.Readiness != nil {
					probe := *w.Readiness
					probe.Period, probe.Timeout = some().V, some().V
					w.Readiness = &probe
				}
			}
		case 3:
			if twin.Objective != nil {
				twin.Objective.Encryption = "mtls"
			}
		}
	}
	g.Services = append(g.Services, twins.Services...)
	g.Index()
	return g
}

// breaks is a promise as strict as any: everything survives, protected, and in time.
func breaks(c *Cell) bool {
	if c.Outcome != Survives || slices.ContainsFunc(c.Causes, func(c Cause) bool { return c.Kind == CauseExposed }) ||
		slices.ContainsFunc(c.Destinations, func(d Destination) bool { return d.Encryption == "unknown" }) {
		return true
	}
	o := c.Service.Objective
	return o != nil && o.RTO.IsKnown() && c.Recovery.Upper > o.RTO.V
}

// What shapes tell of outcomes, exposure and recovery bounds is what each cell would come to by itself:
// the same cells break a promise, with the same words, whether or not the others are looked at closely.
func TestSparedCellsBreakNothing(t *testing.T) {
	spared, exposed, late := 0, 0, 0
	for seed := range uint64(100) {
		g := twinGraph(seed)
		o := Options{Services: func(*mesh.Service) bool { return true }, Copies: true, Workers: 1}
		for _, text := range []string{"none", "zone=r0/a", "zone=r1/b", "region=r0", "region=r1", "cluster=c0", "cluster=c1", "gateway=c1/gw", "workload=c0/n/Deployment/w0"} {
			s, _ := ParseScenario(text)
			o.Scenarios = append(o.Scenarios, s)
		}
		whole, err := Compute(context.Background(), g, o)
		if err != nil {
			t.Fatal(err)
		}
		var want []*Cell
		for _, c := range whole.Cells {
			if breaks(c) {
				want = append(want, c)
			}
		}
		o.Explain = func(_ *mesh.Service, sc Scenario, f Fault) bool { return f != Error || sc.names(Region) }
		o.Keep = breaks
		o.Spare = func(s *mesh.Service, _ Scenario, _ Fault, g Glance) bool {
			exposed += count(g.Exposed)
			if g.Outcome != Survives || g.Exposed || g.Hidden {
				return false
			}
			rto, ok := time.Duration(0), false
			if s.Objective != nil {
				rto, ok = s.Objective.RTO.Get()
			}
			late += count(ok && g.Upper > rto)
			spared += count(!ok || g.Upper <= rto)
			return !ok || g.Upper <= rto
		}
		want = slices.DeleteFunc(want, func(c *Cell) bool { return !o.Explain(c.Service, c.Scenario, c.Fault) })
		some, err := Compute(context.Background(), g, o)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := written(some.Cells), written(want); got != want {
			t.Fatalf("seed %d: got\n%s\nwant\n%s", seed, got, want)
		}
		if !reflect.DeepEqual(some.Sums, whole.Sums) {
			t.Fatalf("seed %d: the sums differ", seed)
		}
	}
	if spared == 0 || exposed == 0 || late == 0 {
		t.Errorf("%d spared, %d exposed, %d late: the graphs show nothing", spared, exposed, late)
	}
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// written is all that others can read of cells.
func written(cells []*Cell) string {
	var b strings.Builder
	for _, c := range cells {
		a := c.Answer
		fmt.Fprintf(&b, "%s %s %q %v %v %v %+v %+v %+v %+v\n", c.ID(), a.Outcome, a.Reason, a.FailingShare, a.Authorized, a.Capacity, a.Before, a.Destinations, a.Recovery, a.Causes)
	}
	return b.String()
}

// Calls of one shape fail alike: what services lose through their dependencies is the same as if each
// call were asked about by itself.
func TestCallsOfOneShapeFailAlike(t *testing.T) {
	lost := 0
	for seed := range uint64(40) {
		g := twinGraph(seed)
		r := rand.New(rand.NewPCG(seed, 5))
		for _, s := range g.Services {
			for _, e := range s.Endpoints {
				if c := g.Clients[r.IntN(len(g.Clients))]; c.Cluster == e.Cluster && !slices.Contains(c.Workloads, e.Workload) {
					c.Workloads = append(c.Workloads, e.Workload)
				}
			}
			for range 2 {
				g.Dependencies = append(g.Dependencies, &mesh.Dependency{From: s.ID, To: g.Services[r.IntN(len(g.Services))].ID, Strong: true})
			}
		}
		o := Options{Services: func(*mesh.Service) bool { return true }, Workers: 1}
		for _, text := range []string{"zone=r0/a", "zone=r1/b", "region=r0", "region=r1", "cluster=c1", "gateway=c1/gw", "service=m/m/n/s1"} {
			s, _ := ParseScenario(text)
			o.Scenarios = append(o.Scenarios, s)
		}
		together, err := NewModel(g).Compute(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		m := NewModel(g)
		w := newWorker(context.Background(), m, &o, nil, newRows(m, nil))
		for _, e := range m.deps.edges {
			for _, c := range e.stands {
				if c != nil {
					c.once.Do(func() { c.calls = w.callsOf(c) })
					for i := range c.calls {
						c.calls[i].row = nil
					}
				}
			}
		}
		single, err := m.Compute(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := written(together.Cells), written(single.Cells); got != want {
			t.Fatalf("seed %d: got\n%s\nwant\n%s", seed, got, want)
		}
		for _, c := range single.Cells {
			lost += count(slices.ContainsFunc(c.Causes, func(c Cause) bool { return c.Kind == CauseDependency }))
		}
	}
	if lost == 0 {
		t.Error("nothing is lost through a dependency: the graphs show nothing")
	}
}
