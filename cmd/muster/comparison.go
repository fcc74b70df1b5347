package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/diff"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/revision"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report"
)

// state is one of the two states of a comparison, read and judged.
type state struct {
	scanOptions
	tree     *revision.Tree
	config   *config.Config // by which it is judged
	own      *config.Config // its own, where that is another
	sources  []source.Input
	fleet    *fleet.Fleet
	matrix   *failover.Matrix
	findings []*analyzer.Finding
}

// comparison is two states of a fleet, judged by the same.
type comparison struct {
	base, head *state
	result     *diff.Result
	standards  *fleet.Standards // of the base; nil where the config is accepted
	accepted   bool             // of the config: each state is judged by its own
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

// run reads and judges both states, the base first: the head is judged by its standards.
func (x *comparison) run(ctx context.Context) error {
	p := startProgress(x.base.err)
	defer p.end()
	p.at("reading the base")
	if err := x.plan(); err != nil {
		return err
	}
	if err := x.base.read(ctx); err != nil {
		return err
	}
	if _, err := x.base.policies(x.base.fleet.Config); err != nil {
		return err
	}
	if !x.accepted {
		x.standards = fleet.StandardsOf(x.base.fleet)
		x.standards.Rules = knownRules(x.base.compiled)
		x.head.standards, x.head.compiled = x.standards, x.base.compiled
	}
	var errs [2]error
	var wg sync.WaitGroup
	wg.Go(func() { errs[0] = x.base.judge(ctx, p) })
	wg.Go(func() { errs[1] = x.head.read(ctx) })
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	x.unreadSubmodules()
	if err := x.head.judge(ctx, p); err != nil {
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
			return of(s.tree, err)
		}
	}
	if x.accepted {
		return nil
	}
	s := x.head
	s.own = s.config
	s.judged, s.judgedBy = true, nil
	if cfg := x.base.config; cfg != nil {
		rel, err := filepath.Rel(real(x.base.at(".")), real(cfg.Dir))
		if err != nil {
			return usagef("%s: %w", x.base.tree.Name, err)
		}
		s.judgedBy = cfg.At(filepath.Join(real(s.at(".")), rel))
	}
	var err error
	if s.config, s.sources, err = s.inputs.plan(); err != nil {
		return of(s.tree, err)
	}
	return nil
}

// of says which state an error is about.
func of(t *revision.Tree, err error) error {
	var bad *config.Error
	if errors.As(err, &bad) {
		return &exitError{exitUsage, fmt.Sprintf("%s: %v", t.Name, err), nil}
	}
	return fmt.Errorf("%s: %w", t.Name, err)
}

// read loads the state.
func (s *state) read(ctx context.Context) (err error) {
	s.fleet, err = s.readFleet(ctx, s.config, s.sources, nil)
	return err
}

// judge finds what is wrong with the state.
func (s *state) judge(ctx context.Context, p *progress) (err error) {
	s.matrix, s.findings, err = s.find(ctx, s.fleet, p)
	return err
}

// diff is what the comparison tells.
func (x *comparison) diff(failOn string, unproven bool) *report.Diff {
	return report.NewDiff(report.DiffInput{
		Version: version(), Base: x.base.told(), Head: x.head.told(), Result: x.result, Config: x.configChanges(),
		FailOn: failOn, FailOnUnproven: unproven, AcceptConfig: x.accepted,
		BaseLine: x.base.line(), HeadLine: x.headLine(), BaseFile: x.base.file, HeadFile: x.head.file,
	})
}

// configChanges are what the change does to what muster judges by.
func (x *comparison) configChanges() []report.ConfigChange {
	known := knownRules(x.base.compiled)
	own := x.head.own
	if x.accepted {
		own = x.head.config
	}
	list := append(known.Changes(x.base.config, own), x.policyChanges(own)...)
	st := x.standards
	if st == nil {
		st = fleet.StandardsOf(x.base.fleet)
		st.Rules = known
	}
	return report.ConfigChangesOf(append(list, st.Changes(x.head.fleet)...))
}

// policyChanges are those of the policies of each state's own config.
func (x *comparison) policyChanges(own *config.Config) []config.Change {
	list := policyChanges(x.base.config, own)
	for i := range list {
		list[i].Base, list[i].Head = x.base.shown(list[i].Base), x.head.shown(list[i].Head)
	}
	return list
}

// shown is a position in a file of the state as all others name it.
func (s *state) shown(at mesh.Position) mesh.Position {
	if rel, err := filepath.Rel(real(s.at(".")), real(at.File)); at.File != "" && err == nil {
		at.File = filepath.ToSlash(rel)
	}
	return at
}

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

// headLine gives lines of the head; those of the config that it is judged by are the base's.
func (x *comparison) headLine() report.Line {
	base, head := x.base.line(), x.head.line()
	return func(file string, line int) (string, bool) {
		if cfg := x.base.config; cfg != nil && !x.accepted && file == cfg.File {
			return base(file, line)
		}
		return head(file, line)
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
