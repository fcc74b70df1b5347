package infrastructure

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// locator leads from the pointer of a value to the place where it is written. It is safe for use by several goroutines.
type locator func(pointer string) mesh.Position

// written is a mesh.Locator of one document. Origins are compared, and functions cannot be.
type written struct{ at locator }

// Locate is the place of a value.
func (w *written) Locate(pointer string) mesh.Position { return w.at(pointer) }

// rendered lets a locator stand for the text that objects are read from.
type rendered struct{ at locator }

// Locate is the place of a value of the object.
func (r *rendered) Locate(pointer string, _ mesh.Position) mesh.Position { return r.at(pointer) }

// kubernetes adds the Kubernetes objects of a document. What is not known is left out of them.
func (b *builder) kubernetes(r *Resource, value any, unknown map[string]*terraform.Unknown, at locator) {
	out := Document{Provider: r.Provider, Unknown: unknown, Origin: mesh.Origin{In: &written{at}}, resource: r}
	value = out.prune(value)
	if r.Unsure != "" {
		out.Unknown[""] = &terraform.Unknown{Reason: r.Unsure}
	}
	head, _ := value.(map[string]any)
	metadata, _ := head["metadata"].(map[string]any)
	out.Namespace, _ = metadata["namespace"].(string)
	if out.Namespace == "" && head["kind"] == "Namespace" {
		out.Namespace, _ = metadata["name"].(string)
	}
	for _, p := range []string{"", "/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace", "/items"} {
		if u := out.Unknown[p]; u != nil && p != "" || u != nil && head == nil {
			b.opaque(r, out.Namespace, "which object it is is not known: "+u.Reason, mesh.Origin{In: out.Origin.In, Path: p})
			return
		}
	}
	js, err := json.Marshal(value)
	if err != nil {
		b.opaque(r, out.Namespace, err.Error(), out.Origin)
		return
	}
	docs, ignored, diags := source.Rendered(js, &rendered{at}, source.Options{})
	switch {
	case len(diags) > 0:
		b.opaque(r, out.Namespace, diags[0].Message, out.Origin)
	case len(ignored) > 0 || len(docs) == 0:
		b.opaque(r, out.Namespace, "it is no object of Kubernetes", out.Origin)
	default:
		out.Objects = docs
		b.out.Documents = append(b.out.Documents, out)
	}
}

// opaque adds a document of which nothing can be read.
func (b *builder) opaque(r *Resource, namespace, why string, at mesh.Origin) {
	b.out.Documents = append(b.out.Documents, Document{Provider: r.Provider, Opaque: why, Namespace: namespace, Origin: at, resource: r})
}

// documents reads the documents in an attribute: each is handed on with its JSON decoded. One that cannot be read is opaque.
func (b *builder) documents(r *Resource, path []any, take func(value any, unknown map[string]*terraform.Unknown, at locator)) {
	docs, u := r.Document(path...)
	if u != nil {
		b.opaque(r, "", "it is not known: "+u.Reason, r.at(path...))
		return
	}
	for _, d := range docs {
		value, err := decode(d.JSON)
		if err != nil {
			b.opaque(r, "", err.Error(), mesh.Origin{In: d})
			continue
		}
		if value != nil {
			take(value, maps.Clone(d.Unknown), d.Locate)
		}
	}
}

func decode(js []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(js))
	d.UseNumber()
	return v, d.Decode(&v)
}

// prune takes out of a document what is not known, so that no placeholder is left in it. A list with an element that is not known goes as a
// whole, and Unknown names the list then.
func (d *Document) prune(value any) any {
	if d.Unknown == nil {
		d.Unknown = map[string]*terraform.Unknown{}
	}
	for _, p := range slices.Sorted(maps.Keys(d.Unknown)) {
		u, at := d.Unknown[p], strings.Split(p, "/")[1:]
		if p == "" {
			at = nil
		}
		parents, ok := reach(value, at)
		if !ok {
			continue // it is left out already
		}
		if m, isMap := parents[len(at)].(map[string]any); isMap {
			maps.DeleteFunc(m, func(k string, _ any) bool { return terraform.HasPlaceholder(k) })
			continue
		}
		for len(at) > 0 {
			m, isMap := parents[len(at)-1].(map[string]any)
			if isMap {
				delete(m, unescape(at[len(at)-1]))
				break
			}
			at = at[:len(at)-1]
		}
		if len(at) == 0 {
			value = nil
		}
		delete(d.Unknown, p)
		d.Unknown[strings.Join(append([]string{""}, at...), "/")] = u
	}
	return value
}

// reach are the values on the way to a pointer, the whole first.
func reach(v any, way []string) ([]any, bool) {
	list := []any{v}
	for _, part := range way {
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[unescape(part)]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
		list = append(list, v)
	}
	return list, true
}

var (
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
)

func unescape(part string) string { return unescaper.Replace(part) }

func escape(part string) string { return escaper.Replace(part) }
