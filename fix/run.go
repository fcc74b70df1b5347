package fix

import (
	"context"
	"fmt"
	"maps"
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

// Run repairs what it can, one finding after another in the order of the report, and proves each repair by a scan. In
// the end everything is read anew with all edits and compared with the first scan. Nothing is written.
func Run(ctx context.Context, o Options) (*Result, error) {
	first, err := o.scan(ctx, nil)
	if err != nil {
		return nil, err
	}
	r := &run{Options: o, state: first, edits: newEdits(o.Read)}
	for _, f := range first.Findings {
		if f.Suppressed != nil || o.Wanted != nil && !o.Wanted(f) {
			continue
		}
		if err := r.finding(ctx, f); err != nil {
			return nil, err
		}
	}
	last := first
	if len(r.edits.now) > 0 {
		if last, err = o.scan(ctx, r.edits.now); err != nil {
			return nil, err
		}
		why, err := worse(ctx, first, last, nil)
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

// finding repairs one finding of the first scan, or says why it stays.
func (r *run) finding(ctx context.Context, f *analyzer.Finding) error {
	i := slices.IndexFunc(r.state.Findings, func(x *analyzer.Finding) bool { return identity(x) == identity(f) })
	if i < 0 {
		r.fixed = append(r.fixed, Repaired{Finding: f, Description: "gone with a repair above", Safety: Safe})
		return nil
	}
	fixer := fixers[f.Rule.ID]
	if fixer == nil {
		r.leave(f, "muster has no repair for "+f.Rule.ID)
		return nil
	}
	c, why := caseOf(r.state.Findings[i], r.state)
	if c == nil {
		r.leave(f, why)
		return nil
	}
	list := fixer(c)
	if len(list) == 0 {
		r.leave(f, "the repair is not certain")
		return nil
	}
	why = ""
	for _, p := range list {
		if p.Safety != Safe && !r.Unsafe {
			r.left = append(r.left, Left{f, p.Description + " needs a decision: " + p.Decide, true})
			return nil
		}
		reason, err := r.try(ctx, f, p)
		if err != nil || reason == "" {
			return err
		}
		why = p.Description + ": " + reason
	}
	r.leave(f, why)
	return nil
}

func (r *run) leave(f *analyzer.Finding, why string) {
	r.left = append(r.left, Left{Finding: f, Why: why})
}

// try keeps a repair if a scan proves it; otherwise it returns why not.
func (r *run) try(ctx context.Context, f *analyzer.Finding, p Proposal) (string, error) {
	trial := r.edits.clone()
	var mine []Edit
	for _, s := range p.Steps {
		if s.In.IsRendered() || s.In.File == "-" {
			return "it concerns an object that stands in no file", nil
		}
		if !r.readOnce(s.In.File) {
			return "its file is read under several names, or something is rendered from it", nil
		}
		e, err := trial.make(s)
		if err != nil {
			return err.Error(), nil //nolint:nilerr // why the repair is none
		}
		e.Rule, e.Fingerprint, e.Description, e.Safety = f.Rule.ID, f.Fingerprint(), p.Description, p.Safety
		mine = append(mine, e)
	}
	next, err := r.after(ctx, trial)
	if err != nil {
		return "", err
	}
	why, err := worse(ctx, r.state, next, f)
	if err != nil || why != "" {
		return why, err
	}
	r.edits, r.state = trial, next
	r.fixed = append(r.fixed, Repaired{Finding: f, Description: p.Description, Safety: p.Safety, Edits: joined(mine)})
	return "", nil
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
	f := r.state.Fleet
	for _, file := range slices.Sorted(maps.Keys(trial.now)) {
		if string(trial.now[file]) == string(r.edits.now[file]) {
			continue
		}
		next, ok, err := f.WithFile(ctx, file, trial.now[file])
		if err != nil {
			return nil, err
		}
		if !ok {
			return r.scan(ctx, trial.now)
		}
		f = next
	}
	return r.judge(ctx, f)
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
