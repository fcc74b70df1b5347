package consul

import (
	"strings"

	"github.com/passmuster/muster/mesh"
)

// kind says what a value is.
type kind int

const (
	nullValue kind = iota
	objectValue
	listValue
	textValue
	numberValue
	boolValue
)

// value is a value of a file, whatever language it was written in.
type value struct {
	kind    kind
	members []member // of an object, in the order of the file
	items   []*value // of a list
	text    string   // text; of a number its digits; of a bool "true" or "false"
	path    string   // JSON pointer inside the file's document
}

// member is one entry of an object.
type member struct {
	key string
	val *value
}

// get is the last member whose name is key; nil if there is none.
func (v *value) get(key string) *value {
	if v == nil || v.kind != objectValue {
		return nil
	}
	for i := len(v.members) - 1; i >= 0; i-- {
		if v.members[i].key == key {
			return v.members[i].val
		}
	}
	return nil
}

// find is the last member whose name is key in any case and with or without underscores.
func (v *value) find(key string) *value {
	if v == nil || v.kind != objectValue {
		return nil
	}
	for i := len(v.members) - 1; i >= 0; i-- {
		if strings.EqualFold(strings.ReplaceAll(v.members[i].key, "_", ""), key) {
			return v.members[i].val
		}
	}
	return nil
}

// elements are the items of a list; anything else is a list of itself, as Consul's weak decoding
// has it. Null is no element.
func (v *value) elements() []*value {
	switch {
	case v == nil || v.kind == nullValue:
		return nil
	case v.kind == listValue:
		return v.items
	}
	return []*value{v}
}

// object is v as one object: a list of exactly one stands for its element, because HCL 1 cannot
// tell a block from a list of blocks. nil if it is no object.
func (v *value) object() *value {
	if v != nil && v.kind == listValue && len(v.items) == 1 {
		v = v.items[0]
	}
	if v == nil || v.kind != objectValue {
		return nil
	}
	return v
}

// merged is v as one object with keys that the user gives: several blocks of one name add up.
func (v *value) merged() *value {
	if v == nil || v.kind != listValue || len(v.items) < 2 {
		return v.object()
	}
	all := &value{kind: objectValue, path: v.path}
	for _, item := range v.items {
		if item.kind != objectValue {
			return nil
		}
		all.members = append(all.members, item.members...)
	}
	return all
}

// origin is where v is written.
func (v *value) origin(in mesh.Locator) mesh.Origin {
	if v == nil {
		return mesh.Origin{}
	}
	return mesh.At(in, v.path)
}

// pointer appends an element to a JSON pointer (RFC 6901).
func pointer(path, elem string) string {
	return path + "/" + pointerEscapes.Replace(elem)
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")
