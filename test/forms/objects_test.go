package forms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// objects are Kubernetes objects by "group/Kind namespace/name". The version is content: it must be equal, too.
type objects map[string]map[string]any

var documentEnd = regexp.MustCompile(`(?m)^---.*$`)

// add reads the documents of a stream. Documents that hold nothing but comments are no objects; the same object twice is an error.
func (o objects) add(stream []byte, where string) error {
	for _, text := range documentEnd.Split(string(stream), -1) {
		var v map[string]any
		if err := yaml.UnmarshalStrict([]byte(text), &v); err != nil {
			return fmt.Errorf("%s: %w\n%s", where, err, text)
		}
		if len(v) == 0 {
			continue
		}
		key, err := keyOf(v)
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", where, err, text)
		}
		if _, twice := o[key]; twice {
			return fmt.Errorf("%s: %s is given twice", where, key)
		}
		o[key] = v
	}
	return nil
}

func keyOf(v map[string]any) (string, error) {
	var o struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct{ Name, Namespace string }
	}
	data, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(data, &o); err != nil {
		return "", err
	}
	if o.Kind == "" || o.Metadata.Name == "" {
		return "", fmt.Errorf("an object without kind or name")
	}
	group, _, named := strings.Cut(o.APIVersion, "/")
	if !named {
		group = ""
	}
	return fmt.Sprintf("%s/%s %s/%s", group, o.Kind, o.Metadata.Namespace, o.Metadata.Name), nil
}

// stream renders the objects as one YAML stream, in the order of their keys.
func (o objects) stream() ([]byte, error) {
	var b bytes.Buffer
	for _, key := range slices.Sorted(maps.Keys(o)) {
		data, err := yaml.Marshal(o[key])
		if err != nil {
			return nil, err
		}
		b.WriteString("---\n")
		b.Write(data)
	}
	return b.Bytes(), nil
}

// differences lists what got has too little, too much or otherwise than want, one line each.
func differences(want, got objects) []string {
	all := maps.Clone(want)
	maps.Copy(all, got)
	var out []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		w, wanted := want[key]
		g, given := got[key]
		switch {
		case !given:
			out = append(out, key+": missing")
		case !wanted:
			out = append(out, key+": not in shop")
		default:
			for _, d := range diff("", w, g) {
				out = append(out, key+": "+d)
			}
		}
	}
	return out
}

// diff compares two values as JSON holds them; at is the JSON pointer of both.
func diff(at string, want, got any) []string {
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return diffMaps(at, w, g)
		}
	case []any:
		if g, ok := got.([]any); ok {
			return diffLists(at, w, g)
		}
	default:
		if want == got {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: want %s, got %s", at, show(want), show(got))}
}

func diffMaps(at string, want, got map[string]any) []string {
	all := maps.Clone(want)
	maps.Copy(all, got)
	var out []string
	for _, k := range slices.Sorted(maps.Keys(all)) {
		w, wanted := want[k]
		g, given := got[k]
		switch {
		case !given:
			out = append(out, fmt.Sprintf("%s/%s: missing: %s", at, k, show(w)))
		case !wanted:
			out = append(out, fmt.Sprintf("%s/%s: not in shop: %s", at, k, show(g)))
		default:
			out = append(out, diff(at+"/"+k, w, g)...)
		}
	}
	return out
}

func diffLists(at string, want, got []any) []string {
	if len(want) != len(got) {
		return []string{fmt.Sprintf("%s: want %d entries, got %d", at, len(want), len(got))}
	}
	var out []string
	for i := range want {
		out = append(out, diff(fmt.Sprintf("%s/%d", at, i), want[i], got[i])...)
	}
	return out
}

func show(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}
