package terraform

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/mesh"
)

// Block is the inside of a block that is no resource: a backend, a provider's configuration, a provisioner. The zero Block has nothing
// in it.
type Block struct {
	in       Instance // stands for the block: its scope, and the contents
	names    []string
	position mesh.Position
	leaves   map[string]Leaf // of a plan; nil where a configuration is evaluated
}

// evaluated is a block of a configuration; what it says is worked out when it is asked.
func (s *scope) evaluated(b *block, f frame) Block {
	in := Instance{Address: s.address, Range: b.rng, scope: s, block: b, at: &instance{frame: f}}
	names := append([]string(nil), b.names()...)
	return Block{in: in, names: names, position: in.Position()}
}

// Names are those of the attributes that are written, sorted.
func (b Block) Names() []string { return b.names }

// Leaf is the value at a path, as Instance.Leaf gives it.
func (b Block) Leaf(path ...any) Leaf {
	switch {
	case b.leaves != nil:
		if name, ok := first(path); ok {
			if l, ok := b.leaves[name]; ok {
				return l.part(path[1:])
			}
		}
		return Leaf{Absent: true, Value: cty.NilVal, at: &b.position}
	case b.in.scope == nil:
		return Leaf{Absent: true, Value: cty.NilVal, at: &b.position}
	}
	return b.in.Leaf(path...)
}

// Position is where the block begins.
func (b Block) Position() mesh.Position { return b.position }

func first(path []any) (string, bool) {
	if len(path) == 0 {
		return "", false
	}
	name, ok := path[0].(string)
	return name, ok
}

// part is a leaf of which a path leads to an element.
func (l Leaf) part(path []any) Leaf {
	if len(path) == 0 || l.Absent {
		return l
	}
	if missing(l.Value, steps(path)) || beyond(l.Value, steps(path)) {
		return Leaf{Absent: true, Value: cty.NilVal, Range: l.Range, Calls: l.Calls, root: l.root, at: l.at}
	}
	l.Value = at(l.Value, steps(path))
	if l.Value.IsWhollyKnown() {
		l.Unknown = nil
	}
	return l
}

// Text is a known text, or a known number or flag as one; false for anything else.
func (l Leaf) Text() (string, bool) {
	if l.Absent || l.Unknown != nil || !isSet(l.Value) {
		return "", false
	}
	return plainText(l.Value)
}

// blocksNamed are the nested blocks of a kind with a number of labels, whichever syntax they are written in: JSON has them as attributes.
func (b *body) blocksNamed(kind string, labels int) []*block {
	list := b.blocksOf(kind)
	if a := b.attrs[kind]; a != nil {
		list = append(list, blocksFrom(kind, nil, labels, a.expr)...)
	}
	return list
}

func blocksFrom(kind string, labels []string, left int, e hcl.Expression) (list []*block) {
	switch c := inside(e).(type) {
	case *hclsyntax.TupleConsExpr:
		for _, item := range c.Exprs {
			list = append(list, blocksFrom(kind, labels, left, item)...)
		}
	case *hclsyntax.ObjectConsExpr:
		if left == 0 {
			out := &block{kind: kind, labels: labels, body: &body{attrs: map[string]*attribute{}, rng: c.SrcRange}}
			for _, item := range c.Items {
				if name := literal(item.KeyExpr); name != "" && name != "//" {
					out.attrs[name] = &attribute{name: name, expr: item.ValueExpr, rng: item.KeyExpr.Range()}
				}
			}
			return []*block{out}
		}
		for _, item := range c.Items {
			if name := literal(item.KeyExpr); name != "" && name != "//" {
				list = append(list, blocksFrom(kind, append(labels[:len(labels):len(labels)], name), left-1, item.ValueExpr)...)
			}
		}
	}
	return list
}
