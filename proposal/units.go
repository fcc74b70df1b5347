package proposal

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// unit is one thing that can be a source: files of a folder, a kustomization, a chart.
type unit struct {
	dir   *dir  // kustomization or chart
	file  *file // plain manifests
	scope scope
}

// units are the sources that nobody has claimed.
func (p *plan) units() []unit {
	var list []unit
	for _, d := range p.sorted() {
		if d.aside || inTool(d) {
			continue
		}
		switch {
		case d.kust != nil:
			switch {
			case d.kust.used || d.kust.component || d.kust.aggregate || p.claimed[d] || !p.kustMatters(d):
			case d.parent != nil && homeOf(d.parent) == "overlays" && !d.bears && !sharedNames[strings.ToLower(d.name())]:
				p.notes = append(p.notes, "left out, because nothing tells which cluster the overlay is for: "+d.path)
			default:
				list = append(list, unit{dir: d, scope: d.scope})
			}
		case d.chart != nil:
			if !d.chart.library && !d.chart.used && !p.claimed[d] {
				own := len(list)
				for _, v := range d.chart.values {
					if d.scope.within(v.scope) && v.scope != d.scope {
						list = append(list, unit{dir: d, scope: v.scope})
					}
				}
				if len(list) == own { // else it is for those who have values of it
					list = append(list, unit{dir: d, scope: d.scope})
				}
			}
		}
		for _, f := range d.files {
			if f.owner == nil && !f.part && f.matters() && !p.claimed[f] {
				list = append(list, unit{file: f, scope: f.scope})
			}
		}
	}
	return list
}

// kustMatters: a kustomization of nothing but definitions configures no mesh. A HelmRelease stands for what its chart
// installs, and whoever leaves it out says nothing of it.
func (p *plan) kustMatters(d *dir) bool {
	found, remote := false, true
	p.closure(d, func(f *file) {
		found = found || f.matters() || slices.ContainsFunc(f.docs, func(d *source.Document) bool { return d.Kind == "HelmRelease" })
		remote = remote && len(f.docs) == 0
	})
	return found || remote
}

// inTool: Argo CD and Flux keep their own manifests in folders called after them.
func inTool(d *dir) bool {
	for ; d != nil && d.path != "."; d = d.parent {
		if toolNames[d.name()] {
			return true
		}
	}
	return false
}

// charts gives each file of values to its chart: the one that it stands beside or below, the one that it is called
// after, or the only one.
func (p *plan) charts() {
	var charts []*dir
	for _, d := range p.sorted() {
		if d.chart != nil && !d.chart.library && !d.aside {
			charts = append(charts, d)
		}
	}
	for _, f := range p.sortedFiles() {
		if f.dir.aside || !p.isValues(f) || f.dir.chart != nil && f.name() == "values.yaml" {
			continue
		}
		if c := chartOf(f, charts); c != nil && (!f.scope.isZero() || sharedNames[valuesName(f, f.dir)]) {
			c.chart.values = append(c.chart.values, f)
		}
	}
	for _, c := range charts {
		slices.SortStableFunc(c.chart.values, func(a, b *file) int {
			return cmp.Or(cmp.Compare(a.scope.size(), b.scope.size()), cmp.Compare(a.path, b.path))
		})
	}
}

// size orders scopes from the general to the special.
func (s scope) size() int { return len(s.env) + 100*len(s.geo) + 10000*len(s.rest) }

// chartOf is the chart that a file of values belongs to, or nil.
func chartOf(f *file, charts []*dir) *dir {
	for d := f.dir; d != nil; d = d.parent {
		if d.chart != nil {
			return d
		}
		if !d.bears && d.name() != "values" && homeOf(d) == "" && d != f.dir {
			break
		}
	}
	var named []*dir
	for _, c := range charts {
		names := append(strings.Split(f.dir.path, "/"), strings.Trim(strings.ReplaceAll(f.stem(), "values", ""), "-_."))
		if slices.Contains(names, c.chart.name) || slices.Contains(names, c.name()) {
			named = append(named, c)
		}
	}
	if len(named) == 1 {
		return named[0]
	}
	if len(charts) == 1 && len(named) == 0 {
		return charts[0]
	}
	return nil
}

// partsOf are the names that made the scope of a unit.
func partsOf(u unit) []string {
	switch {
	case u.file != nil:
		return u.file.parts
	case u.scope != u.dir.scope:
		return u.values().parts
	}
	return u.dir.parts
}

// values is the file of values that gave a unit its scope.
func (u unit) values() *file {
	i := slices.IndexFunc(u.dir.chart.values, func(v *file) bool { return v.scope == u.scope })
	return u.dir.chart.values[i]
}
