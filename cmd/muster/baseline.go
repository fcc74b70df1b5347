package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/baseline"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/report"
)

// baselineOptions are the arguments and flags of the verbs below muster baseline.
type baselineOptions struct {
	scanOptions
	File                 string
	Reason, Until, Owner string
}

func newBaseline(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Record the findings of today, so that only new ones count",
		Long: `Record the findings of today, so that only new ones count: muster scan --baseline FILE
takes what the file has for known.

A finding is known by its rule, its object, its service and what in the object it is
about. Neither lines nor files matter, so it stays known when somebody moves it.`,
		Example: `  muster baseline write -o baseline.json --reason "before the mesh team took over"
  muster scan --baseline baseline.json
  muster baseline diff baseline.json
  muster baseline prune baseline.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newBaselineWrite(s), newBaselineDiff(s), newBaselinePrune(s))
	return cmd
}

func (o *baselineOptions) register(cmd *cobra.Command) {
	o.inputs.register(cmd)
	o.registerCluster(cmd)
	o.accepting.register(cmd)
	o.registerJudging(cmd)
}

func newBaselineWrite(s streams) *cobra.Command {
	o := &baselineOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "write [PATH…]",
		Short: "Write the findings that count today to a file",
		Long:  "Write the findings that count today to a file, or to stdout.\n" + pathHelp,
		Example: `  muster baseline write -o baseline.json
  muster baseline write -o baseline.json --reason "first audit" --until 2027-06-30 --owner team-mesh`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runBaselineWrite(cmd.Context(), o)
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.File, "output", "o", "-", "the `FILE` to write")
	f.StringVar(&o.Reason, "reason", "", "why these findings are accepted")
	f.StringVar(&o.Until, "until", "", "the last `DATE` on which they are, as 2027-03-31: after it they count again, and S01 says so")
	f.StringVar(&o.Owner, "owner", "", "who answers for them")
	return cmd
}

func runBaselineWrite(ctx context.Context, o *baselineOptions) error {
	if err := o.checkUntil(); err != nil {
		return err
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	f, _, findings, err := o.judge(ctx, false)
	if err != nil {
		return stopped(ctx, err)
	}
	b := &baseline.File{Schema: baseline.Schema, Reason: o.Reason, Until: o.Until, Owner: o.Owner, Findings: baseline.Known(findings)}
	if err := o.save(b); err != nil {
		return err
	}
	fmt.Fprintf(o.err, "muster: the baseline has %s\n", findingsIn(len(b.Findings)))
	o.warnUnread(f)
	return o.incomplete(f)
}

func (o *baselineOptions) checkUntil() error {
	day, err := o.day()
	if err != nil || o.Until == "" {
		return err
	}
	until, err := time.Parse(time.DateOnly, o.Until)
	if err != nil {
		return usagef("--until %q: want a date such as 2027-03-31", o.Until)
	}
	if until.Before(day.Truncate(24 * time.Hour)) {
		return usagef("--until %s: that day is over", o.Until)
	}
	return nil
}

func findingsIn(n int) string {
	if n == 1 {
		return "1 finding"
	}
	return fmt.Sprintf("%d findings", n)
}

// save writes the baseline. A file is replaced at once: a run that is stopped leaves the old one.
func (o *baselineOptions) save(b *baseline.File) error {
	data, err := b.Bytes()
	if err != nil {
		return err
	}
	if o.File == "-" {
		_, err := o.out.Write(data)
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(o.File), ".baseline-*")
	if err != nil {
		return usagef("%s: cannot write the baseline: %w", o.File, err)
	}
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Chmod(0o644), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), o.File)
	}
	if err != nil {
		return usagef("%s: cannot write the baseline: %w", o.File, errors.Join(err, os.Remove(temporary.Name())))
	}
	return nil
}

// warnUnread tells on stderr what could not be read, for verbs whose result has no place for it.
func (o *baselineOptions) warnUnread(f *fleet.Fleet) {
	if len(f.Inputs.Unreadable)+len(f.Inputs.Missing) > 0 {
		o.warn(f)
	}
}

func newBaselineDiff(s streams) *cobra.Command {
	o := &baselineOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "diff FILE [PATH…]",
		Short: "Compare the findings of today with those of a file",
		Long: `Compare the findings of today with those of a file: what is new, and what is gone.
Exit code 1 means that something is new at or above --fail-on.
` + pathHelp,
		Example: `  muster baseline diff baseline.json`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File, o.Paths = args[0], args[1:]
			return runBaselineDiff(cmd.Context(), o)
		},
	}
	o.register(cmd)
	o.outputFlags.register(cmd, "text", "json")
	o.registerFailOn(cmd)
	return cmd
}

func runBaselineDiff(ctx context.Context, o *baselineOptions) error {
	outputs, err := o.parse("text", "json")
	if err != nil {
		return err
	}
	if err := o.checkFailOn(); err != nil {
		return err
	}
	f, _, c, err := o.compare(ctx)
	if err != nil {
		return err
	}
	d := report.NewBaselineDiff(version(), c, len(f.Inputs.Unreadable)+len(f.Inputs.Missing) > 0)
	err = o.write(o.out, outputs,
		format{"text", func(w io.Writer, t report.Terminal) error { return d.Text(w, t, o.line()) }},
		format{"json", func(w io.Writer, _ report.Terminal) error { return d.JSON(w) }})
	if err != nil {
		return err
	}
	o.warnUnread(f)
	if worst := d.Worst(); worst != "" && o.FailOn != "none" && worst.AtLeast(analyzer.Level(o.FailOn)) {
		err = &exitError{code: exitFindings}
	}
	return errors.Join(o.incomplete(f), err)
}

// compare audits, and holds the findings against the file.
func (o *baselineOptions) compare(ctx context.Context) (*fleet.Fleet, *baseline.File, baseline.Comparison, error) {
	var none baseline.Comparison
	b, err := readBaseline(o.File)
	if err != nil {
		return nil, nil, none, err
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	f, _, findings, err := o.judge(ctx, false)
	if err != nil {
		return nil, nil, none, stopped(ctx, err)
	}
	return f, b, b.Compare(findings), nil
}

func newBaselinePrune(s streams) *cobra.Command {
	o := &baselineOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "prune FILE [PATH…]",
		Short: "Remove from a file what nobody finds any more",
		Long: `Remove from a file what nobody finds any more. What is new is not added. Nothing is
removed while inputs cannot be read or rendered: what is not found then may only be hidden.
` + pathHelp,
		Example: `  muster baseline prune baseline.json`,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File, o.Paths = args[0], args[1:]
			return runBaselinePrune(cmd.Context(), o)
		},
	}
	o.register(cmd)
	return cmd
}

func runBaselinePrune(ctx context.Context, o *baselineOptions) error {
	if len(o.Include)+len(o.Exclude) > 0 {
		return usagef("baseline prune takes neither --include nor --exclude: what they leave out would be removed")
	}
	f, b, c, err := o.compare(ctx)
	if err != nil {
		return err
	}
	o.warnUnread(f)
	if len(f.Inputs.Unreadable)+len(f.Inputs.Missing) > 0 {
		return &exitError{code: exitUnreadable, message: "nothing was removed: not all inputs could be read and rendered, so what is not found may only be hidden"}
	}
	if err := o.incomplete(f); err != nil {
		return err
	}
	b.Findings = slices.Clone(c.Kept)
	if err := o.save(b); err != nil {
		return err
	}
	fmt.Fprintf(o.err, "muster: %s removed, %s left\n", findingsIn(len(c.Gone)), findingsIn(len(c.Kept)))
	return nil
}
