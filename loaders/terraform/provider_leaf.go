package terraform

import (
	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/mesh"
)

// ProviderLeaf is a value of the configuration of the provider that serves the instance, as Leaf gives one of its own: path names arguments and
// blocks of the provider's block. Where the provider runs without a block, the leaf is absent, at the instance.
func (in Instance) ProviderLeaf(path ...any) Leaf {
	link := in.scope.providerOf(in.block)
	if link.block == nil {
		return Leaf{Absent: true, Value: cty.NilVal, Range: in.Range, Calls: in.Calls(), root: in.scope.root}
	}
	of := Instance{Address: in.Provider, Range: link.block.rng, scope: link.scope, block: link.block, at: &instance{frame: noFrame}}
	return of.Leaf(path...)
}

// Place is where the value at a path stands, as Leaf(path…).Position() tells it. Unlike Leaf it is safe for use by several goroutines,
// once nobody evaluates the root any more.
func (in Instance) Place(path ...any) mesh.Position {
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

// Place is where a diagnostic stands, as positions name files.
func (r *Root) Place(d Diagnostic) mesh.Position { return r.positionOf(d.Range, nil) }

// Files is how many files of configuration and of variables were read.
func (r *Root) Files() int { return r.configFiles }

// HasPlaceholder reports whether a text of a Document's JSON has a placeholder for what is not known.
func HasPlaceholder(text string) bool { return tokenPattern.MatchString(text) }
