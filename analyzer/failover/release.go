package failover

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// release is a version of a service that turns out to be bad: a subset of it, another service that
// gets a share of its requests, or the pods of one revision.
type release struct {
	service *mesh.Service
	name    string
	pods    map[pod]bool
	// probation is how a controller tries the version before it gets all requests; nil = nobody does.
	probation *probation
	// handed are the lines by which controllers hand it all requests without a check.
	handed []mesh.Origin
}

// pod names a pod whatever service or port it is reached by.
type pod struct{ workload, cluster, name string }

func podOf(e *mesh.Endpoint) pod {
	if e.Workload != nil {
		return pod{e.Workload.ID, e.Cluster, cmp.Or(e.Name, e.Address)}
	}
	return pod{"", e.Cluster, cmp.Or(e.Address, e.Name)}
}

// The labels by which pods tell their version.
// Kubernetes: recommended labels; "version" is Istio's own convention.
const (
	versionLabel  = "app.kubernetes.io/version"
	versionLabel2 = "version"
)

// revisionOf names the version that a pod is of where no subset or service tells versions apart: what
// its labels say, else the name of its workload; "" if nothing does.
func revisionOf(e *mesh.Endpoint) string {
	if v := cmp.Or(e.Label(versionLabel), e.Label(versionLabel2)); v != "" || e.Workload == nil {
		return v
	}
	return e.Workload.Name
}

// podsOf are the pods of a service that a condition holds for.
func podsOf(s *mesh.Service, is func(*mesh.Endpoint) bool) map[pod]bool {
	pods := map[pod]bool{}
	for _, e := range s.Endpoints {
		if is(e) {
			pods[podOf(e)] = true
		}
	}
	return pods
}

// releaseOf finds the release that a name stands for: a version's name, what the labels of pods say,
// or a workload's name; nil if it names nothing of the service. A subset may have no pod.
func releaseOf(s *mesh.Service, versions []mesh.Version, name string) *release {
	for _, v := range versions {
		if v.Name != name && (v.Of == nil || v.Of == s || v.Of.Name != name) {
			continue
		}
		r := &release{service: s, name: name}
		if v.Of != nil {
			r.pods = podsOf(v.Of, func(e *mesh.Endpoint) bool { return e.HasLabels(v.Labels) })
		}
		return r
	}
	for _, is := range []func(*mesh.Endpoint) bool{
		func(e *mesh.Endpoint) bool { return e.Label(versionLabel) == name || e.Label(versionLabel2) == name },
		func(e *mesh.Endpoint) bool { return e.Workload != nil && e.Workload.Name == name },
	} {
		if pods := podsOf(s, is); len(pods) > 0 {
			return &release{service: s, name: name, pods: pods}
		}
	}
	return nil
}

// calledBy reports whether a release scenario may call a service so: by id, host, name or
// "name.namespace".
func calledBy(s *mesh.Service, value string) bool {
	return matchesService(s, value) || s.Name == value || s.Name+"."+s.Namespace == value
}

// findReleases are the releases that a scenario's SERVICE@VERSION stands for: one, unless services of
// several meshes or namespaces share the name. The graph tells who releases them.
func findReleases(g *mesh.Graph, services []*mesh.Service, value string, versions func(*mesh.Service) []mesh.Version) []*release {
	service, name, _ := strings.Cut(value, "@")
	var list []*release
	for _, s := range services {
		if !calledBy(s, service) {
			continue
		}
		known := versions(s)
		if r := releaseOf(s, known, name); r != nil {
			r.onProbation(g, known)
			list = append(list, r)
		}
	}
	return list
}

// HasRelease reports whether SERVICE@VERSION names a release of some service of the graph.
func HasRelease(g *mesh.Graph, value string) bool {
	return len(findReleases(g, g.Services, value, func(s *mesh.Service) []mesh.Version { return g.Versions(s) })) > 0
}

