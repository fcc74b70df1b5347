package mesh

import (
	"cmp"
	"math"
	"slices"
)

// Version is one of the versions of a service that routes tell apart: a subset of it, or another
// service that gets a share of its requests.
type Version struct {
	Name   string            // of the subset; the host, if it is another service
	Of     *Service          // whose endpoints it is; nil if there is no such service
	Labels map[string]string // that a subset selects; nil for a whole service
	// Workloads run it, sorted by id, and Endpoints are its pods by locality. Both are of the fleet
	// as a whole, whoever calls.
	Workloads []*Workload
	Endpoints []Group
	// Weight is its share of the requests that no match singles out, of the sum Of the rule; known 0
	// if it gets none, absent if no such rule speaks of it, unknown if callers are told different
	// things.
	Weight Value[uint32]
	Sum    uint32 // of which Weight is a share
	// Matched: some callers are sent to it by what their requests say (a header, a path).
	Matched bool
	// ByHeader is the first rule that sends requests to it for a header that they carry (a cookie is
	// one); nil if none does.
	ByHeader *RouteRule
	Origin   Origin // of the subset, or of the destination
}

// Versions tells the versions of a service as the given clients see them, all clients of the graph if
// none are given: subsets by name, then other services by host. A service without subsets whose
// requests all go to itself has none. It compiles a view for each class of clients, so ask with those
// who call the service.
func (g *Graph) Versions(s *Service, clients ...*Client) []Version {
	if len(clients) == 0 {
		clients = g.Clients
	}
	seen := map[string]bool{}
	var views []*View
	for _, c := range clients {
		if c.Mesh != s.Mesh {
			continue
		}
		class := g.Class(s, c)
		if seen[class] {
			continue
		}
		seen[class] = true
		if v := g.ViewOf(s, c, class); v != nil {
			views = append(views, v)
		}
	}
	return VersionsIn(s, views)
}

