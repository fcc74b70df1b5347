package render

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/ignore"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/render/helm"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// The limits of one chart, its dependencies included.
const (
	maxChartBytes = 32 << 20
	maxChartFiles = 5000
	maxChartDepth = 32
)

// chart renders a Helm chart.
func (r *Result) chart(ctx context.Context, src Source, root *confined.Root, dir string, opts Options) error {
	c := chartReader{ctx: ctx, root: root, dir: dir, res: r, visited: map[string]bool{}}
	in := c.read(src, opts)
	if err := ctx.Err(); err != nil || c.stopped {
		return err
	}
	for _, p := range helm.Check(in) {
		what := ""
		if p.Missing {
			what = p.Message
		}
		r.problem(p.Position, p.Message, what, p.Help, nil)
	}
	at := mesh.Position{File: path.Join(in.Chart, "Chart.yaml"), Line: 1, Column: 1}
	stop := func(why string) {
		r.problem(at, why, "the chart "+in.Chart, "render it beforehand: helm template "+in.Chart+" | muster scan -", nil)
	}
	got, stopped, err := opts.render(ctx, request{Helm: &in})
	switch {
	case err != nil:
		return err
	case stopped != "":
		stop(stopped)
		return nil
	case got.Error != "":
		p := helm.Explain(in, got.Error)
		if p.Position.IsZero() {
			p.Position = at
		}
		r.problem(p.Position, "helm cannot render this chart: "+firstLine(p.Message, errUnexpected), "the chart "+in.Chart, p.Help, nil)
		return nil
	case got.Helm == nil:
		stop(errUnexpected.Error())
		return nil
	}
	for _, t := range got.Helm.Texts {
		docs, ignored, diags := source.Rendered(t.Rendered, templateOf{helm.NewAttribution(in, t)}, opts.Source)
		r.Docs = append(r.Docs, docs...)
		r.Ignored = append(r.Ignored, ignored...)
		r.Diagnostics = append(r.Diagnostics, diags...)
		r.unstable(t, docs)
	}
	for _, note := range got.Helm.Notes {
		r.Ignored = append(r.Ignored, source.Ignored{File: at.File, Line: at.Line, Reason: note})
	}
	return nil
}

// unstable notes objects that say something else at each render, by random values or the time:
// what they say is not known. Passwords and checksums over them are of no consequence.
func (r *Result) unstable(t helm.Text, docs []*source.Document) {
	if !t.Unstable {
		return
	}
	lines := bytes.Split(t.Rendered, []byte{'\n'})
	for _, n := range t.UnstableLines {
		if n > len(lines) || bytes.HasPrefix(bytes.TrimSpace(lines[n-1]), []byte("checksum/")) {
			continue
		}
		if d := docAt(docs, n); d != nil && d.Kind != "Secret" {
			r.Missing = append(r.Missing, Missing{
				Position:   mesh.Position{File: d.File, Line: d.Line, Column: 1},
				What:       d.Kind + " " + d.Name + ", which says something else each time the chart is rendered,",
				Namespaces: namespacesOf(d),
			})
		}
	}
	r.Missing = slices.CompactFunc(r.Missing, func(a, b Missing) bool { return a.What == b.What && a.Position.Compare(b.Position) == 0 })
}

// docAt is the object that a line of the rendered text belongs to, or nil.
func docAt(docs []*source.Document, line int) (at *source.Document) {
	for _, d := range docs {
		if d.RenderedLine() <= line {
			at = d
		}
	}
	return at
}

func namespacesOf(d *source.Document) []string {
	if d.Namespace == "" {
		return nil
	}
	return []string{d.Namespace}
}

// templateOf leads to the lines of embedded texts too: where such a line stands is all that the
// attribution needs to know.
type templateOf struct{ *helm.Attribution }

func (t templateOf) Locate(pointer string, at mesh.Position) mesh.Position {
	i := strings.LastIndex(pointer, "#text:")
	if i < 0 {
		return t.Attribution.Locate(pointer, at)
	}
	p := t.Attribution.Locate(pointer[:i], at)
	if p.Path == pointer[:i] && at.Path == pointer {
		p.Path = pointer
	}
	return p
}

// chartReader reads the files of a chart, confined.
type chartReader struct {
	ctx     context.Context
	root    *confined.Root
	dir     string // of the chart, below root
	res     *Result
	rules   *ignore.Rules
	files   []helm.File
	visited map[string]bool
	stopped bool
}

