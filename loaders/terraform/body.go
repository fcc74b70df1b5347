package terraform

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

func hclwriteQuote(key string) []byte { return hclwrite.TokensForValue(cty.StringVal(key)).Bytes() }

// number is a whole number; -1 if it is unknown.
func (l Limits) count(v cty.Value) (int, error) {
	v, _ = v.Unmark()
	if !v.IsKnown() {
		return -1, nil
	}
	if l.longNumber(v, cty.Number) {
		return 0, errors.New("it is no number")
	}
	v, err := convert.Convert(v, cty.Number)
	switch {
	case err != nil:
		return 0, err
	case !v.IsKnown():
		return -1, nil
	case v.IsNull():
		return 0, errors.New("it is null")
	}
	if err := l.number(v); err != nil {
		return 0, err
	}
	f := v.AsBigFloat()
	n, accuracy := f.Int64()
	if accuracy != 0 || n < 0 {
		return 0, fmt.Errorf("%s is no count", f.Text('g', 20))
	}
	return int(min(n, int64(l.Instances)+1)), nil
}

// meta are the arguments and blocks of a resource that its provider does not see.
var (
	meta       = []string{"count", "for_each", "provider", "depends_on"}
	metaBlocks = []string{"lifecycle", "provisioner", "connection"}
)

// contents is the inside of a resource or of one of its blocks, evaluated.
type contents struct {
	attrs  map[string]cty.Value
	blocks map[string][]*contents
	open   map[string]string // kinds of blocks of which nobody knows how many follow, and why
}

// evaluate works out a body.
func (s *scope) evaluate(b *body, f frame, top bool) *contents {
	out := &contents{attrs: map[string]cty.Value{}, blocks: map[string][]*contents{}, open: map[string]string{}}
	for name, a := range b.attrs {
		if top && (slices.Contains(meta, name) || slices.Contains(metaBlocks, name)) {
			continue // in JSON blocks are attributes
		}
		out.attrs[name] = s.eval(a.expr, f)
	}
	for _, n := range b.blocks {
		switch {
		case top && slices.Contains(metaBlocks, n.kind):
		case n.kind == "dynamic" && len(n.labels) == 1:
			s.dynamic(out, n, f)
		default:
			out.blocks[n.kind] = append(out.blocks[n.kind], s.evaluate(n.body, f, false))
		}
	}
	return out
}

