package proposal

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// kustomization is a folder that kustomize renders.
type kustomization struct {
	file      string
	component bool
	dirs      []string // kustomizations that it takes in, in this repository
	files     []string
	charts    []string // names of charts that it inflates
	used      bool     // taken in by another one of the same scope
	aggregate bool     // takes in several clusters: it is of none
}

// chart is a folder with a Helm chart.
type chart struct {
	name    string
	library bool
	used    bool // a dependency of another chart, or inflated by a kustomization
	values  []*file
}

var kustomizationNames = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

// readPackages finds kustomizations and charts, and which files they own.
func (t *tree) readPackages() {
	for _, d := range t.sorted() {
		d.aside = d.parent != nil && (d.parent.aside || asideNames[d.name()])
		for _, name := range kustomizationNames {
			if f := t.files[path.Join(d.path, name)]; f != nil && d.kust == nil {
				d.kust = t.kustomization(d, f)
			}
		}
		for _, name := range []string{"Chart.yaml", "Chart.yml"} {
			if f := t.files[path.Join(d.path, name)]; f != nil && d.chart == nil {
				d.chart = &chart{name: d.name()}
				n := t.plain(f.path)
				if w := word(at(n, "name")); w != "" {
					d.chart.name = w
				}
				d.chart.library = word(at(n, "type")) == "library"
			}
		}
	}
	for _, d := range t.sorted() {
		t.readDependencies(d)
	}
	if !t.hasContent() {
		for _, d := range t.dirs { // somebody asks about the examples themselves
			d.aside = false
		}
	}
}

// hasContent reports whether something runs outside of the folders of examples; the installation of a mesh alone is
// there for the examples.
func (t *tree) hasContent() bool {
	for _, d := range t.dirs {
		if !d.aside && (d.kust != nil || d.chart != nil || slices.ContainsFunc(d.files, func(f *file) bool { return slices.ContainsFunc(f.docs, runs) })) {
			return true
		}
	}
	return false
}

// runs reports whether a document is more than what a cluster has before anything is deployed.
func runs(d *source.Document) bool {
	switch d.Kind {
	case "IstioOperator", "Namespace", "Node", "ConfigMap", "Secret":
		return isDelivery(d)
	}
	return group(d) != "sailoperator.io"
}

// readDependencies marks the charts that others use, and what lies inside a chart.
func (t *tree) readDependencies(d *dir) {
	if d.chart != nil {
		n := t.plain(path.Join(d.path, "Chart.yaml"))
		if list := at(n, "dependencies"); list != nil {
			for _, dep := range list.Content {
				if local, ok := strings.CutPrefix(word(at(dep, "repository")), "file://"); ok {
					if used := t.dirs[path.Join(d.path, local)]; used != nil && used.chart != nil {
						used.chart.used = true
					}
				}
			}
		}
		for _, sub := range d.dirs {
			if sub.name() == "charts" {
				sub.walk(func(in *dir) bool { in.chart = nil; return true })
			}
		}
	}
	if d.kust == nil {
		return
	}
	for _, name := range d.kust.charts {
		for _, at := range []string{path.Join(d.path, name), path.Join(d.path, "charts", name)} {
			if used := t.dirs[at]; used != nil && used.chart != nil {
				used.chart.used = true
			}
		}
	}
}

// kustomization reads what a kustomization takes in. What is remote, or outside of the repository, is left out.
func (t *tree) kustomization(d *dir, f *file) *kustomization {
	n := t.plain(f.path)
	k := &kustomization{file: f.path, component: word(at(n, "kind")) == "Component"}
	for _, field := range []string{"resources", "bases", "components", "patchesStrategicMerge", "crds", "transformers", "generators"} {
		for _, w := range words(at(n, field)) {
			t.take(k, d, w)
		}
	}
	for _, field := range []string{"patches", "patchesJson6902", "replacements", "helmCharts"} {
		list := at(n, field)
		if list == nil {
			continue
		}
		for _, item := range list.Content {
			t.take(k, d, word(at(item, "path")))
			t.take(k, d, word(at(item, "valuesFile")))
			if name := word(at(item, "name")); field == "helmCharts" && name != "" {
				k.charts = append(k.charts, name)
			}
		}
	}
	return k
}

