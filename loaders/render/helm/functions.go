package helm

import (
	"bytes"
	"encoding/json"
	"strings"
	"text/template"

	sigsyaml "sigs.k8s.io/yaml"
	yaml "sigs.k8s.io/yaml/goyaml.v3"
)

// conversions are the functions that Helm adds to those of sprig, but for TOML.
func conversions() template.FuncMap {
	return template.FuncMap{
		"toYaml": func(v any) string {
			out, err := sigsyaml.Marshal(v)
			if err != nil {
				return ""
			}
			return strings.TrimSuffix(string(out), "\n")
		},
		"toYamlPretty": func(v any) string {
			var out bytes.Buffer
			enc := yaml.NewEncoder(&out)
			enc.SetIndent(2)
			if enc.Encode(v) != nil {
				return ""
			}
			return strings.TrimSuffix(out.String(), "\n")
		},
		"fromYaml": func(s string) map[string]any {
			m := map[string]any{}
			if err := sigsyaml.Unmarshal([]byte(s), &m); err != nil {
				m["Error"] = err.Error()
			}
			return m
		},
		"fromYamlArray": func(s string) []any {
			l := []any{}
			if err := sigsyaml.Unmarshal([]byte(s), &l); err != nil {
				l = []any{err.Error()}
			}
			return l
		},
		"toJson": func(v any) string {
			out, err := json.Marshal(v)
			if err != nil {
				return ""
			}
			return string(out)
		},
		"fromJson": func(s string) map[string]any {
			m := map[string]any{}
			if err := json.Unmarshal([]byte(s), &m); err != nil {
				m["Error"] = err.Error()
			}
			return m
		},
		"fromJsonArray": func(s string) []any {
			l := []any{}
			if err := json.Unmarshal([]byte(s), &l); err != nil {
				l = []any{err.Error()}
			}
			return l
		},
		"toToml":   func(any) string { return "" },
		"fromToml": func(string) map[string]any { return map[string]any{} },
	}
}
