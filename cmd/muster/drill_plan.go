package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// drillPlanOptions are the arguments and flags of muster drill plan.
type drillPlanOptions struct {
	scan scanOptions // what the fleet is read and judged by
	filters
	Out, Driver string
}

func newDrillPlan(s streams) *cobra.Command {
	o := &drillPlanOptions{}
	o.scan.streams = s
	cmd := &cobra.Command{
		Use:   "plan [PATH…]",
		Short: "Make a drill plan from the matrix: one failure, what is expected, how it is probed",
		Long: `Make a drill plan from the matrix and write it as YAML: one scenario under all its
fault modes, what the prediction expects of each class of callers, probes that
can show it, limits, and the way back. What only people know is left empty, with
a comment; muster drill plan check tells what is missing.
` + pathHelp,
		Example: `  muster drill plan --service checkout --scenario region=us-east-1 -o drill.yaml
  muster drill plan check drill.yaml
  muster drill plan export drill.yaml --as chaos-mesh -d steps`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.scan.Paths = args
			return runDrillPlan(cmd.Context(), o)
		},
	}
	o.scan.inputs.register(cmd)
	o.scan.registerCluster(cmd)
	o.filters.register(cmd)
	cmd.Flags().StringVarP(&o.Out, "output", "o", "", "`FILE` to write the plan to (default stdout)")
	cmd.Flags().StringVar(&o.Driver, "driver", "external", "`HOW` the fault is brought about: "+strings.Join(plan.Drivers, ", "))
	complete(cmd, "driver", plan.Drivers...)
	cmd.AddCommand(newDrillPlanCheck(s), newDrillPlanExport(s))
	return cmd
}

func runDrillPlan(ctx context.Context, o *drillPlanOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	if !slices.Contains(plan.Drivers, o.Driver) {
		return usagef("--driver %q: want one of %s", o.Driver, strings.Join(plan.Drivers, ", "))
	}
	ctx, cancel := o.scan.within(ctx)
	defer cancel()
	f, p, err := o.make(ctx)
	if err != nil {
		return stopped(ctx, err)
	}
	var text bytes.Buffer
	if err := plan.Write(&text, p); err != nil {
		return err
	}
	if err := o.put(text.Bytes()); err != nil {
		return err
	}
	o.scan.warn(f)
	o.advise(p)
	return o.scan.incomplete(f)
}

// put writes the plan to where it goes.
func (o *drillPlanOptions) put(text []byte) error {
	if o.Out == "" || o.Out == "-" {
		if _, err := o.scan.out.Write(text); err != nil {
			return fmt.Errorf("cannot write the plan to stdout: %w", err)
		}
		return nil
	}
	if err := os.WriteFile(o.Out, text, 0o644); err != nil {
		return usagef("--output %s: %w", o.Out, err)
	}
	return nil
}

// make reads the fleet and derives the plan.
func (o *drillPlanOptions) make(ctx context.Context) (*fleet.Fleet, *plan.Plan, error) {
	f, m, findings, err := o.scan.judge(ctx)
	if err != nil {
		return nil, nil, err
	}
	options, err := o.options(f.Graph)
	if err != nil {
		return nil, nil, err
	}
	cells, err := m.Model.Compute(ctx, options)
	if err != nil {
		return nil, nil, err
	}
	chosen := slices.DeleteFunc(cells.Cells, func(c *failover.Cell) bool { return !o.keeps(c) || c.Scenario.IsNone() })
	if err := oneScenario(chosen); err != nil {
		return nil, nil, err
	}
	touched, err := touchedBy(ctx, f.Graph, m.Model, chosen)
	if err != nil {
		return nil, nil, err
	}
	p, err := plan.New(planInput(f, m.Model, chosen, findings, touched, o.scan.Paths, o.Driver))
	if errors.Is(err, plan.ErrNoCells) {
		return nil, nil, usagef("%w: a failure that does not touch a service has none; muster matrix tells which failures do, and --service names services without an objective or intent", err)
	}
	if err != nil {
		return nil, nil, usagef("%w", err)
	}
	return f, p, nil
}

func planInput(f *fleet.Fleet, m *failover.Model, cells []*failover.Cell, findings []*analyzer.Finding, touched []mesh.ServiceID, paths []string, driver string) plan.Input {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	patterns := pattern.New(m)
	return plan.Input{
		Graph: f.Graph, Cells: cells, Findings: findings, Touched: touched, Digest: fleet.Digest(f), Scope: paths, Driver: driver,
		Pattern: func(s *mesh.Service) mesh.Pattern { return patterns.Of(s).Pattern() }, OwnerLabels: ownerLabels(f.Config),
	}
}

// ownerLabels are the labels that name who answers for a service: those that rule DR811 asks for, and the usual ones.
func ownerLabels(cfg *config.Config) []string {
	var labels []string
	if cfg != nil {
		if list, ok := cfg.Rules["DR811"].Params["labels"].([]any); ok {
			for _, label := range list {
				if text, ok := label.(string); ok {
					labels = append(labels, text)
				}
			}
		}
	}
	return append(labels, "owner", "team")
}

// oneScenario insists that the filters leave one failure: a drill has one.
func oneScenario(cells []*failover.Cell) error {
	var list []string
	for _, c := range cells {
		if text := c.Scenario.String(); !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	if len(list) > 1 {
		return usagef("a drill has one failure, and the filters leave %d; choose with --scenario%s, or ask muster drill suggest", len(list), thereAre(list))
	}
	return nil
}

// touchedBy are all services of the fleet that the failure of some cells touches: those that are hurt by the prediction, and
// those that lose pods.
func touchedBy(ctx context.Context, g *mesh.Graph, m *failover.Model, cells []*failover.Cell) ([]mesh.ServiceID, error) {
	if len(cells) == 0 {
		return nil, nil
	}
	sums, err := m.Compute(ctx, failover.Options{
		Services: func(*mesh.Service) bool { return true }, Scenarios: []failover.Scenario{cells[0].Scenario}, Faults: []failover.Fault{cells[0].Fault},
		Explain: func(*mesh.Service, failover.Scenario, failover.Fault) bool { return false },
	})
	if err != nil {
		return nil, err
	}
	ids := plan.Inside(g, cells[0].Scenario)
	for _, s := range sums.Sums {
		if s.Total() > 0 && !slices.Contains(ids, s.Service.ID) {
			ids = append(ids, s.Service.ID)
		}
	}
	return ids, nil
}

// advise tells on stderr what the plan cannot show, and what to do next.
func (o *drillPlanOptions) advise(p *plan.Plan) {
	say := func(format string, args ...any) {
		fmt.Fprintln(o.scan.err, report.Printable("muster: "+fmt.Sprintf(format, args...)))
	}
	if slices.Equal(p.Scenario.FaultModes, []string{"crash"}) {
		say("the plan drills crash alone: what breaks on silence (hang, partition) passes such a drill (D21); leave --fault out")
	}
	for i := range p.Expect {
		if e := &p.Expect[i]; e.Outcome == "unknown" {
			say("what becomes of %s is not known: %s; muster matrix --explain %q tells what leaves it open", e.Cell, e.Reason, e.Cell)
			break
		}
	}
	missing := 0
	for _, problem := range plan.Check(p, plan.CheckOptions{}) {
		if problem.Level == plan.LevelError {
			missing++
		}
	}
	if missing > 0 {
		where := o.Out
		if where == "" {
			where = "PLAN"
		}
		say("%d entries wait for people; muster drill plan check %s lists them", missing, where)
	}
}
