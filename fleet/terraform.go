package fleet

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/infrastructure"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// environment is one evaluation of a root module of Terraform, and what comes of it.
type environment struct {
	name     string
	dir      string   // of the root module
	tree     string   // that nothing leads out of
	varFiles []string // relative to the root module
	clusters []string // of the config, that it may work on
	at       mesh.Position
	declared bool   // by the config
	variant  string // of several evaluations of one root, by its files of variables

	files  int
	shown  string // the root module's folder, as positions name it
	known  *mesh.Environment
	out    *infrastructure.Output
	diags  []source.Diagnostic
	notes  []source.Diagnostic // nothing is unknown for them
	failed string              // why nothing could be read
	marked []source.Marked     // files that may hold suppressions
}

// environments are those that the config declares; without any, root modules in the inputs.
func (o Options) environments(inputs []source.Input) []*environment {
	var list []*environment
	declared := false
	if o.Config != nil {
		for _, name := range slices.Sorted(maps.Keys(o.Config.Environments)) {
			e := o.Config.Environments[name]
			if e.Terraform == "" {
				continue
			}
			declared = true
			dir := o.Config.Resolve(e.Terraform)
			if !o.asksFor(dir) {
				continue
			}
			one := &environment{name: name, dir: dir, tree: config.WorkingTree(o.Config.Dir), clusters: e.Clusters, at: e.Position, declared: true}
			for _, f := range e.VarFiles {
				rel, err := filepath.Rel(dir, o.Config.Resolve(f))
				if err != nil {
					rel = f
				}
				one.varFiles = append(one.varFiles, filepath.ToSlash(rel))
			}
			if len(one.clusters) == 0 {
				for _, c := range o.Config.Clusters {
					one.clusters = append(one.clusters, c.Name)
				}
			}
			list = append(list, one)
		}
	}
	if len(list) > 0 || declared {
		return list
	}
	if o.Config == nil || len(o.Inputs) > 0 {
		for _, in := range inputs {
			if in.Path != "-" {
				list = append(list, o.discovered(in)...)
			}
		}
	}
	return list
}

// asksFor reports whether a root module shares files with the inputs that are named; without any, all that the config declares is read.
func (o Options) asksFor(dir string) bool {
	dir = absolute(o.Source.Root, dir)
	within := func(inner, outer string) bool {
		rel, err := filepath.Rel(outer, inner)
		return err == nil && filepath.IsLocal(rel)
	}
	return len(o.Inputs) == 0 || slices.ContainsFunc(o.Inputs, func(in source.Input) bool {
		at := absolute(o.Source.Root, in.Path)
		return in.Path != "-" && (within(dir, at) || within(at, dir))
	})
}

// discovered are the root modules in an input.
func (o Options) discovered(in source.Input) (list []*environment) {
	dir := absolute(o.Source.Root, in.Path)
	if stat, err := os.Stat(dir); err != nil || !stat.IsDir() {
		return nil
	}
	top := config.WorkingTree(dir)
	tree, err := os.OpenRoot(top)
	rel, outside := filepath.Rel(top, dir)
	if err != nil || outside != nil {
		return nil
	}
	defer func() { _ = tree.Close() }()
	found, diags := terraform.Discover(tree, []string{filepath.ToSlash(rel)}, terraform.Limits{})
	for _, f := range found {
		for _, e := range f.Environments {
			one := &environment{name: o.shown(filepath.Join(top, filepath.FromSlash(f.Dir))), dir: filepath.Join(top, filepath.FromSlash(f.Dir)), tree: top, varFiles: e.VarFiles}
			if e.Name != "" {
				one.name, one.variant = one.name+" ("+e.Name+")", e.Name
			}
			if o.Config != nil {
				for _, c := range o.Config.Clusters {
					one.clusters = append(one.clusters, c.Name)
				}
			}
			if in.Cluster != "" {
				one.clusters = []string{in.Cluster}
			}
			list = append(list, one)
		}
	}
	if len(list) > 0 {
		for _, d := range diags {
			list[0].diags = append(list[0].diags, source.Diagnostic{Position: mesh.Position{File: path.Join(o.shown(top), d.Range.Filename), Line: d.Range.Start.Line, Column: d.Range.Start.Column}, Message: d.Message})
		}
	}
	return list
}

