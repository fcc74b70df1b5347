package consul

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"unicode"

	"github.com/passmuster/muster/mesh"
)

// Object is the entry in the form of its resource of consul-k8s, for those who judge objects themselves: whichever notation it was
// written in, its fields have one name. Positions are those of the file. False for an entry that is written as a resource, which
// is an object already, for one that cannot be decoded, and for a kind that nobody wants.
func (e *Entry) Object(cluster string, wanted map[string]bool) (mesh.Object, bool) {
	kind := resourceOf(e.Kind)
	if e.Resource || e.Problem != nil || !wanted[kind] {
		return mesh.Object{}, false
	}
	body, problem := kinds[e.Kind].normal(e.body, e.Origin.In)
	if problem != nil || body == nil || body.kind != objectValue {
		return mesh.Object{}, false
	}
	at := &renamed{Locator: e.Origin.In, paths: map[string]string{"": e.body.path, "/spec": e.body.path}}
	name, spec := e.Name, map[string]any{}
	if e.Kind == intentions {
		spec["destination"] = map[string]any{"name": e.Name}
	}
	for _, m := range body.members {
		switch m.key {
		case "Kind", "Name", "Meta", "CreateIndex", "ModifyIndex":
		default:
			key := camel(m.key)
			spec[key] = at.take(m.val, kinds[e.Kind].fields[m.key], pointer("/spec", key))
		}
	}
	text, err := json.Marshal(map[string]any{"apiVersion": group + "/v1alpha1", "kind": kind, "metadata": map[string]any{"name": name, "namespace": namespace}, "spec": spec})
	if err != nil {
		return mesh.Object{}, false
	}
	return mesh.Object{ID: cluster + "/" + group + "/" + kind + "/" + namespace + "/" + name, APIVersion: group + "/v1alpha1", JSON: text,
		Resource: mesh.Resource{Kind: kind, Namespace: namespace, Name: name, Cluster: cluster}, Origin: mesh.At(at, "")}, true
}

// resourceOf is the kind of the resource that an entry of a kind is written as; "" if there is none.
func resourceOf(kind string) string {
	for resource, k := range maps.All(resources) {
		if k == kind {
			return resource
		}
	}
	return ""
}

// renamed finds positions by the names that fields have in resources.
type renamed struct {
	mesh.Locator
	paths map[string]string // as written, by the path in the resource
}

// Locate finds the value of a path, or its nearest ancestor that is written.
func (r *renamed) Locate(path string) mesh.Position {
	for {
		if written, ok := r.paths[path]; ok {
			return r.Locator.Locate(written)
		}
		path = path[:max(strings.LastIndexByte(path, '/'), 0)]
	}
}

// Resource names the entry as it is written.
func (r *renamed) Resource() mesh.Resource {
	if n, ok := r.Locator.(interface{ Resource() mesh.Resource }); ok {
		return n.Resource()
	}
	return mesh.Resource{}
}

// take is a value with its fields named as in resources; below what no schema tells, and for keys that the user gives, names stay.
func (r *renamed) take(v *value, s *schema, path string) any {
	if v == nil {
		return nil
	}
	r.paths[path] = v.path
	switch v.kind {
	case objectValue:
		out := map[string]any{}
		for _, m := range v.members {
			key, below := m.key, (*schema)(nil)
			switch {
			case s == nil:
			case s.fields != nil:
				key, below = camel(m.key), s.fields[m.key]
			default:
				below = s.each
			}
			out[key] = r.take(m.val, below, pointer(path, key))
		}
		return out
	case listValue:
		out := make([]any, len(v.items))
		for i, item := range v.items {
			below := (*schema)(nil)
			if s != nil {
				below = s.item
			}
			out[i] = r.take(item, below, path+"/"+strconv.Itoa(i))
		}
		return out
	case numberValue:
		if json.Valid([]byte(v.text)) {
			return json.Number(v.text)
		}
		return v.text
	case boolValue:
		return v.text == "true"
	case nullValue:
		return nil
	}
	return v.text
}

// camel is the name of a field in resources: MutualTLSMode is mutualTLSMode, HTTP is http, and CAFile is caFile.
func camel(name string) string {
	runes := []rune(name)
	for i := range runes {
		if !unicode.IsUpper(runes[i]) || i > 0 && i+1 < len(runes) && unicode.IsLower(runes[i+1]) {
			break
		}
		runes[i] = unicode.ToLower(runes[i])
	}
	return string(runes)
}
