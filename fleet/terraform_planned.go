package fleet

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// plannedFile is a plan or a state of Terraform, in JSON.
type plannedFile struct {
	shown   string // as positions name it
	file    string // absolute, or relative to Source.Root
	data    []byte // nil = not read yet: the config names it
	found   bool   // nobody names it: it lies among the inputs
	cluster string // of the input
	is      terraform.Format
}

// mostPlanned bounds the size of a plan or a state, in bytes: four times that of a file of manifests.
const mostPlanned = 64 << 20

// read reads the file as what it is meant to be; nil without a file.
func (p *plannedFile) read(o Options, tree string, as terraform.Format) (*terraform.Planned, error) {
	if p == nil {
		return nil, nil //nolint:nilnil // there is nothing to read, and that is no error
	}
	data := p.data
	if data == nil {
		var err error
		if data, err = readWithin(absolute(o.Source.Root, tree), absolute(o.Source.Root, p.file)); err != nil {
			return nil, fmt.Errorf("%s: %w", p.shown, err)
		}
	}
	p.data = nil // it is large, and nobody needs it any more
	if as == terraform.StateFormat {
		return terraform.ReadState(p.shown, data, terraform.Options{})
	}
	return terraform.ReadPlan(p.shown, data, terraform.Options{})
}

// readWithin reads a file of a tree. No link leads out of it, and what is no regular file is never opened.
func readWithin(tree, file string) ([]byte, error) {
	rel, err := filepath.Rel(tree, file)
	if err == nil && !filepath.IsLocal(rel) {
		err = errors.New("it lies outside of the working tree")
	}
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(tree)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	stat, err := root.Stat(rel)
	switch {
	case err != nil:
		return nil, err
	case !stat.Mode().IsRegular():
		return nil, errors.New("it is no regular file")
	case stat.Size() > mostPlanned:
		return nil, fmt.Errorf("it is larger than %d bytes", mostPlanned)
	}
	f, err := root.Open(rel)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, mostPlanned))
}

// findPlanned finds plans and states among the inputs, by what is in them. Where anything goes wrong, whoever reads manifests tells.
func (o Options) findPlanned(ctx context.Context, inputs []source.Input) ([]*plannedFile, error) {
	inputs = slices.DeleteFunc(slices.Clone(inputs), func(in source.Input) bool { return in.Path == "-" })
	files, _, err := source.Find(ctx, inputs, o.Source, ".json", ".tfstate")
	if err != nil {
		return nil, err
	}
	var list []*plannedFile
	for _, f := range files {
		if name := path.Ext(f.Path); name != ".json" && name != ".tfstate" {
			continue // named by the user, and read as what it is
		}
		data, diag := f.Read(ctx, o.Source.Limits)
		if diag != nil || !bytes.Contains(data, []byte(`"terraform_version"`)) {
			continue
		}
		if is := terraform.Detect(data); is != terraform.NoFormat {
			list = append(list, &plannedFile{shown: f.Path, file: absolute(o.Source.Root, filepath.FromSlash(f.Path)), data: data, found: true, cluster: f.Cluster, is: is})
		}
	}
	return list, nil
}

// attach hands plans and states that were found to the environments that they are of: those of the root module in their folder, or in one of the two
// above it. What belongs to no root is an environment of its own. Where several may be meant, none is taken, and a note says so.
func (o Options) attach(list []*environment, found []*plannedFile) ([]*environment, []NotUnderstood) {
	var notes []NotUnderstood
	taken := map[*environment]map[terraform.Format][]*plannedFile{}
	named := map[string]bool{}
	for _, e := range list {
		for _, p := range []*plannedFile{e.plan, e.state} {
			if p != nil {
				named[p.shown] = true
			}
		}
	}
	var alone []*plannedFile
	for _, p := range found {
		if named[p.shown] {
			continue
		}
		named[p.shown] = true
		roots, near := o.rootsOf(list, p)
		switch {
		case len(roots) == 0 && !near:
			alone = append(alone, p)
		case len(roots) != 1:
			notes = append(notes, p.left("nothing tells whose it is"))
		default:
			e := roots[0]
			if taken[e] == nil {
				taken[e] = map[terraform.Format][]*plannedFile{}
			}
			taken[e][p.is] = append(taken[e][p.is], p)
		}
	}
	for _, e := range list {
		for is, all := range taken[e] {
			into := &e.plan
			if is == terraform.StateFormat {
				into = &e.state
			}
			switch {
			case *into != nil:
				for _, p := range all {
					notes = append(notes, p.left("the config names another one"))
				}
			case len(all) > 1:
				for _, p := range all {
					notes = append(notes, p.left("there are several of the environment "+e.name))
				}
			default:
				*into = all[0]
			}
		}
	}
	return append(list, o.alone(alone)...), notes
}