func (t *tree) take(k *kustomization, d *dir, ref string) {
	p := path.Join(d.path, ref)
	if ref == "" || strings.Contains(ref, "://") || p == ".." || strings.HasPrefix(p, "../") || path.IsAbs(ref) {
		return
	}
	if f := t.files[p]; f != nil {
		f.part = true
		k.files = append(k.files, p)
	} else if t.dirs[p] != nil && p != d.path {
		k.dirs = append(k.dirs, p)
	}
}

// own gives every file to the kustomization or chart in whose folder it lies, unless a folder in between belongs to
// another scope. Kustomize and Helm decide which of these are applied. It also marks the kustomizations that others
// take in; an overlay of a cluster that an aggregate lists stays one of its own.
func (t *tree) own() {
	for _, f := range t.sortedFiles() {
		for d := f.dir; d != nil; d = d.parent {
			if d.scope != f.dir.scope {
				break
			}
			if d.kust != nil || d.chart != nil && ofChart(d, f) {
				f.owner = d
				break
			}
		}
	}
	for _, d := range t.sorted() {
		if d.kust != nil {
			d.kust.aggregate = slices.ContainsFunc(d.kust.dirs, func(p string) bool {
				sub := t.dirs[p]
				return d.scope != sub.scope && d.scope.within(sub.scope)
			})
		}
	}
	for _, d := range t.sorted() {
		if d.kust == nil || d.kust.aggregate {
			continue
		}
		for _, p := range d.kust.dirs {
			if sub := t.dirs[p]; sub.kust != nil && sub.scope.within(d.scope) {
				sub.kust.used = true
			}
		}
	}
}

// ofChart: a repository may be a chart and hold more than the chart.
func ofChart(d *dir, f *file) bool {
	below := strings.TrimPrefix(strings.TrimPrefix(f.path, d.path), "/")
	first, _, nested := strings.Cut(below, "/")
	return !nested || d.path != "." || slices.Contains([]string{"templates", "charts", "crds", "ci"}, first)
}

// closure lists the files that render a kustomization: those that it names, and the folders' own.
func (t *tree) closure(d *dir, visit func(*file)) {
	seen := map[*dir]bool{}
	var add func(*dir)
	add = func(d *dir) {
		if d == nil || seen[d] || d.kust == nil {
			return
		}
		seen[d] = true
		visit(t.files[d.kust.file])
		for _, p := range d.kust.files {
			visit(t.files[p])
		}
		for _, p := range d.kust.dirs {
			add(t.dirs[p])
		}
	}
	add(d)
}

var templateVersion = regexp.MustCompile(`^\s*apiVersion:\s*["']?([A-Za-z0-9.-]+)/`)

// isValues reports whether a file holds values of a chart: plain YAML beside a chart, in a folder called values, or called so.
func (t *tree) isValues(f *file) bool {
	ext := path.Ext(f.path)
	if len(f.docs) > 0 || ext != ".yaml" && ext != ".yml" || slices.Contains(kustomizationNames, f.name()) {
		return false
	}
	switch f.name() {
	case "Chart.yaml", "Chart.lock", "fleet.yaml", "requirements.yaml":
		return false
	}
	for d := f.dir; d != nil; d = d.parent {
		if n := d.name(); n == "templates" || n == "crds" || n == "ci" {
			return false
		}
	}
	return slices.Contains(split(f.stem()), "values") || f.dir.name() == "values" || f.dir.parent != nil && f.dir.parent.name() == "values" ||
		f.dir.chart != nil
}
