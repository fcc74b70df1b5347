package infrastructure

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

// set reads one "set", "set_list" or "set_sensitive".
func (v *values) set(r *Resource, kind string, i int) {
	name, field := r.text(kind, i, "name"), "value"
	if !name.IsKnown() {
		v.unknown[""] = &terraform.Unknown{Reason: "the name of what it sets is not known: " + name.Cause}
		return
	}
	way, err := setPath(name.V)
	if err != nil {
		v.unknown[""] = &terraform.Unknown{Reason: "the name " + name.V + " is not understood: " + err.Error()}
		return
	}
	pointer := ""
	for _, step := range way {
		pointer += "/" + escape(step.text)
	}
	locate := func(string) mesh.Position { return r.Place(kind, i, field) }
	var value any
	l := r.Leaf(kind, i, field)
	switch text, known := asText(l.Value); {
	case l.Unknown != nil:
		v.forget(pointer)
		v.unknown[pointer], v.asked[pointer] = l.Unknown, locate
		return
	case kind == "set_list":
		list := []any{}
		if !l.Absent && !l.Value.IsNull() && l.Value.CanIterateElements() {
			for _, e := range l.Value.AsValueSlice() {
				if text, ok := asText(e); ok {
					list = append(list, typedText(text))
				}
			}
		}
		value = list
	case l.Absent || l.Value.IsNull() || !known:
		value = ""
	default:
		as, _ := r.text(kind, i, "type").Get()
		if value, err = setValue(text, as); err != nil {
			v.unknown[pointer] = &terraform.Unknown{Reason: "its value is not understood: " + err.Error()}
			return
		}
	}
	v.forget(pointer)
	v.layers = append(v.layers, layer{nest(nil, way, value), locate})
	if m, ok := nest(v.tree, way, value).(map[string]any); ok {
		v.tree = m
	}
}

// step is a key or an index of a name such as "servers[0].port".
type step struct {
	text  string
	index int // -1 = it is a key
}

// setPath reads the name of a value. Helm: pkg/strvals, where a backslash takes the meaning from a dot.
func setPath(name string) (way []step, err error) {
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			way = append(way, step{word.String(), -1})
			word.Reset()
		}
	}
	for i := 0; i < len(name); i++ {
		switch c := name[i]; c {
		case '\\':
			if i++; i < len(name) {
				word.WriteByte(name[i])
			}
		case '.':
			flush()
		case '[':
			flush()
			end := strings.IndexByte(name[i:], ']')
			if end < 0 {
				return nil, errors.New("a bracket is not closed")
			}
			n, err := strconv.Atoi(name[i+1 : i+end])
			if err != nil || n < 0 || n > most {
				return nil, errors.New("an index between 0 and " + strconv.Itoa(most) + " is expected")
			}
			way = append(way, step{strconv.Itoa(n), n})
			i += end
		case ',', '=', '{', '}':
			return nil, errors.New("it names more than one value")
		default:
			word.WriteByte(c)
		}
	}
	flush()
	if len(way) == 0 || len(way) > 30 || way[0].index >= 0 {
		return nil, errors.New("it names no value")
	}
	return way, nil
}

// setValue reads a value: with the type "string" it is a text, else what it looks like.
func setValue(text, as string) (any, error) {
	var parts []string
	var word strings.Builder
	list := strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}")
	if list {
		text = text[1 : len(text)-1]
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
		case c == ',' && list:
			parts = append(parts, word.String())
			word.Reset()
		case c == ',':
			return nil, errors.New("a comma begins another value")
		case c == '{' && (list || i == 0):
			return nil, errors.New("lists in lists")
		default:
			word.WriteByte(c)
		}
	}
	one := func(s string) any {
		if as == "string" {
			return s
		}
		return typedText(s)
	}
	if !list {
		return one(word.String()), nil
	}
	out := []any{}
	if len(parts) > 0 || word.Len() > 0 {
		for _, p := range append(parts, word.String()) {
			out = append(out, one(strings.TrimSpace(p)))
		}
	}
	return out, nil
}

// typedText is a text as helm's "set" takes it. Helm: pkg/strvals, typedVal.
func typedText(s string) any {
	switch {
	case strings.EqualFold(s, "true"), strings.EqualFold(s, "false"):
		return strings.EqualFold(s, "true")
	case strings.EqualFold(s, "null"):
		return nil
	case s == "0":
		return json.Number("0")
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && s[0] != '0' {
		return json.Number(strconv.FormatInt(n, 10))
	}
	return s
}

// nest puts a value into a tree, making what is missing on the way.
func nest(in any, way []step, value any) any {
	if len(way) == 0 {
		return value
	}
	if i := way[0].index; i >= 0 {
		list, _ := in.([]any)
		list = slices.Clone(list)
		for len(list) <= i {
			list = append(list, nil)
		}
		list[i] = nest(list[i], way[1:], value)
		return list
	}
	m, ok := in.(map[string]any)
	if !ok {
		m = map[string]any{}
	}
	m[way[0].text] = nest(m[way[0].text], way[1:], value)
	return m
}
