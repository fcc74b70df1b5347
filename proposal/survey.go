package proposal

import (
	"slices"
	"strings"
)

// survey decides which folders and files belong to one environment or cluster by their names. A name alone says little:
// apps/test may test something. It counts below a folder that says so (clusters/, envs/, overlays/), beside another
// name of its sort (east and west, dev and prod), or where the same name was taken elsewhere.
type survey struct {
	*tree
	content map[*dir]bool
	known   map[scope]bool // scopes that were taken
	names   map[string]scope
	held    map[*dir]map[string]bool // objects, by folder
	guess   bool                     // no name tells anything: take values files by their names, whatever these are
}

func (t *tree) survey() {
	s := &survey{tree: t, content: map[*dir]bool{}, known: map[scope]bool{}, names: map[string]scope{}, held: map[*dir]map[string]bool{}}
	for _, d := range t.sorted() {
		if d.aside {
			continue
		}
		if d.kust != nil || d.chart != nil || slices.ContainsFunc(d.files, func(f *file) bool { return len(f.docs) > 0 || t.isValues(f) || f.name() == "fleet.yaml" }) {
			for up := d; up != nil && !s.content[up]; up = up.parent {
				s.content[up] = true
			}
		}
	}
	root := t.dirs["."]
	if root == nil {
		return
	}
	s.visit(root)
	s.visit(root) // with what the first time has learnt
	if len(s.known) == 0 {
		s.guess = true
		s.visit(root)
	}
}

// visit decides about the children of d, and goes on below.
func (s *survey) visit(d *dir) {
	children := s.children(d)
	scopes := s.decide(d, children)
	s.distinct(children, scopes)
	for _, c := range children {
		c.scope, c.parts, c.bears, c.home = d.scope, d.parts, false, ""
		if own, ok := scopes[c.name()]; ok {
			c.scope, c.bears, c.home = own.under(d.scope), true, homeOf(d)
			c.parts = addPart(d.parts, c.name())
			s.known[own] = true
			s.names[c.name()] = own
		}
	}
	s.visitFiles(d)
	for _, c := range d.dirs {
		s.visit(c)
	}
}

// children are the folders that may be clusters: those with content, but neither a chart's inside nor aside.
func (s *survey) children(d *dir) []*dir {
	var list []*dir
	for _, c := range d.dirs {
		c.scope, c.parts, c.bears, c.home = d.scope, d.parts, false, ""
		inChart := d.chart != nil && slices.Contains([]string{"templates", "charts", "crds", "ci"}, c.name())
		if s.content[c] && !c.aside && !inChart && !toolNames[c.name()] {
			list = append(list, c)
		}
	}
	return list
}

// homeOf is the word of a folder that says what its children are, or "".
func homeOf(d *dir) string {
	name := strings.ToLower(d.name())
	switch {
	case clusterHomes[name]:
		return "clusters"
	case envHomes[name]:
		return "environments"
	case overlayHomes[name]:
		return "overlays"
	}
	return ""
}

// addPart names a folder in its parents' light: us/us-east-1 is us-east-1, prod/us-east is prod-us-east.
func addPart(parts []string, name string) []string {
	if n := len(parts); n > 0 && strings.HasPrefix(strings.ToLower(name), strings.ToLower(parts[n-1])+"-") {
		return append(slices.Clone(parts[:n-1]), name)
	}
	return append(slices.Clone(parts), name)
}

// decide returns the scopes that the names of children stand for; a name that stands for none is left out.
func (s *survey) decide(d *dir, children []*dir) map[string]scope {
	var names []string
	for _, c := range children {
		if !sharedNames[strings.ToLower(c.name())] {
			names = append(names, c.name())
		}
	}
	out := map[string]scope{}
	switch home := homeOf(d); home {
	case "clusters", "environments":
		s.takeAll(out, names, home, strings.ToLower(d.name()) == "cluster")
	case "overlays":
		s.takeOverlays(out, names)
	default:
		s.takeGroups(out, d, children, names)
	}
	return out
}

// takeAll takes the children of clusters/ and environments/, whatever they are called. Names of layers (apps, istio)
// count only where nothing else stands beside them and the parent is called by the plural.
func (s *survey) takeAll(out map[string]scope, names []string, home string, singular bool) {
	layers := 0
	for _, n := range names {
		if layerNames[strings.ToLower(n)] {
			layers++
		}
	}
	for _, n := range names {
		c := classify(n)
		unclear := !c.known()
		if layerNames[strings.ToLower(n)] && layers < len(names) || singular && unclear {
			continue
		}
		switch {
		case !unclear:
			out[n] = c.scope
		case home == "environments":
			out[n] = scope{env: strings.ToLower(n)}
		default:
			out[n] = scope{rest: strings.ToLower(n)}
		}
	}
}

// takeOverlays takes overlays with telling names. If no name tells anything, each overlay is an environment.
func (s *survey) takeOverlays(out map[string]scope, names []string) {
	for _, n := range names {
		if c := classify(n); c.known() {
			out[n] = c.scope
		}
	}
	if len(out) > 0 || len(names) < 2 {
		return
	}
	for _, n := range names {
		out[n] = scope{env: strings.ToLower(n)}
	}
}