func (c *chartReader) read(src Source, opts Options) helm.Input {
	in := helm.Input{
		Chart: c.root.Shown(c.dir), Set: src.Set, Release: src.Release, Namespace: src.Namespace,
		KubeVersion: src.KubeVersion, APIVersions: src.APIVersions,
	}
	if in.Release == "" {
		in.Release = path.Base(in.Chart)
	}
	if in.Namespace == "" {
		in.Namespace = "default"
	}
	c.ignores()
	c.directory(c.dir, "", 0)
	in.Files = c.files
	for _, name := range src.Values {
		c.values(&in, name, opts)
	}
	return in
}

// ignores reads .helmignore; helm ignores hidden files among the templates in any case.
func (c *chartReader) ignores() {
	c.rules = ignore.Empty()
	if e, err := c.root.Find(path.Join(c.dir, ignore.HelmIgnore)); err == nil && !e.Dir {
		if data, diag := c.root.Read(c.ctx, e.Name); diag == nil {
			if rules, err := ignore.Parse(bytes.NewReader(data)); err == nil {
				c.rules = rules
			}
		}
	}
	c.rules.AddDefaults()
}

func (c *chartReader) stop(file, message string) {
	if !c.stopped {
		c.stopped = true
		c.res.problem(mesh.Position{File: file, Line: 1, Column: 1}, message, "the chart "+c.root.Shown(c.dir), "", nil)
	}
}

// directory reads what is below real, which the chart sees as name.
func (c *chartReader) directory(real, name string, depth int) {
	if c.stopped || c.visited[real] || c.ctx.Err() != nil {
		return
	}
	c.visited[real] = true
	entries, err := c.root.List(real)
	if err != nil {
		c.stop(c.root.Shown(real), "cannot be read: "+err.Error())
		return
	}
	if depth > maxChartDepth {
		c.stop(c.root.Shown(real), fmt.Sprintf("directories of this chart lie more than %d levels deep; it is not rendered", maxChartDepth))
		return
	}
	for _, e := range entries {
		c.entry(path.Join(real, e.Name()), path.Join(name, e.Name()), depth, e)
	}
}

func (c *chartReader) entry(at, name string, depth int, e fs.DirEntry) {
	if info, err := e.Info(); err != nil || c.rules.Ignore(name, info) {
		return
	}
	found, err := c.root.Find(at)
	if err != nil {
		c.res.problem(mesh.Position{File: c.root.Shown(at), Line: 1, Column: 1}, "this part of the chart "+err.Error()+" and is not read", c.root.Shown(at), "", nil)
		return
	}
	if found.Dir {
		c.directory(found.Name, name, depth+1)
		return
	}
	c.res.Owned = append(c.res.Owned, c.root.Shown(at))
	data, diag := c.root.Read(c.ctx, found.Name)
	if diag != nil {
		c.res.problem(diag.Position, diag.Message, diag.Position.File, "", nil)
		return
	}
	c.res.Bytes += len(data)
	switch {
	case c.res.Bytes > maxChartBytes:
		c.stop(c.root.Shown(c.dir), fmt.Sprintf("this chart holds more than %d MiB; it is not rendered", maxChartBytes>>20))
	case len(c.files) >= maxChartFiles:
		c.stop(c.root.Shown(c.dir), fmt.Sprintf("this chart holds more than %d files; it is not rendered", maxChartFiles))
	default:
		c.files = append(c.files, helm.File{Name: name, Data: data})
	}
}

// values reads one file of values, which may lie outside of the chart but not of the roots.
func (c *chartReader) values(in *helm.Input, name string, opts Options) {
	root, below, err := confined.For(opts.Source.Root, opts.Roots, name, opts.Source.Limits)
	if err != nil {
		c.stop(path.Clean(name), "these values cannot be used: the file "+err.Error())
		return
	}
	data, diag := root.Read(c.ctx, below)
	if diag != nil {
		c.stop(diag.Position.File, diag.Message)
		return
	}
	c.res.Bytes += len(data)
	c.res.Owned = append(c.res.Owned, root.Shown(below))
	in.Values = append(in.Values, helm.ValuesFile{Name: root.Shown(below), Data: data})
}
