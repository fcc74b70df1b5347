package main

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
)

// todayFlags name the configuration as it is now: evidence about another one is stale.
type todayFlags struct{ inputs }

func (f *todayFlags) registerToday(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.Paths, "today", nil, "a `PATH` with the configuration as it is now, repeatable: where it predicts otherwise than the plan, the drill is stale (D19)")
	flags.StringVar(&f.Config, "config", "", "`FILE` to use for it in place of the nearest muster.yaml, or none")
}

// predict is what the configuration of today predicts for the cells of a plan; nil = nobody asked. An input of it that cannot be
// read makes what it predicts worth nothing, and is an error.
func (f *todayFlags) predict(ctx context.Context, p *plan.Plan) (*audit.Today, error) {
	if len(f.Paths) == 0 {
		return nil, nil //nolint:nilnil // nothing was asked for, which is no error
	}
	now, err := f.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.incomplete(now); err != nil {
		return nil, err
	}
	today := &audit.Today{Digest: fleet.Digest(now), Predictions: map[string]string{}}
	scenario, err := failover.ParseScenario(p.Scenario.Fail)
	if err != nil {
		return nil, usagef("the plan's scenario: %w", err)
	}
	services := map[mesh.ServiceID]bool{}
	for _, e := range p.Expect {
		c, err := plan.ParseCell(e.Cell)
		if err != nil {
			return nil, usagef("%w", err)
		}
		services[mesh.ServiceID(c.Service)] = true
	}
	m, err := failover.Compute(ctx, now.Graph, failover.Options{
		Services: func(s *mesh.Service) bool { return services[s.ID] }, Scenarios: []failover.Scenario{scenario},
	})
	if err != nil {
		return nil, err
	}
	for _, c := range m.Cells {
		if id := c.ID(); slices.ContainsFunc(p.Expect, func(e plan.Expectation) bool { return e.Cell == id }) {
			today.Predictions[id] = plan.Expect(now.Graph, c).Prediction
		}
	}
	return today, nil
}
