package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/baseline"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
)

// accepting are the flags that say which findings are accepted.
type accepting struct {
	AsOf                         string
	Baseline                     string
	DisallowSuppressions, Reveal bool

	known *baseline.File // what Baseline holds
}

func (a *accepting) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&a.AsOf, "as-of", "", "the `DATE` of the audit, as 2027-03-31, for suppressions that expire (default today, UTC)")
}

func (a *accepting) registerScan(cmd *cobra.Command) {
	a.register(cmd)
	f := cmd.Flags()
	f.StringVar(&a.Baseline, "baseline", "", "a `FILE` of muster baseline write: what it has is known and does not count")
	f.BoolVar(&a.Reveal, "show-suppressed", false, "show findings that are suppressed, too, in text")
	f.BoolVar(&a.DisallowSuppressions, "disallow-suppressions", false, "let every finding count, whatever comments, annotations and muster.yaml accept")
}

// check reads what the flags name, so that a mistake shows before a long run.
func (a *accepting) check() error {
	if _, err := a.day(); err != nil {
		return err
	}
	if a.Baseline == "" {
		return nil
	}
	if a.DisallowSuppressions {
		return usagef("--baseline and --disallow-suppressions: the one accepts what the other does not")
	}
	known, err := readBaseline(a.Baseline)
	a.known = known
	return err
}

// day is that of the audit.
func (a *accepting) day() (time.Time, error) {
	if a.AsOf == "" {
		return time.Now().UTC(), nil
	}
	day, err := time.Parse(time.DateOnly, a.AsOf)
	if err != nil {
		return day, usagef("--as-of %q: want a date such as 2027-03-31", a.AsOf)
	}
	return day, nil
}

// accept takes findings out of the count that somebody accepted. What is wrong with a suppression is added to what
// could not be read; in the config it is a mistake.
func (o *scanOptions) accept(ctx context.Context, f *fleet.Fleet, findings []*analyzer.Finding, all []*analyzer.Rule, settings map[string]analyzer.Setting) ([]*analyzer.Finding, error) {
	day, err := o.day()
	if err != nil {
		return nil, err
	}
	list, wrong := f.Suppressions()
	if o.DisallowSuppressions {
		fmt.Fprintf(o.err, "muster: %s, as --disallow-suppressions asks\n", counted(len(list)))
		return findings, ctx.Err()
	}
	how := analyzer.Suppressing{
		AsOf: day, Strict: o.Strict, Partial: o.narrowed || len(o.Include)+len(o.Exclude) > 0 || len(f.Inputs.Unreadable)+len(f.Inputs.Missing)+len(o.notEvaluated) > 0,
	}
	if o.known != nil {
		how.Baseline = o.known.Baseline(filepath.ToSlash(filepath.Clean(o.Baseline)))
	}
	findings, mistakes := analyzer.Suppress(findings, list, all, settings, how)
	var problems []config.Problem
	for _, m := range mistakes {
		at, message := m.Origin.Position(), fmt.Sprintf("suppresses nothing of %q: there is no such rule%s", m.Rule, meantRule(m.Rule))
		if m.By == mesh.ByConfig {
			problems = append(problems, config.Problem{Position: at, Message: "suppress: this entry " + message})
			continue
		}
		wrong = append(wrong, source.Diagnostic{Position: at, Message: message})
	}
	if len(problems) > 0 {
		err := &config.Error{Problems: problems}
		return nil, &exitError{exitUsage, err.Error(), err}
	}
	f.Inputs.Unreadable = append(slices.Clip(f.Inputs.Unreadable), wrong...)
	return findings, ctx.Err()
}

func counted(n int) string {
	if n == 1 {
		return "1 suppression is ignored"
	}
	return fmt.Sprintf("%d suppressions are ignored", n)
}

// meantRule names the rules that a name was probably meant to be.
func meantRule(name string) string {
	list, err := rules.Catalogue()
	if err != nil {
		return ""
	}
	return meant(list, name)
}

// readBaseline reads a file that a flag or an argument names.
func readBaseline(file string) (*baseline.File, error) {
	data, err := (&inputs{}).read(file, baseline.MaxBytes+1)
	if err != nil {
		return nil, usagef("%s: cannot read the baseline: %w", file, err)
	}
	known, err := baseline.Parse(data)
	if err != nil {
		return nil, usagef("%s: %w", report.Printable(file), err)
	}
	return known, nil
}
