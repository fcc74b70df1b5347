package fix

import (
	"context"
	"hash/fnv"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
)

// State is one scan: what was read, predicted and found.
type State struct {
	Fleet    *fleet.Fleet
	Matrix   *failover.Matrix
	Findings []*analyzer.Finding

	cells map[uint64]cell // on first use
}

// cell is what is compared of a prediction.
type cell struct {
	service mesh.ServiceID
	outcome failover.Outcome
	failing float64
	guard   guard
}

// guard is the weakest encryption on any way of a cell, today and in the failure.
type guard int8

const (
	noWay guard = iota // nothing is answered
	mtls
	tls
	plaintext
	unsettled
)

var guards = map[string]guard{"mtls": mtls, "tls": tls, "plaintext": plaintext}

// predicted are all cells of the fleet, whatever anybody promises.
func (s *State) predicted(ctx context.Context) (map[uint64]cell, error) {
	if s.cells != nil {
		return s.cells, nil
	}
	model := s.Matrix.Model
	if model == nil {
		model = failover.NewModel(s.Fleet.Graph)
	}
	cells := map[uint64]cell{}
	for c, err := range model.Stream(ctx, failover.Options{Services: func(*mesh.Service) bool { return true }}) {
		if err != nil {
			return nil, err
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(c.ID())) // never fails
		cells[h.Sum64()] = cell{c.Service.ID, c.Outcome, c.FailingShare, guardOf(c)}
	}
	s.cells = cells
	return cells, nil
}

func guardOf(c *failover.Cell) guard {
	weakest := noWay
	for _, list := range [][]failover.Destination{c.Before, c.Destinations} {
		for _, d := range list {
			g, known := guards[d.Encryption]
			if !known {
				g = unsettled
			}
			weakest = max(weakest, g)
		}
	}
	return weakest
}
