package terraform

import (
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Place is where the value at a path stands, as Leaf(path…).Position() tells it. Unlike Leaf it is safe for use by several goroutines,
// once nobody evaluates the root any more.
func (in Instance) Place(path ...any) mesh.Position {
	if in.plan != nil {
		return in.Leaf(path...).Position()
	}
	root := in.scope.root
	root.placing.Lock()
	defer root.placing.Unlock()
	c, name, rest := in.find(path)
	rng := in.Range
	switch {
	case c == nil:
	case name != "" && c.body.attrs[name] != nil:
		rng = in.scope.place(c.body.attrs[name].expr, c.frame, steps(rest))
	case c != in.scope.contentsOf(in.block, in.at):
		rng = c.body.rng
	}
	return root.positionOf(rng, in.Calls())
}

// Module is the address of the instance of a module that the instance belongs to: module.site["eu"]; "" for the root module.
func (in Instance) Module() string {
	if in.plan != nil {
		return in.plan.of.Module
	}
	return strings.TrimSuffix(in.scope.address, ".")
}

// Place is where a diagnostic stands, as positions name files.
func (r *Root) Place(d Diagnostic) mesh.Position { return r.positionOf(d.Range, nil) }

// Files is how many files of configuration and of variables were read.
func (r *Root) Files() int { return r.configFiles }

// HasPlaceholder reports whether a text of a Document's JSON has a placeholder for what is not known.
func HasPlaceholder(text string) bool { return tokenPattern.MatchString(text) }
