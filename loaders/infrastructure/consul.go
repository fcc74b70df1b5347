package infrastructure

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/loaders/consul"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// Entry is what a resource holds of Consul's configuration.
type Entry struct {
	Provider   string             // configuration that applies it
	Datacenter mesh.Value[string] // of the resource itself; absent = its provider says
	Kind, Name string
	Content    *consul.Content
	Problems   []source.Diagnostic
	// Unknown are values that are not known, and not in Content, by pointer; "" stands for whether it is there at all.
	Unknown map[string]*terraform.Unknown
	// Opaque is why nothing of it can be read. An empty Name is then that of any service.
	Opaque string
	Origin mesh.Origin
}

// entry adds a document of Consul's configuration.
func (b *builder) entry(r *Resource, kind, name string, value any, unknown map[string]*terraform.Unknown, at locator) {
	d := Document{Unknown: unknown}
	value = d.prune(value)
	if r.Unsure != "" {
		d.Unknown[""] = &terraform.Unknown{Reason: r.Unsure}
	}
	out := Entry{Provider: r.Provider, Datacenter: r.text("datacenter"), Kind: kind, Name: name, Unknown: d.Unknown, Origin: mesh.Origin{In: &written{at}}}
	js, err := json.Marshal(value)
	switch {
	case value == nil && d.Unknown[""] != nil:
		out.Opaque = d.Unknown[""].Reason
	case err != nil:
		out.Opaque = err.Error()
	default:
		if out.Content, out.Problems = consul.FromJSON(js, out.Origin.In); out.Content.Size() == 0 && len(out.Problems) == 0 {
			out.Opaque = "it is no configuration of Consul that muster knows"
		}
	}
	b.out.Entries = append(b.out.Entries, out)
}

// unreadEntry adds an entry that may concern a service, or any.
func (b *builder) unreadEntry(r *Resource, kind, name, why string, at mesh.Origin) {
	b.out.Entries = append(b.out.Entries, Entry{Provider: r.Provider, Datacenter: r.text("datacenter"), Kind: kind, Name: name, Opaque: why, Origin: at})
}

// identity is the kind and name of an entry; false if they are not known, which is told.
func (b *builder) identity(r *Resource, kind string) (string, string, bool) {
	if kind == "" {
		k := r.text("kind")
		if !k.IsKnown() {
			b.unreadEntry(r, "", "", "its kind is not known: "+k.Cause, r.at("kind"))
			return "", "", false
		}
		kind = k.V
	}
	name := r.text("name")
	if name.State == mesh.Unknown {
		b.unreadEntry(r, kind, "", "its name is not known: "+name.Cause, r.at("name"))
		return "", "", false
	}
	return kind, name.V, true
}

// configEntry is a consul_config_entry: the entry as JSON, with kind and name beside it.
// Consul provider: documentation of consul_config_entry.
func (b *builder) configEntry(r *Resource) {
	kind, name, ok := b.identity(r, "")
	if !ok {
		return
	}
	docs, u := r.Document("config_json")
	if u != nil {
		b.unreadEntry(r, kind, name, "its content is not known: "+u.Reason, r.at("config_json"))
		return
	}
	value, unknown, locate := any(map[string]any{}), map[string]*terraform.Unknown(nil), func(string) mesh.Position { return r.Place("config_json") }
	if len(docs) > 0 {
		var err error
		if value, err = decode(docs[0].JSON); err != nil {
			b.unreadEntry(r, kind, name, err.Error(), r.at("config_json"))
			return
		}
		unknown, locate = maps.Clone(docs[0].Unknown), docs[0].Locate
	}
	b.entry(r, kind, name, r.named(value, kind, name), unknown, func(pointer string) mesh.Position {
		switch pointer {
		case "":
			return r.Position()
		case "/Kind", "/Name", "/Namespace", "/Partition":
			at := r.Place(strings.ToLower(pointer[1:]))
			at.Path = pointer
			return at
		}
		return locate(pointer)
	})
}

// named is an entry with what the resource says beside it. What names the only namespace and partition of the Community edition says nothing.
func (r *Resource) named(value any, kind, name string) any {
	entry, ok := value.(map[string]any)
	if !ok {
		return value
	}
	entry["Kind"], entry["Name"] = kind, name
	for field, of := range map[string]string{"Namespace": "namespace", "Partition": "partition"} {
		if text, _ := r.text(of).Get(); text != "" && text != "default" {
			entry[field] = text
		}
	}
	return entry
}

