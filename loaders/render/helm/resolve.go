package helm

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"helm.sh/helm/v3/pkg/chartutil"
)

// spot is where an object that templates see comes from.
type spot struct {
	kind spotKind
	path string // JSON pointer into the values of the root chart, or the names of subcharts
}

type spotKind int

const (
	spotNone   spotKind = iota
	spotData            // the top-level object of a chart's templates; path names the chart
	spotValues          // a value
	spotChart           // .Chart, or a field of it; path names the chart, and the field
)

// down is the spot of a field.
func (s spot) down(name string) spot {
	switch {
	case s.kind == spotData && name == "Values":
		return spot{spotValues, s.path}
	case s.kind == spotData && name == "Chart":
		return spot{spotChart, s.path}
	case s.kind == spotValues:
		return spot{spotValues, s.path + "/" + escapeToken(name)}
	case s.kind == spotChart && name == "APIVersion":
		return spot{spotChart, s.path + "/apiVersion"}
	case s.kind == spotChart && name != "":
		return spot{spotChart, s.path + "/" + strings.ToLower(name[:1]) + name[1:]}
	}
	return spot{}
}

// register remembers the mappings of the values by identity, so that they are known wherever
// templates pass them.
func (tr *tracer) register(v any, at spot) {
	if at.kind == spotNone {
		return
	}
	switch v := v.(type) {
	case []any:
		for i, e := range v {
			tr.register(e, at.down(strconv.Itoa(i)))
		}
		return
	default:
		m, ok := asMap(v)
		if !ok {
			return
		}
		id := reflect.ValueOf(m).Pointer()
		if _, known := tr.known[id]; known {
			return
		}
		tr.known[id] = at
		for _, k := range sortedKeys(m) {
			tr.register(m[k], at.down(k))
		}
	}
}

func asMap(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, v != nil
	case chartutil.Values:
		return v, v != nil
	}
	return nil, false
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (tr *tracer) identity(v any) (spot, bool) {
	m, ok := asMap(v)
	if !ok {
		return spot{}, false
	}
	s, ok := tr.known[reflect.ValueOf(m).Pointer()]
	return s, ok
}

// look evaluates the chains of a site and notes what they lead to.
func (tr *tracer) look(a *activity, f *frame, args []any) {
	for _, ch := range a.site.chains {
		if ch.base < len(args) {
			tr.follow(a, f, ch, args)
		}
	}
}

func (tr *tracer) follow(a *activity, f *frame, ch chain, args []any) {
	value := args[ch.base]
	var at []spot
	if s, ok := tr.identity(value); ok {
		at = []spot{s}
	} else {
		at = tr.guess(a, f, a.site.args[ch.base], len(ch.fields) > 0)
	}
	for _, fd := range ch.fields {
		name := fd.name
		if fd.by != nil {
			if fd.by.base >= len(args) {
				return
			}
			key := args[fd.by.base]
			for _, f := range fd.by.fields {
				key = member(key, f.name)
			}
			name = printed(key)
		}
		for i := range at {
			at[i] = at[i].down(name)
		}
		value = member(value, name)
		if s, ok := tr.identity(value); ok {
			at = []spot{s}
		}
	}
	for _, s := range at {
		switch {
		case s.kind == spotValues && s.path != "":
			a.reads = addReads(a.reads, Read{FromValues, s.path})
			if a.site.isRange {
				a.through = append(a.through, collection{s.path, value})
			}
		case s.kind == spotChart && len(ch.fields) > 0:
			a.reads = addReads(a.reads, Read{FromChart, s.path})
		}
	}
}

// guess tells what a base may be that has no identity: a scalar, or a mapping that a template
// built. It goes by what the base was made of.
func (tr *tracer) guess(a *activity, f *frame, base string, more bool) (at []spot) {
	var from []Read
	switch scope := f.scopes[a.site.scope]; {
	case base == "." && scope != nil && scope.site.isRange:
		from = scope.elems
	case base == "." && scope != nil:
		from = scope.allReads(nil, 0)
	case base == "." || base == "$":
		if f.dot != nil {
			from = f.dot.allReads(nil, 0)
		}
	case f.vars[base] != nil:
		a.uses = append(a.uses, f.vars[base])
		from = f.vars[base].allReads(nil, 0)
	}
	if more { // a field of a mapping that was built of these values: any of them
		a.reads = addReads(a.reads, from...)
	}
	for _, r := range from {
		switch r.Of {
		case FromValues:
			at = append(at, spot{spotValues, r.Path})
		default:
			a.reads = addReads(a.reads, r)
		}
	}
	return at
}

func member(v any, name string) any {
	if m, ok := asMap(v); ok {
		return m[name]
	}
	if l, ok := v.([]any); ok {
		if i, ok := index(name, len(l)); ok {
			return l[i]
		}
	}
	return nil
}

// index reads the index of a list of n elements.
func index(s string, n int) (int, bool) {
	i, err := strconv.Atoi(s)
	return i, err == nil && i >= 0 && i < n
}

// printed is a key or index as it stands in a path.
func printed(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	}
	return ""
}
