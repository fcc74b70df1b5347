package failover

import (
	"testing"

	"github.com/passmuster/muster/mesh"
)

// chainOf is services in a row, each with a hop to the next; a closed one leads back to the first.
func chainOf(n, tries int, closed bool) ([]*mesh.Service, map[*mesh.Service][]*Hop) {
	list := make([]*mesh.Service, n)
	for i := range list {
		list[i] = &mesh.Service{}
	}
	hops := map[*mesh.Service][]*Hop{}
	for i, s := range list {
		if i+1 < n {
			hops[s] = []*Hop{{From: s, To: list[i+1], Tries: tries, Answers: true}}
		} else if closed {
			hops[s] = []*Hop{{From: s, To: list[0], Tries: tries, Answers: true}}
		}
	}
	return list, hops
}

func TestLongestChain(t *testing.T) {
	for _, tt := range []struct {
		name        string
		n, tries    int
		closed      bool
		hops, total int
	}{
		{"three hops", 4, 3, false, 3, 27},
		{"a chain that leads back to its head is not followed", 3, 2, true, 1, 2},
		{"many tries stop growing", 4, 2_000_000, false, 3, mostTries},
		{"no retries", 4, 1, false, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			list, hops := chainOf(tt.n, tt.tries, tt.closed)
			c := longest(list[0], hops, map[*mesh.Service]*Chain{})
			if c == nil {
				c = &Chain{}
			}
			if len(c.Hops) != tt.hops || c.Tries != tt.total {
				t.Errorf("%d hops and %d tries, want %d and %d", len(c.Hops), c.Tries, tt.hops, tt.total)
			}
		})
	}
}

func TestLongChainsAreCut(t *testing.T) {
	list, hops := chainOf(10_000, 2, false)
	c := longest(list[0], hops, map[*mesh.Service]*Chain{})
	if len(c.Hops) == 0 || len(c.Hops) > longestChain {
		t.Errorf("%d hops, want at most %d", len(c.Hops), longestChain)
	}
}
