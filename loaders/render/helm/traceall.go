package helm

import (
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
)

// trace runs all templates once more, instrumented, and tells for each of the rendered texts
// where it comes from.
func (r *renderer) trace(rendered map[string]string) map[string]Trace {
	texts, names, owners := map[string]string{}, r.shownNames(), map[string]*chart.Chart{}
	eachChart(r.chart, func(c *chart.Chart) {
		for _, t := range c.Templates {
			if strings.EqualFold(c.Metadata.Type, "library") && !strings.HasPrefix(path.Base(t.Name), "_") {
				continue
			}
			name := path.Join(c.ChartFullPath(), t.Name)
			texts[name], owners[name] = string(t.Data), c
		}
	})
	order := engineOrder(texts)
	pieces := map[string]*piece{}
	tr, err := newTracer(texts, names, order)
	if err == nil {
		r.fill(tr)
		if data, err := r.dataOf(); err == nil {
			r.registerAll(tr, data)
			for _, name := range order {
				own := data[owners[name].ChartFullPath()]
				if strings.HasPrefix(path.Base(name), "_") || own == nil {
					continue
				}
				own["Template"] = chartutil.Values{"Name": name, "BasePath": path.Join(owners[name].ChartFullPath(), "templates")}
				if len(texts[name]) > maxTracedTemplate || len(rendered[name]) > maxTracedText {
					continue
				}
				if p, err := tr.run(name, own); err == nil {
					pieces[name] = p
				}
			}
		}
	}
	traces := map[string]Trace{}
	for name, text := range rendered {
		var calls []traceCall
		if tr != nil {
			calls = tr.calls
		}
		traces[name] = wire(aligned(text, pieces[name], origin{file: names[name], text: texts[name]}), calls)
	}
	return traces
}

// engineOrder is the order in which Helm parses and renders: the deepest first, then from Z to A.
func engineOrder(texts map[string]string) []string {
	order := sortedNames(texts)
	slices.Reverse(order)
	slices.SortStableFunc(order, func(a, b string) int { return strings.Count(b, "/") - strings.Count(a, "/") })
	return order
}

// fill tells the tracer of the chart's files.
func (r *renderer) fill(tr *tracer) {
	for _, f := range r.files {
		if len(f.data) > maxTracedTemplate {
			continue
		}
		tr.files[f.shown()] = string(f.data)
		if len(f.data) > 0 && !strings.Contains(f.name, "templates/") {
			tr.byText[string(f.data)] = f.shown()
		}
	}
}

// registerAll makes the objects of all charts known to the tracer.
func (r *renderer) registerAll(tr *tracer, data map[string]map[string]any) {
	for _, full := range slices.Sorted(keysOf(data)) {
		prefix := chartPrefix(r.chart.ChartFullPath(), full)
		tr.register(data[full], spot{spotData, prefix})
	}
	if root := data[r.chart.ChartFullPath()]; root != nil {
		tr.register(root["Values"], spot{spotValues, ""})
	}
}

func keysOf[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// chartPrefix turns "root/charts/a/charts/b" into the JSON pointer of its values: "/a/b".
func chartPrefix(root, full string) string {
	rest, prefix := strings.TrimPrefix(full, root), ""
	for strings.HasPrefix(rest, "/charts/") {
		name, tail, more := strings.Cut(rest[len("/charts/"):], "/")
		prefix += "/" + escapeToken(name)
		if rest = ""; more {
			rest = "/" + tail
		}
	}
	return prefix
}
