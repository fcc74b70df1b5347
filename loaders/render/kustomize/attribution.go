package kustomize

import (
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Attribution tells for the values of one rendered object where they were written.
type Attribution struct {
	plan     *Plan
	object   Object
	rendered func() any

	node   *node // that brings the object in; the kustomization itself if nobody knows
	origin *text // the object as it was before; nil for generated ones
	entry  string
	layers []*node // what worked on it, in order of application
	names  map[string]bool
}

// Attribution prepares to locate the values of a rendered object.
func (p *Plan) Attribution(o Object) *Attribution {
	a := &Attribution{plan: p, object: o, node: p.nodes[0], names: map[string]bool{o.Name: true}}
	a.rendered = sync.OnceValue(func() any {
		docs, _ := source.ParseAny("", o.Text, source.Options{})
		if len(docs) == 0 {
			return nil
		}
		return decode(docs[0].JSON)
	})
	switch {
	case o.Origin != "":
		n, name := p.resolve(o.Origin)
		a.node, a.entry = n, n.entries[name]
		a.layers = layersFrom(n)
		if d := a.originAmong(n.resources[name]); d != nil {
			a.origin = newText(d)
			a.rename(d.Name)
		}
	case o.ConfiguredIn != "":
		n, name := p.resolve(o.ConfiguredIn)
		a.node, a.entry = n, n.entries[name]
		a.layers = layersFrom(n)
		if i, field, original, ok := n.generator(o); ok {
			a.entry = "/" + field + "/" + strconv.Itoa(i)
			a.rename(original)
		}
	default:
		a.layers = layersFrom(p.nodes[0])
	}
	return a
}

// resolve splits a path relative to the kustomization in the child's memory.
func (p *Plan) resolve(origin string) (*node, string) {
	rest, ok := strings.CutPrefix(path.Clean(origin), "../")
	if !ok {
		return p.nodes[0], path.Clean(origin)
	}
	number, name, _ := strings.Cut(rest, "/")
	return p.numbered(number), name
}

// layersFrom lists what is applied to an object that n brings in: the components of a
// kustomization before its own fields, and then what includes it.
func layersFrom(n *node) (out []*node) {
	for from := (*node)(nil); n != nil; from, n = n, n.parent {
		passed := from == nil || !from.component
		for _, c := range n.children {
			if c.component && passed {
				out = append(out, c.withComponents()...)
			}
			passed = passed || c == from
		}
		out = append(out, n)
	}
	return out
}

func (n *node) withComponents() (out []*node) {
	for _, c := range n.children {
		if c.component {
			out = append(out, c.withComponents()...)
		}
	}
	return append(out, n)
}

// rename collects the names that the object has on its way from the original one.
func (a *Attribution) rename(name string) {
	a.names[name] = true
	for _, n := range a.layers {
		name = n.spec.NamePrefix + name + n.spec.NameSuffix
		a.names[name] = true
	}
}

// originAmong finds the object in the file that it came from: kustomize tells the file only.
func (a *Attribution) originAmong(docs []*source.Document) (best *source.Document) {
	most := 0
	for _, d := range docs {
		if d.Kind != a.object.Kind {
			continue
		}
		score := 1
		name := d.Name
		for _, n := range a.layers {
			name = n.spec.NamePrefix + name + n.spec.NameSuffix
		}
		switch {
		case name == a.object.Name, d.Name == a.object.Name:
			score += 1000
		case strings.Contains(a.object.Name, d.Name):
			score += 2 * min(len(d.Name), 400)
		}
		if d.Namespace == a.object.Namespace {
			score++
		}
		if score > most {
			best, most = d, score
		}
	}
	if best == nil && len(docs) == 1 {
		best = docs[0] // a patch may change the kind
	}
	return best
}

// Locate implements source.RenderedFrom.
func (a *Attribution) Locate(pointer string, at mesh.Position) mesh.Position {
	if pointer == "" {
		return a.start()
	}
	pointer, line := cutLine(pointer)
	if there, _ := cutLine(at.Path); there != pointer {
		pointer, line = there, "" // as far as the object has it
	}
	if pointer == "" {
		return a.start()
	}
	value, _, _ := follow(a.rendered(), a.rendered(), pointer)
	p := a.find(pointer, line, value)
	if strings.Contains(p.Path, "#text:") {
		pointer += line
	}
	p.Path = pointer
	return p
}

// cutLine splits a JSON pointer from the line of the text there, "#text:N", if it has one.
func cutLine(pointer string) (bare, line string) {
	if i := strings.LastIndex(pointer, "#text:"); i >= 0 {
		return pointer[:i], pointer[i:]
	}
	return pointer, ""
}

// start is the place of the object as a whole.
func (a *Attribution) start() mesh.Position {
	if a.origin != nil {
		d := a.origin.doc
		return mesh.Position{File: d.File, Line: d.Line, Column: 1, Via: a.node.via(a.entry)}
	}
	return a.node.field(a.entry)
}

// find is the place of a value that is there.
func (a *Attribution) find(pointer, line string, value any) mesh.Position {
	var near *mesh.Position // a patch that wrote something else there
	original, at, has := a.original(pointer)
	// A mapping or list that the object had before stands there, whatever patches changed in it.
	loose := !isScalar(value) && (!has || isScalar(original))
	for i := len(a.layers) - 1; i >= 0; i-- {
		n := a.layers[i]
		if p, ok := a.transformed(n, pointer, value); ok {
			return p
		}
		p, touched, ok := a.patched(n, pointer, line, value, loose)
		if ok {
			return p
		}
		if near == nil && touched != nil {
			near = touched
		}
	}
	if has && (equal(value, original) || !isScalar(value) && !isScalar(original)) {
		p := a.origin.locate(at + line)
		p.Via = a.node.via(a.entry)
		return p
	}
	if p, ok := a.generated(pointer, line, value); ok {
		return p
	}
	if p, ok := a.referred(pointer, value); ok {
		return p
	}
	if near != nil {
		return *near
	}
	return a.node.field(a.entry)
}

// original is what stood in the place of a value in the file that the object comes from.
func (a *Attribution) original(pointer string) (value any, found string, ok bool) {
	if a.origin == nil {
		return nil, "", false
	}
	return follow(a.rendered(), a.origin.value(), pointer)
}

// field is the place of an entry of a kustomization, and the way there.
func (n *node) field(pointer string) mesh.Position {
	p := n.doc.Locate(pointer)
	p.Via = n.included()
	return p
}

// included is the way from the kustomization that is rendered to n itself.
func (n *node) included() []mesh.Via {
	if n.parent == nil {
		return nil
	}
	return n.parent.via(n.entry)
}

// via is the way from the kustomization that is rendered to an entry of n, outermost first.
func (n *node) via(entry string) (out []mesh.Via) {
	way := n.chain()
	for i, step := range way {
		at := entry
		if i+1 < len(way) {
			at = way[i+1].entry
		}
		what := "kustomize base"
		switch {
		case i == 0:
			what = "kustomize overlay"
		case step.component:
			what = "kustomize component"
		}
		p := step.doc.Locate(at)
		out = append(out, mesh.Via{File: p.File, Line: p.Line, Column: p.Column, What: what})
	}
	return out
}
