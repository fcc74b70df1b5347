package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fix"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/rules/catalogue"
)

// fixOptions are the arguments and flags of muster fix.
type fixOptions struct {
	scanOptions
	Rules               []string
	Write, Diff, Unsafe bool
}

func newFix(s streams) *cobra.Command {
	o := &fixOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "fix [PATH…]",
		Short: "Repair findings by safe edits, each proven by a second scan",
		Long: `Repair findings where the repair is certain: what any engineer would do, with
nothing guessed. Repairs are tried in memory and proven by a second scan: the finding
is gone, no other has come, and no prediction is worse. Comments and layout stay,
byte for byte. What is suppressed, and what is rendered, is left alone.

Without --write, nothing is changed: stdout is a unified diff, and stderr tells what
it repairs, and what is left and why. Exit codes beside those of every verb:

  without --write   0  there is nothing to repair
                    1  the diff repairs something
  with --write      0  no finding at or above --fail-on is left
                    1  some are left
` + pathHelp,
		Example: `  muster fix
  muster fix --rule DR103,DR601 --write
  muster fix | patch -p1
  muster fix --unsafe`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runFix(cmd.Context(), o)
		},
	}
	o.inputs.register(cmd)
	o.registerCluster(cmd)
	o.accepting.register(cmd)
	o.registerFailOn(cmd)
	o.registerJudging(cmd)
	f := cmd.Flags()
	f.StringVar(&o.Baseline, "baseline", "", "a `FILE` of muster baseline write: what it has is left alone")
	f.StringSliceVar(&o.Rules, "rule", nil, "repair findings of these `RULES` only, by id or slug")
	f.BoolVar(&o.Write, "write", false, "write the repairs into the files")
	f.BoolVar(&o.Diff, "diff", false, "print the diff, as without --write")
	f.BoolVar(&o.Unsafe, "unsafe", false, "make suggestions, too, which hold a value or a decision to look at")
	complete(cmd, "rule", fix.Rules()...)
	return cmd
}

func runFix(ctx context.Context, o *fixOptions) error {
	wanted, err := o.wanted()
	if err != nil {
		return err
	}
	if err := errors.Join(o.checkFailOn(), o.checkUnreadable(), o.check()); err != nil {
		return err
	}
	ctx, cancel := o.within(ctx)
	defer cancel()
	cfg, paths, err := o.plan()
	if err != nil {
		return err
	}
	p := startProgress(o.err)
	files := fix.Files{Roots: o.editable(cfg)}
	r, err := fix.Run(ctx, fix.Options{
		Load: func(ctx context.Context, overlay map[string][]byte) (*fleet.Fleet, error) {
			p.at("reading the inputs")
			return o.readFleet(ctx, cfg, paths, overlay)
		},
		Judge: func(ctx context.Context, f *fleet.Fleet) (*failover.Matrix, []*analyzer.Finding, error) {
			return o.find(ctx, f, p)
		},
		Read: files.Read, Real: files.Real, Wanted: wanted, Unsafe: o.Unsafe,
	})
	p.end()
	if err != nil {
		return stopped(ctx, err)
	}
	if o.Write {
		if written, err := files.Write(r.Old, r.New); err != nil {
			return usagef("%w (%s written before)", err, plural(len(written), "file"))
		}
	}
	if err := o.tell(r); err != nil {
		return err
	}
	return errors.Join(o.incomplete(r.After.Fleet), o.fixVerdict(r))
}

// wanted selects findings by --rule.
func (o *fixOptions) wanted() (func(*analyzer.Finding) bool, error) {
	if len(o.Rules) == 0 {
		return nil, nil
	}
	list, err := rules.Catalogue()
	if err != nil {
		return nil, err
	}
	ids := map[string]bool{}
	for _, name := range o.Rules {
		e := catalogue.Find(list, name)
		if e == nil {
			return nil, usagef("--rule %q: there is no such rule%s", name, meant(list, name))
		}
		ids[e.ID] = true
	}
	return func(f *analyzer.Finding) bool { return ids[f.Rule.ID] }, nil
}

// editable is what may be written to: the paths that were named, and the working tree of the config that was found.
func (o *fixOptions) editable(cfg *config.Config) []string {
	var roots []string
	for _, p := range o.Paths {
		if p != "-" {
			roots = append(roots, p)
		}
	}
	if len(o.Paths) == 0 {
		roots = append(roots, ".")
	}
	if cfg != nil {
		roots = append(roots, config.WorkingTree(cfg.Dir))
	}
	return roots
}

// tell prints the diff, what was repaired, and what was not and why.
func (o *fixOptions) tell(r *fix.Result) error {
	var told bytes.Buffer
	tellRepairs(&told, r, o.Write)
	to := o.err
	if o.Write && !o.Diff {
		to = o.out
	}
	if !o.Write || o.Diff {
		for _, file := range slices.Sorted(maps.Keys(r.New)) {
			if _, err := fmt.Fprint(o.out, fix.Diff(file, r.Old[file], r.New[file], diffLine)); err != nil {
				return err
			}
		}
	}
	_, err := to.Write(told.Bytes())
	return err
}

// diffLine is a line of a file as it may be printed. Tabs are part of a patch.
func diffLine(line string) string {
	parts := strings.Split(line, "\t")
	for i := range parts {
		parts[i] = report.Printable(parts[i])
	}
	return strings.Join(parts, "\t")
}

func tellRepairs(w *bytes.Buffer, r *fix.Result, written bool) {
	say := func(what string, f *analyzer.Finding, why string) {
		service := ""
		if f.Service != nil {
			service = "  " + f.Service.Namespace + "/" + f.Service.Name
		}
		fmt.Fprintf(w, "%-9s %s  %s%s\n", what, f.Rule.ID, report.Printable(f.Position().String()), report.Printable(service))
		fmt.Fprintf(w, "          %s\n", report.Printable(why))
	}
	suggestions, done, verb := 0, "repairs", "would be repaired"
	if written {
		done, verb = "repaired", "repaired"
	}
	for _, f := range r.Repaired {
		say(done, f.Finding, f.Description)
	}
	for _, l := range r.Left {
		if l.Suggested {
			suggestions++
		}
		say("left", l.Finding, l.Why)
	}
	fmt.Fprintf(w, "%d %s in %s, %d left", len(r.Repaired), verb, plural(len(r.New), "file"), len(r.Left))
	if suggestions > 0 {
		fmt.Fprintf(w, "; --unsafe makes %s", plural(suggestions, "suggestion"))
	}
	w.WriteString("\n")
}

// plural counts things whose name takes an s.
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// fixVerdict earns exit code 1: something to repair, or with --write something that is left.
func (o *fixOptions) fixVerdict(r *fix.Result) error {
	left := !o.Write && len(r.New) > 0
	if o.Write && o.FailOn != "none" {
		left = slices.ContainsFunc(r.After.Findings, func(f *analyzer.Finding) bool {
			return f.Suppressed == nil && f.Level.AtLeast(analyzer.Level(o.FailOn))
		})
	}
	if left {
		return &exitError{code: exitFindings}
	}
	return nil
}
