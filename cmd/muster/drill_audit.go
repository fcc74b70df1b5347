package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	drillreport "github.com/passmuster/muster/report/drill"
)

// drillAuditOptions are the arguments and flags of muster drill audit.
type drillAuditOptions struct {
	todayFlags
	reportFlags
	sourceFlags
	proxyFlags
	Args         []string
	PlanFile     string
	Null         []string
	LiveDigest   string
	Now          string
	Inconclusive string
}

func newDrillAudit(s streams) *cobra.Command {
	o := &drillAuditOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "audit RUN|PLAN [FILE…]",
		Short: "Hold what a drill saw against what was predicted and promised",
		Long: `Hold what probers saw against the plan: which promises were kept, where reality drifted from the prediction, and which
predictions and findings are confirmed, refuted or still untested (docs/drills/drift.md).

RUN is a folder that muster drill run has written, with its plan.yaml and its recordings. Or name a plan and the files: recordings
of muster's probers, and sources of other formats (docs/drills/sources.md), which are told by how they begin. A recording that ends
early is evidence with a doubt. One of which a line was changed is none from that line on.

Exit codes: 0 every promise was surely kept, 1 one was surely broken, 4 the drill proved neither (--inconclusive=fail makes it 1), 3 a
recording could not be read as it was written; what is whole before is told all the same.`,
		Example: `  muster drill audit drills/2026-11-20
  muster drill audit plan.yaml results-p1.ndjson results-p2.ndjson
  muster drill audit drills/2026-11-20 istio-metrics.json --clock-bound 50ms
  muster drill audit drills/2026-11-20 --today .
  muster drill audit drills/2026-11-20 --announced xds/resources.json --proxy config_dump.json
  muster drill audit -o text -o json=drift.json -o html=drift.html drills/2026-11-20`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Args = args
			return runDrillAudit(cmd.Context(), o)
		},
	}
	o.registerWith(cmd, drillreport.Names...)
	flags := cmd.Flags()
	o.sourceFlags.register(flags)
	o.proxyFlags.register(flags)
	o.registerToday(cmd)
	flags.StringVar(&o.PlanFile, "plan", "", "the plan's `FILE`; all arguments are recordings then")
	flags.StringArrayVar(&o.Null, "null", nil, "`FILE` of an earlier run of the plan whose null round stands in for this run's, repeatable")
	flags.StringVar(&o.LiveDigest, "live-config", "", "the `DIGEST` of the configuration that proxies held, to be held against the plan's")
	flags.StringVar(&o.Now, "now", "", "the `TIME` (RFC 3339) by which evidence is too old (default: now)")
	flags.StringVar(&o.Inconclusive, "inconclusive", "exit-4", "what an inconclusive audit ends with: exit-4, or fail (exit code 1)")
	complete(cmd, "inconclusive", "exit-4", "fail")
	return cmd
}

func runDrillAudit(ctx context.Context, o *drillAuditOptions) error {
	outputs, err := o.parse(drillreport.Names...)
	if err != nil {
		return err
	}
	in, err := o.input()
	if err != nil {
		return err
	}
	if in.Today, err = o.predict(ctx, in.Plan); err != nil {
		return stopped(ctx, err)
	}
	r, err := audit.Audit(ctx, in)
	if err != nil {
		return stopped(ctx, &exitError{exitUnreadable, err.Error(), err})
	}
	if err := o.write(o.out, outputs, o.drillFormats(r)...); err != nil {
		return err
	}
	return o.verdict(r)
}

// verdict turns the verdict into an exit code. The report has told it.
func (o *drillAuditOptions) verdict(r *audit.Report) error {
	var broken []string
	for _, s := range r.Sources {
		if s.Broken != "" {
			broken = append(broken, s.Broken)
		}
	}
	if len(broken) > 0 {
		return &exitError{code: exitUnreadable, message: strings.Join(broken, "\n")}
	}
	switch {
	case r.Verdict == measure.Fail, r.Verdict == measure.Inconclusive && o.Inconclusive == "fail":
		return &exitError{code: exitFindings}
	case r.Verdict != measure.Pass:
		return &exitError{code: exitNothing}
	}
	return nil
}

// input finds plan and recordings.
func (o *drillAuditOptions) input() (audit.Input, error) {
	in := audit.Input{Tool: version(), Now: time.Now()}
	if o.Inconclusive != "exit-4" && o.Inconclusive != "fail" {
		return in, usagef("--inconclusive %q: want exit-4 or fail", o.Inconclusive)
	}
	if o.Now != "" {
		at, err := time.Parse(time.RFC3339, o.Now)
		if err != nil {
			return in, usagef("--now: %w", err)
		}
		in.Now = at
	}
	path, files, null, err := o.files()
	if err != nil {
		return in, err
	}
	if in.Plan, err = plan.Load(path); err != nil {
		return in, &exitError{exitUnreadable, err.Error(), err}
	}
	if err := o.sort(files, &in); err != nil {
		return in, err
	}
	for _, f := range append(null, o.Null...) {
		in.Null = append(in.Null, opened(f))
	}
	held, err := o.compare()
	if err != nil {
		return in, err
	}
	in.Live = append(in.Live, held...)
	if o.LiveDigest != "" {
		in.Live = append(in.Live, audit.Live{Source: "--live-config", Digest: o.LiveDigest})
	}
	return in, nil
}

func opened(path string) audit.File {
	return audit.File{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}

// files are the plan, the recordings, and null rounds of earlier runs: those that are named, and those that a run's folder holds.
func (o *drillAuditOptions) files() (path string, recordings, null []string, err error) {
	args := o.Args
	path = o.PlanFile
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		info, err := os.Stat(arg)
		switch {
		case err != nil:
			return "", nil, nil, &exitError{exitUnreadable, err.Error(), err}
		case !info.IsDir() && path == "":
			path = arg
		case !info.IsDir():
			recordings = append(recordings, arg)
		default:
			found, earlier, err := inRun(arg)
			if err != nil {
				return "", nil, nil, err
			}
			recordings, null = append(recordings, found...), append(null, earlier...)
			if own := filepath.Join(arg, "plan.yaml"); path == "" {
				path = own
			}
		}
	}
	if path == "" {
		return "", nil, nil, usagef("an audit needs a plan")
	}
	if len(recordings) == 0 {
		return "", nil, nil, &exitError{code: exitNothing, message: fmt.Sprintf("there is no recording to hold against %s", path)}
	}
	return path, recordings, null, nil
}

// inRun lists what a run's folder holds.
func inRun(dir string) (recordings, null []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, nil, &exitError{exitUnreadable, err.Error(), err}
	}
	for _, e := range entries {
		name := e.Name()
		switch {
		case !e.Type().IsRegular() || !strings.HasSuffix(name, ".ndjson"):
		case strings.HasPrefix(name, "results-"):
			recordings = append(recordings, filepath.Join(dir, name))
		case strings.HasPrefix(name, "null-"):
			null = append(null, filepath.Join(dir, name))
		}
	}
	slices.Sort(recordings)
	return recordings, null, nil
}
