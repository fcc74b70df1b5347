package edit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// Member is one entry of an Object.
type Member struct {
	Key   string
	Value any
}

// Object is a mapping whose entries are written in this order. The other values that can be written are strings,
// booleans, numbers, json.Number, nil and slices of any of them.
type Object []Member

// ValueOf reads JSON into what can be written: objects keep the order of their members.
func ValueOf(js []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.UseNumber()
	return valueOf(dec)
}

func valueOf(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		object := Object{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			value, err := valueOf(dec)
			if err != nil {
				return nil, err
			}
			object = append(object, Member{fmt.Sprint(key), value})
		}
		_, err = dec.Token()
		return object, err
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			value, err := valueOf(dec)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = dec.Token()
		return list, err
	}
	return token, nil
}

// plainWord is what may stand without quotes in any context, unless it means something else.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_./-]*$`)

// scalar writes a value that has no members.
func scalar(v any, js bool) string {
	if written, ok := v.(verbatim); ok {
		return string(written)
	}
	if text, ok := v.(string); ok && !js {
		if plainWord.MatchString(text) {
			if read, err := yaml.YAMLToJSON([]byte(text)); err == nil && string(read) == quoted(text) {
				return text
			}
		}
		return quoted(text)
	}
	return quoted(v)
}

// quoted writes a value as JSON, which YAML reads alike.
func quoted(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil { // only values of types that Object does not name
		return "null"
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// style is how a stretch of text is written.
type style struct {
	json   bool
	nl     string // line break
	unit   int    // columns of one level of indentation, in blocks and in JSON of several lines
	dash   int    // columns that the dashes of a list stand behind the key of the list
	colon  string // behind a key in flow style
	comma  string // between entries in flow style, on one line
	spread bool   // flow style, an entry a line
	tabs   bool   // indentation is by tabs
}

func (s style) indent(columns int) string {
	if s.tabs {
		return strings.Repeat("\t", columns)
	}
	return strings.Repeat(" ", columns)
}

// flow writes a value in flow style. indent is that of the line it stands in.
func (s style) flow(v any, indent int) string {
	var parts []string
	open, end := "[", "]"
	switch v := v.(type) {
	case Object:
		open, end = "{", "}"
		for _, m := range v {
			parts = append(parts, scalar(m.Key, s.json)+s.colon+s.flow(m.Value, indent+s.unit))
		}
	case []any:
		for _, item := range v {
			parts = append(parts, s.flow(item, indent+s.unit))
		}
	default:
		return scalar(v, s.json)
	}
	if !s.spread || len(parts) == 0 {
		return open + strings.Join(parts, s.comma) + end
	}
	inner := s.nl + s.indent(indent+s.unit)
	return open + inner + strings.Join(parts, ","+inner) + s.nl + s.indent(indent) + end
}

// block writes "key: value" in block style, its key in the column behind indent, without indentation of its first
// line and without a line break at its end.
func (s style) block(key string, v any, indent int) string {
	head := scalar(key, false) + ":"
	switch v := v.(type) {
	case Object:
		if len(v) == 0 {
			return head + " {}"
		}
		for _, m := range v {
			head += s.nl + s.indent(indent+s.unit) + s.block(m.Key, m.Value, indent+s.unit)
		}
		return head
	case []any:
		if len(v) == 0 {
			return head + " []"
		}
		for _, item := range v {
			head += s.nl + s.indent(indent+s.dash) + "- " + s.item(item, indent+s.dash)
		}
		return head
	}
	return head + " " + scalar(v, false)
}

// item writes what stands behind the dash of a list, which is in the column behind indent.
func (s style) item(v any, indent int) string {
	object, ok := v.(Object)
	if !ok || len(object) == 0 {
		flow := s
		flow.spread, flow.colon, flow.comma = false, ": ", ", "
		return flow.flow(v, indent)
	}
	var lines []string
	for _, m := range object {
		lines = append(lines, s.block(m.Key, m.Value, indent+2))
	}
	return strings.Join(lines, s.nl+s.indent(indent+2))
}
