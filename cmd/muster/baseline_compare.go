package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/baseline"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/report"
)

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
	return errors.Join(o.incomplete(f), o.unjudged(f.Config), err)
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
	f, _, findings, err := o.judge(ctx)
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
	fmt.Fprintf(o.err, "muster: %s removed, %s left\n", plural(len(c.Gone), "finding"), plural(len(c.Kept), "finding"))
	return nil
}
