package helm

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
)

// Render renders a chart as `helm template --include-crds --skip-tests` does, without a cluster,
// a file system, the network or the environment. An error is a *Failure wherever a position is
// known; its text leads with it.
//
// A hostile chart takes as much time and memory as it likes: ctx is looked at between the steps
// only, so Render belongs into a child process that can be ended.
func Render(ctx context.Context, in Input) (out *Output, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("Chart.yaml:1:1: the chart cannot be rendered: %s", oneLine(fmt.Sprint(r)))
		}
	}()
	files, err := unpack(in.Files)
	if err != nil {
		return nil, err
	}
	l, err := load(files)
	if err != nil {
		return nil, err
	}
	if strings.EqualFold(l.chart.Metadata.Type, "library") {
		return &Output{Notes: []string{"a library chart renders nothing"}}, nil
	}
	user, err := in.userValues()
	if err != nil {
		return nil, err
	}
	m := newModel(in, files)
	if err := chartutil.ProcessDependencies(l.chart, user); err != nil {
		return nil, failure("Chart.yaml", 1, 1, err.Error())
	}
	values, err := l.renderValues(in, user)
	if err != nil {
		return nil, failure("Chart.yaml", 1, 1, err.Error())
	}
	checked, _ := values["Values"].(chartutil.Values)
	notes, err := l.checkSchemas(checked, m)
	if err != nil {
		return nil, err
	}
	r := renderer{in: in, user: user, loaded: l}
	texts, err := r.texts(ctx)
	if err != nil {
		return nil, err
	}
	return &Output{Texts: texts, Notes: notes}, nil
}

// renderer renders one chart several times.
type renderer struct {
	in   Input
	user map[string]any
	*loaded
}

// once is one render by Helm's engine, by Helm's names of the templates.
func (r *renderer) once(ctx context.Context) (map[string]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	values, err := r.renderValues(r.in, r.user)
	if err != nil {
		return nil, err
	}
	texts, err := engine.Render(r.chart, values)
	if err != nil {
		return nil, explain(err, r.shownNames())
	}
	return texts, nil
}

func (r *renderer) shownNames() map[string]string {
	names := map[string]string{}
	for name, i := range r.templates() {
		names[name] = r.files[i].shown()
	}
	return names
}

func (r *renderer) texts(ctx context.Context) ([]Text, error) {
	first, err := r.once(ctx)
	if err != nil {
		return nil, err
	}
	second, err := r.once(ctx)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	traced := r.trace(first)

	texts := r.crds()
	for _, name := range sortedNames(first) {
		if strings.HasPrefix(path.Base(name), "_") || strings.HasSuffix(name, "NOTES.txt") {
			continue
		}
		rendered := []byte(first[name])
		t := Text{Template: strings.TrimPrefix(name, r.chart.ChartFullPath()+"/"), UnstableLines: differing(rendered, []byte(second[name]))}
		t.Unstable = len(t.UnstableLines) > 0 || first[name] != second[name]
		t.Rendered = blankTests(rendered)
		t.Trace = traced[name]
		if strings.TrimSpace(string(t.Rendered)) != "" {
			texts = append(texts, t)
		}
	}
	slices.SortStableFunc(texts, func(a, b Text) int { return strings.Compare(a.Template, b.Template) })
	return texts, nil
}

func sortedNames(texts map[string]string) []string {
	names := make([]string, 0, len(texts))
	for n := range texts {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// crds are the files below crds/, which Helm takes as they are.
func (r *renderer) crds() (texts []Text) {
	for _, crd := range r.chart.CRDObjects() {
		name := strings.TrimPrefix(crd.Filename, r.chart.ChartFullPath()+"/")
		shown := name
		if i, ok := r.file(crd.File.Data); ok {
			shown = r.loaded.files[i].shown()
		}
		if len(crd.File.Data) == 0 {
			continue
		}
		texts = append(texts, Text{Template: name, Rendered: crd.File.Data, Trace: Trace{
			Spans: []Span{{To: len(crd.File.Data), Call: -1}},
			Nodes: []Node{{File: shown, Line: 1, Column: 1, Literal: true}},
		}})
	}
	return texts
}

// capture takes the place of .Capabilities in a render of its own, whose only purpose is to get
// hold of the objects that Helm's engine gives to the templates of each chart.
type capture struct {
	*chartutil.Capabilities
	got map[string]map[string]any
}

// Data is called by the template of dataOf.
func (c *capture) Data(name string, dot any) string {
	if m, ok := asMap(dot); ok {
		c.got[name] = m
	}
	return ""
}

// dataOf is the top-level object of the templates of each chart, by the chart's full path.
func (r *renderer) dataOf() (map[string]map[string]any, error) {
	values, err := r.renderValues(r.in, r.user)
	if err != nil {
		return nil, err
	}
	caps, ok := values["Capabilities"].(*chartutil.Capabilities)
	if !ok {
		return nil, errors.New("no capabilities")
	}
	c := &capture{Capabilities: caps, got: map[string]map[string]any{}}
	values["Capabilities"] = c
	original := map[*chart.Chart][]*chart.File{}
	eachChart(r.chart, func(sub *chart.Chart) {
		original[sub] = sub.Templates
		text := fmt.Sprintf("{{ .Capabilities.Data %q . }}", sub.ChartFullPath())
		sub.Templates = []*chart.File{{Name: "templates/data", Data: []byte(text)}}
	})
	_, err = engine.Render(r.chart, values)
	eachChart(r.chart, func(sub *chart.Chart) { sub.Templates = original[sub] })
	for _, data := range c.got {
		data["Capabilities"] = caps
	}
	return c.got, err
}
