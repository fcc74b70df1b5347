package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// drillCheckOptions are the arguments and flags of muster drill plan check.
type drillCheckOptions struct {
	inputs
	outputFlags
	Plan, FailOn string
	compares     bool // PATHs or a config are given: the plan is held against the configuration of today
}

func newDrillPlanCheck(s streams) *cobra.Command {
	o := &drillCheckOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "check PLAN [PATH…]",
		Short: "Tell what a drill plan lacks, what contradicts what, and what is no longer true",
		Long: `Tell what a drill plan lacks, and what in it contradicts what. With PATHs (or
--config FILE) it is also held against the configuration of today: whether the
prediction is still the same, and whether the failure still touches the services
that the plan names.
` + pathHelp,
		Example: `  muster drill plan check drill.yaml
  muster drill plan check drill.yaml . --fail-on warning
  muster drill plan check drill.yaml -o json`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Plan, o.Paths = args[0], args[1:]
			o.compares = len(o.Paths) > 0 || o.Config != ""
			return runDrillPlanCheck(cmd.Context(), o)
		},
	}
	o.inputs.register(cmd)
	o.registerCluster(cmd)
	o.outputFlags.register(cmd, "text", "json")
	cmd.Flags().StringVar(&o.FailOn, "fail-on", "error", "the least `LEVEL` that ends in exit code 1: error, warning, note or none")
	complete(cmd, "fail-on", "error", "warning", "note", "none")
	return cmd
}

func runDrillPlanCheck(ctx context.Context, o *drillCheckOptions) error {
	outputs, err := o.parse("text", "json")
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"error", "warning", "note", "none"}, o.FailOn) {
		return usagef("--fail-on %q: want error, warning, note or none", o.FailOn)
	}
	p, places, err := plan.LoadPlaced(o.Plan)
	if err != nil {
		return badPlan(err)
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	var f *fleet.Fleet
	options := plan.CheckOptions{Now: time.Now()}
	if o.compares {
		if f, options.Today, err = o.today(ctx, p); err != nil {
			return stopped(ctx, err)
		}
	}
	list := checked(plan.Check(p, options), places)
	err = o.write(o.out, outputs,
		format{"text", func(w io.Writer, _ report.Terminal) error { return writeChecked(w, p, list) }},
		format{"json", func(w io.Writer, _ report.Terminal) error { return writeCheckedJSON(w, p, list) }})
	if err != nil || f == nil {
		return errors.Join(err, o.verdict(list))
	}
	o.warn(f)
	return errors.Join(o.incomplete(f), o.verdict(list))
}

// badPlan is a mistake in the content of a plan, or a plan that cannot be read.
func badPlan(err error) error {
	if bad, ok := errors.AsType[*config.Error](err); ok {
		return &exitError{exitUsage, bad.Error(), bad}
	}
	return usagef("%w", err)
}

// today asks the matrix of today for the cells of a plan.
func (o *drillCheckOptions) today(ctx context.Context, p *plan.Plan) (*fleet.Fleet, *plan.Today, error) {
	progress := startProgress(o.err)
	defer progress.end()
	progress.at("reading the inputs")
	f, err := o.load(ctx)
	if err != nil {
		return nil, nil, err
	}
	progress.at("predicting what survives")
	cells, err := cellsOf(ctx, f.Graph, p)
	if err != nil {
		return nil, nil, err
	}
	t := &plan.Today{Digest: fleet.Digest(f), Expected: map[string]plan.Expectation{}}
	for _, c := range cells {
		t.Expected[c.ID()] = plan.Expect(f.Graph, c)
	}
	touched, err := touchedBy(ctx, f.Graph, failover.NewModel(f.Graph), cells)
	for _, id := range touched {
		t.Touched = append(t.Touched, string(id))
	}
	return f, t, err
}

// cellsOf are the cells of today for the scenario and the services of a plan.
func cellsOf(ctx context.Context, g *mesh.Graph, p *plan.Plan) ([]*failover.Cell, error) {
	sc, err := failover.ParseScenario(p.Scenario.Fail)
	if err != nil {
		return nil, usagef("%w", err)
	}
	services, faults := map[string]bool{}, []failover.Fault{}
	for i := range p.Expect {
		cell, err := plan.ParseCell(p.Expect[i].Cell)
		if err != nil {
			return nil, usagef("%w", err)
		}
		services[cell.Service] = true
		if f := failover.Fault(cell.Fault); !slices.Contains(faults, f) {
			faults = append(faults, f)
		}
	}
	m, err := failover.Compute(ctx, g, failover.Options{
		Services: func(s *mesh.Service) bool { return services[string(s.ID)] }, Scenarios: []failover.Scenario{sc}, Faults: faults,
	})
	if err != nil {
		return nil, err
	}
	return m.Cells, nil
}

// checkedProblem is a problem of a plan with its place.
type checkedProblem struct {
	plan.Problem
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`

	text string
}

// checked places problems, and sorts them by place.
func checked(problems []plan.Problem, places mesh.Locator) []checkedProblem {
	list := make([]checkedProblem, len(problems))
	for i, p := range problems {
		at := places.Locate(p.Path)
		class := string(p.Level)
		if p.Class != "" {
			class += " " + p.Class
		}
		list[i] = checkedProblem{Problem: p, File: at.File, Line: at.Line, Column: at.Column,
			text: at.String() + ": " + class + ": " + config.ProblemAt(at, "%s", p.Message).Message}
	}
	slices.SortStableFunc(list, func(a, b checkedProblem) int { return a.Line - b.Line })
	return list
}

func writeChecked(w io.Writer, p *plan.Plan, list []checkedProblem) error {
	for _, one := range list {
		if _, err := fmt.Fprintln(w, report.Printable(one.text)); err != nil {
			return err
		}
	}
	digest, err := p.Digest()
	if err != nil {
		return err
	}
	n := planLevels(list)
	_, err = fmt.Fprintf(w, "%s: %s, %s, %s\n", report.Printable(p.Metadata.ID), planCount(n[plan.LevelError], "error"),
		planCount(n[plan.LevelWarning], "warning"), planCount(n[plan.LevelNote], "note"))
	if err == nil {
		_, err = fmt.Fprintln(w, "digest "+digest)
	}
	return err
}

func planLevels(list []checkedProblem) map[plan.Level]int {
	n := map[plan.Level]int{}
	for _, one := range list {
		n[one.Level]++
	}
	return n
}

func planCount(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func writeCheckedJSON(w io.Writer, p *plan.Plan, list []checkedProblem) error {
	digest, err := p.Digest()
	if err != nil {
		return err
	}
	n := planLevels(list)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		Schema   string           `json:"schema"`
		Plan     string           `json:"plan"`
		Digest   string           `json:"digest"`
		Problems []checkedProblem `json:"problems"`
		Summary  map[string]int   `json:"summary"`
	}{"muster.plan-check/v1", p.Metadata.ID, digest, list,
		map[string]int{"errors": n[plan.LevelError], "warnings": n[plan.LevelWarning], "notes": n[plan.LevelNote]}})
}

// verdict earns exit code 1.
func (o *drillCheckOptions) verdict(list []checkedProblem) error {
	levels := []plan.Level{plan.LevelError, plan.LevelWarning, plan.LevelNote}
	least := slices.Index(levels, plan.Level(o.FailOn))
	if slices.ContainsFunc(list, func(p checkedProblem) bool { return slices.Index(levels, p.Level) <= least }) {
		return &exitError{code: exitFindings}
	}
	return nil
}
