package kubernetes

import (
	"bytes"
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/passmuster/muster/loaders/intern"
)

// fill decodes a JSON text that is known to be valid into the struct that v points to, as
// encoding/json does and about five times as fast: it looks at each byte once, asks a table for the
// fields of a type, and makes a string that stands in many objects once. Whatever is unusual makes it return
// false, and encoding/json decides: values of another type than the field, keys that stand twice or
// differ from a field's in their case, numbers that are not plainly whole. FuzzFill holds the two to
// each other.
func fill(data []byte, v any) bool {
	f := fillers.Get().(*filler)
	defer fillers.Put(f)
	f.data, f.at = data, 0
	defer func() { f.data = nil }()
	into := reflect.ValueOf(v).Elem()
	f.space()
	s := shapeOf(into.Type())
	return s.kind == reflect.Struct && f.peek() == '{' && f.object(into, s)
}

var fillers = sync.Pool{New: func() any { return new(filler) }}

// filler reads one JSON text from front to back.
type filler struct {
	data  []byte
	at    int
	known intern.Strings
}

// peek is the next byte; 0 at the end.
func (f *filler) peek() byte {
	if f.at < len(f.data) {
		return f.data[f.at]
	}
	return 0
}

func (f *filler) space() {
	for f.at < len(f.data) && f.data[f.at] <= ' ' {
		f.at++
	}
}

// more moves to the next element behind a value or the opening bracket, or behind the closing one.
func (f *filler) more(closing byte) bool {
	f.space()
	if f.peek() == ',' {
		f.at++
		f.space()
	}
	if f.peek() == closing || f.peek() == 0 {
		f.at++
		return false
	}
	return true
}

// raw is the string that begins here, between its quotes, and whether it is written as it is meant:
// in ASCII, without escapes.
func (f *filler) raw() (s []byte, plain bool) {
	f.at++
	start, plain := f.at, true
	for ; f.at < len(f.data); f.at++ {
		switch b := f.data[f.at]; {
		case b == '"':
			s = f.data[start:f.at]
			f.at++
			return s, plain
		case b == '\\':
			f.at++
			plain = false
		case b >= 0x80:
			plain = false
		}
	}
	return nil, false
}

// key is the name of the member that begins here; false if it is not plainly one. The value follows.
func (f *filler) key() (s []byte, ok bool) {
	if f.peek() != '"' {
		return nil, false
	}
	s, ok = f.raw()
	f.colon()
	return s, ok
}

func (f *filler) colon() {
	f.space()
	f.at++
	f.space()
}

// text is the string that begins here, decoded; false if there is none.
func (f *filler) text() (string, bool) {
	if f.peek() != '"' {
		return "", false
	}
	start := f.at
	s, plain := f.raw()
	if plain {
		return f.known.Of(s), true
	}
	var decoded string
	err := json.Unmarshal(f.data[start:min(f.at, len(f.data))], &decoded)
	return decoded, err == nil
}

// skip passes over the value that begins here.
func (f *filler) skip() {
	for depth := 0; f.at < len(f.data); {
		switch f.data[f.at] {
		case '"':
			f.raw()
		case '{', '[':
			depth++
			f.at++
			continue
		case '}', ']':
			depth--
			f.at++
		case ',', ':', ' ', '\n', '\t', '\r':
			f.at++
			continue
		default:
			f.scalar()
		}
		if depth == 0 {
			return
		}
	}
}

// scalar is the number or word that begins here.
func (f *filler) scalar() []byte {
	start := f.at
	for f.at < len(f.data) && strings.IndexByte(",]} \n\t\r", f.data[f.at]) < 0 {
		f.at++
	}
	return f.data[start:f.at]
}

// whole is the number that begins here; false if it is not plainly a whole one.
func (f *filler) whole() (int64, bool) {
	n, err := strconv.ParseInt(string(f.scalar()), 10, 64)
	return n, err == nil
}

// object fills a struct from the object that begins here.
func (f *filler) object(v reflect.Value, s *shape) bool {
	var seen uint64
	f.at++
	for f.more('}') {
		key, ok := f.key()
		if !ok {
			return false
		}
		i := s.field(key)
		if i < 0 {
			if s.resembles(key) {
				return false
			}
			f.skip()
			continue
		}
		if seen&(1<<i) != 0 {
			return false
		}
		seen |= 1 << i
		field := &s.fields[i]
		into := v.Field(field.index[0])
		for _, inner := range field.index[1:] { // of a struct that is embedded
			into = into.Field(inner)
		}
		if !f.value(into, field.shape) {
			return false
		}
	}
	return true
}

