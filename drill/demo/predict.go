package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/mesh"
)

// Predictor reads the configuration in a directory, and tells its digest.
type Predictor func(ctx context.Context, dir string) (*mesh.Graph, string, error)

// Timing is how long the parts of a round take.
type Timing struct {
	Null, Before, Hold, After time.Duration
	Rate                      float64 // of the prober, per second
	RTO, Failback             time.Duration
}

// DefaultTiming holds a fault for longer than a sound failover takes, and for less than the first ejection: when that ends, callers try
// the lost region again.
func DefaultTiming() Timing {
	return Timing{Null: 2 * time.Second, Before: 1500 * time.Millisecond, Hold: 4500 * time.Millisecond, After: 6500 * time.Millisecond, Rate: 50,
		RTO: 2500 * time.Millisecond, Failback: 10 * time.Second}
}

// Plan predicts what becomes of the service when its first region fails in some ways, and makes a plan to drill it.
func (w *World) Plan(ctx context.Context, predict Predictor, modes []failover.Fault, t Timing) (*plan.Plan, error) {
	g, digest, err := predict(ctx, w.Dir)
	if err != nil {
		return nil, fmt.Errorf("no prediction: %w", err)
	}
	scenario := w.Scenario()
	x, err := failover.Compute(ctx, g, failover.Options{Scenarios: []failover.Scenario{scenario}, Faults: modes,
		Services: func(s *mesh.Service) bool { return slices.Contains(s.Hosts, w.Service) }})
	if err != nil {
		return nil, fmt.Errorf("no prediction: %w", err)
	}
	if len(x.Cells) != len(modes) {
		return nil, fmt.Errorf("%d cells are predicted for %d faults", len(x.Cells), len(modes))
	}
	cells := make([]*failover.Cell, 0, len(modes))
	for _, mode := range modes { // in the order of injection
		for _, c := range x.Cells {
			if c.Fault == mode {
				cells = append(cells, c)
			}
		}
	}
	p, err := plan.New(plan.Input{Graph: g, Cells: cells, Digest: digest, Scope: []string{"muster.yaml", "xds"}})
	if err != nil {
		return nil, fmt.Errorf("no plan: %w", err)
	}
	w.fill(p, cells[0], t)
	return p, nil
}

// fill adds what the people who drill know: where the service is asked, how long the rounds take, who may stop it.
func (w *World) fill(p *plan.Plan, c *failover.Cell, t Timing) {
	p.Metadata.ID, p.Metadata.Title, p.Metadata.Owner, p.Metadata.Type = "demo", "Loss of "+w.Regions[0], "whoever runs the demo", "functional"
	p.Objectives = plan.Objectives{RTO: plan.Duration(t.RTO), Failback: plan.Duration(t.Failback), Encryption: "mtls"}
	p.Fault = plan.Fault{Driver: "external", Duration: plan.Duration(t.Hold), Before: plan.Duration(t.Before), After: plan.Duration(t.After), Targets: p.Fault.Targets}
	p.Safety.AbortOn = nil // a drill on loopback hurts nobody
	p.People = plan.People{Approvers: []string{"whoever runs the demo"}, Participants: []string{"whoever runs the demo"}}
	p.Rollback = plan.Rollback{Steps: []string{"end the program: all parts of the drill end with it"}, Tested: true}
	p.Probes = []plan.Probe{{Name: "payments", Service: string(c.Service.ID), Port: c.Port, Client: c.Client.ID, Source: "caller@" + caller, Protocol: "http1", Target: w.URL(),
		Rate: t.Rate, Timeout: plan.Duration(w.Timeout + 500*time.Millisecond),
		TLS:  &plan.TLS{ServerName: Service, CA: certsDir + "/ca.pem", Verify: "name", Peers: []string{domain + "edge/payments"}},
		Echo: plan.Echo{Region: headerRegion, TLS: headerTLS, Peer: headerPeer}}}
}
