package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
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
		RTO: 5 * time.Second, Failback: 10 * time.Second}
}

// Plan predicts what becomes of the service when its first region fails in some ways, and makes a plan to drill it.
func (w *World) Plan(ctx context.Context, predict Predictor, modes []failover.Fault, t Timing) (*plan.Plan, []*failover.Cell, error) {
	g, digest, err := predict(ctx, w.Dir)
	if err != nil {
		return nil, nil, fmt.Errorf("no prediction: %w", err)
	}
	scenario := w.Scenario()
	x, err := failover.Compute(ctx, g, failover.Options{Scenarios: []failover.Scenario{scenario}, Faults: modes,
		Services: func(s *mesh.Service) bool { return slices.Contains(s.Hosts, w.Service) }})
	if err != nil {
		return nil, nil, fmt.Errorf("no prediction: %w", err)
	}
	if len(x.Cells) != len(modes) {
		return nil, nil, fmt.Errorf("%d cells are predicted for %d faults", len(x.Cells), len(modes))
	}
	p := &plan.Plan{APIVersion: plan.APIVersion, Kind: plan.Kind, Metadata: plan.Metadata{ID: "demo", Title: "Loss of " + w.Regions[0], Owner: "whoever runs the demo", Type: "functional"},
		Objective:  "payments outlives the loss of " + w.Regions[0] + " within " + t.RTO.String() + ", encrypted",
		Scenario:   plan.Scenario{Type: "region-loss", Fail: scenario.String(), Pattern: "active-passive"},
		Objectives: plan.Objectives{RTO: plan.Duration(t.RTO), Failback: plan.Duration(t.Failback), Encryption: "mtls"},
		Config:     plan.Config{Digest: digest, Scope: []string{"muster.yaml", "xds"}},
		Fault:      plan.Fault{Driver: "external", Duration: plan.Duration(t.Hold), Before: plan.Duration(t.Before), After: plan.Duration(t.After)},
		Safety:     plan.Safety{BlastRadius: plan.BlastRadius{MaxRegions: 1}, AbortOn: []plan.Abort{}},
		People:     plan.People{Approvers: []string{}}, Rollback: plan.Rollback{Steps: []string{"end the program: all parts of the drill end with it"}, Tested: true},
	}
	cells := make([]*failover.Cell, 0, len(modes))
	for _, mode := range modes { // in the order of injection
		for _, c := range x.Cells {
			if c.Fault == mode {
				cells = append(cells, c)
				p.Scenario.FaultModes = append(p.Scenario.FaultModes, string(mode))
				p.Expect = append(p.Expect, expectation(c))
			}
		}
	}
	c := cells[0]
	p.Probes = []plan.Probe{{Name: "payments", Service: string(c.Service.ID), Port: c.Port, Client: c.Client.ID, Source: "caller@" + caller, Protocol: "http1", Target: w.URL(),
		Rate: t.Rate, Timeout: plan.Duration(w.Timeout + 500*time.Millisecond), TLS: &plan.TLS{ServerName: Service, CA: certsDir + "/ca.pem", Verify: "name"},
		Echo: plan.Echo{Region: headerRegion, TLS: headerTLS, Peer: headerPeer}}}
	return p, cells, nil
}

// expectation is what a cell says, by region.
func expectation(c *failover.Cell) plan.Expectation {
	e := plan.Expectation{Cell: c.ID(), Outcome: string(c.Outcome), FailingShare: c.FailingShare, Reason: c.Reason, By: "region",
		Before: byRegion(c.Before), After: byRegion(c.Before), During: byRegion(c.Destinations), Encryption: weakest(c.Destinations)}
	if c.Outcome == failover.Lost {
		e.During = nil
		return e
	}
	e.Recovery = &plan.Bound{Lower: plan.Duration(c.Recovery.Lower), Upper: plan.Duration(c.Recovery.Upper)}
	for _, t := range c.Recovery.Terms {
		e.Recovery.Terms = append(e.Recovery.Terms, plan.Term{Name: t.Name, Lower: plan.Duration(t.Lower), Upper: plan.Duration(t.Upper), At: t.Origin.String()})
	}
	return e
}

func byRegion(list []failover.Destination) map[string]float64 {
	if len(list) == 0 {
		return nil
	}
	out := map[string]float64{}
	for _, d := range list {
		region, _, _ := strings.Cut(d.Locality, "/")
		out[region] += d.Share
	}
	return out
}

func weakest(list []failover.Destination) string {
	worst := ""
	for _, d := range list {
		if worst == "" || failover.EncryptionRank(d.Encryption) > failover.EncryptionRank(worst) {
			worst = d.Encryption
		}
	}
	return worst
}

// Record begins the record of a run, beside what is announced.
func (w *World) Record(p *plan.Plan, run, version string, t Timing) (*record.Writer, time.Time, error) {
	digest, err := p.Digest()
	if err != nil {
		return nil, time.Time{}, err
	}
	anchor := time.Now()
	path := w.RecordFile()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, time.Time{}, fmt.Errorf("no record: %w", err)
	}
	rec, err := record.Create(path, record.Header{Run: run, PlanDigest: digest, ConfigDigest: p.Config.Digest, WallAnchor: anchor,
		Prober: record.Prober{ID: "p1", Region: caller, Version: version, Mode: record.Open}}, record.SyncFlushed)
	return rec, anchor, err
}

// RecordFile is where a run is written.
func (w *World) RecordFile() string { return filepath.Join(w.Dir, "run", "p1.ndjson") }
