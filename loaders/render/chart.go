package render

import (
	"bytes"
	"context"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/render/confined"
	"github.com/passmuster/muster/loaders/render/helm"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// chart renders a Helm chart.
func (r *Result) chart(ctx context.Context, src Source, root *confined.Root, dir string, opts Options) error {
	c := chartReader{ctx: ctx, root: root, dir: dir, res: r, way: map[string]bool{}}
	in := c.read(src, opts)
	r.around = []string{in.Namespace}
	if err := ctx.Err(); err != nil || c.stopped {
		return err
	}
	broken := map[string]bool{} // files that are told of
	for _, p := range helm.Check(in) {
		what := ""
		broken[p.Position.File] = broken[p.Position.File] || !p.Missing
		if p.Missing {
			what = p.Message
		}
		r.problem(p.Position, p.Message, what, p.Help)
	}
	at := mesh.Position{File: path.Join(in.Chart, "Chart.yaml"), Line: 1, Column: 1}
	stop := func(why string) {
		r.problem(at, why, "the chart "+in.Chart, "render it beforehand: helm template "+in.Chart+" | muster scan -")
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
		if m := (Missing{Position: p.Position, What: "the chart " + in.Chart, Help: p.Help}); broken[p.Position.File] {
			r.Missing = append(r.Missing, m)
		} else {
			r.lacks(m, "helm cannot render this chart: "+firstLine(p.Message, errUnexpected))
		}
		return nil
	case got.Helm == nil:
		stop(errUnexpected.Error())
		return nil
	}
	given := newLines(src.Given)
	for _, t := range got.Helm.Texts {
		docs, ignored, diags := source.Rendered(t.Rendered, templateOf{helm.NewAttribution(in, t), given}, opts.Source)
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
// what they say is not known. Passwords, and annotations that only make pods roll, are of no
// consequence.
func (r *Result) unstable(t helm.Text, docs []*source.Document) {
	if !t.Unstable {
		return
	}
	lines := bytes.Split(t.Rendered, []byte{'\n'})
	for _, n := range t.UnstableLines {
		if n > len(lines) || isAnnotation(lines, n-1) {
			continue
		}
		if d := docAt(docs, n); d != nil && d.Kind != "Secret" {
			r.Missing = append(r.Missing, Missing{
				Position:   mesh.Position{File: d.File, Line: d.Line, Column: 1},
				What:       d.Kind + " " + d.Name + ", which says something else each time the chart is rendered,",
				Namespaces: namespacesOf(d, r.around),
			})
		}
	}
	r.Missing = slices.CompactFunc(r.Missing, func(a, b Missing) bool { return a.What == b.What && a.Position.Compare(b.Position) == 0 })
}

// isAnnotation reports whether a line of YAML is an annotation that no mesh reads: the nearest line
// above it that is indented less is "annotations:".
func isAnnotation(lines [][]byte, i int) bool {
	indent := func(line []byte) int { return len(line) - len(bytes.TrimLeft(line, " ")) }
	key, _, _ := bytes.Cut(bytes.TrimSpace(lines[i]), []byte{':'})
	if domain, _, ok := strings.Cut(strings.Trim(string(key), `"'`), "/"); ok {
		for _, ours := range []string{"istio.io", "linkerd.io", "consul.hashicorp.com", "passmuster.dev"} {
			if domain == ours || strings.HasSuffix(domain, "."+ours) {
				return false
			}
		}
	}
	for above := i - 1; above >= 0; above-- {
		line := lines[above]
		if len(bytes.TrimSpace(line)) == 0 || indent(line) >= indent(lines[i]) {
			continue
		}
		return string(bytes.TrimSpace(line)) == "annotations:"
	}
	return false
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

// namespacesOf is where an object lives: none where that is not told, and it lives nowhere.
func namespacesOf(d *source.Document, release []string) []string {
	switch {
	case d.Namespace != "":
		return []string{d.Namespace}
	case isClusterScoped(d):
		return nil
	}
	return release
}

// templateOf leads to the lines of embedded texts too: where such a line stands is all that the
// attribution needs to know.
type templateOf struct {
	*helm.Attribution
	given *lines
}

// Locate leads to where a value is written; one of values that stand in no file to where these come from.
func (t templateOf) Locate(pointer string, at mesh.Position) mesh.Position {
	return t.given.lead(t.locate(pointer, at))
}

func (t templateOf) locate(pointer string, at mesh.Position) mesh.Position {
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
