package main

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
)

// scanOptions are the arguments and flags of muster scan.
type scanOptions struct {
	inputs
	reportFlags
	accepting
	evidencing
	FailOn        string
	AllServices   bool
	StrictUnknown bool
	Verbose       bool
	Policies      []string
	Profile       bool
	NewSince      string
	comparing     comparing

	compiled     *policy.Set           // the policies, once they are read
	notEvaluated []report.NotEvaluated // of the policies, by judge
	drills       *analyzer.Evidence    // what drills have shown, by judge; nil = nobody says where that is told
}

func newScan(s streams) *cobra.Command {
	o := &scanOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "scan [PATH…]",
		Short: "Audit a fleet: what fails, when, why, and which line to change",
		Long: `Audit a fleet: predict what every service survives, and report the promises that
do not hold, each at the line that decides.
` + pathHelp,
		Example: `  muster scan
  muster scan --fail-on warning -o text -o json=report.json -o sarif=muster.sarif
  muster scan manifests/ --config none
  helm template charts/pay | muster scan --cluster east -`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runScan(cmd.Context(), o)
		},
	}
	o.inputs.register(cmd)
	o.live.register(cmd)
	o.registerCluster(cmd)
	o.reportFlags.register(cmd)
	o.registerScan(cmd)
	o.registerFailOn(cmd)
	o.registerJudging(cmd)
	cmd.Flags().StringVar(&o.NewSince, "new-since", "", "only findings that the revision (or directory) `BASE` does not have count; it is judged by BASE's configuration, as muster diff does")
	o.comparing.register(cmd)
	cmd.Flags().BoolVarP(&o.Verbose, "verbose", "v", false, "list every input that was skipped or not understood, in text")
	return cmd
}

func (o *scanOptions) registerFailOn(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.FailOn, "fail-on", "error", "the least `LEVEL` that ends in exit code 1: error, warning, note or none")
	complete(cmd, "fail-on", "error", "warning", "note", "none")
}

func (o *scanOptions) checkFailOn() error {
	if !slices.Contains([]string{"error", "warning", "note", "none"}, o.FailOn) {
		return usagef("--fail-on %q: want error, warning, note or none", o.FailOn)
	}
	return nil
}

// registerJudging is for flags that decide which findings there are.
func (o *scanOptions) registerJudging(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.AllServices, "all-services", false, "predict services without an objective or intent, too")
	f.BoolVar(&o.StrictUnknown, "strict-unknown", false, "an objective that is not proven (DR110, DR508) is an error")
	f.BoolVar(&o.Strict, "strict", false, "an input that is not read, not understood or not rendered is an error (IN001, IN002, IN003)")
	f.StringArrayVar(&o.Policies, "policy", nil, "a `PATH` with policies in Rego: a file, a folder, a bundle or an OCI image layout; may be given several times")
	o.evidencing.register(cmd)
	f.BoolVar(&o.Profile, "profile", false, "tell on stderr what each rule costs")
}

func runScan(ctx context.Context, o *scanOptions) error {
	outputs, err := o.parse(reportFormats...)
	if err != nil {
		return err
	}
	if err := o.checkFailOn(); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	if o.NewSince != "" {
		return runNewSince(ctx, o, outputs)
	}
	collectLater(1)
	ctx, cancel := o.within(ctx)
	defer cancel()
	f, r, err := o.audit(ctx, outputs)
	if err != nil {
		return stopped(ctx, err)
	}
	o.kept = f.Text
	if includes(outputs, "json", "jsonl", "sarif") {
		r.HashLines(o.text)
	}
	if err := o.write(o.out, outputs, o.formats(r, o.line())...); err != nil {
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return stopped(ctx, ctx.Err())
		}
		return err
	}
	return errors.Join(o.incomplete(f), o.unjudged(f.Config), o.verdict(r))
}

// showsCells reports whether an output shows every cell, with the steps of its prediction.
func showsCells(outputs []output) bool {
	return includes(outputs, "json", "jsonl", "html")
}

func includes(outputs []output, formats ...string) bool {
	return slices.ContainsFunc(outputs, func(o output) bool { return slices.Contains(formats, o.format) })
}

// countsCells reports whether no output names the cells of a finding.
func countsCells(outputs []output) bool {
	return !slices.ContainsFunc(outputs, func(o output) bool {
		return !slices.Contains([]string{"text", "csv", "markdown", "junit", "github", "gitlab"}, o.format)
	})
}

// audit goes the whole way from files to the report.
func (o *scanOptions) audit(ctx context.Context, outputs []output) (*fleet.Fleet, *report.Report, error) {
	f, m, findings, err := o.judge(ctx)
	if err != nil {
		return nil, nil, err
	}
	return f, o.report(ctx, f, m, findings, outputs), nil
}

