package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/probe"
	drillrecord "github.com/passmuster/muster/drill/record"
	drillrun "github.com/passmuster/muster/drill/run"
	"github.com/passmuster/muster/report"
)

type drillRunFlags struct {
	drillrun.Options
	ResumeDir, Clock, ClockServe string
	outputFlags
}

func newDrillRun(s streams) *cobra.Command {
	f := &drillRunFlags{}
	cmd := &cobra.Command{
		Use:   "run PLAN",
		Short: "Drill a plan: probe, have the faults injected, record what is seen",
		Long: `run asks the probes of a plan on a fixed schedule, first on the normal day and
then through each fault mode, and writes what it sees and what is done to a
record that muster drill audit holds against the plan.

Without --inject muster runs no command: it says what is to be injected or
removed, and waits until a person presses Enter or a script says so with
muster drill mark. With --inject it runs the commands in fault.hooks.

Exit codes:
  0  drilled to the end; what was seen is for the audit to judge
  1  aborted: the null round was not clean, a condition of abort_on was met, or
     something could not be injected or removed
  2  not begun: a mistake in the command line, a blocked window, no approval
  3  the plan or a record could not be read
  5  interrupted; the fault was removed first`,
		Example: `  muster drill run pay.yaml --null-only         watch the normal day
  muster drill run pay.yaml                     and tell it what you inject
  muster drill run pay.yaml --inject --fault hang`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return f.drill(cmd.Context(), s, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.Dir, "dir", "", "`DIR` for the records (default drills/<plan>/<run>)")
	flags.StringVar(&f.Prober.ID, "prober", "", "`ID` of this prober, as probes name it in from (default p1, or the one that the plan names)")
	flags.StringVar(&f.Prober.Region, "region", "", "`REGION` this prober is in")
	flags.StringVar(&f.Prober.Zone, "zone", "", "`ZONE` this prober is in")
	flags.StringSliceVar(&f.Modes, "fault", nil, "`MODE`, repeatable: only these fault modes of the plan")
	flags.BoolVar(&f.Inject, "inject", false, "run the commands in fault.hooks")
	flags.BoolVar(&f.NullOnly, "null-only", false, "only the null round")
	flags.DurationVar(&f.NullFor, "null-for", 0, "length of the null round (default: watch_before, or up to a minute of fault.duration if that is longer)")
	flags.StringVar(&f.NullRecord, "null", "", "record `FILE` of an earlier clean null round that stands in for this one's")
	flags.StringVar(&f.Anyway, "anyway", "", "`REASON` to begin in a blocked window; it is recorded")
	flags.BoolVar(&f.Unapproved, "unapproved", false, "begin without approvals; that is recorded")
	flags.StringVar(&f.ResumeDir, "resume", "", "`DIR` of an interrupted run to go on with")
	flags.DurationVar(&f.ManualWait, "mark-within", time.Hour, "how long to wait for somebody to tell of an injection or removal")
	flags.StringVar(&f.ClockServe, "clock-serve", "", "be the reference of other probers at `ADDRESS`, as :7777")
	flags.StringVar(&f.Clock, "clock", "", "follow the reference prober at `HOST:PORT`, and compare clocks with it")
	flags.StringVar(&f.Color, "color", "auto", "auto, always or never; auto heeds NO_COLOR")
	flags.IntVar(&f.Width, "width", 0, "columns of text (default: those of the terminal, else 80)")
	complete(cmd, "fault", "crash", "hang", "partition", "error")
	complete(cmd, "color", "auto", "always", "never")
	return cmd
}

// drill prepares and does a run, and says what became of it.
func (f *drillRunFlags) drill(ctx context.Context, s streams, path string) error {
	if _, err := f.parse("text"); err != nil {
		return err
	}
	p, err := plan.Load(path)
	if err != nil {
		return &exitError{exitUnreadable, err.Error(), err}
	}
	o := f.Options
	o.Plan, o.PlanPath, o.Live, o.Prober.Version = p, path, &drillrun.Live{}, version()
	if o.Prober.ID, err = proberOf(p, o.Prober.ID); err != nil {
		return err
	}
	if f.ResumeDir != "" {
		if o.Dir != "" && o.Dir != f.ResumeDir {
			return usagef("--resume names the folder: leave --dir away")
		}
		o.Resume, o.Dir = true, f.ResumeDir
	}
	_, person := terminalOf(s.in)
	if !person {
		o.AbortWait = 2 * time.Minute // who is told by scripts may be gone
	}
	if err := f.together(ctx, &o); err != nil {
		return stopped(ctx, err)
	}
	d, err := drillrun.Prepare(o)
	if err != nil {
		return drillError(ctx, err)
	}
	undo, how := probe.Hurry()
	defer undo()
	if how != "" {
		fmt.Fprintln(s.err, "muster: other processes wait for this one while it drills ("+how+")")
	}
	v := startDrillView(s, f, p, d, o.Live)
	if person && !o.Inject {
		go listenTo(s.in, d)
	}
	began := time.Now()
	res, err := d.Do(ctx)
	v.end()
	told := summary(p, d, res, v.live.Snapshot(), time.Since(began), path)
	for _, line := range told {
		fmt.Fprintln(s.out, report.Printable(line))
	}
	return drillError(ctx, err)
}

// together prepares what several probers need of each other.
func (f *drillRunFlags) together(ctx context.Context, o *drillrun.Options) error {
	switch {
	case f.Clock != "" && f.ClockServe != "":
		return usagef("a prober is the reference (--clock-serve) or follows it (--clock)")
	case f.ClockServe != "":
		l, err := net.Listen("tcp", f.ClockServe)
		if err != nil {
			return usagef("--clock-serve: %w", err)
		}
		o.Serve = drillrun.NewReference(l)
	case f.Clock != "":
		if _, _, err := net.SplitHostPort(f.Clock); err != nil {
			return usagef("--clock %q: want host:port", f.Clock)
		}
		follow, err := drillrun.Join(ctx, f.Clock, o.Prober.ID)
		if err != nil {
			return err
		}
		o.Follow, o.Run = follow, follow.Run()
	}
	return nil
}

// proberOf is the id of this prober: the one given, or the only one that the plan's probes name.
func proberOf(p *plan.Plan, given string) (string, error) {
	var named []string
	for _, pr := range p.Probes {
		if pr.From != "" && !slices.Contains(named, pr.From) {
			named = append(named, pr.From)
		}
	}
	if given == "" && len(named) > 1 {
		return "", usagef("the plan has several probers (%s): say which one this is with --prober", strings.Join(named, ", "))
	}
	return cmp.Or(given, strings.Join(named, ""), "p1"), nil
}

// listenTo takes what a person types: Enter tells what is waited for, "a" ends the drill, anything else is a note.
func listenTo(in io.Reader, d *drillrun.Drill) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		switch text := strings.TrimSpace(lines.Text()); text {
		case "":
			d.Next()
		case "a", "abort":
			_ = d.Tell(drillrun.Mark{Name: drillrecord.Abort, Text: "ended at the terminal"}) // an abort is always taken
		default:
			_ = d.Tell(drillrun.Mark{Name: drillrecord.Note, Text: text}) // if it cannot be recorded, the drill ends for that
		}
	}
}

