package helm

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/yaml"

	"helm.sh/helm/v3/pkg/strvals"
)

// loaded is a chart with its subcharts as Helm reads them.
type loaded struct {
	chart *chart.Chart
	files []chartFile
	byPtr map[*byte]int // from the first byte of a file to the file
}

func load(files []chartFile) (*loaded, error) {
	l := &loaded{files: files, byPtr: make(map[*byte]int, len(files))}
	buffered := make([]*loader.BufferedFile, 0, len(files))
	for i, f := range files {
		buffered = append(buffered, &loader.BufferedFile{Name: f.name, Data: f.data})
		if len(f.data) > 0 {
			l.byPtr[&f.data[0]] = i
		}
	}
	for _, f := range files {
		if err := parseProblem(f); err != nil {
			return nil, err
		}
	}
	c, err := loader.LoadFiles(buffered)
	if err != nil {
		return nil, failure("Chart.yaml", 1, 1, err.Error())
	}
	sortDependencies(c)
	l.chart = c
	return l, nil
}

// sortDependencies gives subcharts an order; the loader has them in that of a Go map.
func sortDependencies(c *chart.Chart) {
	deps := slices.Clone(c.Dependencies())
	slices.SortStableFunc(deps, func(a, b *chart.Chart) int {
		return cmp.Or(cmp.Compare(a.Name(), b.Name()), cmp.Compare(b.Metadata.Version, a.Metadata.Version))
	})
	c.SetDependencies(deps...)
	for _, d := range deps {
		sortDependencies(d)
	}
}

// file is the file that holds some bytes of a chart.
func (l *loaded) file(data []byte) (int, bool) {
	if len(data) == 0 {
		return 0, false
	}
	i, ok := l.byPtr[&data[0]]
	return i, ok
}

// templates maps Helm's names of templates to the files that hold them.
func (l *loaded) templates() map[string]int {
	names := map[string]int{}
	eachChart(l.chart, func(c *chart.Chart) {
		for _, t := range c.Templates {
			if i, ok := l.file(t.Data); ok {
				names[path.Join(c.ChartFullPath(), t.Name)] = i
			}
		}
	})
	return names
}

func eachChart(c *chart.Chart, do func(*chart.Chart)) {
	do(c)
	for _, d := range c.Dependencies() {
		eachChart(d, do)
	}
}

var yamlLine = regexp.MustCompile(`line (\d+)`)

// parseProblem tells of a file that Helm reads as YAML and cannot, with its line.
func parseProblem(f chartFile) *Failure {
	var into any
	switch base := path.Base(f.name); {
	case strings.HasPrefix(f.name, "templates/") || strings.Contains(f.name, "/templates/"):
		return nil
	case base == "values.yaml" && isChartDir(path.Dir(f.name)):
		into = &map[string]any{}
	case base == "Chart.yaml" && isChartDir(path.Dir(f.name)):
		into = &chart.Metadata{}
	default:
		return nil
	}
	if err := yaml.Unmarshal(f.data, into); err != nil {
		return yamlFailure(f.shown(), f.data, err)
	}
	return nil
}

// isChartDir reports whether a directory within a chart is where a chart or subchart stands.
func isChartDir(dir string) bool {
	if dir == "." {
		return true
	}
	parts := strings.Split(dir, "/")
	for i := 0; i < len(parts); i += 2 {
		if parts[i] != "charts" {
			return false
		}
	}
	return len(parts)%2 == 0
}

// yamlFailure places an error of the YAML parser, which names the line at best.
func yamlFailure(file string, data []byte, err error) *Failure {
	line := 1
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		line = min(max(line, 1), strings.Count(string(data), "\n")+1)
	}
	message := err.Error()
	for _, prefix := range []string{"error converting YAML to JSON: ", "error unmarshaling JSON: ", "while decoding JSON: ", "yaml: "} {
		message = strings.TrimPrefix(message, prefix)
	}
	message = strings.TrimPrefix(message, fmt.Sprintf("line %d: ", line))
	if strings.Contains(message, "cannot unmarshal") {
		message = "this is not the mapping that Helm expects here (" + message + ")"
	}
	return failure(file, line, 1, message)
}

// userValues merges values files and --set expressions as Helm's command line does.
func (in Input) userValues() (map[string]any, error) {
	base := map[string]any{}
	for _, f := range in.Values {
		values := map[string]any{}
		if err := yaml.Unmarshal(f.Data, &values); err != nil {
			return nil, yamlFailure(f.Name, f.Data, err)
		}
		base = mergeValues(base, values)
	}
	for _, expr := range in.Set {
		if err := strvals.ParseInto(expr, base); err != nil {
			return nil, fmt.Errorf("--set %s: %w", oneLine(expr), err)
		}
	}
	return base, nil
}

// mergeValues lays one file of values over another: mappings merge, everything else replaces.
func mergeValues(under, over map[string]any) map[string]any {
	out := make(map[string]any, len(under)+len(over))
	for k, v := range under {
		out[k] = v
	}
	for k, v := range over {
		below, both := out[k].(map[string]any)
		if above, ok := v.(map[string]any); ok && both {
			v = mergeValues(below, above)
		}
		out[k] = v
	}
	return out
}

// renderValues is what templates get, made anew for each render: templates can change it.
func (l *loaded) renderValues(in Input, user map[string]any) (chartutil.Values, error) {
	caps, err := in.capabilities()
	if err != nil {
		return nil, fmt.Errorf("kubeVersion %q: %w", in.KubeVersion, err)
	}
	release := chartutil.ReleaseOptions{
		Name: cmp.Or(in.Release, "release-name"), Namespace: cmp.Or(in.Namespace, "default"), Revision: 1, IsInstall: true,
	}
	// The library's validation reads files and the network when a schema asks for it; see schema.go.
	return chartutil.ToRenderValuesWithSchemaValidation(l.chart, user, release, caps, true)
}
