package analyzer

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// together is how many breaches are joined in one go, at least.
const together = 1024

// byService cuts breaches into parts that can be joined apart from each other: all those of a service, which stand
// together, are in one.
func byService(broken []*Breach) [][]*Breach {
	var parts [][]*Breach
	from := 0
	for i := range broken {
		if i-from >= together && broken[i].Cell.Service != broken[i-1].Cell.Service {
			parts = append(parts, broken[from:i])
			from = i
		}
	}
	return append(parts, broken[from:])
}

// fromBreaches joins breaches into one finding per rule, deciding position and service; the
// worst cell tells the story. They are all breaches of some services.
func fromBreaches(broken []*Breach, owner map[failover.CauseKind]*Rule) []*Finding {
	type key struct {
		rule    *Rule
		place   int
		service *mesh.Service
	}
	type group struct {
		worst   *Breach
		cells   []*failover.Cell
		related []mesh.Evidence
		follows []mesh.Origin
		alone   bool // one of the breaches follows from nothing else
	}
	places := newPlacer()
	groups := map[key]*group{}
	var order []key
	for _, b := range broken {
		if b.Unproven {
			continue // the rule about proof speaks of these, one finding a service
		}
		rule := owner[b.Cause.Kind]
		if rule == nil {
			continue
		}
		k := key{rule, places.of(b.Cause.Origin), b.Cell.Service}
		of := groups[k]
		switch {
		case of == nil:
			of = &group{worst: b}
			groups[k] = of
			order = append(order, k)
		case moreTelling(b, of.worst):
			of.worst = b
		}
		if n := len(of.cells); n == 0 || of.cells[n-1] != b.Cell { // breaches come cell by cell
			of.cells = append(of.cells, b.Cell)
		}
		of.alone = of.alone || len(b.Cause.Follows) == 0
		for _, o := range b.Cause.Follows {
			if !slices.Contains(of.follows, o) {
				of.follows = append(of.follows, o)
			}
		}
		for _, e := range b.Cause.Related {
			if !slices.ContainsFunc(of.related, func(o mesh.Evidence) bool { return places.of(o.Origin) == places.of(e.Origin) }) {
				of.related = append(of.related, e)
			}
		}
	}
	list := make([]*Finding, 0, len(order))
	for _, k := range order {
		of := groups[k]
		b := of.worst
		if of.alone {
			of.follows = nil
		}
		list = append(list, &Finding{
			Rule: k.rule, Level: b.Level, Message: message(b), Service: k.service, Origin: b.Cause.Origin,
			Related: of.related, Scenario: b.Cell.Scenario.String(), Fault: string(b.Cell.Fault), Cells: Spoils(of.cells...), Cause: *b.Cause, Follows: of.follows,
		})
	}
	return list
}

// moreTelling prefers the more severe level, the larger loss, a declared promise, and then the
// simpler scenario.
func moreTelling(a, b *Breach) bool {
	if a.Level != b.Level {
		return levelRank[a.Level] < levelRank[b.Level]
	}
	if a.Declared != b.Declared {
		return a.Declared
	}
	if x, y := a.Cell.FailingShare, b.Cell.FailingShare; x != y {
		return x > y
	}
	return cmp.Compare(len(a.Cell.Scenario.Parts), len(b.Cell.Scenario.Parts)) < 0
}
