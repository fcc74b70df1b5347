package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/revision"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/report"
)

// state is one of the two states of a comparison, read and judged.
type state struct {
	scanOptions
	tree     *revision.Tree
	config   *config.Config // its own
	sources  []source.Input
	fleet    *fleet.Fleet
	matrix   *failover.Matrix
	findings []*analyzer.Finding
}

// comparison is two states of a fleet, judged by the same.
type comparison struct {
	base, head *state
	result     *diff.Result
	accepted   bool // of the config: each state is judged by its own
}

// compare reads and judges two states. The caller closes the comparison.
func (c *comparing) compare(ctx context.Context, o *scanOptions, base, head string) (*comparison, error) {
	x := &comparison{accepted: c.AcceptConfig}
	var err error
	if x.base, err = c.open(ctx, o, base); err != nil {
		return nil, err
	}
	if x.head, err = c.open(ctx, o, head); err != nil {
		x.close()
		return nil, err
	}
	if err := x.run(ctx); err != nil {
		x.close()
		return nil, err
	}
	return x, nil
}

// open makes a state of a directory or a revision.
func (c *comparing) open(ctx context.Context, o *scanOptions, name string) (*state, error) {
	tree, err := c.openState(ctx, name)
	if err != nil {
		return nil, err
	}
	s := &state{scanOptions: *o, tree: tree}
	s.root = tree.Dir
	s.tellTree(tree)
	return s, nil
}

// close removes what was written.
func (x *comparison) close() {
	for _, s := range []*state{x.base, x.head} {
		if s == nil || s.tree == nil {
			continue
		}
		if err := s.tree.Close(); err != nil {
			fmt.Fprintln(s.err, report.Printable("muster: "+err.Error()))
		}
	}
}

func (x *comparison) run(ctx context.Context) error {
	p := startProgress(x.base.err)
	defer p.end()
	p.at("reading both states")
	if err := x.plan(); err != nil {
		return err
	}
	if err := x.read(ctx); err != nil {
		return err
	}
	if err := x.judge(ctx, p); err != nil {
		return err
	}
	p.at("comparing")
	result, err := diff.Compare(ctx, x.base.side(), x.head.side())
	x.result = result
	return err
}

func (s *state) side() diff.Side {
	return diff.Side{Graph: s.fleet.Graph, Model: s.matrix.Model, Findings: s.findings}
}

// plan finds what each state reads. The head is read as the base's config says.
func (x *comparison) plan() error {
	for _, s := range []*state{x.base, x.head} {
		if err := s.checkUnreadable(); err != nil {
			return err
		}
		var err error
		if s.config, s.sources, err = s.inputs.plan(); err != nil {
			return fmt.Errorf("%s: %w", s.tree.Name, err)
		}
	}
	return nil
}

// read loads both states at once.
func (x *comparison) read(ctx context.Context) error {
	var errs [2]error
	var wg sync.WaitGroup
	for i, s := range []*state{x.base, x.head} {
		wg.Go(func() { s.fleet, errs[i] = s.readFleet(ctx, s.config, s.sources, nil) })
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

// judge finds what is wrong with each state.
func (x *comparison) judge(ctx context.Context, p *progress) error {
	for _, s := range []*state{x.base, x.head} {
		var err error
		if s.matrix, s.findings, err = s.find(ctx, s.fleet, p); err != nil {
			return err
		}
		if s == x.base && !x.accepted {
			x.head.compiled = x.base.compiled
		}
	}
	return nil
}

// diff is what the comparison tells.
func (x *comparison) diff(failOn string, unproven bool) *report.Diff {
	return report.NewDiff(report.DiffInput{
		Version: version(), Base: x.base.told(), Head: x.head.told(), Result: x.result, Config: x.configChanges(),
		FailOn: failOn, FailOnUnproven: unproven, AcceptConfig: x.accepted,
		BaseLine: x.base.line(), HeadLine: x.head.line(), BaseFile: x.base.file, HeadFile: x.head.file,
	})
}

// configChanges are what the change does to what muster judges by.
func (x *comparison) configChanges() []report.ConfigChange { return nil }

// told is a state as a diff tells of it.
func (s *state) told() report.DiffState {
	in := record(s.fleet.Inputs)
	in.NotEvaluated = s.notEvaluated
	var cells report.CellCounts
	for _, sum := range s.matrix.Summed() {
		cells.Merge(sum.Outcomes)
	}
	return report.DiffState{
		Name: s.tree.Name, Revision: s.tree.Revision, Inputs: in, Services: s.fleet.Graph.Services, Findings: s.findings, Cells: cells,
	}
}

// file is a file of the state, by its path in positions.
func (s *state) file(name string) ([]byte, bool) {
	data, err := s.text(name)
	return data, err == nil
}

// incomplete earns the exit codes of the head; what the base lacked, and the head has, is no fault of the change.
func (x *comparison) incomplete() error {
	return errors.Join(x.head.scanOptions.incomplete(x.head.fleet), x.head.unjudged(x.head.fleet.Config))
}