// entryOf is a config entry whose body is written in blocks.
func entryOf(kind string) adapter {
	return func(b *builder, r *Resource) {
		_, name, ok := b.identity(r, kind)
		if !ok {
			return
		}
		e := &spelled{r: r, unknown: map[string]*terraform.Unknown{}, paths: map[string][]any{"": nil}}
		body := map[string]any{}
		for field, v := range r.Values.AsValueMap() {
			if !slices.Contains([]string{"name", "namespace", "partition", "datacenter", "timeouts"}, field) {
				e.member(body, v, field, "", nil)
			}
		}
		if kind == "service-resolver" {
			e.keyed(body, "subsets", "name")
			e.keyed(body, "failover", "subsetname")
		}
		b.entry(r, kind, name, r.named(body, kind, name), e.unknown, e.locate)
	}
}

// spelled makes a document of blocks, with names without underscores: Consul takes them in any case.
type spelled struct {
	r       *Resource
	unknown map[string]*terraform.Unknown
	paths   map[string][]any
}

func (e *spelled) locate(pointer string) mesh.Position {
	o := object{r: e.r, paths: e.paths}
	return o.locate(pointer)
}

func (e *spelled) member(into map[string]any, v cty.Value, name, pointer string, path []any) {
	field := strings.ReplaceAll(name, "_", "")
	if value := e.value(v, name, pointer+"/"+field, append(slices.Clip(path), name)); value != nil {
		into[field] = value
	}
}

func (e *spelled) value(v cty.Value, name, pointer string, path []any) any {
	e.paths[pointer] = path
	v, _ = v.Unmark()
	switch {
	case !v.IsKnown():
		(&object{r: e.r, unknown: e.unknown}).doubt(pointer, path)
		return nil
	case v.IsNull():
		return nil
	case v.CanIterateElements() && (v.Type().IsObjectType() || v.Type().IsMapType()):
		out := map[string]any{}
		for key, m := range v.AsValueMap() {
			if name == "meta" || name == "add" || name == "set" { // the user's keys
				if value := e.value(m, "", pointer+"/"+escape(key), append(slices.Clip(path), key)); value != nil {
					out[key] = value
				}
				continue
			}
			e.member(out, m, key, pointer, path)
		}
		return out
	case v.CanIterateElements():
		out, i := []any{}, 0
		for it := v.ElementIterator(); it.Next(); i++ {
			_, m := it.Element()
			if value := e.value(m, name, pointer+"/"+strconv.Itoa(i), append(slices.Clip(path), i)); value != nil {
				out = append(out, value)
			} else if u := e.unknown[pointer+"/"+strconv.Itoa(i)]; u != nil {
				delete(e.unknown, pointer+"/"+strconv.Itoa(i))
				e.unknown[pointer] = u
				return nil
			}
		}
		return out
	}
	text, _ := asText(v)
	switch v.Type() {
	case cty.Bool:
		return text == "true"
	case cty.Number:
		return json.Number(text)
	}
	return text
}

// keyed makes a map of a list of blocks that name themselves.
func (e *spelled) keyed(body map[string]any, field, by string) {
	list, _ := body[field].([]any)
	if list == nil {
		return
	}
	out := map[string]any{}
	for i, item := range list {
		m, _ := item.(map[string]any)
		key, ok := m[by].(string)
		if !ok {
			e.unknown["/"+field] = &terraform.Unknown{Reason: "which subset it is for is not known"}
			delete(body, field)
			return
		}
		delete(m, by)
		out[key] = m
		from, to := "/"+field+"/"+strconv.Itoa(i), "/"+field+"/"+escape(key)
		rename(e.paths, from, to)
		rename(e.unknown, from, to)
	}
	body[field] = out
}

// rename moves what lies at and below a pointer.
func rename[T any](all map[string]T, from, to string) {
	for _, p := range slices.Collect(maps.Keys(all)) {
		if rest, ok := strings.CutPrefix(p, from); ok && (rest == "" || rest[0] == '/') {
			all[to+rest] = all[p]
			delete(all, p)
		}
	}
}
