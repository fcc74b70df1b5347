package infrastructure

import (
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// values are those that a release gives its chart, all of them together.
type values struct {
	tree    map[string]any
	unknown map[string]*terraform.Unknown // by pointer; not in tree
	layers  []layer                       // what they come from, the first first
	asked   map[string]locator            // where what is unknown stands
	at      mesh.Position                 // of the release
}

type layer struct {
	tree   any
	locate locator
}

// most is how many elements a list may get by its index in the name of a "set", and how many values of a document may be unknown one by one.
const most = 1000

// values merges the documents in "values" in their order, and lays what "set" and its like say over them.
func (r *Resource) values() *values {
	v := &values{tree: map[string]any{}, unknown: map[string]*terraform.Unknown{}, asked: map[string]locator{}, at: r.Position()}
	l := r.Leaf("values")
	n := 0
	if l.Value.IsWhollyKnown() || l.Unknown != nil && l.Value.IsKnown() {
		if !l.Absent && !l.Value.IsNull() && l.Value.CanIterateElements() {
			n = l.Value.LengthInt()
		}
	} else if !l.Absent {
		v.unknown[""] = l.Unknown
	}
	for i := range n {
		docs, u := r.Document("values", i)
		if u != nil {
			v.unknown[""] = u
		}
		for _, d := range docs {
			tree, err := decode(d.JSON)
			if err != nil {
				continue
			}
			pruned := Document{Unknown: maps.Clone(d.Unknown)}
			v.lay(pruned.prune(tree), pruned.Unknown, d.Locate)
		}
	}
	for _, kind := range []string{"set", "set_list", "set_sensitive"} {
		count, open := r.count(kind)
		if open != "" {
			v.unknown[""] = &terraform.Unknown{Reason: open}
		}
		for i := range count {
			v.set(r, kind, i)
		}
	}
	if l := r.Leaf("set_wo"); !l.Absent {
		v.unknown[""] = &terraform.Unknown{Reason: "set_wo is written and never read"}
	}
	return v
}

// lay merges a document over the values, as helm merges files: mappings by key, and everything else as a whole.
func (v *values) lay(tree any, unknown map[string]*terraform.Unknown, locate locator) {
	m, ok := tree.(map[string]any)
	if !ok {
		return
	}
	v.layers = append(v.layers, layer{tree, locate})
	v.merge(v.tree, m, "")
	if len(unknown) > most {
		v.unknown = map[string]*terraform.Unknown{"": {Reason: "too many of its values are not known"}}
		return
	}
	for p, u := range unknown {
		v.forget(p)
		v.unknown[p], v.asked[p] = u, locate
	}
}

func (v *values) merge(into, from map[string]any, pointer string) {
	for key, e := range from {
		at := pointer + "/" + escape(key)
		inner, isMap := e.(map[string]any)
		old, wasMap := into[key].(map[string]any)
		if isMap && wasMap {
			v.merge(old, inner, at)
			continue
		}
		if !isMap {
			v.forget(at)
		}
		if isMap {
			fresh := map[string]any{}
			v.merge(fresh, inner, at)
			e = fresh
		}
		into[key] = e
	}
}

// forget drops what is said to be unknown at and below a pointer, and a value that is there.
func (v *values) forget(pointer string) {
	maps.DeleteFunc(v.unknown, func(p string, _ *terraform.Unknown) bool {
		return p != "" && (p == pointer || strings.HasPrefix(p, pointer+"/"))
	})
	way := strings.Split(pointer, "/")[1:]
	if parents, ok := reach(v.tree, way); ok && len(way) > 0 {
		if m, isMap := parents[len(way)-1].(map[string]any); isMap {
			delete(m, unescape(way[len(way)-1]))
		}
	}
}

// locate is the place of a value: in the last layer that has it, or else what is around it.
func (v *values) locate(pointer string) mesh.Position {
	if at := v.asked[pointer]; at != nil && v.unknown[pointer] != nil {
		return at(pointer)
	}
	for p := pointer; ; {
		way := strings.Split(p, "/")[1:]
		for i := len(v.layers) - 1; i >= 0; i-- {
			if _, ok := reach(v.layers[i].tree, way); ok && p != "" {
				return v.layers[i].locate(p)
			}
		}
		slash := strings.LastIndexByte(p, '/')
		if slash < 0 {
			return v.at
		}
		p = p[:slash]
	}
}

// doubts are the pointers of what is not known, sorted.
func (v *values) doubts() []string { return slices.Sorted(maps.Keys(v.unknown)) }

// get is the value at a pointer, nil if there is none.
func (v *values) get(pointer string) any {
	parents, ok := reach(v.tree, strings.Split(pointer, "/")[1:])
	if !ok {
		return nil
	}
	return parents[len(parents)-1]
}

// text is the value at a pointer, if it is a text.
func (v *values) text(pointer string) string {
	text, _ := v.get(pointer).(string)
	return text
}

// below is what is not known of an object that is made of values, by the object's pointers.
func (v *values) below(from map[string]string) map[string]*terraform.Unknown {
	out := map[string]*terraform.Unknown{}
	for to, value := range from {
		for p, u := range v.unknown {
			if rest, ok := strings.CutPrefix(p, value); ok && (rest == "" || rest[0] == '/') {
				out[to+rest] = u
			} else if p == "" || strings.HasPrefix(value, p+"/") {
				out[to] = u
			}
		}
	}
	return out
}
