package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/render"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// reading is everything that the options name, read or rendered.
type reading struct {
	*source.Result
	rendered []Rendered
	missing  []Missing
	files    []string // that were rendered from, as in positions
	variants []string // folders that render mostly the same as another
	built    *built   // by Terraform

	consul          []consulFile
	consulDocuments int
	consulMarked    []source.Marked
	hcl             []string // files that Load need not look at
	xds             []xdsFile
	announced       []string // the files of xds, which Load need not look at

	inputs     []source.Input
	overlooked []overlooked // read because the standards ask for it

	records    []*mesh.Record // of Terraform
	passedOver []source.Ignored
	unread     []source.Diagnostic
}

// read reads plain manifests and renders charts and kustomizations: those that the config names, and
// those that the inputs hold. What one is made of is not read again as a plain manifest.
func read(ctx context.Context, o Options) (*reading, error) {
	inputs, sources := o.Inputs, []render.Source(nil)
	if len(inputs) == 0 && o.Config != nil && len(o.Live) == 0 {
		inputs, sources = sourcesOf(o.Config)
	}
	if o.Config != nil {
		o.Source.Exclude = append(slices.Clip(o.Source.Exclude), o.Config.Inputs.Ignore...)
	}
	inputs, gone := o.absent(inputs)
	found, err := render.Discover(ctx, inputs, o.Source)
	if err != nil {
		return nil, err
	}
	for i := range sources {
		sources[i].Dir = o.shown(sources[i].Dir) // as those that were found are named
	}
	built, err := o.readTerraform(ctx, inputs)
	if err != nil {
		return nil, err
	}
	sources = append(sources, built.charts...)
	for _, e := range built.environments {
		o.beside = append(o.beside, e.dir)
	}
	if sources, err = o.withValues(append(sources, others(sources, found.Sources)...)); err != nil {
		return nil, err
	}
	results, err := o.render(ctx, sources, inputs)
	if err != nil {
		return nil, err
	}
	r := &reading{files: found.Owned, built: built, inputs: inputs, missing: gone}
	for _, res := range results {
		r.files = append(r.files, res.Owned...)
	}
	if o.Config == nil || len(o.Inputs) > 0 && o.unplaced() { // else somebody tells for which cluster a file is read as it is
		r.files = append(r.files, built.from...)
	}
	slices.Sort(r.files)
	r.files = slices.Compact(r.files)
	o.Source.Skip = func(file string) bool {
		_, ok := slices.BinarySearch(r.files, file)
		return ok || slices.Contains(r.hcl, file) || slices.Contains(r.announced, file) || slices.Contains(built.planned, file)
	}
	if err := r.findHCL(ctx, o, inputs); err != nil {
		return nil, err
	}
	if err := r.findXDS(ctx, o, inputs); err != nil {
		return nil, err
	}
	if r.Result, err = source.Load(ctx, inputs, o.Source); err != nil {
		return nil, err
	}
	if err := r.readConsul(ctx, o, inputs); err != nil {
		return nil, err
	}
	r.Files += len(r.files) + len(r.hcl) + len(r.announced)
	r.Documents += r.consulDocuments
	for _, x := range r.xds {
		r.Documents += x.Size()
	}
	r.Ignored = append(r.Ignored, r.passedOver...)
	r.Diagnostics = append(r.Diagnostics, r.unread...)
	r.Marked = append(r.Marked, r.consulMarked...)
	r.take(sources, results, o.Config == nil)
	r.takeBuilt()
	r.takeLive(o)
	r.Diagnostics = append(r.Diagnostics, toldAbsent(gone)...)
	if err := r.readOverlooked(ctx, o); err != nil {
		return nil, err
	}
	return r, ctx.Err()
}

// unplaced reports whether nobody tells to which cluster the inputs belong.
func (o Options) unplaced() bool {
	return !slices.ContainsFunc(o.Inputs, func(in source.Input) bool { return in.Cluster != "" })
}

// others leaves out what is named already: a source that the config names is rendered as it says.
func others(named, found []render.Source) []render.Source {
	return slices.DeleteFunc(slices.Clone(found), func(f render.Source) bool {
		return slices.ContainsFunc(named, func(n render.Source) bool {
			return n.Kind == f.Kind && n.Dir == f.Dir
		})
	})
}

// withValues gives the values of the command line to the one chart that there is.
func (o Options) withValues(sources []render.Source) ([]render.Source, error) {
	if len(o.Values)+len(o.Set) == 0 {
		return sources, nil
	}
	only := -1
	for i, s := range sources {
		if s.Kind != render.Helm {
			continue
		}
		if only >= 0 {
			return nil, fmt.Errorf("values are given for one chart, and there are several: %s, %s", sources[only].Dir, s.Dir)
		}
		only = i
	}
	if only < 0 {
		return nil, errors.New("values are given, and the inputs hold no chart")
	}
	chart := &sources[only]
	chart.Values, chart.Set = append(slices.Clip(chart.Values), o.Values...), append(slices.Clip(chart.Set), o.Set...)
	return sources, nil
}

// mostRendering bounds the rendering of all sources together: a pull request can hold any number of
// charts that never end.
const mostRendering = 3 * time.Minute