// takeGroups takes names that stand beside others of their sort.
func (s *survey) takeGroups(out map[string]scope, d *dir, children []*dir, names []string) {
	if n := strings.ToLower(d.name()); n == "namespaces" || n == "tenants" || n == "teams" || d.chart != nil && d.path != "." {
		return
	}
	var pure, roles []string
	for _, n := range names {
		c := classify(n)
		switch {
		case d.bears && zoneOf(d.scope.geo, n): // a part of its cluster, unless its objects say otherwise
		case c.role && c.env == "" && c.geo == "" && len(split(n)) == 1:
			roles = append(roles, n)
		case c.pure && s.mayNest(d, c):
			pure = append(pure, n)
		}
	}
	lonely := d.parent == nil && len(names) == 1 && len(d.files) == 0
	for _, n := range pure {
		c := classify(n)
		alone := d.bears && d.scope.rest == ""
		if len(pure) >= 2 || alone || lonely && c.rest == "" || s.known[c.scope] && (c.env != "" || c.geo != "") {
			out[n] = c.scope
		}
	}
	// blue and green at the top, or hub-blue and hub-green; elsewhere they are versions of an application.
	if len(roles) >= 2 && (d.parent == nil || d.bears) || len(roles) >= 1 && len(out) > 0 && (d.parent == nil || d.bears) {
		for _, n := range roles {
			out[n] = classify(n).scope
		}
	}
	s.takeMixed(out, names)
	s.takeKnown(out, names)
	if d.bears {
		for _, c := range children {
			if _, done := out[c.name()]; !done && !sharedNames[c.name()] && !layerNames[c.name()] && d.scope.rest == "" && s.isCluster(c) {
				out[c.name()] = scope{rest: strings.ToLower(c.name())}
			}
		}
	}
	s.takeAlternatives(out, d, children)
}

// mayNest: inside one cluster, folders called dev and prod are namespaces rather than clusters.
func (s *survey) mayNest(d *dir, c class) bool {
	if d.scope.isZero() {
		return true
	}
	if (d.scope.env != "" || d.scope.rest != "") && c.env != "" && c.geo == "" && c.rest == "" {
		return false
	}
	return d.bears
}

// takeMixed takes payments-dev beside payments-prod: the same unknown words, in several environments or places.
func (s *survey) takeMixed(out map[string]scope, names []string) {
	alike := map[string][]string{}
	for _, n := range names {
		if c := classify(n); !c.pure && (c.env != "" || c.geo != "") && c.rest != "" {
			alike[c.rest] = append(alike[c.rest], n)
		}
	}
	for rest, list := range alike {
		if len(list) < 2 {
			continue
		}
		for _, n := range list {
			own := classify(n).scope
			if len(alike) == 1 {
				own.rest = ""
			} else {
				own.rest = rest
			}
			out[n] = own
		}
	}
}

// takeKnown takes a folder whose children all have names that were taken elsewhere: mesh/alpha and mesh/beta where
// clusters/alpha and clusters/beta are.
func (s *survey) takeKnown(out map[string]scope, names []string) {
	if len(out) > 0 || len(names) == 0 {
		return
	}
	for _, n := range names {
		if _, ok := s.names[n]; !ok || layerNames[strings.ToLower(n)] {
			return
		}
	}
	for _, n := range names {
		out[n] = s.names[n]
	}
}

// isCluster reports whether a folder holds what a cluster has once: its nodes, its installation of a mesh.
func (s *survey) isCluster(d *dir) bool {
	found := false
	d.walk(func(in *dir) bool {
		found = found || in != d && toolNames[in.name()]
		for _, f := range in.files {
			for _, doc := range f.docs {
				switch {
				case doc.Kind == "Node" && doc.APIVersion == "v1", doc.Kind == "IstioOperator",
					doc.Kind == "ConfigMap" && doc.Namespace == "istio-system" && doc.Name == "istio",
					doc.Kind == "Namespace" && strings.Contains(string(doc.JSON), "topology.istio.io/network"):
					found = true
				}
			}
		}
		return !found
	})
	return found
}

// distinct keeps siblings apart of which one's scope holds the other's: clusters/prod beside clusters/prod-eu is a
// cluster of its own, unless the other one builds on it.
func (s *survey) distinct(children []*dir, scopes map[string]scope) {
	byName := map[string]*dir{}
	for _, c := range children {
		byName[c.name()] = c
	}
	for _, a := range children {
		sa, ok := scopes[a.name()]
		if !ok {
			continue
		}
		for b, sb := range scopes {
			if b == a.name() || !sa.within(sb) {
				continue
			}
			if sa != sb && byName[b].kust != nil && slices.Contains(byName[b].kust.dirs, a.path) {
				continue
			}
			sa.rest = strings.ToLower(a.name())
		}
		scopes[a.name()] = sa
	}
}
