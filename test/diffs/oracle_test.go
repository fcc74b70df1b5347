package diffs

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// cells are those of a state by their ids: all that touch anything, and the same with those that touch nothing.
type cells struct {
	graph   *mesh.Graph
	touched map[string]*failover.Cell
	forced  map[string]*failover.Cell
}

// everyCell explains every cell of a state, of the scenarios of both states. Nothing is shared with what a comparison asks.
func everyCell(t *testing.T, g, other *mesh.Graph) *cells {
	t.Helper()
	scenarios := append([]failover.Scenario{failover.None}, failover.Scenarios(g)...)
	for _, sc := range failover.Scenarios(other) {
		if !slices.ContainsFunc(scenarios, func(o failover.Scenario) bool { return o.String() == sc.String() }) {
			scenarios = append(scenarios, sc)
		}
	}
	services := func(s *mesh.Service) bool {
		o := other.Service(s.ID)
		return failover.HasIntent(s) || o != nil && failover.HasIntent(o)
	}
	out := &cells{graph: g, touched: map[string]*failover.Cell{}, forced: map[string]*failover.Cell{}}
	for _, o := range []failover.Options{{Services: services}, {Services: services, Scenarios: scenarios, Copies: true, Releases: true, Forced: true}} {
		m, err := failover.Compute(context.Background(), g, o)
		if err != nil {
			t.Fatal(err)
		}
		into := out.touched
		if o.Forced {
			into = out.forced
		}
		for _, c := range m.Cells {
			into[c.ID()] = c
		}
	}
	return out
}

// has reports whether a state has the place that a scenario is about.
func (x *cells) has(sc failover.Scenario) bool {
	for _, p := range sc.Parts {
		switch p.Target {
		case failover.Region, failover.Zone, failover.Cluster, failover.Gateway, failover.Service:
			if !slices.ContainsFunc(failover.Scenarios(x.graph), func(s failover.Scenario) bool { return s.Parts[0] == p }) && x.graph.Service(mesh.ServiceID(p.Value)) == nil {
				return false
			}
		}
	}
	return true
}

// questions are what is asked of a state: cells without their failures.
func (x *cells) questions() map[string]bool {
	out := map[string]bool{}
	for _, c := range x.forced {
		out[questionOf(c)] = true
	}
	return out
}

func questionOf(c *failover.Cell) string {
	return fmt.Sprintf("%s|%d|%s|%s", c.Service.ID, c.Port, c.Subset, c.Client.ID)
}

// became tells what the documented changes call the difference of two cells (analyzer/diff.Change); "" = none.
func became(was, is *failover.Cell) diff.Change {
	if was == nil {
		if is.Outcome == failover.Degraded || is.Outcome == failover.Lost {
			return diff.Fails
		}
		return ""
	}
	if is.Outcome == failover.Unknown {
		if was.Outcome == failover.Survives || was.Outcome == failover.Degraded {
			return diff.Unproven
		}
		return ""
	}
	if was.Outcome == failover.Unknown {
		if is.Outcome == failover.Survives {
			return diff.Better
		}
		return diff.Worse
	}
	rank := []failover.Outcome{failover.Survives, failover.Degraded, failover.Lost}
	before, after := slices.Index(rank, was.Outcome), slices.Index(rank, is.Outcome)
	share := is.FailingShare - was.FailingShare
	if math.Abs(share) <= 0.005 {
		share = 0
	}
	if after > before || share > 0 {
		return diff.Worse
	}
	a, b := leastProtected(was), leastProtected(is)
	exposed := a >= 0 && b >= 0 && b > a
	switch {
	case exposed && protection[b] == "unknown":
		return diff.Unproven
	case exposed:
		return diff.Worse
	case after < before, share < 0, a >= 0 && b >= 0 && b < a:
		return diff.Better
	}
	if after == len(rank)-1 {
		return "" // nothing recovers
	}
	more := is.Recovery.Upper - was.Recovery.Upper
	matters := func(d, of time.Duration) bool { return d >= time.Second && d*10 >= of }
	switch {
	case more > 0 && matters(more, was.Recovery.Upper):
		return diff.Slower
	case more < 0 && matters(-more, is.Recovery.Upper):
		return diff.Better
	}
	return ""
}

