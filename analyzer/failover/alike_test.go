package failover

import (
	"reflect"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// TestSharedAnswersAreEachOnesOwn: clients that are alike share an answer, and each would have got the same
// by itself. Cells with traces are never shared: they are what the others are held against.
func TestSharedAnswersAreEachOnesOwn(t *testing.T) {
	shared, cells := 0, 0
	for seed := range uint64(40) {
		g := twinGraph(seed)
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
