package pattern

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// versions infers the pattern over versions from the weights and matches that callers obey.
func (i *Inferred) versions(s *mesh.Service, uses []failover.Use) {
	var views []*mesh.View
	seen := map[*mesh.View]bool{}
	for _, u := range uses {
		if !seen[u.View] {
			seen[u.View] = true
			views = append(views, u.View)
		}
	}
	all := mesh.VersionsIn(s, views)
	if len(all) == 0 {
		return
	}
	if len(all) > mostVersions {
		i.Unknown = fmt.Sprintf("%d versions are more than muster compares", len(all))
		return
	}
	var list, live, idle []*mesh.Version
	for n := range all {
		v := &all[n]
		switch {
		case v.Of == nil || !related(s, v.Of):
			continue
		case v.Weight.State == mesh.Unknown:
			i.Unknown = v.Weight.Cause
			return
		case len(v.Endpoints) == 0:
			i.show("no pod runs "+v.Name, v.Origin)
			continue
		}
		list = append(list, v)
		switch w, ok := v.Weight.Get(); {
		case ok && w > 0:
			live = append(live, v)
		case ok:
			idle = append(idle, v)
		}
	}
	switch {
	case i.canary(live):
	case i.ab(list, live):
	case i.blueGreen(live, idle):
	case len(live) == 0 || slices.ContainsFunc(live, whole):
		i.mixed(list, uses)
	}
}

// whole reports whether a version is a service as a whole, without a subset.
func whole(v *mesh.Version) bool { return v.Labels == nil }

// canary: two versions that run side by side both get a share.
func (i *Inferred) canary(live []*mesh.Version) bool {
	for _, a := range live {
		for _, b := range live {
			if a == b || alike(a, b) || !together(a, b) {
				continue
			}
			i.Versions = mesh.Canary
			for _, v := range live {
				i.Answering = append(i.Answering, v.Name)
				i.show(gets(v.Name, v.Weight.V, v.Sum), v.Weight.Origin)
			}
			return true
		}
	}
	return false
}

// ab: a version is told apart by a header of the requests, and by nothing else.
func (i *Inferred) ab(list, live []*mesh.Version) bool {
	for _, b := range list {
		if b.ByHeader == nil || slices.Contains(live, b) {
			continue
		}
		other := slices.IndexFunc(list, func(a *mesh.Version) bool {
			return a != b && (slices.Contains(live, a) || a.ByHeader != nil) && !alike(a, b) && together(a, b)
		})
		if other < 0 {
			continue
		}
		i.Versions = mesh.AB
		for _, v := range live {
			i.Answering = append(i.Answering, v.Name)
		}
		for _, v := range list {
			if v.ByHeader != nil && !slices.Contains(live, v) {
				names := slices.Sorted(maps.Keys(v.ByHeader.Match.Headers))
				i.show(fmt.Sprintf("%s gets requests by their header %s alone", v.Name, strings.Join(names, ", ")), v.ByHeader.Origin)
			}
		}
		return true
	}
	return false
}

// blueGreen: one version gets everything, and another stands beside it with pods of its own.
func (i *Inferred) blueGreen(live, idle []*mesh.Version) bool {
	if len(live) != 1 || live[0].Weight.V != live[0].Sum {
		return false
	}
	for _, b := range idle {
		a := live[0]
		switch {
		case b.Matched || !apart(a, b):
			continue
		case !together(a, b):
			i.show(fmt.Sprintf("weight 0 makes neither a release nor a standby of %s, which runs elsewhere than %s", b.Name, a.Name), b.Weight.Origin)
			continue
		}
		i.Versions = mesh.BlueGreen
		i.Answering = []string{a.Name}
		i.show(fmt.Sprintf("%s gets every request", a.Name), a.Weight.Origin)
		i.show(fmt.Sprintf("%s gets none, and its pods run", b.Name), b.Weight.Origin)
		return true
	}
	return false
}

// mixed tells that versions answer by their number of pods: requests go to the service as a whole,
// and no route tells them apart. That is no pattern.
func (i *Inferred) mixed(list []*mesh.Version, uses []failover.Use) {
	var versions []*mesh.Version
	for _, v := range list {
		if whole(v) || v.Matched || !slices.ContainsFunc(uses, func(u failover.Use) bool { return u.Pool.Subset == "" && u.Pool.Service == v.Of }) {
			continue
		}
		if !slices.ContainsFunc(versions, func(o *mesh.Version) bool { return !apart(o, v) }) {
			versions = append(versions, v)
		}
	}
	if len(versions) < 2 || !together(versions[0], versions[1]) {
		return
	}
	for _, v := range versions {
		i.Answering = append(i.Answering, v.Name)
	}
	i.show(fmt.Sprintf("%s answer by their number of pods: no route tells them apart", and(i.Answering)), versions[0].Origin)
}
