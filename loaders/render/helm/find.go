package helm

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"helm.sh/helm/v3/pkg/chartutil"
)

// hit is where a value was written.
type hit struct {
	layer *layer
	key   *yaml.Node // the key of a mapping's entry, or the element of a list itself
	value *yaml.Node
	set   string // the --set expression instead of a file
	plain any    // its value
}

// walk follows a path into a file of values. decided means that the file ends the search: it has
// something in the place that no file below it can add to.
func (l *layer) walk(path []string) (h hit, decided bool) {
	if l == nil || l.root == nil {
		return hit{}, false
	}
	value := l.root
	h = hit{layer: l, value: value}
	for _, token := range path {
		container := resolved(value)
		if container == nil || container.Kind == yaml.ScalarNode {
			return hit{}, container != nil && container.Tag != "!!null"
		}
		shown, v := step(container, token)
		if v == nil {
			return hit{}, container.Kind == yaml.SequenceNode
		}
		h.key, value = shown, v
	}
	h.value = resolved(value)
	return h, h.value != nil && len(path) > 0
}

// found reports whether a walk reached the end of its path.
func (h hit) found() bool { return h.key != nil || h.set != "" }

// maxFind bounds the charts that are looked at for one value: imports and aliases can make very
// many ways to few charts.
const maxFind = 2_000

// find tells where the value at a path of the chart's values was written: by the last --set, then
// by the last values file, then by the outermost chart whose values.yaml has it, then by what is
// imported from a subchart. Globals of a parent have precedence over those of its subcharts.
func (m *model) find(path []string) (hit, bool) {
	if len(path) == 0 {
		return hit{}, false
	}
	_, depth := m.at(path)
	if depth > 0 && depth < len(path) && path[depth] == chartutil.GlobalKey {
		if h, ok := m.find(slices.Concat(path[:depth-1], path[depth:])); ok {
			return h, true
		}
	}
	if h, decided := m.user(path); decided {
		return h, h.found()
	}
	budget := maxFind
	return m.root.find(path, &budget)
}

// find looks at the values.yaml of a chart and of those below it.
func (s *source) find(path []string, budget *int) (hit, bool) {
	*budget--
	if *budget < 0 || len(path) == 0 {
		return hit{}, false
	}
	if h, decided := s.layer.walk(path); decided {
		return h, h.found()
	}
	if sub := s.child(path[0]); sub != nil {
		if h, ok := sub.find(path[1:], budget); ok {
			return h, true
		}
	}
	return s.imported(path, budget)
}

// user looks at what the user gave: --set expressions and values files, the last one first.
func (m *model) user(path []string) (hit, bool) {
	for _, s := range slices.Backward(m.sets) {
		if v, ok := lookupPlain(s.tree, path); ok {
			return hit{set: s.expr, plain: v}, true
		}
	}
	for _, l := range slices.Backward(m.files) {
		if h, decided := l.walk(path); decided {
			return h, true
		}
	}
	return hit{}, false
}

// imported looks at what a chart takes over from its dependencies (import-values).
func (s *source) imported(path []string, budget *int) (hit, bool) {
	for _, d := range s.deps {
		sub := s.child(nameOf(d))
		if sub == nil {
			continue
		}
		for _, entry := range d.ImportValues {
			from, to, ok := importOf(entry)
			if !ok || len(path) < len(to) || !slices.Equal(path[:len(to)], to) {
				continue
			}
			inside := slices.Concat(from, path[len(to):])
			if h, _ := s.layer.walk(slices.Concat([]string{sub.name}, inside)); h.found() {
				return h, true
			}
			if h, ok := sub.find(inside, budget); ok {
				return h, true
			}
		}
	}
	return hit{}, false
}

// importOf reads an entry of import-values: a path in the subchart, and one in its parent.
func importOf(entry any) (from, to []string, ok bool) {
	switch e := entry.(type) {
	case string:
		return append([]string{"exports"}, strings.Split(e, ".")...), nil, true
	case map[string]any:
		child, _ := e["child"].(string)
		parent, _ := e["parent"].(string)
		if parent != "." {
			to = strings.Split(parent, ".")
		}
		return strings.Split(child, "."), to, child != "" && parent != ""
	}
	return nil, nil, false
}

func lookupPlain(v any, path []string) (any, bool) {
	for _, token := range path {
		switch c := v.(type) {
		case map[string]any:
			next, ok := c[token]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, ok := index(token, len(c))
			if !ok || c[i] == nil { // expressions that set another element of the list
				return nil, false
			}
			v = c[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// nearest is the value at a path, or the nearest ancestor that was written down.
func (m *model) nearest(path []string) (hit, bool) {
	for n := len(path); n > 0; n-- {
		if h, ok := m.find(path[:n]); ok && h.layer != nil {
			return h, true
		}
	}
	return hit{}, false
}

const (
	maxMoved  = 3      // mappings that a chart's defaults may stand below
	maxSearch = 50_000 // entries looked at for them
)

// moved finds a default that stands deeper in a chart's values.yaml than templates read it,
// because a template moves it up first (Istio's charts keep their defaults below one key). The
// whole path has to be there, once.
func (m *model) moved(path []string) (hit, bool) {
	s, depth := m.at(path)
	rest := path[depth:]
	if len(rest) < 2 || s.layer == nil {
		return hit{}, false
	}
	var found []hit
	budget := maxSearch
	var search func(n *yaml.Node, deeper int)
	search = func(n *yaml.Node, deeper int) {
		n = resolved(n)
		if n == nil || n.Kind != yaml.MappingNode || deeper == 0 || len(found) > 1 {
			return
		}
		for i := 0; i+1 < len(n.Content) && budget > 0; i += 2 {
			budget--
			below := &layer{shown: s.layer.shown, archive: s.layer.archive, data: s.layer.data, root: n.Content[i+1]}
			if h, _ := below.walk(rest); h.found() {
				found = append(found, h)
			}
			search(n.Content[i+1], deeper-1)
		}
	}
	search(s.layer.root, maxMoved)
	if len(found) != 1 {
		return hit{}, false
	}
	return found[0], true
}
