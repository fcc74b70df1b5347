package proposal

import (
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// alternatives are the children of a folder that hold mostly the same objects as their siblings. A cluster has an
// object once, so these are for several clusters, or states of one that replace each other, whatever they are called.
func (s *survey) alternatives(children []*dir) map[string]bool {
	holders := map[string]int{}
	for _, c := range children {
		for key := range s.objects(c) {
			holders[key]++
		}
	}
	out := map[string]bool{}
	for _, c := range children {
		common := 0
		for key := range s.objects(c) {
			if holders[key] > 1 {
				common++
			}
		}
		if common > 0 && 2*common >= len(s.objects(c)) {
			out[c.name()] = true
		}
	}
	if len(out) < 2 {
		return nil
	}
	return out
}

// objects are the plain objects below a folder. Namespaces say nothing: every folder may repeat them.
func (s *survey) objects(d *dir) map[string]bool {
	if known, ok := s.held[d]; ok {
		return known
	}
	list := map[string]bool{}
	if d.kust == nil && d.chart == nil && !d.aside {
		for _, f := range d.files {
			for _, doc := range f.docs {
				if !f.part && matters(doc) && doc.Kind != "Namespace" && doc.Name != "" {
					list[objectKey(doc)] = true
				}
			}
		}
		for _, sub := range d.dirs {
			for key := range s.objects(sub) {
				list[key] = true
			}
		}
	}
	s.held[d] = list
	return list
}

func objectKey(d *source.Document) string {
	return group(d) + "/" + d.Kind + "/" + d.Namespace + "/" + d.Name
}

// takeAlternatives takes what the objects tell apart where names do not.
func (s *survey) takeAlternatives(out map[string]scope, d *dir, children []*dir) {
	if d.scope.rest != "" {
		return
	}
	alike := s.alternatives(children)
	for _, c := range children {
		name := strings.ToLower(c.name())
		if _, done := out[c.name()]; !done && alike[c.name()] && !sharedNames[name] && !layerNames[name] {
			out[c.name()] = scope{rest: name}
		}
	}
}

// zoneOf reports whether a name is that of a zone in a region: us-east-1a, europe-west1-b, eastus-2, or zone-a and az1
// below the folder of a region.
func zoneOf(region, name string) bool {
	name = strings.ToLower(name)
	if region == "" {
		return false
	}
	if rest, ok := strings.CutPrefix(name, region); ok {
		rest = strings.TrimPrefix(rest, "-")
		return len(rest) == 1 && counter.MatchString(rest)
	}
	for _, word := range []string{"zone", "az"} {
		if rest, ok := strings.CutPrefix(name, word); ok && counter.MatchString(strings.TrimLeft(rest, "-_")) {
			return true
		}
	}
	return false
}
