package proposal

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// cluster is one cluster while it is put together.
type cluster struct {
	name, why string
	scope     scope
	envName   string // the environment as its folder writes it
	region    string // told by a definition, with where
	regionWhy string
	defined   bool // by a definition, not by the name of a folder
	nested    bool // its folder lies in that of its region
	sources   []Source
	reach     map[*file]bool // what its sources read
	facts     []fact         // told by definitions
}

// plan turns folders and definitions into clusters.
type plan struct {
	*tree
	deployed deployments
	clusters []*cluster
	claimed  map[any]bool // *dir of kustomizations and charts, *file
	notes    []string
	flat     map[*dir]int // objects below a folder that no path may take along
}

func (t *tree) plan() *plan {
	p := &plan{tree: t, claimed: map[any]bool{}}
	p.deployed = *t.deployments()
	p.charts()
	p.fromDefinitions()
	p.fromFolders()
	for _, c := range p.clusters {
		c.sources = dedupe(c.sources)
	}
	p.clusters = slices.DeleteFunc(p.clusters, func(c *cluster) bool { return len(c.sources) == 0 })
	return p
}

// fromFolders makes clusters of the scopes of folders, or gives what definitions leave over to the clusters that
// these have named.
func (p *plan) fromFolders() {
	units := p.units()
	defined := len(p.clusters) > 0
	if !defined || len(p.deployed.vague) > 0 {
		p.addScopes(units)
	}
	p.markFlat()
	byScope := map[scope][]unit{}
	for _, u := range units {
		byScope[u.scope] = append(byScope[u.scope], u)
	}
	scopes := slices.SortedFunc(maps.Keys(byScope), func(a, b scope) int {
		return cmp.Or(cmp.Compare(b.size(), a.size()), cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)))
	})
	for _, s := range scopes {
		p.give(s, byScope[s], defined)
	}
}

// addScopes adds a cluster for each scope that no other one refines.
func (p *plan) addScopes(units []unit) {
	var scopes []scope
	first := map[scope]unit{} // the one with the shortest name
	for _, u := range units {
		old, ok := first[u.scope]
		if !ok {
			scopes = append(scopes, u.scope)
		}
		if !ok || len(strings.Join(partsOf(u), "-")) < len(strings.Join(partsOf(old), "-")) {
			first[u.scope] = u
		}
	}
	for _, s := range scopes {
		refined := slices.ContainsFunc(scopes, func(other scope) bool { return other != s && s.within(other) })
		known := slices.ContainsFunc(p.clusters, func(c *cluster) bool { return s.within(c.scope) })
		if refined || known || s.isZero() && len(p.clusters) > 0 {
			continue
		}
		name, why, env := named(first[s])
		nested := strings.Contains(name, "-") && len(partsOf(first[s])) > 1
		p.clusters = append(p.clusters, &cluster{name: name, why: why, scope: s, envName: env, nested: nested, reach: map[*file]bool{}})
	}
}

// give makes units of one scope sources of the clusters that they hold for.
func (p *plan) give(s scope, units []unit, defined bool) {
	var to []*cluster
	for _, c := range p.clusters {
		if s.within(c.scope) && (s.isZero() || !c.scope.isZero()) {
			to = append(to, c)
		}
	}
	if defined && s.isZero() {
		units = slices.DeleteFunc(units, func(u unit) bool { return !p.isShared(u) })
	}
	if len(units) == 0 {
		return
	}
	if len(to) == 0 {
		p.leftOut(units)
		return
	}
	wanted := map[*file]bool{}
	for _, u := range units {
		if u.file != nil {
			wanted[u.file] = true
		}
	}
	sources := p.cover(p.dirs["."], wanted, func(d *dir) bool { return d.scope == s })
	for _, u := range units {
		if u.dir != nil && u.dir.kust != nil {
			sources = append(sources, Source{Kustomize: u.dir.path, Why: u.dir.kust.file + ":1"})
		}
	}
	slices.SortStableFunc(sources, func(a, b Source) int { return cmp.Compare(a.Path+a.Kustomize, b.Path+b.Kustomize) })
	for _, c := range to {
		for _, source := range sources {
			if s.isZero() && len(p.clusters) > 1 {
				source.Why = "shared: no cluster's own, and nothing refers to it; " + source.Why
			} else if s != c.scope {
				source.Why = "for all of " + strings.Trim(s.env+" "+s.geo+" "+s.rest, " ") + "; " + source.Why
			}
			p.addSource(c, source)
		}
		for _, u := range units {
			if u.dir != nil && u.dir.kust == nil {
				p.addChart(c, u.dir)
			}
		}
	}
}

// isShared: beside definitions, a folder that nobody deploys counts if its name says that it is shared, or if it
// configures the mesh.
func (p *plan) isShared(u unit) bool {
	at := u.dir
	if u.file != nil {
		at = u.file.dir
		if slices.ContainsFunc(u.file.docs, func(d *source.Document) bool { return meshGroup(group(d)) != "" }) {
			return true
		}
	} else if u.dir.kust == nil {
		return false
	}
	for ; at != nil; at = at.parent {
		if sharedNames[strings.ToLower(at.name())] {
			return true
		}
	}
	meshed := false
	if u.dir != nil {
		p.closure(u.dir, func(f *file) {
			meshed = meshed || slices.ContainsFunc(f.docs, func(d *source.Document) bool { return meshGroup(group(d)) != "" })
		})
	}
	return meshed
}

func (p *plan) leftOut(units []unit) {
	var paths []string
	for _, u := range units {
		if u.file != nil {
			paths = append(paths, bearer(u.file.dir))
		} else {
			paths = append(paths, u.dir.path)
		}
	}
	slices.Sort(paths)
	p.notes = append(p.notes, "left out, because no definition deploys it: "+listed(slices.Compact(paths), 4))
}

func listed(list []string, most int) string {
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}
