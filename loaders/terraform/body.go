package terraform

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// meta are the arguments and blocks of a resource that its provider does not see.
var (
	meta       = []string{"count", "for_each", "provider", "depends_on"}
	metaBlocks = []string{"lifecycle", "provisioner", "connection"}
)

// contents is the inside of a resource or of one of its blocks, evaluated.
type contents struct {
	attrs  map[string]cty.Value
	blocks map[string][]*contents
	body   *body
	frame  frame
	open   map[string]string // kinds of blocks of which nobody knows how many follow, and why
}

// evaluate works out a body.
func (s *scope) evaluate(b *body, f frame, top bool) *contents {
	if top {
		f.blocks = new(int)
	}
	out := &contents{attrs: make(map[string]cty.Value, len(b.attrs)), body: b, frame: f}
	for _, name := range b.names() {
		if top && (slices.Contains(meta, name) || slices.Contains(metaBlocks, name)) {
			continue // in JSON blocks are attributes
		}
		v := s.eval(b.attrs[name].expr, f)
		if writeOnly(name) {
			v = cty.DynamicVal
		}
		out.attrs[name] = v
	}
	for _, n := range b.blocks {
		switch {
		case top && slices.Contains(metaBlocks, n.kind):
		case n.kind == "dynamic" && len(n.labels) == 1:
			s.dynamic(out, n, f)
		default:
			out.add(n.kind, s.evaluate(n.body, f, false))
		}
	}
	return out
}

// writeOnly reports whether an attribute is one that no plan and no state keeps, by the name that providers give such.
func writeOnly(name string) bool { return strings.HasSuffix(name, "_wo") }

func (c *contents) add(kind string, inner *contents) {
	if c.blocks == nil {
		c.blocks = map[string][]*contents{}
	}
	c.blocks[kind] = append(c.blocks[kind], inner)
}

func (c *contents) opens(kind, why string) {
	if c.open == nil {
		c.open = map[string]string{}
	}
	c.open[kind] = why
}

// iteratorOf is the name by which the content of a dynamic block knows the element.
func iteratorOf(b *block) string {
	if e := b.expr("iterator"); e != nil {
		if t := e.Variables(); len(t) == 1 {
			return t[0].RootName()
		}
	}
	return b.labels[0]
}

// dynamic expands a dynamic block. An unknown collection leaves the list of blocks open.
func (s *scope) dynamic(into *contents, b *block, f frame) {
	kind, each := b.labels[0], b.expr("for_each")
	inner := b.blocksOf("content")
	if each == nil || len(inner) != 1 {
		s.root.tell(b.rng, "a dynamic block needs for_each and one content")
		into.opens(kind, "error: a dynamic block needs for_each and one content")
		return
	}
	elements, known, err := elementsOf(s.eval(each, f))
	switch {
	case err != nil:
		s.root.tell(each.Range(), "for_each of dynamic %q: %v", kind, err)
		into.opens(kind, "error: for_each of dynamic "+kind+" is wrong")
		return
	case !known:
		into.opens(kind, "for_each of dynamic "+kind+" is not known")
		return
	}
	for _, e := range elements {
		if *f.blocks >= s.root.limits.Instances {
			into.opens(kind, "limit: there are too many")
			s.root.tell(each.Range(), "dynamic %q makes over %d blocks", kind, s.root.limits.Instances)
			return
		}
		*f.blocks++
		into.add(kind, s.evaluate(inner[0].body, f.at(b, e), false))
	}
}

// at is the frame of one element of a dynamic block.
func (f frame) at(b *block, e [2]cty.Value) frame {
	name := iteratorOf(b)
	iterators, origins := map[string]cty.Value{}, map[string]*iterator{}
	maps.Copy(iterators, f.iterators)
	maps.Copy(origins, f.dynamic)
	iterators[name] = cty.ObjectVal(map[string]cty.Value{"key": e[0], "value": e[1]})
	origins[name] = &iterator{each: b.expr("for_each"), key: e[0]}
	f.iterators, f.dynamic = iterators, origins
	return f
}

// elementsOf are the keys and values of a collection, in its order.
func elementsOf(v cty.Value) (list [][2]cty.Value, known bool, err error) {
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown():
		return nil, false, nil
	case v.IsNull():
		return nil, false, errors.New("it is null")
	case !v.CanIterateElements():
		return nil, false, fmt.Errorf("it is a %s", v.Type().FriendlyName())
	}
	set := v.Type().IsSetType()
	for it := v.ElementIterator(); it.Next(); {
		k, e := it.Element()
		if set {
			k = e
		}
		list = append(list, [2]cty.Value{k, e})
	}
	return list, true, nil
}

// value is what expressions see of the contents: blocks are lists of objects; an open list is unknown.
func (c *contents) value() map[string]cty.Value {
	out := map[string]cty.Value{}
	for name, v := range c.attrs {
		out[name] = v
	}
	for kind, list := range c.blocks {
		values := make([]cty.Value, len(list))
		for i, b := range list {
			values[i] = cty.ObjectVal(b.value())
		}
		out[kind] = cty.TupleVal(values)
	}
	for kind := range c.open {
		out[kind] = cty.DynamicVal
	}
	return out
}

// contentsOf is the inside of one instance, worked out once.
func (s *scope) contentsOf(b *block, i *instance) *contents {
	if i.contents == nil {
		i.contents = s.evaluate(b.body, i.frame, true)
	}
	return i.contents
}
