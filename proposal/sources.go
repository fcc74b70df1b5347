package proposal

import (
	"path"
	"slices"
	"strings"
)

// dedupe keeps the first of equal sources.
func dedupe(list []Source) []Source {
	seen := map[string]bool{}
	return slices.DeleteFunc(list, func(s Source) bool {
		key := s.Path + "\x00" + s.Kustomize + "\x00" + s.Helm + "\x00" + strings.Join(s.Values, "\x00") + "\x00" + s.Release + "\x00" + s.Namespace
		old := seen[key]
		seen[key] = true
		return old
	})
}

// addChart adds a chart with the values that hold for the cluster, general ones first.
func (p *plan) addChart(c *cluster, d *dir) {
	s := Source{Helm: d.path, Why: path.Join(d.path, "Chart.yaml") + ":1"}
	for _, v := range d.chart.values {
		if v.scope.within(c.scope) {
			s.Values = append(s.Values, v.path)
		}
	}
	p.addSource(c, s)
}

// addSource adds a source, with the files that it reads.
func (p *plan) addSource(c *cluster, s Source) {
	if strings.ToValidUTF8(s.Path+s.Kustomize+s.Helm+strings.Join(s.Values, ""), "") != s.Path+s.Kustomize+s.Helm+strings.Join(s.Values, "") {
		p.notes = append(p.notes, "left out, because its name is no text: "+s.Path+s.Kustomize+s.Helm)
		return
	}
	c.sources = append(c.sources, s)
	read := func(f *file) {
		if f != nil {
			c.reach[f] = true
		}
	}
	switch {
	case s.Kustomize != "":
		p.closure(p.dirs[s.Kustomize], read)
	case s.Helm != "":
		p.dirs[s.Helm].walk(func(d *dir) bool {
			for _, f := range d.files {
				if !p.isValues(f) || d.path == s.Helm && f.name() == "values.yaml" {
					read(f)
				}
			}
			return true
		})
		for _, v := range s.Values {
			read(p.files[v])
		}
	case p.files[s.Path] != nil:
		read(p.files[s.Path])
	default:
		p.dirs[s.Path].walk(func(d *dir) bool {
			for _, f := range d.files {
				read(f)
			}
			return true
		})
	}
}
