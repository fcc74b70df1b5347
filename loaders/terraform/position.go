package terraform

import (
	"github.com/hashicorp/hcl/v2"

	"github.com/passmuster/muster/mesh"
)

// Position is where the leaf is written, with the calls of modules that lead to it.
func (l Leaf) Position() mesh.Position {
	switch {
	case l.at != nil:
		return *l.at
	case l.root == nil:
		return mesh.Position{}
	}
	return l.root.positionOf(l.Range, l.Calls)
}

// Position is where the instance's block begins, with the calls of modules that lead to it.
func (in Instance) Position() mesh.Position {
	if in.plan == nil {
		return in.scope.root.positionOf(in.Range, in.Calls())
	}
	if c := in.plan.config; c != nil {
		return c.Position()
	}
	return in.plan.position
}

// positionOf counts characters as mesh.Position does; hcl counts clusters of characters.
func (r *Root) positionOf(rng hcl.Range, calls []Call) mesh.Position {
	at := rng.Start
	if text := r.sources[rng.Filename]; text != nil && at.Byte <= len(text) {
		at = position(text, at.Byte)
	}
	out := mesh.Position{File: r.shown(rng.Filename), Line: at.Line, Column: at.Column}
	for _, c := range calls {
		out.Via = append(out.Via, mesh.Via{File: r.shown(c.Range.Filename), Line: c.Range.Start.Line, Column: c.Range.Start.Column, What: c.Address})
	}
	return out
}

// shown is a file of the tree as positions name it.
func (r *Root) shown(file string) string {
	if r.options.Shown == nil {
		return file
	}
	return r.options.Shown(file)
}