// left tells that a plan or a state is not taken.
func (p *plannedFile) left(why string) NotUnderstood {
	return NotUnderstood{Origin: mesh.Origin{In: &located{mesh.Position{File: p.shown, Line: 1, Column: 1}}}, Kind: "plan or state of no environment",
		Message: p.kind() + " of Terraform is left out: " + why + "; name it in the config: environments: {NAME: {terraform: FOLDER, plan: FILE}}"}
}

func (p *plannedFile) kind() string {
	if p.is == terraform.StateFormat {
		return "this state"
	}
	return "this plan"
}

// rootsOf are the environments that a plan or a state may be of; near tells whether there is any root at all in its folder or above it.
// Of several evaluations of one root it is that whose name is a part of the file's.
func (o Options) rootsOf(list []*environment, p *plannedFile) (roots []*environment, near bool) {
	dir := filepath.Dir(p.file)
	for range 3 {
		for _, e := range list {
			if !e.noRoot && absolute(o.Source.Root, e.dir) == dir {
				roots = append(roots, e)
			}
		}
		if len(roots) > 0 || filepath.Dir(dir) == dir || p.is == terraform.StateFormat {
			break
		}
		dir = filepath.Dir(dir)
	}
	if near = len(roots) > 0; len(roots) > 1 {
		words := strings.FieldsFunc(strings.ToLower(path.Base(p.shown)), func(c rune) bool { return c == '.' || c == '-' || c == '_' })
		roots = slices.DeleteFunc(roots, func(e *environment) bool {
			return !slices.Contains(words, strings.ToLower(cmp.Or(e.variant, e.name)))
		})
	}
	if near && p.is == terraform.StateFormat && path.Base(p.shown) != "terraform.tfstate" && len(roots) == 1 && roots[0].variant == "" {
		return nil, true // some data source may read it
	}
	return roots, near
}

// alone are the environments that plans and states make by themselves. One plan and one state in a folder are one.
func (o Options) alone(files []*plannedFile) (list []*environment) {
	type kind struct {
		dir string
		is  terraform.Format
	}
	count := map[kind]int{}
	for _, p := range files {
		count[kind{filepath.Dir(p.file), p.is}]++
	}
	for _, p := range files {
		dir := filepath.Dir(p.file)
		pair := count[kind{dir, terraform.PlanFormat}] == 1 && count[kind{dir, terraform.StateFormat}] == 1
		switch i := slices.IndexFunc(list, func(e *environment) bool { return e.dir == dir }); {
		case !pair || i < 0:
			list = append(list, o.byItself(p))
		case p.is == terraform.StateFormat:
			list[i].state = p
		default:
			list[i].plan, list[i].name = p, planName(p)
		}
	}
	return list
}

func planName(p *plannedFile) string {
	return strings.TrimSuffix(strings.TrimSuffix(p.shown, ".json"), ".tfstate")
}

func (o Options) byItself(p *plannedFile) *environment {
	e := &environment{name: planName(p), dir: filepath.Dir(p.file), noRoot: true}
	e.tree = config.WorkingTree(e.dir)
	if e.plan = p; p.is == terraform.StateFormat {
		e.plan, e.state = nil, p
	}
	if o.Config != nil {
		for _, c := range o.Config.Clusters {
			e.clusters = append(e.clusters, c.Name)
		}
	}
	if p.cluster != "" {
		e.clusters = []string{p.cluster}
	}
	return e
}

// doubles leaves out environments of a plan or a state alone that have mostly the resources of a root module: two of them would be
// taken for two sides of a failover. Nobody knows whether they are one, and a note asks.
func (b *built) doubles() {
	b.environments = slices.DeleteFunc(b.environments, func(e *environment) bool {
		if !e.noRoot || e.declared || len(e.addresses) == 0 {
			return false
		}
		for _, other := range b.environments {
			same := 0
			for address := range e.addresses {
				if !other.noRoot && other.addresses[address] {
					same++
				}
			}
			if 2*same >= len(e.addresses) {
				p := cmp.Or(e.plan, e.state)
				b.notes = append(b.notes, p.left("it has the resources of the root module "+other.shown))
				return true
			}
		}
		return false
	})
}