// drillError gives the error of a run its exit code.
func drillError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*drillrun.Refused](err); ok {
		return usagef("the drill was not begun:\n  %s", strings.Join(refused.Reasons, "\n  "))
	}
	if _, ok := errors.AsType[*drillrun.Unreadable](err); ok {
		return &exitError{exitUnreadable, err.Error(), err}
	}
	code := exitFindings
	if ctx.Err() != nil {
		code = exitStopped
	}
	return &exitError{code, err.Error(), nil} // its causes have no codes
}

// summary says what was recorded, and what to do with it.
func summary(p *plan.Plan, d *drillrun.Drill, res drillrun.Result, s drillrun.Snapshot, took time.Duration, path string) []string {
	done := "nothing"
	if len(res.Done) > 0 {
		done = strings.Join(res.Done, ", ")
	}
	lines := []string{
		fmt.Sprintf("run %s of %s: %s drilled in %s", d.Run, p.Metadata.ID, done, took.Round(100*time.Millisecond)),
		fmt.Sprintf("%d requests, %d went wrong, %d were not sent", s.Total.Sent, s.Total.Bad, s.Total.Dropped),
	}
	for _, u := range d.Unprobed {
		lines = append(lines, "not probed: "+u.Cell+": "+u.Why)
	}
	lines = append(lines, "recorded in "+d.File, "its head is "+res.Head)
	if len(res.Done) < len(d.Rounds) {
		return append(lines, fmt.Sprintf("to go on:  muster drill run %s --resume %s, and the flags of this run", path, d.Dir))
	}
	if !slices.ContainsFunc(d.Rounds, func(r drillrun.Round) bool { return !r.Null }) {
		return append(lines, fmt.Sprintf("to drill:  muster drill run %s --null %s", path, d.File))
	}
	return append(lines, "to audit:  muster drill audit "+d.Dir)
}
