package render

import (
	"cmp"
	"context"
	"encoding/json"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/render/kustomize"
	"github.com/passmuster/muster/loaders/source"
)

// Found is what inputs hold to render.
type Found struct {
	Sources []Source // what is to be rendered, by directory
	// Owned are the files that kustomizations and charts are made of, as in positions and sorted:
	// they are no plain manifests. Files beside a kustomization that it does not name are not
	// among them.
	Owned []string
}

// Discover finds kustomizations and charts in inputs, with the discovery of source.Load: what that
// would not read is not looked at. A kustomization that another one includes is rendered as a part
// of it, a component never on its own; so are a chart among the dependencies of another and one
// that a kustomization inflates. As with Load, the error is for usage problems.
func Discover(ctx context.Context, inputs []source.Input, opts source.Options) (*Found, error) {
	files, _, err := source.Find(ctx, inputs, opts, ".yaml", ".yml", ".json", "")
	if err != nil {
		return nil, err
	}
	d := discovery{opts: opts, files: map[string]bool{}, owned: map[string]bool{}}
	for _, f := range files {
		d.files[f.Path] = true
		if name := path.Base(f.Path); name == "Chart.yaml" {
			d.chart(ctx, f)
		}
	}
	for _, f := range files {
		if kustomize.IsName(path.Base(f.Path)) && !d.inChart(f.Path) {
			d.kustomization(ctx, f)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	found := &Found{Sources: append(d.rootCharts(), d.rootKustomizations()...)}
	for name := range d.files {
		if d.owned[name] || d.inChart(name) {
			found.Owned = append(found.Owned, name)
		}
	}
	slices.Sort(found.Owned)
	slices.SortFunc(found.Sources, func(a, b Source) int {
		return cmp.Or(cmp.Compare(a.Dir, b.Dir), cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Kind, b.Kind))
	})
	return found, nil
}

// discovery collects what there is to render.
type discovery struct {
	opts   source.Options
	files  map[string]bool // everything found, as in positions
	owned  map[string]bool
	charts []foundChart
	kusts  []*foundKustomization
}

type foundChart struct {
	cluster, dir string
	real         string // absolute, symlinks resolved
	library      bool   // never installed on its own
}

type foundKustomization struct {
	cluster, dir, real string
	component          bool
	refers             []string // real paths of what it refers to
	inflates           []string // real paths of charts
}

// real is a path of positions with its symlinks resolved.
func (d *discovery) real(name string) string {
	abs := filepath.FromSlash(name)
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(d.opts.Root, abs)
	}
	abs, err := filepath.Abs(abs)
	if err != nil {
		return name
	}
	if resolved, err := filepath.EvalSymlinks(abs); err == nil {
		return resolved
	}
	return abs
}

// shown is a resolved path as positions show it.
func (d *discovery) shown(real string) string {
	top := d.real(".")
	if rel, err := filepath.Rel(top, real); err == nil {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(real)
}

func (d *discovery) chart(ctx context.Context, f source.File) {
	c := foundChart{cluster: f.Cluster, dir: path.Dir(f.Path)}
	c.real = d.real(c.dir)
	if data, diag := f.Read(ctx, d.opts.Limits); diag == nil {
		if docs, _ := source.ParseAny(f.Path, data, d.opts); len(docs) > 0 {
			var chart struct{ Type string }
			c.library = json.Unmarshal(docs[0].JSON, &chart) == nil && chart.Type == "library"
		}
	}
	d.charts = append(d.charts, c)
}

// inChart reports whether a file is a part of a chart: what the chart is rendered from.
func (d *discovery) inChart(name string) bool {
	for _, c := range d.charts {
		below, ok := strings.CutPrefix(name, c.dir+"/")
		if c.dir == "." {
			below, ok = name, true
		}
		if !ok {
			continue
		}
		if isChartPart(below) {
			return true
		}
	}
	return false
}

// isChartPart reports whether a file, by its path below a chart, is what charts are rendered from.
// Whatever else lies beside a chart is read as if there were no chart: one at the top of a repository
// must not hide what the repository holds.
func isChartPart(below string) bool {
	first, _, deeper := strings.Cut(below, "/")
	if deeper {
		return first == "templates" || first == "charts" || first == "crds"
	}
	return first == "Chart.yaml" || first == "Chart.lock" || first == "requirements.yaml" || strings.HasPrefix(first, "values")
}

func (d *discovery) kustomization(ctx context.Context, f source.File) {
	data, diag := f.Read(ctx, d.opts.Limits)
	k := &foundKustomization{cluster: f.Cluster, dir: path.Dir(f.Path)}
	k.real = d.real(k.dir)
	if diag == nil {
		docs, diags := source.ParseAny(f.Path, data, d.opts)
		if len(diags) == 0 && len(docs) > 0 && !kustomize.IsKustomization(docs[0]) {
			return // Flux has a Kustomization of its own
		}
	}
	d.owned[f.Path] = true
	for _, other := range d.kusts {
		if other.cluster == k.cluster && other.real == k.real {
			return // a second file in one directory: rendering will say that kustomize refuses
		}
	}
	d.kusts = append(d.kusts, k)
	_, spec, _ := kustomize.Parse(f.Path, data, d.opts) // rendering will say what is wrong with it
	k.component = spec.Kind == "Component"
	for _, entry := range kustomize.References(spec) {
		name := path.Join(k.dir, entry)
		real := d.real(name)
		k.refers = append(k.refers, real)
		// kustomize reads no file of elsewhere; one that is named all the same is read as ever.
		if strings.HasPrefix(real, k.real+string(filepath.Separator)) {
			d.owned[name], d.owned[d.shown(real)] = true, true
		}
	}
	for _, name := range kustomize.HelmCharts(k.dir, spec) {
		k.inflates = append(k.inflates, d.real(name))
	}
}

func (d *discovery) rootCharts() (out []Source) {
	for _, c := range d.charts {
		part := c.library
		for _, other := range d.charts {
			part = part || other.cluster == c.cluster && strings.HasPrefix(c.real, filepath.Join(other.real, "charts")+string(filepath.Separator))
		}
		for _, k := range d.kusts {
			part = part || k.cluster == c.cluster && slices.Contains(k.inflates, c.real)
		}
		if !part {
			out = append(out, Source{Kind: Helm, Dir: c.dir, Cluster: c.cluster})
		}
	}
	return out
}

// rootKustomizations are those that no other one includes. Where kustomizations include one
// another in a circle, the first of them is taken, so that the circle is reported.
func (d *discovery) rootKustomizations() (out []Source) {
	byPlace := map[[2]string]*foundKustomization{}
	included := map[*foundKustomization]bool{}
	for _, k := range d.kusts {
		byPlace[[2]string{k.cluster, k.real}] = k
	}
	for _, k := range d.kusts {
		for _, real := range k.refers {
			if other := byPlace[[2]string{k.cluster, real}]; other != nil && other != k {
				included[other] = true
			}
		}
	}
	reached := map[*foundKustomization]bool{}
	var reach func(k *foundKustomization)
	reach = func(k *foundKustomization) {
		if k == nil || reached[k] {
			return
		}
		reached[k] = true
		for _, real := range k.refers {
			reach(byPlace[[2]string{k.cluster, real}])
		}
	}
	for _, circles := range []bool{false, true} {
		for _, k := range d.kusts {
			if !k.component && !reached[k] && (circles || !included[k]) {
				out = append(out, Source{Kind: Kustomize, Dir: k.dir, Cluster: k.cluster})
				reach(k)
			}
		}
	}
	return out
}
