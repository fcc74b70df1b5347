package helm

import (
	"bytes"
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/strvals"
	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/mesh"
)

// Check tells what is wrong with a chart and its values that can be known without rendering:
// files that cannot be read, dependencies that are declared and not there (Helm's library renders
// without them, and without a word), a version of Kubernetes that the chart refuses. It runs no
// template, and opens packed subcharts up to a limit.
func Check(in Input) (problems []Problem) {
	for _, f := range in.Values {
		values := map[string]any{}
		if err := safely(func() error { return yaml.Unmarshal(f.Data, &values) }); err != nil {
			problems = append(problems, Problem{Position: yamlFailure(f.Name, f.Data, err).Position, Message: yamlFailure(f.Name, f.Data, err).Message})
		}
	}
	for _, expr := range in.Set {
		if err := safely(func() error { return strvals.ParseInto(expr, map[string]any{}) }); err != nil {
			problems = append(problems, Problem{Position: mesh.Position{File: in.file("Chart.yaml"), Line: 1, Column: 1},
				Message: oneLine(fmt.Sprintf("--set %s: %v", expr, err))})
		}
	}
	files, err := unpack(in.Files)
	if err != nil {
		return append(problems, Explain(in, err.Error()))
	}
	if !slices.ContainsFunc(files, func(f chartFile) bool { return f.name == "Chart.yaml" }) {
		return append(problems, Problem{Position: mesh.Position{File: cmp.Or(in.Chart, ".")},
			Message: "this directory holds no Chart.yaml, so it is no Helm chart"})
	}
	for _, f := range files {
		if bad := parseProblem(f); bad != nil {
			problems = append(problems, Explain(in, bad.Error()))
		}
	}
	if len(problems) > 0 {
		return problems
	}
	c := checker{in: in, model: newModel(in, files)}
	c.metadata()
	c.kubeVersion()
	c.dependencies(c.model.root, nil)
	return c.problems
}

type checker struct {
	in       Input
	model    *model
	problems []Problem
	seen     int // charts looked at
}

// Charts below charts under many aliases are very many charts.
const (
	maxCharts   = 5_000
	maxProblems = 100
)

// metadata applies Helm's own rules to Chart.yaml. The copy is validated because Helm cleans the
// names as it goes.
func (c *checker) metadata() {
	root := c.model.root
	meta := *root.meta
	meta.APIVersion = cmp.Or(meta.APIVersion, chart.APIVersionV1)
	if err := safely(meta.Validate); err != nil {
		field := ""
		if _, rest, ok := strings.Cut(err.Error(), "chart.metadata."); ok {
			field, _, _ = strings.Cut(rest, " ")
		}
		c.problems = append(c.problems, Problem{Position: c.at(root.chart, field),
			Message: strings.ReplaceAll(strings.TrimPrefix(err.Error(), "validation: "), "chart.metadata.", "")})
	}
}

func (c *checker) kubeVersion() {
	meta := c.model.root.meta
	version, err := chartutil.ParseKubeVersion(c.in.kubeVersion())
	if err != nil {
		c.problems = append(c.problems, Problem{Position: c.at(c.model.root.chart, ""),
			Message: fmt.Sprintf("%q is no version of Kubernetes", c.in.kubeVersion())})
		return
	}
	if meta.KubeVersion != "" && !chartutil.IsCompatibleRange(meta.KubeVersion, version.Version) {
		c.problems = append(c.problems, Problem{Position: c.at(c.model.root.chart, "kubeVersion"),
			Message: fmt.Sprintf("the chart wants Kubernetes %s, and is rendered for %s", oneLine(meta.KubeVersion), version.Version),
			Help:    "name the cluster's version of Kubernetes, or a chart that supports it"})
	}
}

// at is the place of a field of a file, or the file's beginning.
func (c *checker) at(l *layer, fields ...string) mesh.Position {
	p := mesh.Position{File: c.in.file("Chart.yaml"), Line: 1, Column: 1}
	if l == nil {
		return p
	}
	if l.archive != "" {
		return mesh.Position{File: c.in.file(l.archive), Via: []mesh.Via{{File: c.in.file(l.shown), Line: 1, Column: 1, What: "in the packed chart"}}}
	}
	p.File = c.in.file(l.shown)
	for n := len(fields); n > 0; n-- {
		if h, _ := l.walk(fields[:n]); h.key != nil {
			p.Line, p.Column = h.key.Line, h.key.Column
			break
		}
	}
	return p
}

// dependencies reports what a chart, and the charts below it, declare and do not have.
func (c *checker) dependencies(s *source, prefix []string) {
	if c.seen++; c.seen > maxCharts || len(c.problems) > maxProblems {
		return
	}
	for i, d := range s.deps {
		if !c.enabled(d, prefix) {
			continue
		}
		sub := s.child(nameOf(d))
		if sub != nil && satisfies(sub, d) {
			c.dependencies(sub, append(slices.Clone(prefix), sub.name))
			continue
		}
		c.problems = append(c.problems, c.missing(s, i, d))
	}
	for _, sub := range s.charts {
		if !slices.ContainsFunc(s.deps, func(d *chart.Dependency) bool { return nameOf(d) == sub.name }) {
			c.dependencies(sub, append(slices.Clone(prefix), sub.name))
		}
	}
}

func (c *checker) missing(s *source, i int, d *chart.Dependency) Problem {
	l := s.chart
	if h, _ := l.walk([]string{"dependencies"}); !h.found() && s.reqs != nil {
		l = s.reqs
	}
	message := fmt.Sprintf("dependency %q (%s) is not in charts/", oneLine(d.Name), cmp.Or(oneLine(d.Version), "any version"))
	for _, sub := range s.charts {
		if sub.meta.Name == d.Name {
			message += ", where its version is " + cmp.Or(oneLine(sub.meta.Version), "unknown")
			break
		}
	}
	return Problem{
		Position: c.at(l, "dependencies", fmt.Sprint(i)), Message: message, Missing: true,
		Help: "helm dependency build " + cmp.Or(path.Join(c.in.Chart, strings.TrimSuffix(s.dir, "/")), "."),
	}
}

// enabled evaluates tags and condition as Helm does: the first condition that is a boolean
// decides, else the tags, of which one that is true is enough.
func (c *checker) enabled(d *chart.Dependency, prefix []string) bool {
	on, off := false, false
	for _, tag := range d.Tags {
		if v, ok := c.boolean([]string{"tags", tag}); ok {
			on, off = on || v, off || !v
		}
	}
	enabled := on || !off
	for condition := range strings.SplitSeq(strings.TrimSpace(d.Condition), ",") {
		if condition == "" {
			continue
		}
		if v, ok := c.boolean(append(slices.Clone(prefix), strings.Split(condition, ".")...)); ok {
			return v
		}
	}
	return enabled
}

func (c *checker) boolean(value []string) (v, ok bool) {
	h, found := c.model.find(value)
	if !found {
		return false, false
	}
	plain := h.plain
	if h.set == "" && h.value != nil && !bytes.ContainsAny([]byte(h.value.Value), "\n") && h.value.Style == 0 {
		plain = meaning(h.value.Value)
	}
	v, ok = plain.(bool)
	return v, ok
}
