package main

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/report/html"
	"github.com/passmuster/muster/rules"
)

// diffFormats are the formats of a diff.
var diffFormats = []string{"text", "json", "markdown", "html"}

// newFindingFormats tell the new findings of a diff as scan would.
var newFindingFormats = []string{"jsonl", "sarif", "junit", "github", "gitlab", "csv"}

// diffOptions are the arguments and flags of muster diff.
type diffOptions struct {
	scanOptions
	comparing
	Base, Head string
}

// comparing are the flags of verbs that compare two states.
type comparing struct {
	FailOnUnproven bool
	AcceptConfig   bool
	FirstBase      bool
}

func (c *comparing) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&c.AcceptConfig, "accept-config-changes", false, "judge each state by its own configuration, policies and suppressions, whatever the change does to them")
	f.BoolVar(&c.FirstBase, "first-merge-base", false, "of several merge bases take the first, as git diff A...B does")
}

func newDiff(s streams) *cobra.Command {
	o := &diffOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "diff BASE [HEAD]",
		Short: "What a change does to survival: cells that became worse, and why",
		Long: `Compare two states of a fleet: which cells of the survival matrix became worse, are no
longer proven or became better, each with the line that decides, which findings are new
or gone, and which services and dependencies came or went.

BASE and HEAD are directories, or revisions of the git repository around the working
directory. Without HEAD it is the working tree. A...B as BASE is the merge base of A
and B (of A and HEAD, where B is left out). A name that is both has to be written as
./NAME or refs/heads/NAME. Revisions are read from the local repository: nothing is
fetched, and a base that cannot be had is an error.

Both states are judged by the configuration, policies and suppressions of BASE, so that
a change cannot disarm its own gate. What it does to them is a section of its own, and
fails the gate where it weakens them, unless --accept-config-changes is given.

Exit code 1 means that something is worse at or above --fail-on: a new finding, a cell
that broke a promise of that level, or a weakened configuration.`,
		Example: `  muster diff main...                       this branch and what is not committed, against main
  muster diff main...HEAD HEAD -o markdown  a pull request
  muster diff old/ new/ --fail-on warning   two directories`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Base = args[0]
			if len(args) > 1 {
				o.Head = args[1]
			}
			return runDiff(cmd.Context(), o)
		},
	}
	o.inputs.register(cmd)
	cmd.Flags().StringArrayVar(&o.Paths, "path", nil, "a `PATH` in both states to read, as scan takes it; may be given several times (default: the folder itself)")
	o.registerCluster(cmd)
	o.outputFlags.register(cmd, append(diffFormats, newFindingFormats...)...)
	o.reportFlags.registerSARIF(cmd)
	o.accepting.register(cmd)
	o.registerFailOn(cmd)
	o.registerJudging(cmd)
	o.comparing.register(cmd)
	cmd.Flags().BoolVarP(&o.Verbose, "verbose", "v", false, "list what is otherwise counted, in text")
	cmd.Flags().BoolVar(&o.FailOnUnproven, "fail-on-unproven", false, "what is no longer proven fails the gate, too")
	return cmd
}

func runDiff(ctx context.Context, o *diffOptions) error {
	outputs, err := o.parse(append(diffFormats, newFindingFormats...)...)
	if err != nil {
		return err
	}
	if err := o.checkFailOn(); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	collectLater(2)
	ctx, cancel := o.within(ctx)
	defer cancel()
	c, err := o.compare(ctx, &o.scanOptions, o.Base, o.Head)
	if err != nil {
		return stopped(ctx, err)
	}
	defer c.close()
	d := c.diff(o.FailOn, o.FailOnUnproven)
	d.Verbose = o.Verbose
	if err := o.write(o.out, outputs, o.diffFormats(c, d)...); err != nil {
		return err
	}
	err = c.incomplete()
	if d.Gate.Failed {
		err = errors.Join(err, &exitError{code: exitFindings})
	}
	return err
}

// diffFormats render a diff.
func (o *diffOptions) diffFormats(c *comparison, d *report.Diff) []format {
	list := []format{
		{"text", d.Text},
		{"json", func(w io.Writer, _ report.Terminal) error { return d.JSON(w) }},
		{"markdown", func(w io.Writer, _ report.Terminal) error {
			entries, err := rules.Catalogue()
			if err != nil {
				return err
			}
			return d.Markdown(w, report.Options{Base: base(), Rules: entries})
		}},
		{"html", func(w io.Writer, _ report.Terminal) error {
			return html.WriteDiff(w, d, html.Options{Line: c.headLine()})
		}},
	}
	fresh := d.NewFindings()
	fresh.HashLines(c.head.text)
	for _, f := range o.formats(fresh, c.headLine()) {
		if !slices.Contains(diffFormats, f.name) {
			list = append(list, f)
		}
	}
	return list
}