// report is what was found of a fleet. If the whole matrix is shown, its cells are predicted while they are written.
func (o *scanOptions) report(ctx context.Context, f *fleet.Fleet, m *failover.Matrix, findings []*analyzer.Finding, outputs []output) *report.Report {
	var cells iter.Seq2[*failover.Cell, error]
	if showsCells(outputs) {
		options := o.asked()
		options.Traces = true
		cells = m.Model.Stream(ctx, options)
	}
	in := record(f.Inputs)
	in.NotEvaluated = o.notEvaluated
	r := report.New(report.Scan{
		Version: version(), Inputs: in, Services: f.Graph.Services, Matrix: m, Cells: cells, Findings: findings,
		Patterns: pattern.New(m.Model).Of, Counted: countsCells(outputs), Evidence: o.drills,
		Topology: func() *report.Topology { return report.TopologyOf(f.Graph, m.Model) },
	})
	r.Verbose, r.ShowSuppressed = o.Verbose, o.Reveal
	return r
}

// asked is what the matrix is asked for.
func (o *scanOptions) asked() failover.Options {
	if o.AllServices {
		return failover.Options{Services: func(*mesh.Service) bool { return true }}
	}
	return failover.Options{}
}

// judge goes from files to the findings. Cells that nobody promises anything about are only summed
// up.
func (o *scanOptions) judge(ctx context.Context) (f *fleet.Fleet, m *failover.Matrix, findings []*analyzer.Finding, err error) {
	p := startProgress(o.err)
	defer p.end()
	p.at("reading the inputs")
	if err := o.checkUnreadable(); err != nil {
		return nil, nil, nil, err
	}
	cfg, paths, err := o.plan()
	if err != nil {
		return nil, nil, nil, err
	}
	// Policies need nothing of the inputs: they are compiled while these are read. A mistake in them is told by find.
	var compiling sync.WaitGroup
	compiling.Go(func() { _, _ = o.policies(cfg) })
	f, err = o.readFleet(ctx, cfg, paths, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	compiling.Wait()
	m, findings, err = o.find(ctx, f, p)
	return f, m, findings, err
}

// find goes from a fleet to the findings.
func (o *scanOptions) find(ctx context.Context, f *fleet.Fleet, p *progress) (*failover.Matrix, []*analyzer.Finding, error) {
	set, err := o.policies(f.Config)
	if err != nil {
		return nil, nil, err
	}
	settings, err := o.settings(f.Config, f.Covers(), set)
	if err != nil {
		return nil, nil, err
	}
	type result struct {
		matrix   *failover.Matrix
		findings []*analyzer.Finding
	}
	r, err := orStop(ctx, func() (result, error) {
		p.at("predicting what survives")
		m, err := failover.Compute(ctx, f.Graph, analyzer.ForFindings(o.asked()))
		if err != nil {
			return result{}, err
		}
		p.at("judging")
		said, err := set.Evaluate(ctx, policy.Options{Graph: f.Graph, Objects: f.Objects(set.Kinds()), Settings: settings, Singly: o.Profile})
		if err != nil {
			return result{}, err
		}
		o.notEvaluated = notEvaluated(said.NotEvaluated)
		all := append(rules.All(), said.Rules...)
		native, cost := o.timed(all, said.Cost)
		if o.drills, err = o.gather(ctx, f, m.Model); err != nil {
			return result{}, err
		}
		findings := analyzer.RunWith(f.Graph, m, native, settings, o.drills)
		o.profile(cost)
		findings, err = o.accept(ctx, f, findings, native, settings)
		return result{m, findings}, err
	})
	return r.matrix, r.findings, err
}

// verdict earns exit code 1.
func (o *scanOptions) verdict(r *report.Report) error {
	if o.FailOn == "none" {
		return nil
	}
	for _, f := range r.Findings {
		if f.Suppressed == nil && analyzer.Level(f.Level).AtLeast(analyzer.Level(o.FailOn)) {
			return &exitError{code: exitFindings}
		}
	}
	return nil
}

// record is what the report tells of the inputs.
func record(in fleet.Inputs) report.Inputs {
	out := report.Inputs{Files: in.Files, Documents: in.Documents, Resources: in.Resources, Ignored: len(in.Ignored)}
	for _, d := range in.Unreadable {
		out.Unreadable = append(out.Unreadable, report.Unreadable{
			File: d.Position.File, Line: d.Position.Line, Column: d.Position.Column, Message: d.Message,
		})
	}
	for _, r := range in.Rendered {
		out.Rendered = append(out.Rendered, report.Rendered(r))
	}
	for _, m := range in.Missing {
		out.Missing = append(out.Missing, report.Missing{Position: report.PositionAt(m.Position), What: m.What, Help: m.Help})
	}
	for _, s := range in.Skipped {
		places := make([]string, len(s.Places))
		for i, at := range s.Places {
			at.Column = 0
			places[i] = at.String()
		}
		out.Skipped = append(out.Skipped, report.SkippedOf(s.Reason, s.Kind, places))
	}
	for _, n := range in.NotUnderstood {
		out.NotUnderstood = append(out.NotUnderstood, report.NotUnderstoodOf(n.Kind, n.Message, n.Origin))
	}
	return out
}