// value fills a field from the value that begins here.
func (f *filler) value(v reflect.Value, s *shape) bool {
	next := f.peek()
	switch {
	case s.own && next == '"' && s.textual:
		text, ok := f.text()
		v.Addr().Interface().(textual).setText(text)
		return ok
	case s.own:
		start := f.at
		f.skip()
		return v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(f.data[start:f.at]) == nil
	case next == 'n':
		f.scalar() // null leaves a field as it is
		return true
	}
	switch s.kind {
	case reflect.String:
		text, ok := f.text()
		v.SetString(text)
		return ok
	case reflect.Bool:
		if next != 't' && next != 'f' {
			return false
		}
		f.scalar()
		v.SetBool(next == 't')
		return true
	case reflect.Int:
		n, ok := f.whole()
		if !ok || v.OverflowInt(n) {
			return false
		}
		v.SetInt(n)
		return true
	case reflect.Pointer:
		v.Set(reflect.New(s.goType.Elem()))
		return f.value(v.Elem(), s.elem)
	case reflect.Struct:
		return next == '{' && f.object(v, s)
	case reflect.Slice:
		return next == '[' && f.array(v, s)
	case reflect.Map:
		return next == '{' && f.mapping(v.Addr().Interface().(*map[string]string))
	}
	return false
}

// array fills a slice from the array that begins here.
func (f *filler) array(v reflect.Value, s *shape) bool {
	f.at++
	n := 0
	for ; f.more(']'); n++ {
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		if !f.value(v.Index(n), s.elem) {
			return false
		}
	}
	if n == 0 {
		v.Set(reflect.MakeSlice(s.goType, 0, 0)) // an empty list, and not none
	}
	return true
}

// mapping fills a map from the object that begins here.
func (f *filler) mapping(into *map[string]string) bool {
	m := map[string]string{}
	f.at++
	for f.more('}') {
		key, ok := f.text()
		if !ok {
			return false
		}
		f.colon()
		if m[key], ok = f.text(); !ok {
			return false
		}
	}
	*into = m
	return true
}

// textual is a field that decodes itself, and takes a string of the JSON once it is decoded.
type textual interface {
	json.Unmarshaler
	setText(string)
}

// shape is what there is to know about a type to fill values of it.
type shape struct {
	goType  reflect.Type
	kind    reflect.Kind // Int stands for all sizes; Invalid for what is left to encoding/json
	own     bool         // it decodes itself
	textual bool         // and can be given a string that is decoded
	elem    *shape       // of a pointer or slice
	fields  []shapeField // of a struct
}

type shapeField struct {
	name  string
	index []int
	shape *shape
}

// field is the index of the field of a name; -1 if there is none.
func (s *shape) field(name []byte) int {
	for i := range s.fields {
		if s.fields[i].name == string(name) {
			return i
		}
	}
	return -1
}

// resembles reports whether a name differs from that of a field in its case alone, which
// encoding/json takes for the field.
func (s *shape) resembles(name []byte) bool {
	for i := range s.fields {
		if len(name) == len(s.fields[i].name) && bytes.EqualFold(name, []byte(s.fields[i].name)) {
			return true
		}
	}
	return false
}

var shapes sync.Map // reflect.Type -> *shape

func shapeOf(t reflect.Type) *shape {
	if known, ok := shapes.Load(t); ok {
		return known.(*shape)
	}
	made, _ := shapes.LoadOrStore(t, newShape(t, map[reflect.Type]*shape{}))
	return made.(*shape)
}

var (
	unmarshaler     = reflect.TypeFor[json.Unmarshaler]()
	ofText          = reflect.TypeFor[textual]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// newShape describes a type; within are those around it, as a type may hold itself.
func newShape(t reflect.Type, within map[reflect.Type]*shape) *shape {
	if known := within[t]; known != nil {
		return known
	}
	s := &shape{goType: t, kind: t.Kind(), own: reflect.PointerTo(t).Implements(unmarshaler)}
	within[t] = s
	switch {
	case s.own:
		s.textual = reflect.PointerTo(t).Implements(ofText)
	case reflect.PointerTo(t).Implements(textUnmarshaler):
		s.kind = reflect.Invalid
	case s.kind == reflect.Int32 || s.kind == reflect.Int64:
		s.kind = reflect.Int
	case s.kind == reflect.Pointer || s.kind == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		s.elem = newShape(t.Elem(), within)
	case s.kind == reflect.Struct:
		if s.fields = shapeFields(t, within); s.fields == nil || len(s.fields) > 64 {
			s.kind = reflect.Invalid
		}
	case s.kind != reflect.String && s.kind != reflect.Bool && s.kind != reflect.Int && t != reflect.TypeFor[map[string]string]():
		s.kind = reflect.Invalid
	}
	return s
}

// shapeFields are the fields of a struct, those of embedded structs included; nil if it has any whose
// meaning is not plain from its tag.
func shapeFields(t reflect.Type, within map[reflect.Type]*shape) []shapeField {
	fields := []shapeField{}
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous && field.Type.Kind() == reflect.Struct && field.Tag == "" {
			continue // its fields follow
		}
		name := field.Tag.Get("json")
		if name == "" || name == "-" || strings.Contains(name, ",") || !field.IsExported() {
			return nil
		}
		fields = append(fields, shapeField{name, field.Index, newShape(field.Type, within)})
	}
	return fields
}
