package infrastructure

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// manifest is a kubernetes_manifest: an object as it is.
func (b *builder) manifest(r *Resource) {
	b.documents(r, []any{"manifest"}, func(value any, unknown map[string]*terraform.Unknown, at locator) {
		b.kubernetes(r, value, unknown, at)
	})
}

// typed is a resource that has a Kubernetes object as blocks in snake case.
func typed(version, kind string) adapter {
	return func(b *builder, r *Resource) {
		o := &object{r: r, kind: kind, unknown: map[string]*terraform.Unknown{}, paths: map[string][]any{"": nil}}
		value := map[string]any{"apiVersion": version, "kind": kind}
		attributes := r.Values.AsValueMap()
		for _, name := range []string{"metadata", "spec", "data", "binary_data", "immutable", "automount_service_account_token", "secret", "image_pull_secret"} {
			if v, ok := attributes[name]; ok {
				o.member(value, v, "", name, "", nil)
			}
		}
		b.kubernetes(r, value, o.unknown, o.locate)
	}
}

// patch is a resource that changes an object which stands elsewhere, or that is not read: what it leads to is not known.
func (b *builder) patch(r *Resource) {
	name, named := r.text("metadata", 0, "name").Get()
	namespace, known := r.text("metadata", 0, "namespace").Get()
	switch kind, _ := r.text("kind").Get(); {
	case kind == "Namespace" && named:
		namespace = name
	case !known && r.Leaf("metadata", 0, "namespace").Unknown == nil && kind != "Namespace":
		namespace = "default"
	}
	b.opaque(r, namespace, "muster does not read "+r.Type, r.here())
}

// object makes a Kubernetes object of a resource's blocks.
type object struct {
	r       *Resource
	kind    string
	unknown map[string]*terraform.Unknown
	paths   map[string][]any // of the values, by pointer
}

// locate is where a value stands, or else the nearest one around it.
func (o *object) locate(pointer string) mesh.Position {
	for {
		path, ok := o.paths[pointer]
		if ok {
			at := o.r.Place(path...)
			at.Path = pointer
			return at
		}
		slash := strings.LastIndexByte(pointer, '/')
		if slash < 0 {
			return o.r.Position()
		}
		pointer = pointer[:slash]
	}
}

// member adds an argument or all blocks of a kind to an object. Around is the block that it stands in, pointer where the object is.
func (o *object) member(into map[string]any, v cty.Value, around, name, pointer string, path []any) {
	v, _ = v.Unmark()
	field, list := o.field(around, name, v.IsKnown() && !v.CanIterateElements())
	pointer, path = pointer+"/"+field, append(slices.Clip(path), name)
	o.paths[pointer] = path
	switch {
	case !v.IsKnown():
		o.doubt(pointer, path)
	case v.IsNull():
	case keyed[name] || name == "selector" && o.kind == "Service":
		into[field] = o.mapping(v, pointer, path)
	case isBlocks(v):
		blocks := v.AsValueSlice()
		if !list && len(blocks) > 0 {
			into[field] = o.block(blocks[0], name, pointer, append(slices.Clip(path), 0))
			return
		}
		elements := make([]any, 0, len(blocks))
		for i, e := range blocks {
			elements = append(elements, o.block(e, name, pointer+"/"+strconv.Itoa(i), append(slices.Clip(path), i)))
		}
		into[field] = elements
	case v.Type().IsObjectType() && list: // in JSON, one block
		into[field] = []any{o.block(v, name, pointer+"/0", path)}
	case v.Type().IsObjectType() || v.Type().IsMapType():
		into[field] = o.block(v, name, pointer, path)
	case v.CanIterateElements():
		into[field] = o.scalars(v, pointer, path)
	default:
		into[field] = o.scalar(v, around, field)
	}
}

// field is what Kubernetes calls an argument or block, and whether it is a list; a single value is none.
func (o *object) field(around, name string, single bool) (field string, list bool) {
	f := lists[around+"/"+name]
	if f == "" {
		f = lists[name]
	}
	if f != "" && !single {
		return f, true
	}
	switch f := irregular[name]; {
	case f != "":
		return f, false
	case o.kind == "DaemonSet" && around == "spec" && name == "strategy":
		return "updateStrategy", false
	}
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, ""), false
}

// isBlocks reports whether a value is a list of objects, as blocks are.
func isBlocks(v cty.Value) bool {
	if !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		return false
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		e, _ = e.Unmark()
		return e.Type().IsObjectType() || e.Type().IsMapType()
	}
	return false
}

func (o *object) block(v cty.Value, kind, pointer string, path []any) any {
	out := map[string]any{}
	o.paths[pointer] = path
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		if !v.IsKnown() {
			o.doubt(pointer, path)
		}
		return out
	}
	members := v.AsValueMap()
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "wait_for_rollout" {
			o.member(out, members[name], kind, name, pointer, path)
		}
	}
	if kind == "topology_spread_constraint" { // what the provider fills in, and Kubernetes does not
		for field, usual := range map[string]any{"maxSkew": json.Number("1"), "whenUnsatisfiable": "DoNotSchedule"} {
			if _, ok := out[field]; !ok && o.unknown[pointer+"/"+field] == nil {
				out[field] = usual
			}
		}
	}
	return out
}

// mapping is a map whose keys stay; its values are texts.
func (o *object) mapping(v cty.Value, pointer string, path []any) any {
	out := map[string]any{}
	if !v.CanIterateElements() {
		return out
	}
	for key, e := range v.AsValueMap() {
		at, to := pointer+"/"+escape(key), append(slices.Clip(path), key)
		o.paths[at] = to
		e, _ = e.Unmark()
		if !e.IsKnown() {
			o.doubt(at, to)
		} else if text, ok := asText(e); ok {
			out[key] = text
		}
	}
	return out
}

func (o *object) scalars(v cty.Value, pointer string, path []any) any {
	out := []any{}
	if !v.IsWhollyKnown() {
		o.doubt(pointer, path)
		return out
	}
	i := 0
	for it := v.ElementIterator(); it.Next(); i++ {
		_, e := it.Element()
		o.paths[pointer+"/"+strconv.Itoa(i)] = append(slices.Clip(path), i)
		out = append(out, o.scalar(e, "", ""))
	}
	return out
}

// scalar is a value in the type that Kubernetes wants: Terraform converts freely between texts, numbers and flags.
func (o *object) scalar(v cty.Value, around, field string) any {
	text, ok := asText(v)
	if !ok {
		return nil
	}
	_, err := strconv.ParseInt(text, 10, 64)
	switch kind := around + "/" + field; {
	case (integers[field] || integers[kind] || either[field] || either[kind]) && err == nil:
		return json.Number(text)
	case flags[field] && (text == "true" || text == "false"), v.Type() == cty.Bool && field != "value":
		return text == "true"
	}
	return text
}

func (o *object) doubt(pointer string, path []any) {
	u := o.r.Leaf(path...).Unknown
	if u == nil {
		u = &terraform.Unknown{Reason: "a part of it is not known"}
	}
	o.unknown[pointer] = u
}
