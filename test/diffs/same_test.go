package diffs

import (
	"testing"

	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/report"
)

// unchanged insists that a diff tells of nothing at all.
func unchanged(t *testing.T, r *diff.Result, d *report.Diff) {
	t.Helper()
	some := len(r.Groups) + len(r.New) + len(r.Raised) + len(r.Gone) + len(r.EdgesAdded) + len(r.EdgesRemoved) + len(r.ServicesAdded) + len(r.ServicesRemoved)
	if some+len(d.Config) > 0 || r.Cells != (diff.Counts{Same: r.Cells.Same}) || d.Verdict != "unchanged" || d.Gate.Failed {
		t.Errorf("something is told to have changed:%s", tell(d, r))
	}
}

// mirrored insists that the way back is the opposite of the way there.
func mirrored(t *testing.T, there, back *diff.Result) {
	t.Helper()
	opposite := map[diff.Change][]diff.Change{
		diff.Worse: {diff.Better, diff.Unproven}, diff.Unproven: {diff.Better, diff.Worse, ""}, diff.Slower: {diff.Better}, diff.Better: {diff.Worse, diff.Unproven, diff.Slower},
	}
	changes := func(r *diff.Result) map[string]diff.Change {
		out := map[string]diff.Change{}
		for _, g := range r.Groups {
			for _, p := range g.Cells {
				out[p.ID] = g.Change
			}
		}
		return out
	}
	a, b := changes(there), changes(back)
	check := func(r *diff.Result, other map[string]diff.Change, way string) {
		for _, g := range r.Groups {
			for _, p := range g.Cells {
				if p.Base == nil || g.Change == diff.Fails || p.Base.ID() != p.Head.ID() || stranger(p) {
					continue // one state alone has it
				}
				if wants := opposite[g.Change]; !contains(wants, other[p.ID]) {
					t.Errorf("%s: %s, and %q %s (%s)", p.ID, g.Change, other[p.ID], way, pair(p.Base, p.Head))
				}
			}
		}
	}
	check(there, b, "on the way back")
	check(back, a, "on the way there")
	if len(there.New) != len(back.Gone) || len(there.Gone) != len(back.New) || len(there.Unchanged)+len(there.Raised) != len(back.Unchanged)+len(back.Raised) {
		t.Errorf("findings: %d new, %d gone, %d unchanged, %d raised; back %d gone, %d new, %d unchanged, %d raised", len(there.New), len(there.Gone), len(there.Unchanged), len(there.Raised),
			len(back.Gone), len(back.New), len(back.Unchanged), len(back.Raised))
	}
	if len(there.ServicesAdded) != len(back.ServicesRemoved) || len(there.ServicesRemoved) != len(back.ServicesAdded) ||
		len(there.EdgesAdded) != len(back.EdgesRemoved) || len(there.EdgesRemoved) != len(back.EdgesAdded) {
		t.Errorf("services and dependencies: %d and %d added, %d and %d removed back", len(there.ServicesAdded), len(there.EdgesAdded), len(back.ServicesRemoved), len(back.EdgesRemoved))
	}
}

func contains(list []diff.Change, c diff.Change) bool {
	for _, o := range list {
		if o == c {
			return true
		}
	}
	return false
}

// stranger reports whether a cell is one of callers that got through and do no longer: in the other direction they are new.
func stranger(p diff.Pair) bool {
	return p.Head.Scenario.IsNone() && p.Head.Outcome == failover.Lost && len(p.Head.Trace) == 0
}