// render renders the sources, a few at a time.
func (o Options) render(ctx context.Context, sources []render.Source, inputs []source.Input) ([]*render.Result, error) {
	until := time.Now().Add(mostRendering)
	opts := render.Options{Source: o.Source, Roots: o.roots(inputs), Child: o.Renderer}
	results, errs := make([]*render.Result, len(sources)), make([]error, len(sources))
	var wg sync.WaitGroup
	slots := make(chan struct{}, 2) // each may need its whole share of memory
	for i, s := range sources {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			opts := opts
			opts.Deadline = max(time.Second, min(cmp.Or(o.RenderWithin, render.DefaultDeadline), time.Until(until)))
			results[i], errs[i] = render.Render(ctx, s, opts)
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// roots are what no path of a chart or kustomization leads out of: the git working tree around each
// input and around the config, or these themselves where there is none.
func (o Options) roots(inputs []source.Input) []string {
	var roots []string
	add := func(dir string) {
		if !filepath.IsAbs(dir) {
			dir = filepath.Join(o.Source.Root, dir)
		}
		if stat, err := os.Stat(dir); err == nil && !stat.IsDir() {
			dir = filepath.Dir(dir) // a Chart.yaml stands for its chart
		}
		if top := config.WorkingTree(dir); !slices.Contains(roots, top) {
			roots = append(roots, top)
		}
	}
	for _, in := range inputs {
		if in.Path != "-" {
			add(in.Path)
		}
	}
	if o.Config != nil {
		add(o.Config.Dir)
	}
	for _, dir := range o.beside {
		add(dir)
	}
	return roots
}

// shown is a directory as positions name it.
func (o Options) shown(dir string) string {
	if !filepath.IsAbs(dir) {
		return path.Clean(filepath.ToSlash(dir))
	}
	if root, err := filepath.Abs(o.Source.Root); err == nil {
		if rel, err := filepath.Rel(root, dir); err == nil {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(dir)
}

// take adds what was rendered to what was read. Without a config, renderings that say mostly the
// same are variants: of each object the first is taken, one for production before others.
func (r *reading) take(sources []render.Source, results []*render.Result, unsorted bool) {
	order := make([]int, len(sources))
	for i := range order {
		order[i] = i
	}
	if unsorted {
		slices.SortStableFunc(order, func(a, b int) int { return rankOf(sources[a].Dir) - rankOf(sources[b].Dir) })
	}
	taken := map[string]string{} // object -> the directory that it was rendered from
	for _, i := range order {
		s, res := sources[i], results[i]
		r.Ignored = append(r.Ignored, res.Ignored...)
		r.Diagnostics = append(r.Diagnostics, res.Diagnostics...)
		r.Marked = append(r.Marked, res.Marked...)
		r.missing = append(r.missing, missingOf(s, res)...)
		if twin := twinOf(res.Docs, s.Cluster, taken); unsorted && twin != "" {
			r.variants = append(r.variants, s.Dir, twin)
			res.Docs = slices.DeleteFunc(res.Docs, func(d *source.Document) bool { return taken[s.Cluster+"|"+d.Key()] != "" })
		}
		for _, d := range res.Docs {
			taken[s.Cluster+"|"+d.Key()] = s.Dir
		}
		r.Docs = append(r.Docs, res.Docs...)
		r.Documents += len(res.Docs)
		if len(res.Docs) == 0 && len(res.Missing) > 0 {
			continue // nothing came of it
		}
		r.rendered = append(r.rendered, Rendered{Kind: s.Kind.String(), Dir: path.Clean(s.Dir), Cluster: s.Cluster, Objects: len(res.Docs)})
	}
	slices.Sort(r.variants)
	r.variants = slices.Compact(r.variants)
}

// rankOf puts production first.
func rankOf(dir string) int {
	for _, name := range strings.FieldsFunc(strings.ToLower(dir), func(c rune) bool { return c == '/' || c == '-' || c == '_' || c == '.' }) {
		if name == "prod" || name == "production" {
			return 0
		}
	}
	return 1
}

// twinOf is the directory from which at least half of the objects were rendered before, or "".
func twinOf(docs []*source.Document, cluster string, taken map[string]string) string {
	known, twin := 0, ""
	for _, d := range docs {
		if dir, ok := taken[cluster+"|"+d.Key()]; ok {
			known++
			twin = dir
		}
	}
	if 2*known < len(docs) {
		return ""
	}
	return twin
}

// sourcesOf turns the config's sources into inputs, one per cluster and path, and what is to be
// rendered for each cluster.
func sourcesOf(c *config.Config) (inputs []source.Input, rendered []render.Source) {
	for _, cl := range c.Clusters {
		for _, s := range cl.Sources {
			one := render.Source{Cluster: cl.Name, Namespace: s.Namespace, Release: s.Release, Set: expressions(s.Set), At: s.Position}
			for _, v := range s.Values {
				one.Values = append(one.Values, c.Resolve(v))
			}
			switch {
			case s.Path != "":
				inputs = append(inputs, source.Input{Path: c.Resolve(s.Path), Cluster: cl.Name})
				continue
			case s.Helm != "":
				one.Kind, one.Dir = render.Helm, c.Resolve(s.Helm)
			default:
				one.Kind, one.Dir = render.Kustomize, c.Resolve(s.Kustomize)
			}
			rendered = append(rendered, one)
		}
	}
	return inputs, rendered
}
