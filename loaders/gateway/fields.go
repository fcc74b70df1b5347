package gateway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// maxUnknown is how many unknown fields of one object are told; no object that a person wrote has as many.
const maxUnknown = 100

// into decodes the spec. Fields that the API does not know are left out, as the API server does with them, and told. Names
// count with their case, other than for encoding/json.
func (o *object) into(spec any) error {
	if len(o.spec) == 0 {
		return nil
	}
	var value any
	dec := json.NewDecoder(bytes.NewReader(o.spec))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		return err
	}
	data, before := o.spec, len(o.facts)
	o.prune(value, reflect.TypeOf(spec), "/spec")
	if len(o.facts) > before {
		var err error
		if data, err = json.Marshal(value); err != nil {
			return err
		}
	}
	return json.Unmarshal(data, spec)
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// prune removes the fields that a type does not have from a value that is to be decoded into it.
func (o *object) prune(value any, t reflect.Type, path string) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Implements(unmarshaler) || reflect.PointerTo(t).Implements(unmarshaler) {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		switch t.Kind() {
		case reflect.Map:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				o.prune(v[k], t.Elem(), path+"/"+escape(k))
			}
		case reflect.Struct:
			o.pruneFields(v, t, path)
		}
	case []any:
		if t.Kind() == reflect.Slice {
			for i, item := range v {
				o.prune(item, t.Elem(), path+"/"+strconv.Itoa(i))
			}
		}
	}
}

func (o *object) pruneFields(object map[string]any, t reflect.Type, path string) {
	fields := map[string]reflect.Type{}
	collect(t, fields)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		at := path + "/" + escape(name)
		if of, known := fields[name]; known {
			o.prune(object[name], of, at)
			continue
		}
		delete(object, name)
		o.unknown(name, path, at, fields)
	}
}

// collect gathers the fields of a struct by their names in JSON, with those of structs that it embeds.
func collect(t reflect.Type, into map[string]reflect.Type) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			collect(f.Type, into)
		case name != "" && name != "-":
			into[name] = f.Type
		}
	}
}

func (o *object) unknown(name, path, at string, fields map[string]reflect.Type) {
	if len(o.facts) >= maxUnknown {
		return
	}
	f := &mesh.Fact{
		Kind: mesh.FactUnknownField, Origin: o.meta.At(at), Resource: o.meta.Resource(),
		Message: fmt.Sprintf("%s has no field %s: it is dropped", lastName(path), name),
	}
	if meant, only := resembling(name, slices.Sorted(maps.Keys(fields))); meant != "" {
		f.Message += "; did you mean " + meant + "?"
		if only {
			f.Meant = meant
		}
	}
	o.facts = append(o.facts, f)
}

// lastName is the last part of a path that is no index.
func lastName(path string) string {
	for _, e := range slices.Backward(strings.Split(path, "/")) {
		if _, err := strconv.Atoi(e); err != nil && e != "" {
			return e
		}
	}
	return "spec"
}

func escape(s string) string {
	if !strings.ContainsAny(s, "~/") {
		return s
	}
	return pointerEscapes.Replace(s)
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

// resembling returns the field that a misspelt name most likely means, or "", and whether no other resembles it as much.
func resembling(name string, fields []string) (best string, only bool) {
	const longest = 64 // of the names that there are, none is near it
	if len(name) > longest {
		return "", false
	}
	distance := max(2, len(name)/4) + 1
	for _, candidate := range fields {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance, only = candidate, d, true
		} else if d == distance && best != "" {
			only = false
		}
	}
	return best, only
}

// editDistance counts the letters to insert, delete, replace or swap with a neighbour.
func editDistance(a, b string) int {
	beforeLast, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], beforeLast[j-2]+1)
			}
		}
		beforeLast, last, row = last, row, beforeLast
	}
	return last[len(b)]
}
