package policy

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/passmuster/muster/mesh"
)

// Fixture is a fleet that tests see as data.fixtures.<name>: {graph, objects, input}, where input has, for each policy
// by its id, all its targets and the defaults of its parameters.
type Fixture struct {
	Graph   *mesh.Graph
	Objects []mesh.Object
}

// TestOptions say which tests to run.
type TestOptions struct {
	Filter   string        // a regular expression for "package.name"; "" = all
	Timeout  time.Duration // of one test; 0 = 5 s
	Coverage bool
	Fixtures map[string]Fixture
}

// TestResult is what one test said.
type TestResult struct {
	Position mesh.Position
	Name     string // package and rule
	Duration time.Duration
	Outcome  string // pass, fail, error or skip
	Message  string // why it is an error
	Output   string // what it printed
}

// TestReport is what all tests said.
type TestReport struct {
	Results   []TestResult // by position
	Covered   float64      // percent of the lines of policies that some test reached; 0 unless it was asked for
	Uncovered []mesh.Position
}

// Test runs the tests among the sources of a set: rules named test_… in files that end in _test.rego. Problems are those
// of the tests; those of the policies are in the set.
func (s *Set) Test(ctx context.Context, sources []Source, o TestOptions) (*TestReport, []Problem, error) {
	modules := maps.Clone(s.modules)
	var problems []Problem
	for _, src := range sources {
		if !src.test() {
			continue
		}
		m, wrong := parse(src)
		problems = append(problems, wrong...)
		if m != nil {
			modules[src.File] = m
		}
	}
	if len(problems) > 0 {
		return nil, sortProblems(problems), nil
	}
	// Tests may replace input and data, and print.
	c := ast.NewCompiler().WithCapabilities(capabilities()).WithEnablePrintStatements(true).SetErrorLimit(0)
	store := inmem.NewFromASTObject(s.fixtures(o.Fixtures))
	txn, err := store.NewTransaction(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer store.Abort(ctx, txn)
	traced := cover.New()
	runner := tester.NewRunner().SetCompiler(c).SetStore(store).SetModules(modules).CapturePrintOutput(true).
		RaiseBuiltinErrors(true).SetTimeout(cmp.Or(o.Timeout, 5*time.Second)).Filter(o.Filter)
	if o.Coverage {
		runner = runner.SetCoverageQueryTracer(traced)
	}
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		if c.Failed() {
			return nil, sortProblems(problemsOf("", c.Errors)), nil
		}
		return nil, nil, err
	}
	report := &TestReport{}
	for r := range results {
		report.Results = append(report.Results, resultOf(r))
	}
	slices.SortFunc(report.Results, func(a, b TestResult) int {
		return cmp.Or(a.Position.Compare(b.Position), strings.Compare(a.Name, b.Name))
	})
	if o.Coverage {
		report.cover(traced.Report(s.ownModules()))
	}
	return report, nil, ctx.Err()
}

// ownModules are those that are not built in.
func (s *Set) ownModules() map[string]*ast.Module {
	own := maps.Clone(s.modules)
	if len(s.Policies) > 0 && !slices.ContainsFunc(s.Policies, func(p *Policy) bool { return !p.Builtin }) {
		return own // all are: these are muster's own tests
	}
	for _, p := range s.Policies {
		if p.Builtin {
			delete(own, p.File)
		}
	}
	return own
}

func resultOf(r *tester.Result) TestResult {
	out := TestResult{Position: positionOf(r.Location), Name: strings.TrimPrefix(r.Package, "data.") + "." + r.Name,
		Duration: r.Duration, Outcome: "pass", Output: string(r.Output)}
	switch {
	case r.Error != nil:
		out.Outcome, out.Message = "error", oneLine(r.Error)
	case r.Skip:
		out.Outcome = "skip"
	case r.Fail:
		out.Outcome = "fail"
	}
	return out
}

func (t *TestReport) cover(r cover.Report) {
	t.Covered = r.Coverage
	for file, f := range r.Files {
		for _, x := range f.NotCovered {
			t.Uncovered = append(t.Uncovered, mesh.Position{File: file, Line: x.Start.Row})
		}
	}
	slices.SortFunc(t.Uncovered, mesh.Position.Compare)
}

// fixtures is data.fixtures.
func (s *Set) fixtures(all map[string]Fixture) ast.Object {
	byName := ast.NewObject()
	for name, f := range all {
		e := s.begin(Options{Graph: f.Graph, Objects: f.Objects})
		inputs := ast.NewObject()
		for _, g := range e.groups() {
			for _, p := range g.policies {
				targets := e.p.texts(g.targets)
				if before := inputs.Get(e.p.text(p.ID)); before != nil { // of another kind of object
					if list, ok := before.Value.(ast.Object).Get(ast.StringTerm("targets")).Value.(*ast.Array); ok {
						list.Foreach(func(t *ast.Term) { targets = ast.NewTerm(targets.Value.(*ast.Array).Append(t)) })
					}
				}
				inputs.Insert(e.p.text(p.ID), ast.ObjectTerm([2]*ast.Term{e.p.text("targets"), targets}, [2]*ast.Term{e.p.text("params"), e.params}))
			}
		}
		byName.Insert(ast.StringTerm(name), ast.ObjectTerm(
			[2]*ast.Term{ast.StringTerm("graph"), e.everything()},
			[2]*ast.Term{ast.StringTerm("objects"), ast.NewTerm(e.objects.all())},
			[2]*ast.Term{ast.StringTerm("input"), ast.NewTerm(inputs)},
		))
	}
	return ast.NewObject([2]*ast.Term{ast.StringTerm("fixtures"), ast.NewTerm(byName)})
}

// everything is data.graph with all sections.
func (e *evaluation) everything() *ast.Term {
	o := ast.NewObjectWithCapacity(len(e.sections))
	for _, s := range e.sections {
		o.Insert(e.p.text(s.name), s.term())
	}
	return ast.NewTerm(o)
}
