package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
)

func brokenShop(t *testing.T) *fleet.Fleet {
	t.Helper()
	o := &scanOptions{}
	o.Paths = []string{"../../testdata/fleets/shop-broken"}
	f, err := o.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A report's cells are predicted while it is written, and are those that the whole matrix holds.
func TestStreamHasTheCellsOfTheMatrix(t *testing.T) {
	f := brokenShop(t)
	o := failover.Options{Traces: true}
	m, err := failover.Compute(t.Context(), f.Graph, o)
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for c, err := range failover.NewModel(f.Graph).Stream(t.Context(), o) {
		switch {
		case err != nil:
			t.Fatal(err)
		case i == len(m.Cells):
			t.Fatalf("cell %s is not in the matrix", c.ID())
		case c.ID() != m.Cells[i].ID() || fmt.Sprintf("%+v", *c.Answer) != fmt.Sprintf("%+v", *m.Cells[i].Answer): // an empty list is none
			t.Fatalf("cell %d is %s (%+v), want %s (%+v)", i, c.ID(), c.Answer, m.Cells[i].ID(), m.Cells[i].Answer)
		}
		i++
	}
	if i != len(m.Cells) || i == 0 {
		t.Errorf("%d cells of %d", i, len(m.Cells))
	}
}

func TestStreamEndsWithTheErrorThatStopsIt(t *testing.T) {
	f := brokenShop(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n, last := 0, error(nil)
	for _, err := range failover.NewModel(f.Graph).Stream(ctx, failover.Options{}) {
		n++
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) || n < 2 {
		t.Errorf("%d cells, and %v", n, last)
	}
	for _, err := range failover.NewModel(f.Graph).Stream(t.Context(), failover.Options{}) {
		if err != nil {
			t.Error(err)
		}
		break // a reader that stops is no error
	}
}