var protection = []string{"mtls", "tls", "unknown", "plaintext"}

// leastProtected is the place in protection of what protects least; -1 where nothing goes over.
func leastProtected(c *failover.Cell) int {
	worst := -1
	if c.Outcome == failover.Lost || c.Outcome == failover.Unknown {
		return worst
	}
	for _, d := range c.Destinations {
		worst = max(worst, slices.Index(protection, d.Encryption))
	}
	return worst
}

// explainsAll holds a comparison against what every cell of both states says. It returns the number of cells that changed.
func explainsAll(t *testing.T, base, head *state, r *diff.Result) int {
	t.Helper()
	before, after := everyCell(t, base.fleet.Graph, head.fleet.Graph), everyCell(t, head.fleet.Graph, base.fleet.Graph)
	asked := after.questions()
	known := before.questions()
	want := map[string]diff.Change{}
	same, left := 0, false
	judge := func(id string, c *failover.Cell) {
		if _, met := want[id]; met || !asked[questionOf(c)] || !known[questionOf(c)] {
			return // callers whose class has another name in the other state are paired by their place
		}
		is, was := after.forced[id], before.forced[id]
		if is == nil {
			is = after.touched[id]
		}
		if was == nil {
			was = before.touched[id]
		}
		if !before.has(c.Scenario) {
			was = nil
		}
		if was == nil && c.Scenario.Parts != nil && c.Scenario.Parts[0].Target == failover.Endpoint &&
			!slices.ContainsFunc(c.Scenario.Parts, func(p failover.Part) bool { return !failover.Exists(before.graph, p) }) {
			left = true
			return // the copies of one state alone are asked about in the other all the same
		}
		want[id] = ""
		if is != nil {
			want[id] = became(was, is)
		}
		if want[id] == "" {
			same++
		}
	}
	for id, c := range after.touched {
		judge(id, c)
	}
	for id, c := range before.touched {
		judge(id, c)
	}
	changed, strangers := 0, map[diff.Change]int{}
	for _, g := range r.Groups {
		if g.More > 0 {
			t.Fatalf("%d cells of %s are not explained", g.More, g.Service.ID)
		}
		for _, p := range g.Cells {
			if p.Head.Scenario.IsNone() && after.forced[p.ID] == nil {
				strangers[g.Change]++
				continue
			}
			if !known[questionOf(p.Head)] || !asked[questionOf(p.Head)] {
				changed++
				continue
			}
			if w, ok := want[p.ID]; !ok || w != g.Change {
				t.Errorf("%s: told %s, want %q (%t)", p.ID, g.Change, w, ok)
			}
			delete(want, p.ID)
			changed++
		}
	}
	for id, w := range want {
		if w != "" {
			t.Errorf("%s: %s, and not told: %s", id, w, pair(before.forced[id], after.forced[id]))
		}
	}
	told := r.Cells.Worse + r.Cells.Unproven + r.Cells.Slower + r.Cells.Fails + r.Cells.Better
	for _, n := range strangers {
		told -= n
	}
	// Callers whose class has another name in the other state are paired by their place, and have cells of both names here.
	renamed := !maps.Equal(known, asked)
	if told != changed || r.Cells.Same != same && !renamed && !left {
		t.Errorf("%d cells changed and %d are the same, want %d and %d", told, r.Cells.Same, changed, same)
	}
	return changed
}

func pair(a, b *failover.Cell) string {
	gist := func(c *failover.Cell) string {
		if c == nil {
			return "none"
		}
		return fmt.Sprintf("%s %.3f %s %v", c.Outcome, c.FailingShare, failover.Weakest(c.Destinations), c.Recovery.Upper)
	}
	return gist(a) + " -> " + gist(b)
}

// A fleet is the same as itself, whether it was read once or twice.
func TestAFleetIsTheSameAsItself(t *testing.T) {
	for i, name := range slices.Concat(clean, broken) {
		if i%3 != 0 && !*all {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := load(t, filepath.Join(fleetsDir, name)), load(t, filepath.Join(fleetsDir, name))
			for _, other := range []*state{a, b} {
				r, d := compare(t, a, other)
				unchanged(t, r, d)
			}
		})
	}
}
