package fleet

import (
	"slices"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// Whoever sees a service is among the few callers that its mesh knows; all others are not asked about.
func TestFewCallersAreAllCallers(t *testing.T) {
	for tree, fewer := range map[string]bool{"bank": true, "bank-broken": true, "mixed": false, "shop": false} {
		g, left := load(t, tree).Graph, 0
		for _, s := range g.Services {
			few, known := g.FewCallers(s)
			if !known {
				continue
			}
			var want []*mesh.Client
			for _, c := range g.Clients {
				if c.Mesh == s.Mesh && g.Class(s, c) != "-" {
					want = append(want, c)
				}
			}
			if got := slices.DeleteFunc(slices.Clone(few), func(c *mesh.Client) bool { return g.Class(s, c) == "-" }); !slices.Equal(got, want) {
				t.Errorf("%s: %s has %d callers, want %d", tree, s.ID, len(got), len(want))
			}
			left += len(g.Clients) - len(few)
		}
		if fewer && left == 0 {
			t.Errorf("%s: nobody is left out: nothing was compared", tree)
		}
	}
}
