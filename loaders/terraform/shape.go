package terraform

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// builtins are the types that Terraform itself brings, with all their attributes.
var builtins = map[string]map[string]cty.Value{
	"terraform_data": {
		"input": cty.NullVal(cty.DynamicPseudoType), "triggers_replace": cty.NullVal(cty.DynamicPseudoType),
		"id": cty.UnknownVal(cty.String).RefineNotNull(), "output": cty.DynamicVal,
	},
}

// visible is what expressions see of one instance: what is configured, and what somebody reads that is not, which is unknown.
func (s *scope) visible(key string, b *block, i *instance) cty.Value {
	out := s.contentsOf(b, i).value()
	s.fillBlocks(b, out)
	if _, own := out["id"]; !own && b.kind == "resource" && len(s.root.top.module.imports) > 0 {
		if t, ok := s.importedID(s.address + key + i.suffix); ok {
			if id := t.scope.eval(t.expr, t.frame); isText(id) {
				out["id"] = id
			}
		}
	}
	if known := builtins[b.labels[0]]; known != nil {
		for name, v := range known {
			if _, ok := out[name]; !ok {
				out[name] = v
			}
		}
	} else {
		for name, v := range s.dataOf(b, i, out) {
			out[name] = v
		}
		s.region(key, b, i.frame, out)
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
// blocks that is read and not there is none. What somebody reads that no block of the kind configures is unknown: a provider works it out
// (aws_eks_cluster.x.vpc_config[0].cluster_security_group_id).
func (s *scope) fillBlocks(b *block, out map[string]cty.Value) {
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
			values = append(values, s.fill(e, list))
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

func (s *scope) fill(v cty.Value, as *shape) cty.Value {
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
			values = append(values, s.fill(e, inner))
		}
		object[kind] = cty.TupleVal(values)
	}
	for name := range s.root.reads {
		if _, ok := object[name]; !ok {
			object[name] = cty.DynamicVal
		}
	}
	return cty.ObjectVal(object)
}