// isTerraform reports whether a file is one of configuration, by its name.
func isTerraform(name string) bool {
	for _, extension := range []string{".tf", ".tofu", ".tf.json", ".tofu.json"} {
		if strings.HasSuffix(name, extension) {
			return true
		}
	}
	return false
}

// evaluate reads all environments, a few at a time.
func (o Options) evaluate(ctx context.Context, list []*environment) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 2) // each may need its whole share of memory
	for _, e := range list {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			e.evaluate(ctx, o)
		})
	}
	wg.Wait()
}

func (e *environment) evaluate(ctx context.Context, o Options) {
	e.shown = o.shown(e.dir)
	e.known = &mesh.Environment{Name: e.name, Folder: e.shown, Origin: mesh.Origin{In: &located{mesh.Position{File: e.shown}}}}
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
	options := terraform.Options{Shown: e.names(o)}
	for _, f := range e.varFiles {
		options.Variables = append(options.Variables, terraform.Variable{File: f})
	}
	root, err := terraform.Load(ctx, tree, dir, options)
	if err != nil {
		e.fail(err)
		return
	}
	instances := root.Instances()
	e.out = infrastructure.Build(infrastructure.Input{Environment: e.name, Instances: instances, Holds: func(chart string) bool {
		file := path.Join(dir, chart, "Chart.yaml")
		if !fs.ValidPath(file) {
			return false
		}
		stat, err := fs.Stat(tree.FS(), file)
		return err == nil && stat.Mode().IsRegular()
	}})
	e.describe(root, instances)
	e.files = root.Files()
	if e.files == 0 {
		e.failed = "it holds no configuration of Terraform"
	}
	for _, m := range root.Marked() {
		e.marked = append(e.marked, source.Marked{File: options.Shown(m.File), Data: m.Data})
	}
	for _, d := range root.Diagnostics() {
		to := &e.diags
		if d.Note {
			to = &e.notes
		}
		*to = append(*to, source.Diagnostic{Position: root.Place(d), Message: d.Message})
	}
}

// names tells how positions name a file of the tree: as any other input.
func (e *environment) names(o Options) func(string) string {
	tree := absolute(o.Source.Root, e.tree)
	o.Source.Root = absolute("", o.Source.Root) // once, and not for each file
	return func(file string) string { return o.shown(filepath.Join(tree, filepath.FromSlash(file))) }
}

// fail notes that a root cannot be read at all.
func (e *environment) fail(err error) {
	e.failed = err.Error()
	e.diags = append(e.diags, source.Diagnostic{Position: e.known.Origin.Position(), Message: "the root module " + e.shown + " cannot be read: " + e.failed})
}

// describe fills in what the graph says of an environment as a whole.
func (e *environment) describe(root *terraform.Root, instances []terraform.Instance) {
	understood := slices.DeleteFunc(slices.Clone(instances), func(in terraform.Instance) bool { return !infrastructure.Understands(in) })
	covered := terraform.Covered(understood)
	e.known.Attributes, e.known.Unknown = covered.Leaves, covered.Unknown
	for _, c := range covered.Causes[:min(len(covered.Causes), 3)] {
		e.known.Causes = append(e.known.Causes, c.Reason)
	}
	regions := map[string]bool{}
	for _, in := range instances {
		if name, ok := infrastructure.RegionOf(in); ok {
			regions[name] = true
		}
	}
	e.known.Regions = slices.Sorted(maps.Keys(regions))
	infrastructure.Describe(e.known, root, instances, e.out)
}

func absolute(root, dir string) string {
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root, dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	return abs
}
