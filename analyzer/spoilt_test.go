package analyzer

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Ids are what they would be if each cell had been asked for its own, in the order that was promised.
func TestSpoiltCellsAreNamedWhenAsked(t *testing.T) {
	cell := func(client string) *failover.Cell {
		return &failover.Cell{Service: &mesh.Service{ID: "pay"}, Port: 80, Client: &mesh.Client{ID: client}, Scenario: failover.One(failover.Region, "east"), Fault: failover.Crash}
	}
	b, a := cell("b"), cell("a")
	const idA, idB = "pay|80||a|region=east|crash", "pay|80||b|region=east|crash"
	for name, tc := range map[string]struct {
		of   Spoilt
		want string
	}{
		"none":                    {Spoilt{}, ""},
		"in their order":          {Spoils(b, a), idB + " " + idA},
		"sorted":                  {SpoilsSorted([]*failover.Cell{b, a}), idA + " " + idB},
		"ids alone":               {SpoilsIDs("y", "x"), "y x"},
		"joined":                  {Spoils(b).with(Spoils(a)), idB + " " + idA},
		"joined with nothing":     {Spoils(b).with(Spoilt{}), idB},
		"nothing with some":       {Spoilt{}.with(SpoilsSorted([]*failover.Cell{b, a})), idA + " " + idB},
		"sorted each for itself":  {SpoilsSorted([]*failover.Cell{b}).with(SpoilsSorted([]*failover.Cell{a})), idB + " " + idA},
		"ids in front of the own": {SpoilsIDs("x").with(Spoils(a)), "x " + idA},
	} {
		ids := tc.of.IDs()
		if got := strings.Join(ids, " "); got != tc.want || ids == nil {
			t.Errorf("%s: %q, want %q, and a list", name, got, tc.want)
		}
		if tc.of.Len() != len(ids) {
			t.Errorf("%s: Len is %d of %d", name, tc.of.Len(), len(ids))
		}
	}
}

// What a rule asks of one service is what it would have found among all.
func TestBrokenOfOneService(t *testing.T) {
	pay, cart := &mesh.Service{ID: "pay"}, &mesh.Service{ID: "cart"}
	broken := []*Breach{{Cell: &failover.Cell{Service: pay}}, {Cell: &failover.Cell{Service: cart}}, {Cell: &failover.Cell{Service: cart}, Unproven: true}}
	rule := &Rule{ID: "X", Run: func(*Pass) {}}
	for _, p := range []*Pass{{Broken: broken}, passes(&mesh.Graph{}, &failover.Matrix{}, broken, []*Rule{rule}, nil, nil)[0]} {
		if got := p.BrokenOf(cart); len(got) != 2 || got[0] != broken[1] || got[1] != broken[2] {
			t.Errorf("cart has %v", got)
		}
		if got := p.BrokenOf(&mesh.Service{}); len(got) != 0 {
			t.Errorf("a service without breaches has %v", got)
		}
	}
}
