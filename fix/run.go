package fix

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/edit"
)

// Options say how to scan and what to repair.
type Options struct {
	// Load reads the fleet, with contents that stand in for those of files.
	Load func(ctx context.Context, overlay map[string][]byte) (*fleet.Fleet, error)
	// Judge predicts and finds, with suppressions applied.
	Judge func(ctx context.Context, f *fleet.Fleet) (*failover.Matrix, []*analyzer.Finding, error)
	// Read is the content of a file by its path in positions.
	Read func(file string) ([]byte, error)
	// Real is a name of a file that it has only once, whatever symlinks lead to it.
	Real func(file string) string
	// Wanted selects findings; nil = all. Suppressed ones are never touched.
	Wanted func(*analyzer.Finding) bool
	Unsafe bool // make suggestions, too
}

// run is one run on its way.
type run struct {
	Options
	state *State
	edits *edits
	left  []Left
	fixed []Repaired
	names map[string][]string // the names under which files are read, by their one name; see readOnce
}

// Run repairs what it can and proves it by scans: one repair a service together, and where that is not proven, half of
// them, down to one. So no repair makes up for what another one spoils. In the end everything is read anew with all edits and compared with the first scan. Nothing is written.
func Run(ctx context.Context, o Options) (*Result, error) {
	first, err := o.scan(ctx, nil)
	if err != nil {
		return nil, err
	}
	r := &run{Options: o, state: first, edits: newEdits(o.Read)}
	for batch := range batches(first.Findings, o.Wanted) {
		if err := r.batch(ctx, batch); err != nil {
			return nil, err
		}
	}
	r.inOrder(first.Findings)
	last := first
	if len(r.edits.now) > 0 {
		if last, err = o.scan(ctx, r.edits.now); err != nil {
			return nil, err
		}
		why, err := worse(ctx, first, last)
		if err != nil {
			return nil, err
		}
		if why == "" {
			why = r.missed(last)
		}
		if why != "" {
			return nil, fmt.Errorf("the repairs together are not proven, and nothing is changed: %s", why)
		}
	}
	return &Result{Repaired: r.fixed, Left: r.left, Old: r.edits.old, New: r.edits.now, After: last}, nil
}

// missed names a repaired finding that is still there.
func (r *run) missed(last *State) string {
	for _, f := range r.fixed {
		if slices.ContainsFunc(last.Findings, func(x *analyzer.Finding) bool { return identity(x) == identity(f.Finding) }) {
			return f.Finding.Rule.ID + " at " + f.Finding.Position().String() + " is still there"
		}
	}
	return ""
}

func (o *Options) scan(ctx context.Context, overlay map[string][]byte) (*State, error) {
	f, err := o.Load(ctx, overlay)
	if err != nil {
		return nil, err
	}
	return o.judge(ctx, f)
}

func (o *Options) judge(ctx context.Context, f *fleet.Fleet) (*State, error) {
	m, findings, err := o.Judge(ctx, f)
	if err != nil {
		return nil, err
	}
	return &State{Fleet: f, Matrix: m, Findings: findings}, nil
}

// readOnce reports whether a scan sees all that an edit of the file changes: nothing else reads it, by another symlink or
// as a part of a chart or kustomization.
func (r *run) readOnce(file string) bool {
	if r.names == nil {
		r.names = map[string][]string{}
		add := func(name string) {
			real := r.Real(name)
			if !slices.Contains(r.names[real], name) {
				r.names[real] = append(r.names[real], name)
			}
		}
		seen := map[string]bool{}
		for d := range r.state.Fleet.Documents() {
			if !d.IsRendered() && !seen[d.File] {
				seen[d.File] = true
				add(d.File)
			}
		}
		for _, name := range r.state.Fleet.RenderedFrom() {
			r.names[r.Real(name)] = append(r.names[r.Real(name)], "")
		}
	}
	return len(r.names[r.Real(file)]) == 1
}

// after scans with edits. What was read before is kept where it can be.
func (r *run) after(ctx context.Context, trial *edits) (*State, error) {
	changed := map[string][]byte{}
	for file, data := range trial.now {
		if !bytes.Equal(data, r.edits.now[file]) {
			changed[file] = data
		}
	}
	next, ok, err := r.state.Fleet.WithFiles(ctx, changed)
	if err != nil {
		return nil, err
	}
	if !ok {
		return r.scan(ctx, trial.now)
	}
	return r.judge(ctx, next)
}

// find is edit.Find for a step, in the text that its file has by now.
func (e *edits) find(s Step) (edit.Change, []byte, error) {
	data, err := e.text(s.In.File)
	if err != nil {
		return edit.Change{}, nil, err
	}
	c, err := edit.Find(s.In.File, data, s.In.Index, s.Op)
	return c, data, err
}
