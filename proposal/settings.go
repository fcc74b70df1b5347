package proposal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// nested turns the parameters of Helm's --set into a map. A name that is more than words and dots is left out.
func nested(into map[string]any, name, value string, forceString bool) map[string]any {
	if name == "" || strings.ContainsAny(name, `[]\,={}`) || len(strings.Split(name, ".")) > 16 {
		return into
	}
	if into == nil {
		into = map[string]any{}
	}
	m := into
	keys := strings.Split(name, ".")
	for _, k := range keys[:len(keys)-1] {
		sub, ok := m[k].(map[string]any)
		if !ok {
			sub = map[string]any{}
			m[k] = sub
		}
		m = sub
	}
	var v any = value
	if !forceString {
		switch i, err := strconv.ParseInt(value, 10, 64); {
		case value == "true", value == "false":
			v = value == "true"
		case err == nil && (value == "0" || value[0] != '0'):
			v = i
		}
	}
	m[keys[len(keys)-1]] = v
	return into
}

// overlay lays values over others, as Helm does.
func overlay(base, over map[string]any) map[string]any {
	if base == nil {
		return over
	}
	for k, v := range over {
		a, ok1 := base[k].(map[string]any)
		b, ok2 := v.(map[string]any)
		if ok1 && ok2 {
			base[k] = overlay(a, b)
		} else {
			base[k] = v
		}
	}
	return base
}

// plainValues turns JSON values into those that a config can hold: whole numbers stay whole.
func plainValues(js json.RawMessage) map[string]any {
	var m map[string]any
	dec := json.NewDecoder(bytes.NewReader(js))
	dec.UseNumber()
	if dec.Decode(&m) != nil {
		return nil
	}
	out, _ := plainValue(m, 0).(map[string]any)
	return out
}

func plainValue(v any, depth int) any {
	if depth > 24 { // a config nests 32 levels at most
		return nil
	}
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = plainValue(e, depth+1)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = plainValue(e, depth+1)
		}
		return out
	case json.Number:
		if i, err := x.Int64(); err == nil {
			return i
		}
		f, _ := x.Float64()
		return f
	case string, bool, nil, int64, float64:
		return x
	case int:
		return int64(x)
	}
	return fmt.Sprint(v)
}

// textValues reads values that are YAML in a string.
func textValues(text string) map[string]any {
	var m map[string]any
	if len(text) > 1<<20 || yaml.Unmarshal([]byte(text), &m) != nil {
		return nil
	}
	out, _ := plainValue(m, 0).(map[string]any)
	return out
}
