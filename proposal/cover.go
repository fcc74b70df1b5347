package proposal

import (
	"slices"
	"strconv"
)

// markFlat notes the folders that no path may cover as a whole: reading one would take in what kustomize or Helm have
// to render first.
func (p *plan) markFlat() {
	p.flat = map[*dir]int{}
	for _, d := range p.sorted() {
		if d.kust == nil && d.chart == nil {
			continue
		}
		for up := d; up != nil; up = up.parent {
			p.flat[up]++
		}
	}
}

// cover names files below a folder by as few paths as possible: a folder that may be named, if everything in it is wanted, else its
// parts. The root is named only for what lies in it directly.
func (p *plan) cover(top *dir, wanted map[*file]bool, may func(*dir) bool) []Source {
	if p.flat == nil {
		p.markFlat()
	}
	if len(wanted) == 0 || top == nil {
		return nil
	}
	count := map[*dir]int{} // wanted files below
	for f := range wanted {
		for d := f.dir; d != nil; d = d.parent {
			count[d]++
		}
	}
	other := map[*dir]int{} // files that matter and are not wanted
	top.walk(func(in *dir) bool {
		for _, f := range in.files {
			if !wanted[f] && f.matters() {
				for d := in; d != nil; d = d.parent {
					other[d]++
				}
			}
		}
		return true
	})
	var list []Source
	var visit func(*dir)
	visit = func(d *dir) {
		if count[d] == 0 {
			return
		}
		direct := slices.ContainsFunc(d.files, func(f *file) bool { return wanted[f] })
		if other[d] == 0 && p.flat[d] == 0 && may(d) && (direct || d.parent != nil) {
			list = append(list, Source{Path: d.path, Why: p.firstObject(d, wanted)})
			return
		}
		for _, f := range d.files {
			if wanted[f] {
				list = append(list, Source{Path: f.path, Why: describe(f)})
			}
		}
		for _, sub := range d.dirs {
			visit(sub)
		}
	}
	visit(top)
	return list
}

// firstObject is the evidence that a folder holds objects.
func (p *plan) firstObject(d *dir, wanted map[*file]bool) string {
	var text string
	d.walk(func(in *dir) bool {
		for _, f := range in.files {
			if text == "" && wanted[f] {
				text = describe(f)
			}
		}
		return text == ""
	})
	return text
}

// describe names the first object of a file that matters.
func describe(f *file) string {
	for _, doc := range f.docs {
		if matters(doc) {
			return doc.Kind + " " + doc.Name + ", " + f.path + ":" + strconv.Itoa(doc.Line)
		}
	}
	return f.path + ":1"
}
