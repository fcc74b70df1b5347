package fleet

import (
	"cmp"
	"context"
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

	plan, state *plannedFile // that say what will be there, and what is; nil = none is known
	noRoot      bool         // there is nothing but a plan or a state

	files  int
	shown  string // the root module's folder, as positions name it; that of the plan or the state where there is none
	what   string // it is, as messages call it
	known  *mesh.Environment
	out    *infrastructure.Output
	diags  []source.Diagnostic
	notes  []source.Diagnostic // nothing is unknown for them
	failed string              // why nothing could be read
	marked []source.Marked     // files that may hold suppressions
	// addresses are those of its resources.
	addresses map[string]bool
}

// environments are those that the config declares; without any, root modules in the inputs.
func (o Options) environments(inputs []source.Input) []*environment {
	if len(o.Live) > 0 {
		return nil // what runs is asked, and not what is planned
	}
	var list []*environment
	declared := false
	if o.Config != nil {
		for _, name := range slices.Sorted(maps.Keys(o.Config.Environments)) {
			e := o.Config.Environments[name]
			if e.Terraform == "" && e.Plan == "" && e.State == "" {
				continue
			}
			declared = true
			one := o.declared(name, &e)
			if one == nil {
				continue
			}
			dir := one.dir
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

// declared is an environment as the config declares it; nil if the inputs that are named have no part in it.
func (o Options) declared(name string, e *config.Environment) *environment {
	one := &environment{name: name, tree: config.WorkingTree(o.Config.Dir), clusters: e.Clusters, at: e.Position, declared: true, noRoot: e.Terraform == ""}
	asked := false
	take := func(file string) *plannedFile {
		if file == "" {
			return nil
		}
		file = o.Config.Resolve(file)
		asked = asked || o.asksFor(file)
		return &plannedFile{shown: o.shown(file), file: file}
	}
	one.plan, one.state = take(e.Plan), take(e.State)
	if one.dir = o.Config.Resolve(e.Terraform); one.noRoot {
		one.dir = filepath.Dir(cmp.Or(one.plan, one.state).file)
	}
	if !asked && (one.noRoot || !o.asksFor(one.dir)) {
		return nil
	}
	return one
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
