package helm

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/strvals"
	sigsyaml "sigs.k8s.io/yaml"
)

// layer is one file of values, or a Chart.yaml.
type layer struct {
	shown   string // as the text of an error names it
	values  bool   // a values file of the input: positions name it as it is
	archive string // the packed subchart that holds it, if any
	data    []byte
	root    *yaml.Node
}

// source is a chart with the files its values come from.
type source struct {
	name   string // or its alias
	dir    string // within the root chart, as the loader is told
	meta   *chart.Metadata
	layer  *layer // values.yaml; nil if there is none
	chart  *layer // Chart.yaml
	reqs   *layer // requirements.yaml; nil if there is none
	charts []*source
	deps   []*chart.Dependency
}

// setting is one --set expression.
type setting struct {
	expr string
	tree map[string]any
}

// model is where the values of a chart come from, in Helm's order of precedence.
type model struct {
	sets  []setting
	files []*layer
	root  *source
}

// newModel reads what it can: broken files are somebody else's report.
func newModel(in Input, files []chartFile) *model {
	m := &model{root: readSource(files, "", 0)}
	for _, f := range in.Values {
		m.files = append(m.files, &layer{shown: f.Name, values: true, data: f.Data, root: nodeTree(f.Data)})
	}
	for _, expr := range in.Set {
		tree := map[string]any{}
		if safely(func() error { return strvals.ParseInto(expr, tree) }) == nil {
			m.sets = append(m.sets, setting{expr, tree})
		}
	}
	return m
}

const maxChartDepth = 16

// readSource reads the chart in a directory ("" or "charts/a/") and the charts below it.
func readSource(files []chartFile, dir string, depth int) *source {
	s := &source{dir: dir, meta: &chart.Metadata{}}
	below := map[string][]chartFile{}
	var order []string
	for _, f := range files {
		rest, ok := strings.CutPrefix(f.name, dir)
		if !ok {
			continue
		}
		l := &layer{shown: f.shown(), archive: f.archive, data: f.data}
		switch {
		case rest == "Chart.yaml" || rest == "requirements.yaml":
			l.root = nodeTree(f.data)
			if rest == "Chart.yaml" {
				s.chart = l
			} else {
				s.reqs = l
			}
			safely(func() error { return sigsyaml.Unmarshal(f.data, s.meta) }) //nolint:errcheck // what cannot be read is reported by Check
		case rest == "values.yaml":
			l.root = nodeTree(f.data)
			s.layer = l
		case strings.HasPrefix(rest, "charts/"):
			name, _, isDir := strings.Cut(rest[len("charts/"):], "/")
			if isDir && strings.IndexAny(name, "_.") != 0 {
				if below[name] == nil {
					order = append(order, name)
				}
				below[name] = append(below[name], f)
			}
		}
	}
	s.name = s.meta.Name
	s.deps = slices.DeleteFunc(slices.Clone(s.meta.Dependencies), func(d *chart.Dependency) bool { return d == nil })
	if depth >= maxChartDepth {
		return s
	}
	var present []*source
	for _, name := range order {
		if sub := readSource(below[name], path.Join(dir, "charts", name)+"/", depth+1); sub.chart != nil {
			present = append(present, sub)
		}
	}
	s.adopt(present)
	return s
}

// adopt takes the charts below s under the names that its dependencies give them.
func (s *source) adopt(present []*source) {
	declared := map[*source]bool{}
	for _, d := range s.deps {
		for _, sub := range present {
			if !satisfies(sub, d) {
				continue
			}
			declared[sub] = true
			named := *sub
			named.name = nameOf(d)
			s.charts = append(s.charts, &named)
			break
		}
	}
	for _, sub := range present {
		if !declared[sub] {
			s.charts = append(s.charts, sub)
		}
	}
}

func satisfies(sub *source, d *chart.Dependency) bool {
	return sub.meta.Name == d.Name && chartutil.IsCompatibleRange(d.Version, sub.meta.Version)
}

// nameOf is the name that a dependency's values stand under.
func nameOf(d *chart.Dependency) string {
	if d.Alias != "" {
		return d.Alias
	}
	return d.Name
}

func (s *source) child(name string) *source {
	for _, c := range s.charts {
		if c.name == name {
			return c
		}
	}
	return nil
}

// at is the chart that a value path leads into, and how many of its elements name charts.
func (m *model) at(path []string) (s *source, depth int) {
	s = m.root
	for depth < len(path) {
		c := s.child(path[depth])
		if c == nil {
			break
		}
		s, depth = c, depth+1
	}
	return s, depth
}
