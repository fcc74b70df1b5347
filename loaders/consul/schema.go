package consul

import (
	"strings"
	"unicode"

	"github.com/passmuster/muster/mesh"
)

// schema is the shape of a value: which fields Consul knows below it.
type schema struct {
	fields map[string]*schema // of an object, by the name in Consul's Go types
	names  map[string]string  // each spelling in lower case to that name
	each   *schema            // of the values under keys that the user gives
	item   *schema            // of the elements of a list
	opaque bool               // anything may stand below
}

var (
	leaf   = &schema{}
	opaque = &schema{opaque: true}
	leaves = &schema{item: leaf}
)

// fields makes the schema of an object. Names in plain are leaves, separated by spaces; a name
// that ends in "!" has no snake_case form.
func fields(plain string, more map[string]*schema) *schema {
	s := &schema{fields: map[string]*schema{}, names: map[string]string{}}
	add := func(name string, of *schema) {
		bare := strings.TrimSuffix(name, "!")
		s.fields[bare] = of
		s.names[strings.ToLower(bare)] = bare
		if bare == name {
			s.names[snake(bare)] = bare
		}
	}
	for name := range strings.FieldsSeq(plain) {
		add(name, leaf)
	}
	for name, of := range more {
		add(name, of)
	}
	return s
}

func mapOf(s *schema) *schema  { return &schema{each: s} }
func listOf(s *schema) *schema { return &schema{item: s} }

// snake is the snake_case form of a name: MutualTLSMode is mutual_tls_mode.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if i > 0 {
			before := runes[i-1]
			starts := unicode.IsUpper(r) && (!unicode.IsUpper(before) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
			if starts || unicode.IsDigit(r) && unicode.IsLower(before) {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// Problem is why Consul refuses an entry.
type Problem struct {
	Reason  string      // a word, as in the table of the vectors' README
	Message string      // for a person
	Origin  mesh.Origin // what is wrong; the entry if nothing smaller is
}

// normal gives the fields of v the names of Consul's Go types, and tells what it does not know.
func (s *schema) normal(v *value, in mesh.Locator) (*value, *Problem) {
	switch {
	case v == nil || v.kind == nullValue || s.opaque:
		return v, nil
	case s.fields != nil:
		return s.object(v, in)
	case s.each != nil:
		m := v.merged()
		if m == nil {
			return empty(v, in)
		}
		out := &value{kind: objectValue, path: m.path}
		for _, e := range m.members {
			n, p := s.each.normal(e.val, in)
			if p != nil {
				return nil, p
			}
			out.members = append(out.members, member{e.key, n})
		}
		return out, nil
	case s.item != nil:
		out := &value{kind: listValue, path: v.path}
		for _, e := range v.elements() {
			n, p := s.item.normal(e, in)
			if p != nil {
				return nil, p
			}
			out.items = append(out.items, n)
		}
		return out, nil
	}
	if v.kind == objectValue || v.kind == listValue {
		return nil, malformed(v, in, "a single value is expected here")
	}
	return v, nil
}

func (s *schema) object(v *value, in mesh.Locator) (*value, *Problem) {
	o := v.object()
	if o == nil {
		return empty(v, in)
	}
	out := &value{kind: objectValue, path: o.path}
	for _, e := range o.members {
		name, ok := s.names[strings.ToLower(e.key)]
		if !ok {
			if lower := strings.ToLower(e.key); strings.HasSuffix(lower, "namespace") || strings.HasSuffix(lower, "partition") {
				return nil, &Problem{"enterprise-only", e.key + " is a feature of Consul Enterprise", e.val.origin(in)}
			}
			return nil, &Problem{"unknown-key", "Consul knows no field " + e.key + " here", e.val.origin(in)}
		}
		n, p := s.fields[name].normal(e.val, in)
		if p != nil {
			return nil, p
		}
		out.members = append(out.members, member{name, n})
	}
	return out, nil
}

// empty is what stands for an object where an empty list or text does; nothing else may.
func empty(v *value, in mesh.Locator) (*value, *Problem) {
	if v.kind == listValue && len(v.items) == 0 {
		return &value{path: v.path}, nil
	}
	return nil, malformed(v, in, "an object is expected here")
}

func malformed(v *value, in mesh.Locator, message string) *Problem {
	return &Problem{"malformed", message, v.origin(in)}
}
