package istio

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/passmuster/muster/mesh"
)

// unknownField is a field of an object that the API does not know, and so drops.
type unknownField struct {
	path  string // JSON pointer
	name  string
	of    string // the field or kind that it stands in
	meant string // a field that it resembles, or ""
	only  bool   // no other field resembles it as much
	at    mesh.Origin
}

// maxUnknown is how many unknown fields of one object are told; no object that a person wrote has
// as many.
const maxUnknown = 100

// normalise prepares a JSON object for protojson: durations are written in seconds ("5m" is
// "300s"), as Istio reads any that Go reads. It also finds the fields that the message does not
// have, with their paths.
func normalise(data []byte, message protoreflect.MessageDescriptor, path string) ([]byte, []unknownField) {
	var value any
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if dec.Decode(&value) != nil {
		return data, nil
	}
	var found []unknownField
	value = walkFields(value, message, path, &found)
	plain, err := json.Marshal(value)
	if err != nil {
		return data, found
	}
	return plain, found
}

func walkFields(value any, message protoreflect.MessageDescriptor, path string, found *[]unknownField) any {
	if message.FullName() == "google.protobuf.Duration" {
		return inSeconds(value)
	}
	object, ok := value.(map[string]any)
	if !ok || isWellKnown(message) {
		return value
	}
	fields := message.Fields()
	for _, name := range slices.Sorted(maps.Keys(object)) {
		at := path + "/" + escapePointer(name)
		field := fields.ByJSONName(name)
		if field == nil {
			field = fields.ByTextName(name)
		}
		if field == nil {
			if len(*found) < maxUnknown {
				meant, only := resembling(name, fields)
				*found = append(*found, unknownField{path: at, name: name, of: lastName(path), meant: meant, only: only})
			}
			continue
		}
		object[name] = walkField(object[name], field, at, found)
	}
	return object
}

func walkField(value any, field protoreflect.FieldDescriptor, path string, found *[]unknownField) any {
	switch {
	case field.IsMap():
		entries, _ := value.(map[string]any)
		if of := field.MapValue().Message(); of != nil {
			for _, key := range slices.Sorted(maps.Keys(entries)) {
				entries[key] = walkFields(entries[key], of, path+"/"+escapePointer(key), found)
			}
		}
	case field.Message() == nil:
	case field.IsList():
		items, _ := value.([]any)
		for i, item := range items {
			items[i] = walkFields(item, field.Message(), path+"/"+strconv.Itoa(i), found)
		}
	default:
		return walkFields(value, field.Message(), path, found)
	}
	return value
}

// inSeconds writes a duration the way protojson reads it.
func inSeconds(value any) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return value
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + "s"
}

// isWellKnown: messages whose JSON is not an object of their fields (Struct, Any, Duration,
// wrappers).
func isWellKnown(message protoreflect.MessageDescriptor) bool {
	return message.FullName().Parent() == "google.protobuf"
}

// lastName is the last part of a path that is no index; "MeshConfig" at the root of one.
func lastName(path string) string {
	elems := strings.Split(path, "/")
	for _, e := range slices.Backward(elems) {
		if _, err := strconv.Atoi(e); err != nil && e != "" {
			return e
		}
	}
	return "MeshConfig"
}

func escapePointer(s string) string {
	if !strings.ContainsAny(s, "~/") {
		return s
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(s)
}

// resembling returns the field that a misspelt name most likely means, or "".
func resembling(name string, fields protoreflect.FieldDescriptors) (best string, only bool) {
	const longest = 64 // of the names that there are, none is near it
	if len(name) > longest {
		return "", false
	}
	distance := max(2, len(name)/4) + 1
	for i := range fields.Len() {
		candidate := fields.Get(i).JSONName()
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
	beforeLast := make([]int, len(b)+1)
	last := make([]int, len(b)+1)
	row := make([]int, len(b)+1)
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
