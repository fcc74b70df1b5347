package failover

import (
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/muster/mesh"
)

// TestSharedAnswersAreEachOnesOwn: clients that are alike share an answer, and each would have got the same
// by itself. Cells with traces are never shared: they are what the others are held against.
func TestSharedAnswersAreEachOnesOwn(t *testing.T) {
	for name, graph := range map[string]func(uint64) *mesh.Graph{
		"istio":   twinGraph,
		"consul":  func(seed uint64) *mesh.Graph { return targetGraph(seed, mesh.Consul) },
		"linkerd": func(seed uint64) *mesh.Graph { return targetGraph(seed, mesh.Linkerd) },
	} {
		t.Run(name, func(t *testing.T) { holdShared(t, graph) })
	}
}

func holdShared(t *testing.T, graph func(uint64) *mesh.Graph) {
	t.Helper()
	shared, cells := 0, 0
	for seed := range uint64(40) {
		g := graph(seed)
		all := Options{Services: func(*mesh.Service) bool { return true }}
		together, err := Compute(t.Context(), g, all)
		if err != nil {
			t.Fatal(err)
		}
		all.Traces = true
		apart, err := Compute(t.Context(), g, all)
		if err != nil {
			t.Fatal(err)
		}
		if len(together.Cells) != len(apart.Cells) {
			t.Fatalf("seed %d: %d cells, want %d", seed, len(together.Cells), len(apart.Cells))
		}
		seen := map[*Answer]bool{}
		for i, c := range together.Cells {
			want := apart.Cells[i]
			if c.ID() != want.ID() {
				t.Fatalf("seed %d: cell %s, want %s", seed, c.ID(), want.ID())
			}
			if got, want := plainAnswer(c.Answer), plainAnswer(want.Answer); !reflect.DeepEqual(got, want) {
				t.Fatalf("seed %d: %s\n got %+v\nwant %+v", seed, c.ID(), got, want)
			}
			if seen[c.Answer] {
				shared++
			}
			seen[c.Answer] = true
			cells++
		}
	}
	if shared == 0 || shared == cells {
		t.Errorf("%d of %d cells share an answer: nothing was compared", shared, cells)
	}
	t.Logf("%d of %d cells share an answer", shared, cells)
}

// targetGraph is twinGraph with the tierings of a mesh that chooses among targets, zone hints and drawn rules.
func targetGraph(seed uint64, kind mesh.Kind) *mesh.Graph {
	g := twinGraph(seed)
	g.Meshes[0].Kind = kind
	r := rand.New(rand.NewPCG(seed, 5))
	tierings := []mesh.Tiering{mesh.OrderedTargets{Overprovisioning: 1.4}, mesh.OrderedTargets{}, mesh.DNSFailover{TTL: ms(5000), Weighted: r.IntN(2) == 0}, mesh.Flat{}}
	if kind == mesh.Linkerd {
		tierings = []mesh.Tiering{mesh.Hinted{}, mesh.WeightedAvailable{FailFast: ms(3000)}, mesh.OperatorDriven{Reaction: time.Second, RunsIn: "c0"}, mesh.Flat{}}
	}
	for _, s := range g.Services {
		view := g.View(s, nil)
		pool, rule := view.Pools[0], view.Routes[0].Rules[0]
		pool.Tiering = tierings[r.IntN(len(tierings))]
		byRegion := map[string]*mesh.Target{}
		for _, e := range pool.Targets[0].Endpoints {
			if e.Gateway == nil && kind == mesh.Linkerd && r.IntN(4) > 0 {
				e.ForZones = [][]string{{"a"}, {"c"}, {"a", "c"}}[r.IntN(3)]
			}
			t := byRegion[e.Locality.Region]
			if t == nil {
				t = &mesh.Target{Detection: pool.Targets[0].Detection, Weight: uint32(r.IntN(3))}
				byRegion[e.Locality.Region] = t
			}
			t.Endpoints = append(t.Endpoints, e)
		}
		pool.Targets = nil
		for _, region := range slices.Sorted(maps.Keys(byRegion)) {
			pool.Targets = append(pool.Targets, *byRegion[region])
		}
		if kind != mesh.Linkerd || r.IntN(2) == 0 {
			continue
		}
		rule.To = nil
		drawn := *pool
		drawn.Tiering = mesh.WeightedAvailable{FailFast: ms(3000)}
		for i := range pool.Targets {
			one := *pool
			one.Tiering, one.Targets = mesh.Hinted{}, pool.Targets[i:i+1]
			rule.To = append(rule.To, mesh.Backend{Service: s, Host: s.Name, Port: 80, Weight: pool.Targets[i].Weight, Pool: &one})
		}
		rule.Drawn = []mesh.Backend{{Service: s, Host: s.Name, Port: 80, Weight: 100, Pool: &drawn}}
	}
	return g
}

// plainAnswer is an answer without its trace; an empty list is none.
func plainAnswer(a *Answer) Answer {
	plain := *a
	plain.Trace, plain.before, plain.unknown = nil, nil, nil
	if len(plain.Causes) == 0 {
		plain.Causes = nil
	}
	if len(plain.Destinations) == 0 {
		plain.Destinations = nil
	}
	if len(plain.Before) == 0 {
		plain.Before = nil
	}
	if len(plain.Recovery.Terms) == 0 {
		plain.Recovery.Terms = nil
	}
	return plain
}
