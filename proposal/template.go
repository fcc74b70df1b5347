package proposal

import (
	"encoding/json"
	"path"
	"strconv"
	"strings"
)

// params are the parameters of one generated Application, by the names that templates use: "path.basename".
type params map[string]string

// keyOf joins the values of the keys by which generators are merged.
func keyOf(p params, keys []string) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(strconv.Quote(p[k]))
	}
	return b.String()
}

func joined(a, b params) params {
	p := params{}
	for k, v := range a {
		p[k] = v
	}
	for k, v := range b {
		p[k] = v
	}
	return p
}

// values adds the values that a generator gives to each set of parameters.
func values(p params, more map[string]string) params {
	for k, v := range more {
		p["values."+k] = substitute(v, p)
	}
	return p
}

func selects(want, labels map[string]string) bool {
	for k, v := range want {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// flatten names the members of a JSON object the way templates do: "cluster.name".
func flatten(p params, prefix string, js json.RawMessage) {
	var m map[string]json.RawMessage
	if json.Unmarshal(js, &m) != nil || strings.Count(prefix, ".") > 8 {
		return
	}
	for k, v := range m {
		var text string
		switch {
		case json.Unmarshal(v, &text) == nil:
			p[prefix+k] = text
		case v[0] == '{':
			flatten(p, prefix+k+".", v)
		case v[0] != '[':
			p[prefix+k] = string(v)
		}
	}
}

// fill substitutes in every string of a template.
func fill(v any, p params, depth int) any {
	if depth > 64 {
		return nil
	}
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range x {
			out[k] = fill(e, p, depth+1)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = fill(e, p, depth+1)
		}
		return out
	case string:
		return substitute(x, p)
	}
	return v
}

// substitute replaces the parameters that a text names, in the plain form ({{name}}) and in that of Go templates
// ({{ .name }}, {{ index .path.segments 1 }}). What it does not know stays as it is.
func substitute(text string, p params) string {
	return actions.ReplaceAllStringFunc(text, func(action string) string {
		key := strings.TrimSpace(actions.FindStringSubmatch(action)[1])
		if m := indexed.FindStringSubmatch(key); m != nil {
			if _, err := strconv.Atoi(m[2]); err == nil {
				key = m[1] + "[" + m[2] + "]"
			} else {
				key = m[1] + "." + m[2]
			}
		}
		key = strings.TrimPrefix(key, ".")
		if v, ok := p[key]; ok {
			return v
		}
		return action
	})
}

// matchPath matches a path with a pattern in which * stays within a name and ** is any number of folders.
func matchPath(pattern, p string) bool {
	want := strings.Split(strings.Trim(path.Clean(pattern), "/"), "/")
	stars := 0
	for _, w := range want {
		if w == "**" {
			stars++
		}
	}
	return stars <= 3 && matchParts(want, strings.Split(p, "/"))
}

func matchParts(want, parts []string) bool {
	for len(want) > 0 {
		if want[0] == "**" {
			for i := range len(parts) + 1 {
				if matchParts(want[1:], parts[i:]) {
					return true
				}
			}
			return false
		}
		if len(parts) == 0 {
			return false
		}
		if ok, err := path.Match(want[0], parts[0]); !ok || err != nil {
			return false
		}
		want, parts = want[1:], parts[1:]
	}
	return len(parts) == 0
}
