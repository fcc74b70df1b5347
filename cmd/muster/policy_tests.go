package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/report"
)

// policyTestOptions are the arguments and flags of muster policy test.
type policyTestOptions struct {
	policyOptions
	Run      string
	Coverage bool
	Min      float64
	JUnit    string
	Fleets   []string
	Timeout  time.Duration
	Verbose  bool
}

func newPolicyTest(s streams) *cobra.Command {
	o := &policyTestOptions{}
	o.streams = s
	cmd := &cobra.Command{
		Use:   "test PATH…",
		Short: "Run the tests of policies",
		Long: `Run the tests of policies: rules named test_… in files that end in _test.rego.

Every folder testdata/NAME beside a policy is a fleet, with a muster.yaml or without
one. It is scanned, and tests see it as data.fixtures.NAME:

  with data.graph as data.fixtures.NAME.graph
  with data.objects as data.fixtures.NAME.objects
  with input as data.fixtures.NAME.input.ACME_001`,
		Example: `  muster policy test policies/
  muster policy test policies/ --coverage --min 90 --junit policies.xml
  muster policy test policies/ --fleet prod=. --run owner`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Paths = args
			return runPolicyTest(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.Run, "run", "", "only tests whose package and name match this `REGEXP`")
	f.BoolVar(&o.Coverage, "coverage", false, "tell which lines of the policies no test reaches")
	f.Float64Var(&o.Min, "min", 0, "the least coverage in `PERCENT`; less is a failure")
	f.StringVar(&o.JUnit, "junit", "", "write the results as JUnit XML to this `FILE`, too")
	f.StringArrayVar(&o.Fleets, "fleet", nil, "scan a fleet for data.fixtures: `NAME=PATH`; may be given several times")
	f.DurationVar(&o.Timeout, "timeout", 5*time.Second, "how long one test may take")
	f.BoolVarP(&o.Verbose, "verbose", "v", false, "list tests that pass, too")
	return cmd
}

func runPolicyTest(ctx context.Context, o *policyTestOptions) error {
	set, sources, wrong, err := o.read()
	if err != nil {
		return err
	}
	if wrong > 0 {
		return &exitError{code: exitFindings, message: fmt.Sprintf("%s wrong, so no test was run", things(wrong, "thing is", "things are"))}
	}
	fixtures, err := o.fixtures(ctx, set, sources)
	if err != nil {
		return err
	}
	result, problems, err := set.Test(ctx, sources, policy.TestOptions{Filter: o.Run, Timeout: o.Timeout, Coverage: o.Coverage || o.Min > 0, Fixtures: fixtures})
	if err != nil {
		return stopped(ctx, err)
	}
	o.tell(problems)
	if len(problems) > 0 {
		return &exitError{code: exitFindings, message: fmt.Sprintf("%s wrong, so no test was run", things(len(problems), "thing is", "things are"))}
	}
	if o.JUnit != "" {
		if err := writeJUnit(o.JUnit, result); err != nil {
			return usagef("--junit: %w", err)
		}
	}
	return o.show(result)
}

// fixtures scans the fleets that tests need: folders in testdata beside policies, and those of --fleet.
func (o *policyTestOptions) fixtures(ctx context.Context, set *policy.Set, sources []policy.Source) (map[string]policy.Fixture, error) {
	paths := map[string]string{}
	for _, s := range sources {
		dirs, err := os.ReadDir(filepath.Join(filepath.Dir(filepath.FromSlash(s.File)), "testdata"))
		if err != nil {
			continue // there is none
		}
		for _, d := range dirs {
			path := filepath.Join(filepath.Dir(filepath.FromSlash(s.File)), "testdata", d.Name())
			if other := paths[d.Name()]; other != "" && other != path {
				return nil, usagef("%s and %s are fixtures of one name", other, path)
			}
			if d.IsDir() {
				paths[d.Name()] = path
			}
		}
	}
	for _, text := range o.Fleets {
		name, path, ok := strings.Cut(text, "=")
		if !ok || name == "" || path == "" {
			return nil, usagef("--fleet %q: want NAME=PATH", text)
		}
		paths[name] = path
	}
	fixtures := map[string]policy.Fixture{}
	for name, path := range paths {
		f, err := scanned(ctx, path)
		if err != nil {
			return nil, err
		}
		fixtures[name] = policy.Fixture{Graph: f.Graph, Objects: f.Objects(set.Kinds())}
	}
	return fixtures, nil
}

// scanned reads the fleet in a folder, with its own muster.yaml if it has one.
func scanned(ctx context.Context, path string) (*fleet.Fleet, error) {
	o := fleet.Options{Inputs: []source.Input{{Path: path}}}
	if file := filepath.Join(path, "muster.yaml"); isFile(file) {
		cfg, err := config.Load(file, ".")
		if err != nil {
			return nil, &exitError{exitUsage, err.Error(), err}
		}
		o.Config = cfg
		if hasSources(cfg) {
			o.Inputs = nil
		}
	}
	f, err := fleet.Load(ctx, o)
	if err != nil {
		return nil, stopped(ctx, err)
	}
	if bad := f.Inputs.Unreadable; len(bad) > 0 {
		return nil, &exitError{code: exitUnreadable, message: "the fixture " + bad[0].Error()}
	}
	return f, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func writeJUnit(path string, result *policy.TestReport) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := result.JUnit(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// show prints the results, and earns exit code 1 for tests that do not pass and for too little coverage, and 4 where
// there are none.
func (o *policyTestOptions) show(result *policy.TestReport) error {
	counts := map[string]int{}
	for _, r := range result.Results {
		counts[r.Outcome]++
		if r.Outcome == "pass" && !o.Verbose {
			continue
		}
		line := fmt.Sprintf("%-5s %s %s", r.Outcome, r.Position, r.Name)
		if r.Message != "" {
			line += ": " + r.Message
		}
		fmt.Fprintln(o.out, report.Printable(line))
		for text := range strings.Lines(r.Output) {
			fmt.Fprintln(o.out, "      "+report.Printable(strings.TrimSuffix(text, "\n")))
		}
	}
	if o.Coverage {
		for _, at := range result.Uncovered {
			fmt.Fprintln(o.out, report.Printable("uncovered "+at.String()))
		}
	}
	if len(result.Results) == 0 {
		return &exitError{code: exitNothing, message: "there is no test: want rules named test_… in files that end in _test.rego"}
	}
	fmt.Fprintf(o.out, "%s, %d failed, %d with errors, %d skipped\n", things(counts["pass"], "test passed", "tests passed"), counts["fail"], counts["error"], counts["skip"])
	if o.Coverage || o.Min > 0 {
		fmt.Fprintf(o.out, "%.1f %% of the lines are covered\n", result.Covered)
	}
	if counts["fail"]+counts["error"] > 0 {
		return &exitError{code: exitFindings}
	}
	if result.Covered < o.Min {
		return &exitError{code: exitFindings, message: fmt.Sprintf("the coverage is %.1f %%, want %.1f %%", result.Covered, o.Min)}
	}
	return nil
}
