package terraform

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

func itoa(n int) string { return strconv.Itoa(n) }

// decodeJSON reads one value with its numbers as they are written.
func decodeJSON(raw json.RawMessage) (any, error) {
	if len(raw) == 0 {
		return nil, nil //nolint:nilnil // nothing is null
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return v, err
}

// plainJSON is a value of JSON, all of which is known.
func (p *Planned) plainJSON(raw json.RawMessage) (cty.Value, error) {
	return p.tristate(raw, nil, nil)
}

// tristate is a value with what is not known of it, and what must not be shown.
func (p *Planned) tristate(after, unknown, secret json.RawMessage) (cty.Value, error) {
	var parts [3]any
	for i, raw := range []json.RawMessage{after, unknown, secret} {
		v, err := decodeJSON(raw)
		if err != nil {
			return cty.NilVal, err
		}
		parts[i] = v
	}
	nodes := 0
	return p.combine(parts[0], parts[1], parts[2], &nodes)
}

// combine joins a value with what is said about its parts: true for all of one, or a list or an object of the same shape. What is unknown is
// missing in an object, and null in a list.
func (p *Planned) combine(v, unknown, secret any, nodes *int) (out cty.Value, err error) {
	if *nodes++; *nodes > p.limits.Nodes {
		return cty.NilVal, refuse("it has more than %d elements", p.limits.Nodes)
	}
	defer func() {
		if err == nil && secret == true {
			out = out.Mark(sensitive)
		}
	}()
	if unknown == true {
		return cty.DynamicVal, nil
	}
	switch v := v.(type) {
	case nil:
		switch u := unknown.(type) { // parts of what is not there may be unknown
		case map[string]any:
			if anyTrue(u) {
				return p.object(nil, u, secret, nodes)
			}
		case []any:
			if anyTrue(u) {
				return cty.DynamicVal, nil
			}
		}
		return cty.NullVal(cty.DynamicPseudoType), nil
	case bool:
		return cty.BoolVal(v), nil
	case string:
		return cty.StringVal(v), nil
	case json.Number:
		if len(v) > p.limits.NumberBytes {
			return cty.NilVal, refuse("a number is longer than %d bytes", p.limits.NumberBytes)
		}
		n, err := cty.ParseNumberVal(string(v))
		if err != nil {
			return cty.NilVal, err
		}
		return n, p.limits.number(n)
	case []any:
		u, _ := unknown.([]any)
		s, _ := secret.([]any)
		list := make([]cty.Value, max(len(v), len(u)))
		for i := range list {
			if list[i], err = p.combine(element(v, i), element(u, i), element(s, i), nodes); err != nil {
				return cty.NilVal, err
			}
		}
		return cty.TupleVal(list), nil
	case map[string]any:
		u, _ := unknown.(map[string]any)
		return p.object(v, u, secret, nodes)
	}
	return cty.NilVal, fmt.Errorf("a value of an unexpected kind")
}

func (p *Planned) object(v, unknown map[string]any, secret any, nodes *int) (cty.Value, error) {
	s, _ := secret.(map[string]any)
	object := make(map[string]cty.Value, len(v))
	for name, e := range v {
		out, err := p.combine(e, unknown[name], s[name], nodes)
		if err != nil {
			return cty.NilVal, err
		}
		object[name] = out
	}
	for name, u := range unknown {
		if _, there := v[name]; !there && anyTrue(u) {
			out, err := p.combine(nil, u, s[name], nodes)
			if err != nil {
				return cty.NilVal, err
			}
			object[name] = out
		}
	}
	return cty.ObjectVal(object), nil
}

func element(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func anyTrue(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case []any:
		return slices.ContainsFunc(v, anyTrue)
	case map[string]any:
		for _, e := range v {
			if anyTrue(e) {
				return true
			}
		}
	}
	return false
}
