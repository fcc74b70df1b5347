package analyzer

import (
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
)

// Spoilt are the cells that a finding spoils. Their ids take more memory than all else that is found, and a text only
// counts them: they are made when somebody asks.
type Spoilt struct {
	cells  []*failover.Cell
	sorted bool
	ids    []string // of cells that nobody has, before the others
}

// Spoils are cells whose ids come in their order.
func Spoils(cells ...*failover.Cell) Spoilt { return Spoilt{cells: cells} }

// SpoilsSorted are cells whose ids come sorted.
func SpoilsSorted(cells []*failover.Cell) Spoilt { return Spoilt{cells: cells, sorted: true} }

// SpoilsIDs are cells of which only the ids are known.
func SpoilsIDs(ids ...string) Spoilt { return Spoilt{ids: ids} }

// Len is the number of cells.
func (s Spoilt) Len() int { return len(s.ids) + len(s.cells) }

// IDs are the ids of the cells. The list is the caller's own, and never nil.
func (s Spoilt) IDs() []string {
	list := failover.IDs(s.cells)
	if s.sorted {
		slices.Sort(list)
	}
	if len(s.ids) > 0 {
		list = slices.Concat(s.ids, list)
	}
	return list
}

// with adds the cells of another finding.
func (s Spoilt) with(more Spoilt) Spoilt {
	switch {
	case more.Len() == 0:
		return s
	case s.Len() == 0:
		return more
	case s.sorted || more.sorted || len(more.ids) > 0: // orders of their own, which only ids can keep
		return Spoilt{ids: append(s.IDs(), more.IDs()...)}
	}
	s.cells = slices.Concat(s.cells, more.cells)
	return s
}