// dynamic expands a dynamic block. An unknown collection leaves the list of blocks open.
func (s *scope) dynamic(into *contents, b *block, f frame) {
	kind, each := b.labels[0], b.expr("for_each")
	inner := b.blocksOf("content")
	if each == nil || len(inner) != 1 {
		s.root.tell(b.rng, "a dynamic block needs for_each and one content")
		into.open[kind] = "it is wrong"
		return
	}
	iterator := kind
	if e := b.expr("iterator"); e != nil {
		if t := e.Variables(); len(t) == 1 {
			iterator = t[0].RootName()
		}
	}
	elements, known, err := elementsOf(s.eval(each, f))
	if err != nil || !known {
		into.open[kind] = "for_each is not known"
		if err != nil {
			s.root.tell(each.Range(), "for_each of dynamic %q: %v", kind, err)
		}
		return
	}
	for _, e := range elements {
		if len(into.blocks[kind]) > s.root.limits.Instances {
			into.open[kind] = "there are too many"
			s.root.tell(each.Range(), "dynamic %q makes over %d blocks", kind, s.root.limits.Instances)
			return
		}
		g := f
		g.iterators = map[string]cty.Value{}
		for name, v := range f.iterators {
			g.iterators[name] = v
		}
		g.iterators[iterator] = cty.ObjectVal(map[string]cty.Value{"key": e[0], "value": e[1]})
		into.blocks[kind] = append(into.blocks[kind], s.evaluate(inner[0].body, g, false))
	}
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

// builtins are the types that Terraform itself brings, with all their attributes.
var builtins = map[string]map[string]cty.Value{
	"terraform_data": {
		"input": cty.NullVal(cty.DynamicPseudoType), "triggers_replace": cty.NullVal(cty.DynamicPseudoType),
		"id": cty.UnknownVal(cty.String).RefineNotNull(), "output": cty.DynamicVal,
	},
}

// visible is what expressions see of one instance: what is configured, and what somebody reads that is not, which is unknown.
func (s *scope) visible(key string, b *block, i instance) cty.Value {
	c := s.evaluate(b.body, i.frame, true)
	out := c.value()
	s.fillBlocks(key, b, out)
	if known := builtins[b.labels[0]]; known != nil {
		for name, v := range known {
			if _, ok := out[name]; !ok {
				out[name] = v
			}
		}
		if b.labels[0] == "terraform_data" {
			if in := out["input"]; in.IsKnown() && in.IsNull() {
				out["output"] = cty.DynamicVal
			}
		}
	} else {
		if b.kind == "data" && b.labels[0] == remoteState {
			if v, ok := s.remoteState(out); ok {
				out["outputs"] = v
			}
		}
		s.region(key, b, out)
		for _, reads := range []map[string]bool{s.module.reads[key], s.root.reads} {
			for name := range reads {
				if _, ok := out[name]; !ok {
					out[name] = computed(name)
				}
			}
		}
	}
	return cty.ObjectVal(out)
}

// computed is a value that a provider works out. Ids and addresses are texts and never null.
func computed(name string) cty.Value {
	if name == "id" || name == "arn" || name == "dns_name" {
		return cty.UnknownVal(cty.String).RefineNotNull()
	}
	return cty.DynamicVal
}

// fillBlocks gives all blocks of a kind the same attributes, null where a block has none, as a provider's schema would; and a kind of
// blocks that is read and not there is none.
func (s *scope) fillBlocks(key string, b *block, out map[string]cty.Value) {
	for kind, list := range blockKinds(b.body) {
		v, ok := out[kind]
		if !ok || !v.IsKnown() || !v.Type().IsTupleType() {
			if !ok {
				out[kind] = cty.EmptyTupleVal
			}
			continue
		}
		var values []cty.Value
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			values = append(values, fill(e, list))
		}
		if len(values) == 0 {
			out[kind] = cty.EmptyTupleVal
			continue
		}
		out[kind] = cty.TupleVal(values)
	}
}

// shape is the attributes and kinds of blocks that blocks of one kind have anywhere in a resource.
type shape struct {
	attrs  map[string]bool
	blocks map[string]*shape
}

func blockKinds(b *body) map[string]*shape {
	out := map[string]*shape{}
	collectKinds(out, b)
	return out
}

func collectKinds(out map[string]*shape, b *body) {
	for _, n := range b.blocks {
		inside := n.body
		if n.kind == "dynamic" {
			list := n.blocksOf("content")
			if len(list) != 1 {
				continue
			}
			inside = list[0].body
		} else if slices.Contains(metaBlocks, n.kind) {
			continue
		}
		kind := n.makes()
		if out[kind] == nil {
			out[kind] = &shape{attrs: map[string]bool{}, blocks: map[string]*shape{}}
		}
		for name := range inside.attrs {
			out[kind].attrs[name] = true
		}
		collectKinds(out[kind].blocks, inside)
	}
}

func fill(v cty.Value, as *shape) cty.Value {
	if !v.IsKnown() || !v.Type().IsObjectType() {
		return v
	}
	object := v.AsValueMap()
	if object == nil {
		object = map[string]cty.Value{}
	}
	for name := range as.attrs {
		if _, ok := object[name]; !ok {
			object[name] = cty.NullVal(cty.DynamicPseudoType)
		}
	}
	for kind, inner := range as.blocks {
		list, ok := object[kind]
		if !ok {
			object[kind] = cty.EmptyTupleVal
			continue
		}
		if !list.IsKnown() || !list.Type().IsTupleType() || list.LengthInt() == 0 {
			continue
		}
		var values []cty.Value
		for it := list.ElementIterator(); it.Next(); {
			_, e := it.Element()
			values = append(values, fill(e, inner))
		}
		object[kind] = cty.TupleVal(values)
	}
	return cty.ObjectVal(object)
}