// ReleaseNames lists the versions of the services that SERVICE of SERVICE@VERSION stands for, sorted:
// those that routes tell apart, else the revisions of pods.
func ReleaseNames(g *mesh.Graph, value string) []string {
	service, _, _ := strings.Cut(value, "@")
	var names []string
	for _, s := range g.Services {
		if !calledBy(s, service) {
			continue
		}
		versions := g.Versions(s)
		for _, v := range versions {
			names = append(names, v.Name)
		}
		if len(versions) == 0 {
			names = append(names, revisions(s)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// revisions are the names of the pods' versions, sorted.
func revisions(s *mesh.Service) []string {
	var names []string
	for _, e := range s.Endpoints {
		if name := revisionOf(e); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// asksForReleases reports whether an objective speaks of bad releases as such.
func asksForReleases(s *mesh.Service) bool {
	o := s.Objective
	return o != nil && (slices.Contains(o.Survive, string(Release)) || o.Pattern == mesh.Canary || o.Pattern == mesh.BlueGreen)
}

// newReleases names the versions that are new among those that one view tells apart: those with a
// share that are not the single heaviest, those that only matches send requests to, and the only one
// that takes requests at all (the live colour). Where callers are told different weights, every
// version that may get some is new.
func newReleases(versions []mesh.Version) []string {
	if len(versions) < 2 {
		return nil
	}
	heaviest, most, second := -1, uint32(0), uint32(0)
	var names []string
	taking, matched := 0, false
	for i, v := range versions {
		switch w, known := v.Weight.Get(); {
		case v.Weight.State == mesh.Unknown:
			taking++
			names = append(names, v.Name)
		case known && w > 0:
			taking++
			if w > most {
				heaviest, most, second = i, w, most
			} else {
				second = max(second, w)
			}
		case v.Matched:
			matched = true
		}
	}
	for i, v := range versions {
		w := v.Weight.Or(0)
		stable := i == heaviest && most > second && (taking > 1 || matched)
		if (w > 0 || v.Matched) && !stable && !slices.Contains(names, v.Name) {
			names = append(names, v.Name)
		}
	}
	slices.Sort(names)
	return names
}

// mostReleases bounds the releases of a service that are asked about.
const mostReleases = 100

// releases are the new versions of a service, each to be bad: those that routes tell apart, or, where
// an objective speaks of releases, the pods themselves.
func (m *Model) releases(s *mesh.Service) []*Blast {
	if known, ok := m.released.Load(s); ok {
		return known.([]*Blast)
	}
	var names []string
	told := 0
	for _, v := range m.viewsOf(s) {
		versions := mesh.VersionsIn(s, []*mesh.View{v})
		told = max(told, len(versions))
		for _, name := range newReleases(versions) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if told < 2 && asksForReleases(s) {
		names = revisions(s)
	}
	slices.Sort(names)
	list := make([]*Blast, 0, min(len(names), mostReleases))
	for _, name := range names[:min(len(names), mostReleases)] {
		list = append(list, m.newBlast(One(Release, string(s.ID)+"@"+name)))
	}
	m.released.Store(s, list)
	return list
}

// viewsOf are what the callers of a service know of it, each once.
func (m *Model) viewsOf(s *mesh.Service) []*mesh.View {
	var views []*mesh.View
	for _, q := range m.questions(s) {
		if !slices.Contains(views, q.view) {
			views = append(views, q.view)
		}
	}
	return views
}

// newBlast is a radius with what releases mean to the callers of their services.
func (m *Model) newBlast(s Scenario) *Blast {
	return newBlast(m.places, s, func(value string) []*release {
		service, _, _ := strings.Cut(value, "@")
		services := m.graph.Services
		if one := m.graph.Service(mesh.ServiceID(service)); one != nil {
			services = []*mesh.Service{one}
		}
		return findReleases(m.graph, services, value, func(s *mesh.Service) []mesh.Version { return mesh.VersionsIn(s, m.viewsOf(s)) })
	})
}

// releasesOf picks, of the releases that somebody asked for by name and those of the service itself,
// what to ask about the service. One that was named keeps its name.
func releasesOf(s *mesh.Service, asked, own []*Blast) []*Blast {
	var list []*Blast
	for _, b := range asked {
		if b.ofRelease() && b.release(s) != nil {
			list = append(list, b)
		}
	}
	named := list
	for _, b := range own {
		r := b.release(s)
		if r != nil && !slices.ContainsFunc(named, func(n *Blast) bool { return n.release(s).same(r) }) {
			list = append(list, b)
		}
	}
	return list
}

func (r *release) same(o *release) bool {
	if len(r.pods) != len(o.pods) || len(r.pods) == 0 && r.name != o.name {
		return false
	}
	for p := range r.pods {
		if !o.pods[p] {
			return false
		}
	}
	return true
}

// ofRelease reports whether a bad release is all that the scenario is: it is asked about for callers
// of that service alone.
func (b *Blast) ofRelease() bool { return len(b.parts) == 1 && b.parts[0].Target == Release }

// release is that of a service in the scenario, or nil.
func (b *Blast) release(s *mesh.Service) *release {
	for _, r := range b.releases {
		if r.service.ID == s.ID {
			return r
		}
	}
	return nil
}

// routed is the question with the rules that versions are told apart by. A gateway has a service's
// rules on its own hosts and ports, and none on those of the service.
func (q *asked) routed() *asked {
	if q.view == nil || q.Client.Kind != mesh.GatewayPod || q.Subset != "" || q.view.Route(q.Port) != nil {
		return q
	}
	here := func(b mesh.Backend) bool { return b.Host == q.Service.ID.Host() && b.Port == q.Port }
	var rules []*mesh.RouteRule
	for _, route := range q.view.Routes {
		for _, r := range route.Rules {
			if slices.ContainsFunc(r.To, here) {
				rules = append(rules, r)
			}
		}
	}
	if len(rules) == 0 {
		return q
	}
	return &asked{Question: q.Question, view: q.view, rules: rules}
}

// bad reports whether an endpoint is a pod of a bad release.
func (b *Blast) bad(e *mesh.Endpoint) bool {
	if len(b.releases) == 0 || e.Gateway != nil {
		return false
	}
	p := podOf(e)
	return slices.ContainsFunc(b.releases, func(r *release) bool { return r.pods[p] })
}
