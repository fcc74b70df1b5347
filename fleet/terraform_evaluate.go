package fleet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/passmuster/muster/loaders/infrastructure"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// evaluate reads an environment: its root module, and what a plan or a state say of it.
func (e *environment) evaluate(ctx context.Context, o Options) {
	e.shown = o.shown(e.dir)
	e.what = "the root module " + e.shown
	origin := e.shown
	switch {
	case !e.noRoot:
	case e.plan != nil:
		e.what, origin = "the plan "+e.plan.shown, e.plan.shown
	default:
		e.what, origin = "the state "+e.state.shown, e.state.shown
	}
	e.known = &mesh.Environment{Name: e.name, Folder: e.shown, Origin: mesh.Origin{In: &located{mesh.Position{File: origin}}}}
	if e.declared {
		e.known.Origin = mesh.Origin{In: &located{e.at}}
	}
	rel, err := filepath.Rel(absolute(o.Source.Root, e.tree), absolute(o.Source.Root, e.dir))
	if err == nil && !filepath.IsLocal(rel) {
		err = fmt.Errorf("it lies outside of %s", o.shown(e.tree))
	}
	if err != nil {
		e.fail(err)
		return
	}
	tree, err := os.OpenRoot(e.tree)
	if err != nil {
		e.fail(err)
		return
	}
	defer func() { _ = tree.Close() }()
	dir := filepath.ToSlash(rel)
	r := &rooted{e: e, tree: tree, names: e.names(o)}
	if !e.noRoot {
		if err := r.load(ctx, dir); err != nil {
			e.fail(err)
			return
		}
	}
	instances, err := r.instances(o)
	if err != nil {
		e.fail(err)
		return
	}
	e.out = infrastructure.Build(infrastructure.Input{Environment: e.name, Instances: instances, Holds: func(chart string) bool {
		file := path.Join(dir, chart, "Chart.yaml")
		if !fs.ValidPath(file) {
			return false
		}
		stat, err := fs.Stat(tree.FS(), file)
		return err == nil && stat.Mode().IsRegular()
	}})
	e.describe(r.root, instances)
	r.settle()
}

// rooted is an environment while its root module is open.
type rooted struct {
	e           *environment
	tree        *os.Root
	names       func(string) string
	root        *terraform.Root // nil where there is nothing but a plan or a state
	plan, state *terraform.Planned
	notes       []terraform.Diagnostic // where plan, state and configuration differ
}

func (r *rooted) load(ctx context.Context, dir string) (err error) {
	options := terraform.Options{Shown: r.names}
	for _, f := range r.e.varFiles {
		options.Variables = append(options.Variables, terraform.Variable{File: f})
	}
	r.root, err = terraform.Load(ctx, r.tree, dir, options)
	return err
}

// instances are what the configuration, a plan and a state say together.
func (r *rooted) instances(o Options) ([]terraform.Instance, error) {
	e := r.e
	var err error
	if r.plan, err = e.plan.read(o, e.tree, terraform.PlanFormat); err != nil {
		return nil, err
	}
	if r.root != nil && e.state != nil && e.state.found {
		if kind := r.root.Backend().Kind; kind != "" && kind != "local" {
			e.notes = append(e.notes, source.Diagnostic{Position: mesh.Position{File: e.state.shown, Line: 1, Column: 1},
				Message: "this state is left out: the root module " + e.shown + " keeps its state in a backend of kind " + kind})
			e.state = nil
		}
	}
	if r.state, err = e.state.read(o, e.tree, terraform.StateFormat); err != nil {
		return nil, err
	}
	if r.plan == nil && r.state == nil && r.root == nil {
		return nil, errors.New("there is neither configuration nor a plan or a state")
	}
	list, notes := terraform.Merge(r.plan, r.state, r.root)
	r.notes = notes
	return list, nil
}

// mostDifferences is how many differences between a plan and its configuration are told one by one.
const mostDifferences = 50

// settle takes over what reading has told.
func (r *rooted) settle() {
	e := r.e
	for _, p := range []*terraform.Planned{r.plan, r.state} {
		if p != nil {
			e.files++
			for _, d := range p.Diagnostics() {
				e.diags = append(e.diags, source.Diagnostic{Position: r.place(d), Message: d.Message})
			}
		}
	}
	for i, d := range r.notes {
		if i == mostDifferences {
			e.notes = append(e.notes, source.Diagnostic{Position: r.place(d), Message: fmt.Sprintf("there are %d more differences between plan, state and configuration", len(r.notes)-i)})
			break
		}
		e.notes = append(e.notes, source.Diagnostic{Position: r.place(d), Message: d.Message})
	}
	if r.root == nil {
		return
	}
	if e.files += r.root.Files(); r.root.Files() == 0 && r.plan == nil && r.state == nil {
		e.failed = "it holds no configuration of Terraform"
	}
	for _, m := range r.root.Marked() {
		e.marked = append(e.marked, source.Marked{File: r.names(m.File), Data: m.Data})
	}
	for _, d := range r.root.Diagnostics() {
		to := &e.diags
		if d.Note {
			to = &e.notes
		}
		*to = append(*to, source.Diagnostic{Position: r.root.Place(d), Message: d.Message})
	}
}

// place is where a diagnostic of a plan, a state or the configuration stands.
func (r *rooted) place(d terraform.Diagnostic) mesh.Position {
	for _, p := range []*terraform.Planned{r.plan, r.state} {
		if p != nil && p.File == d.Range.Filename {
			return mesh.Position{File: p.File, Line: d.Range.Start.Line, Column: d.Range.Start.Column}
		}
	}
	return r.root.Place(d)
}

// names tells how positions name a file of the tree: as any other input.
func (e *environment) names(o Options) func(string) string {
	tree := absolute(o.Source.Root, e.tree)
	o.Source.Root = absolute("", o.Source.Root) // once, and not for each file
	return func(file string) string { return o.shown(filepath.Join(tree, filepath.FromSlash(file))) }
}

// fail notes that an environment cannot be read at all.
func (e *environment) fail(err error) {
	e.failed = err.Error()
	e.diags = append(e.diags, source.Diagnostic{Position: e.known.Origin.Position(), Message: e.what + " cannot be read: " + e.failed})
}

// describe fills in what the graph says of an environment as a whole.
func (e *environment) describe(root *terraform.Root, instances []terraform.Instance) {
	understood := slices.DeleteFunc(slices.Clone(instances), func(in terraform.Instance) bool { return !infrastructure.Understands(in) })
	covered := terraform.Covered(understood)
	e.known.Attributes, e.known.Unknown = covered.Leaves, covered.Unknown
	for _, c := range covered.Causes[:min(len(covered.Causes), 3)] {
		e.known.Causes = append(e.known.Causes, c.Reason)
	}
	var regions []string
	e.addresses = make(map[string]bool, len(instances))
	for _, in := range instances {
		if in.Mode == "resource" {
			e.addresses[in.Address] = true
		}
		if name, ok := infrastructure.RegionOf(in); ok {
			regions = append(regions, name)
		}
	}
	slices.Sort(regions)
	e.known.Regions = slices.Compact(regions)
	infrastructure.Describe(e.known, root, instances, e.out)
}
