package config

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// selection is a match as patterns by member. A member that is not there selects everything.
type selection map[string]string

// The members of a selection that patterns are not all there is to.
const (
	ofService = "service"
	ofCluster = "cluster"
	ofPath    = "path"
	ofLabel   = "label "
)

func (s selection) put(member, pattern string) {
	if pattern != "" && (pattern != "*" || member == ofCluster || strings.HasPrefix(member, ofLabel)) {
		s[member] = pattern // "*" selects what is there at all: a service has a name, and not each label
	}
}

func (m *Match) selection() selection {
	s := selection{}
	s.put("namespace", m.Namespace)
	s.put(ofService, m.Service)
	s.put(ofCluster, m.Cluster)
	for key, pattern := range m.Labels {
		s[ofLabel+key] = pattern
	}
	return s
}

// selection of findings. Any namespace, kind or name is as good as none, since "*" matches an empty text, too; any service
// leaves out findings that concern none.
func (a *Accepted) selection() selection {
	s := selection{}
	for member, pattern := range map[string]string{
		"namespace": a.Namespace, ofService: a.Service, ofCluster: a.Cluster, "kind": a.Kind, "name": a.Name, ofPath: a.Path,
	} {
		if pattern != "" && (pattern != "*" || member != "namespace" && member != "kind" && member != "name") {
			s[member] = pattern
		}
	}
	for key, pattern := range a.Labels {
		s[ofLabel+key] = pattern
	}
	return s
}

// key is the same for selections that are written alike.
func (s selection) key() string {
	var b strings.Builder
	for _, member := range slices.Sorted(maps.Keys(s)) {
		b.WriteString(member + "\x00" + s[member] + "\x00")
	}
	return b.String()
}

// String tells what is selected: "namespace payments and label tier=gold".
func (s selection) String() string {
	order := []string{ofService, "namespace", ofCluster, "kind", "name", ofPath}
	var parts []string
	members := slices.SortedFunc(maps.Keys(s), func(a, b string) int {
		i, j := slices.Index(order, a), slices.Index(order, b)
		if i < 0 {
			i = len(order)
		}
		if j < 0 {
			j = len(order)
		}
		return cmp.Or(cmp.Compare(i, j), cmp.Compare(a, b))
	})
	for _, member := range members {
		if key, ok := strings.CutPrefix(member, ofLabel); ok {
			parts = append(parts, "label "+key+"="+s[member])
			continue
		}
		parts = append(parts, member+" "+s[member])
	}
	return strings.Join(parts, " and ")
}

// contains reports whether s surely selects all that t selects.
func (s selection) contains(t selection) bool {
	for member, pattern := range s {
		narrow, ok := t[member]
		switch {
		case !ok:
			return false
		case narrow == pattern:
		case member == ofPath:
			if hasMeta(narrow) || !source.Covers(pattern, narrow) {
				return false
			}
		case member == ofService && strings.Contains(pattern, ".") != strings.Contains(narrow, "."):
			return false // the one is held against the short name, and the other against that and the namespace
		case !includes(pattern, narrow):
			return false
		}
	}
	return true
}

// apart reports whether surely nothing is selected by both.
func (s selection) apart(t selection) bool {
	for member, p := range s {
		q, ok := t[member]
		switch {
		case !ok, member == ofCluster, member == ofPath: // a service may be in several clusters
		case member == ofService && (strings.Contains(p, ".") || strings.Contains(q, ".")):
			if !hasMeta(p) && !hasMeta(q) && p != q && !strings.HasPrefix(p, q+".") && !strings.HasPrefix(q, p+".") {
				return true
			}
		case excludes(p, q):
			return true
		}
	}
	return false
}

func hasMeta(pattern string) bool { return strings.ContainsAny(pattern, `*?[\`) }

// includes reports whether a pattern surely matches all that another one matches.
func includes(wide, narrow string) bool {
	if wide == narrow || wide == "*" {
		return true
	}
	if !hasMeta(narrow) {
		ok, err := path.Match(wide, narrow)
		return ok && err == nil
	}
	if before, ok := strings.CutSuffix(wide, "*"); ok && !hasMeta(before) {
		return strings.HasPrefix(literalStart(narrow), before)
	}
	if after, ok := strings.CutPrefix(wide, "*"); ok && !hasMeta(after) {
		return strings.HasSuffix(literalEnd(narrow), after)
	}
	return false
}

// excludes reports whether surely no text matches both patterns.
func excludes(p, q string) bool {
	switch {
	case !hasMeta(p) && !hasMeta(q):
		return p != q
	case !hasMeta(p):
		ok, err := path.Match(q, p)
		return !ok && err == nil
	case !hasMeta(q):
		ok, err := path.Match(p, q)
		return !ok && err == nil
	}
	a, b := literalStart(p), literalStart(q)
	if !strings.HasPrefix(a, b) && !strings.HasPrefix(b, a) {
		return true
	}
	a, b = literalEnd(p), literalEnd(q)
	return !strings.HasSuffix(a, b) && !strings.HasSuffix(b, a)
}

// literalStart is what all that a pattern matches begins with.
func literalStart(pattern string) string {
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		return pattern[:i]
	}
	return pattern
}

// literalEnd is what all that a pattern matches ends with.
func literalEnd(pattern string) string {
	if strings.ContainsAny(pattern, `[\`) {
		return ""
	}
	return pattern[strings.LastIndexAny(pattern, "*?")+1:]
}