// VersionsIn is Versions for views that are compiled already.
func VersionsIn(s *Service, views []*View) []Version {
	x := versions{service: s, found: map[versionKey]*Version{}}
	for _, v := range views {
		x.look(v)
	}
	if !x.apart {
		return nil
	}
	out := make([]Version, 0, len(x.order))
	for _, k := range x.order {
		v := x.found[k]
		v.Workloads, v.Endpoints = running(v.Of, v.Labels)
		out = append(out, *v)
	}
	slices.SortStableFunc(out, func(a, b Version) int {
		return cmp.Or(boolRank(a.Of != s)-boolRank(b.Of != s), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

type versionKey struct{ host, subset string }

// versions collects what views say of a service.
type versions struct {
	service *Service
	apart   bool // there is a subset, or another service that gets a share
	found   map[versionKey]*Version
	order   []versionKey
}

func (x *versions) look(v *View) {
	host := x.service.ID.Host()
	for _, p := range v.Pools {
		if p.Selects != nil && p.Host == host {
			x.apart = true
			x.version(versionKey{host, p.Subset}, x.service, p.Selects.Origin).Labels = p.Selects.Labels
		}
	}
	x.defaults(v)
	for _, r := range v.Routes {
		for _, rule := range r.Rules {
			toItself := slices.ContainsFunc(slices.Concat(rule.To, rule.Idle), func(b Backend) bool { return b.Host == host })
			if toItself || r.Host == host && (rule.Match.CatchAll() || rule.Match.byHeader()) {
				x.rule(rule)
			}
		}
	}
	for _, p := range v.Pools { // parts of other services, where the view holds their pools
		if other := x.found[versionKey{p.Host, p.Subset}]; p.Host != host && p.Selects != nil && other != nil {
			other.Labels = p.Selects.Labels
		}
	}
}

// defaults takes in that requests without a subset get one all the same, and the others none.
func (x *versions) defaults(v *View) {
	host := x.service.ID.Host()
	plain := func(rule *RouteRule) bool {
		return rule.Match.CatchAll() && len(rule.To) == 1 && rule.To[0].Host == host && rule.To[0].Subset == ""
	}
	if v.Default == nil || !slices.ContainsFunc(v.Routes, func(r *Route) bool { return r.Host == host && slices.ContainsFunc(r.Rules, plain) }) {
		return
	}
	x.apart = true
	for i, s := range slices.Concat([]*Subset{v.Default}, v.Beside) {
		version := x.version(versionKey{host, s.Name}, x.service, s.Origin)
		version.Labels = s.Labels
		version.share(Of(100*uint32(1-boolRank(i > 0)), s.Origin), 100)
	}
}

// byHeader reports whether a match looks at headers and at no path: it singles out callers, where a
// path singles out a part of the service.
func (m Match) byHeader() bool {
	return len(m.Headers) > 0 && Match{Path: m.Path, Method: m.Method, Authority: m.Authority, Query: m.Query}.CatchAll()
}

// rule takes in what one rule sends where. The default route, which nobody wrote, tells nothing.
func (x *versions) rule(rule *RouteRule) {
	elsewhere := func(b Backend) bool {
		return b.Service != nil && (b.Service.Mirror || b.Service.standsApart(x.service))
	}
	if rule.From == "" || slices.ContainsFunc(rule.To, elsewhere) || slices.ContainsFunc(rule.Idle, elsewhere) {
		return // a copy in another cluster is no other version
	}
	if !rule.Match.CatchAll() {
		for _, b := range rule.To {
			if v := x.backend(b); v != nil {
				v.Matched = true
				if v.ByHeader == nil && len(rule.Match.Headers) > 0 {
					v.ByHeader = rule
				}
			}
		}
		return
	}
	told := map[*Version]*Value[uint32]{}
	sum := uint32(0)
	for _, b := range rule.To {
		sum = addWeights(sum, b.Weight)
	}
	var order []*Version
	for _, b := range slices.Concat(rule.To, rule.Idle) {
		switch v := x.backend(b); {
		case v == nil:
		case told[v] == nil:
			weight := Of(b.Weight, b.WeightOrigin())
			told[v] = &weight
			order = append(order, v)
		default: // listed twice, as with other headers
			told[v].V = addWeights(told[v].V, b.Weight)
		}
	}
	for _, v := range order {
		v.share(*told[v], sum)
	}
	for k, v := range x.found {
		if k.host == x.service.ID.Host() && k.subset != "" && told[v] == nil {
			v.share(Of(uint32(0), rule.Origin), sum)
		}
	}
}

// standsApart reports whether all endpoints of a service are in clusters in which another is not declared.
func (s *Service) standsApart(from *Service) bool {
	return s != from && len(s.Endpoints) > 0 && len(from.Clusters) > 0 && !slices.ContainsFunc(s.Endpoints, func(e *Endpoint) bool { return slices.Contains(from.Clusters, e.Cluster) })
}

// addWeights adds up to the largest sum that Envoy takes.
func addWeights(a, b uint32) uint32 { return uint32(min(uint64(a)+uint64(b), math.MaxUint32)) }

// share notes a version's part of the requests. Rules that say different things leave it open.
func (v *Version) share(weight Value[uint32], sum uint32) {
	switch {
	case v.Weight.State == Absent:
		v.Weight, v.Sum = weight, sum
	case v.Weight.IsKnown() && uint64(v.Weight.V)*uint64(sum) != uint64(weight.V)*uint64(v.Sum):
		v.Weight = UnknownOf[uint32]("callers or ports are told different weights", weight.Origin)
	}
}

// backend is the version behind a destination; the service itself, without a subset, is one beside
// others.
func (x *versions) backend(b Backend) *Version {
	k := versionKey{b.Host, b.Subset}
	of := b.Service
	if b.Host == x.service.ID.Host() {
		of = x.service
		if b.Subset != "" && x.found[k] == nil {
			return nil // no rule defines it: requests are answered 503
		}
	} else {
		x.apart = true
	}
	return x.version(k, of, b.Origin)
}

func (x *versions) version(k versionKey, of *Service, at Origin) *Version {
	v := x.found[k]
	if v == nil {
		v = &Version{Name: cmp.Or(k.subset, k.host), Of: of, Origin: at}
		if k.subset != "" && of != x.service {
			v.Name = k.host + "/" + k.subset
		}
		x.found[k] = v
		x.order = append(x.order, k)
	}
	return v
}

// Workloads are those whose pods are endpoints of the service, in all clusters, sorted by id.
func (s *Service) Workloads() []*Workload {
	var list []*Workload
	for _, e := range s.Endpoints {
		if e.Workload != nil && !slices.Contains(list, e.Workload) {
			list = append(list, e.Workload)
		}
	}
	slices.SortFunc(list, func(a, b *Workload) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// running are the pods of a service that have some labels, each once whatever its ports.
func running(s *Service, labels map[string]string) (workloads []*Workload, places []Group) {
	if s == nil {
		return nil, nil
	}
	type pod struct{ cluster, name string }
	seen := map[pod]bool{}
	at := map[Locality]int{}
	for _, e := range s.Endpoints {
		if seen[pod{e.Cluster, e.Name}] || !e.HasLabels(labels) {
			continue
		}
		seen[pod{e.Cluster, e.Name}] = true
		i, known := at[e.Locality]
		if !known {
			i = len(places)
			at[e.Locality] = i
			places = append(places, Group{Locality: e.Locality})
		}
		places[i].Endpoints = append(places[i].Endpoints, e)
		if e.Workload != nil && !slices.Contains(workloads, e.Workload) {
			workloads = append(workloads, e.Workload)
		}
	}
	slices.SortFunc(workloads, func(a, b *Workload) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(places, func(a, b Group) int { return a.Locality.Compare(b.Locality) })
	return workloads, places
}

// HasLabels reports whether an endpoint has all labels of a selector, those of its place included.
func (e *Endpoint) HasLabels(want map[string]string) bool {
	for k, v := range want {
		if e.Label(k) != v {
			return false
		}
	}
	return true
}
