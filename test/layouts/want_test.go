package layouts

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// want is one want.yaml; testdata/layouts/README.md says how it reads.
type want struct {
	About    string
	Init     yaml.Node
	Or       []yaml.Node
	Free     []string
	Optional []string
	Evidence []evidence
	Scan     struct {
		Duplicates *int
		Siblings   *bool
	}
}

// evidence is the place in the tree that tells one value of the config.
type evidence struct {
	For string // a selector
	At  string // a file or folder of the tree; file:line where has is given
	Has string // what the line holds
}

func readWant(file string) (*want, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	w := &want{}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(w); err != nil {
		return nil, err
	}
	return w, nil
}

// configs are all proposals that are right: init and its alternatives, each as plain values.
func (w *want) configs() ([]map[string]any, error) {
	var list []map[string]any
	for _, n := range w.proposals() {
		c := map[string]any{}
		if err := n.Decode(&c); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func (w *want) proposals() []*yaml.Node {
	list := []*yaml.Node{&w.Init}
	for i := range w.Or {
		list = append(list, &w.Or[i])
	}
	return list
}

var (
	selectorForm = regexp.MustCompile(`^[a-zA-Z]+(\[[^\]]+\])?(\.[a-zA-Z]+(\[[^\]]+\])?)*$`)
	stepForm     = regexp.MustCompile(`([a-zA-Z]+)(?:\[([^\]]+)\])?`)
)

// find returns the values of a config at a selector such as clusters[east].sources[charts/pay].values: elements of a
// list go by their name, path, kustomize or helm, those of a mapping by their key, and * is each.
func find(config map[string]any, selector string) ([]any, error) {
	if !selectorForm.MatchString(selector) {
		return nil, fmt.Errorf("%q is no selector", selector)
	}
	at := []any{config}
	for _, step := range stepForm.FindAllStringSubmatch(selector, -1) {
		key, element := step[1], step[2]
		var next []any
		for _, v := range at {
			m, ok := v.(map[string]any)
			if !ok || m[key] == nil {
				continue
			}
			if element == "" {
				next = append(next, m[key])
				continue
			}
			next = append(next, elements(m[key], element)...)
		}
		at = next
	}
	return at, nil
}

// parent is what a selector is a key of: clusters[east] for clusters[east].region. That of the config itself is
// clusters, which every config has.
func parent(selector string) string {
	steps := stepForm.FindAllStringIndex(selector, -1)
	if len(steps) < 2 {
		return "clusters"
	}
	return selector[:steps[len(steps)-2][1]]
}

func elements(v any, name string) []any {
	var found []any
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if name == "*" || nameOf(e) == name {
				found = append(found, e)
			}
		}
	case map[string]any:
		for k, e := range v {
			if name == "*" || k == name {
				found = append(found, e)
			}
		}
	}
	return found
}

func nameOf(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	for _, key := range []string{"name", "path", "kustomize", "helm"} {
		if s, ok := m[key].(string); ok {
			return s
		}
	}
	return ""
}

// inAny returns what a selector finds in all configs together.
func inAny(configs []map[string]any, selector string) ([]any, error) {
	var found []any
	for _, c := range configs {
		here, err := find(c, selector)
		if err != nil {
			return nil, err
		}
		found = append(found, here...)
	}
	return found, nil
}

// line returns a line of a text, counted from 1, and "" beyond its end.
func line(text string, n int) string {
	lines := strings.Split(text, "\n")
	if n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}
