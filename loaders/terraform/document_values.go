package terraform

import (
	"bytes"
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// values is a document that is a value.
func (r *reader) values(v cty.Value) ([]*Document, *Unknown) {
	js, err := marshal(v)
	if err != nil {
		return nil, r.fail("%v", err)
	}
	return []*Document{r.finish(js, func(string) mesh.Position { return r.shown(r.expr.Range(), r.expr.Range().Start) })}, nil
}

func marshal(v cty.Value) ([]byte, error) { return ctyjson.Marshal(v, v.Type()) }

func (r *reader) finish(js []byte, locate func(string) mesh.Position) *Document {
	d := &Document{JSON: js, Unknown: map[string]*Unknown{}, locate: locate, root: r.root}
	var v any
	decoder := json.NewDecoder(bytes.NewReader(js))
	decoder.UseNumber()
	if decoder.Decode(&v) == nil {
		r.unknowns(d, v, "")
	}
	d.manifests()
	return d
}

// manifests reads the document as a Kubernetes object. One whose identity is not known is none: its name would be a placeholder.
func (d *Document) manifests() {
	for _, p := range []string{"", "/apiVersion", "/kind", "/metadata", "/metadata/name", "/metadata/namespace"} {
		if d.Unknown[p] != nil {
			d.Manifests = nil
			return
		}
	}
	d.Manifests, _, _ = source.Rendered(d.JSON, from{d}, source.Options{})
}

// unknowns finds the placeholders of a document. One in a key makes the object around it unknown.
func (r *reader) unknowns(d *Document, v any, pointer string) {
	note := func(text string) {
		for _, m := range tokenPattern.FindAllString(text, -1) {
			if u := r.unknownOf(m); u != nil {
				if old := d.Unknown[pointer]; old != nil && old.Reason != u.Reason {
					u = &Unknown{Reason: old.Reason + "; " + u.Reason, Refs: slices.Concat(old.Refs, u.Refs)}
				}
				d.Unknown[pointer] = u
			}
		}
	}
	switch v := v.(type) {
	case string:
		note(v)
	case []any:
		for i, e := range v {
			r.unknowns(d, e, pointer+"/"+strconv.Itoa(i))
		}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			note(k)
			r.unknowns(d, v[k], pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(k))
		}
	}
}
