package failover

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/passmuster/muster/mesh"
)

// callers finds the classes of clients that may call a service. It is built once for a graph, so
// that a service looks only at the classes that can differ for it.
type callers struct {
	graph *mesh.Graph
	// groups joins the scopes that differ only by labels; scopes of a group are its members.
	groups []*callerGroup
	joined map[string][]candidate // the groups, where labels decide nothing, by mesh
	single []candidate            // scopes, one for each identity
	byID   map[string][]candidate // the same by identity
	seats  int
	whos   map[identityKey]int
	places map[mesh.Locality]int // localities of candidates, numbered
	scope  map[*mesh.Client]scopeAt
	// identified are the candidates of single, by client.
	identified map[*mesh.Client][]candidate
	// classes name the classes of known for any service; candidates that differ by identity alone are known as one.
	known   []*mesh.Client
	classes []atomic.Pointer[classifier] // made on first use
	drafts  *sync.Pool                   // of *callersDraft
}

// scopeAt is where a client's own scope stands among the groups.
type scopeAt struct{ group, scope int }

// candidate is a scope, or several joined. Scopes of one seat are of one class for any service:
// they differ by place and identity alone.
type candidate struct {
	*mesh.Client
	seat  int
	place int // the number of its locality
	known int // its number in callers.known
	who   int // the number of its namespace and identity; 0 of several scopes joined
}

// identityKey is what policies look at.
type identityKey struct{ namespace, principal string }

// caller is a class of clients with what they know of the service that they may call.
type caller struct {
	*mesh.Client
	view *mesh.View
}

type callerGroup struct {
	joined candidate
	scopes []candidate
}

// labelled is implemented by compilers that can tell whether a service's answers depend on the
// labels of its callers.
type labelled interface {
	LabelsMatter(s *mesh.Service, c *mesh.Client) bool
}

// seatKey is what a class may depend on.
type seatKey struct {
	mesh, cluster, namespace, network, labels string
	kind                                      mesh.ClientKind
}

type groupKey struct {
	seatKey
	locality mesh.Locality
}

func newCallers(g *mesh.Graph) *callers {
	x := &callers{graph: g, drafts: &sync.Pool{New: func() any { return newCallersDraft() }}, joined: map[string][]candidate{}, byID: map[string][]candidate{}, whos: map[identityKey]int{}, places: map[mesh.Locality]int{},
		scope: map[*mesh.Client]scopeAt{}, identified: map[*mesh.Client][]candidate{}}
	seats := map[seatKey]int{}
	seat := func(k seatKey) int {
		n, ok := seats[k]
		if !ok {
			n = len(seats)
			seats[k] = n
		}
		return n
	}
	at := map[groupKey]*callerGroup{}
	numbers := map[*callerGroup]int{}
	for _, c := range g.Clients {
		where, ok := x.places[c.Locality]
		if !ok {
			where = len(x.places)
			x.places[c.Locality] = where
		}
		place := seatKey{mesh: c.Mesh, cluster: c.Cluster, namespace: c.Namespace, network: c.Network, kind: c.Kind}
		k := groupKey{place, c.Locality}
		group := at[k]
		if group == nil {
			joined := *c
			joined.Workloads, joined.Principals = slices.Clone(c.Workloads), slices.Clone(c.Principals)
			group = &callerGroup{joined: candidate{&joined, seat(place), where, x.know(&joined), 0}}
			at[k] = group
			numbers[group] = len(x.groups)
			x.groups = append(x.groups, group)
		} else {
			join(group.joined.Client, c)
		}
		place.labels = "labels: " + labelText(c.Labels)
		own := candidate{c, seat(place), where, x.know(c), 0}
		x.scope[c] = scopeAt{numbers[group], len(group.scopes)}
		group.scopes = append(group.scopes, own)
		from := len(x.single)
		for _, one := range identities(c) {
			single := candidate{one, own.seat, where, own.known, x.who(one)}
			x.single = append(x.single, single)
			for _, p := range one.Principals {
				x.byID[p] = append(x.byID[p], single)
			}
		}
		x.identified[c] = x.single[from:len(x.single):len(x.single)]
	}
	for _, group := range x.groups {
		x.joined[group.joined.Mesh] = append(x.joined[group.joined.Mesh], group.joined)
	}
	x.seats = len(seats)
	x.classes = make([]atomic.Pointer[classifier], len(x.known))
	return x
}

// who numbers a caller by what policies look at, from 1.
func (x *callers) who(c *mesh.Client) int {
	k := identityKey{namespace: c.Namespace}
	if len(c.Principals) > 0 {
		k.principal = c.Principals[0] // the only one
	}
	n, known := x.whos[k]
	if !known {
		n = len(x.whos) + 1
		x.whos[k] = n
	}
	return n
}

// know numbers a client whose classes will be asked for.
func (x *callers) know(c *mesh.Client) int {
	x.known = append(x.known, c)
	return len(x.known) - 1
}

// classifier names the classes of one client.
type classifier func(*mesh.Service) string

// class is the class of a candidate for a service, by its number in known.
func (x *callers) class(known int, s *mesh.Service) string {
	at := &x.classes[known]
	classes := at.Load()
	if classes == nil {
		made := classifier(x.graph.Classes(x.known[known]))
		classes = &made
		at.Store(classes)
	}
	return (*classes)(s)
}

// classOf is the class of a client of the graph for a service.
func (x *callers) classOf(s *mesh.Service, c *mesh.Client) string {
	if c.Mesh != s.Mesh {
		return x.graph.Class(s, c)
	}
	at := x.scope[c]
	return x.class(x.groups[at.group].scopes[at.scope].known, s)
}

// next is the callers of the graph that an update has made, which has the same clients.
func (x *callers) next(g *mesh.Graph) *callers {
	out := *x
	out.graph, out.classes = g, make([]atomic.Pointer[classifier], len(x.known))
	return &out
}

func labelText(labels map[string]string) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(k + "=" + labels[k] + ",")
	}
	return b.String()
}

// join adds the members of a class to another.
func join(to, c *mesh.Client) {
	to.Members += c.Members
	to.Workloads = append(to.Workloads, c.Workloads...)
	to.Principals = append(to.Principals, c.Principals...)
}

// few lists the scopes, or identities, of the clients that can see a service, where its mesh knows them, in the order of
// candidates. Labels tell the callers of such a mesh apart.
func (x *callers) few(s *mesh.Service, guarded bool) (list []candidate, known bool) {
	clients, known := x.graph.FewCallers(s)
	if !known {
		return nil, false
	}
	if guarded {
		for _, c := range clients {
			list = append(list, x.identified[c]...)
		}
		return list, true
	}
	compiler, _ := x.graph.Compilers[s.Mesh].(labelled)
	var at []scopeAt
	for _, c := range clients {
		if compiler != nil && !compiler.LabelsMatter(s, c) {
			return nil, false
		}
		at = append(at, x.scope[c])
	}
	slices.SortFunc(at, func(a, b scopeAt) int { return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.scope, b.scope)) })
	for _, i := range at {
		if group := x.groups[i.group]; len(group.scopes) > 1 {
			list = append(list, group.scopes[i.scope])
		} else {
			list = append(list, group.joined)
		}
	}
	return list, true
}

// candidates lists the scopes to look at for a service: those that its policies name where they
// name identities exactly, all scopes where labels decide, and groups of scopes otherwise.
//
// The list may not be changed. Where it is made for this service alone, it is in the memory of the draft.
func (x *callers) candidates(s *mesh.Service, guarded bool, d *callersDraft) []candidate {
	list := d.list[:0]
	defer func() { d.list = list }()
	if guarded {
		if ids, ok := exactCallers(s); ok {
			for _, id := range ids {
				list = append(list, x.byID[id]...)
			}
			return list
		}
		if few, known := x.few(s, true); known {
			return few
		}
		return x.single
	}
	if few, known := x.few(s, false); known {
		return few
	}
	compiler, _ := x.graph.Compilers[s.Mesh].(labelled)
	matters := make([]int8, x.seats) // 0: not asked yet
	split := false
	for _, group := range x.groups {
		if group.joined.Mesh != s.Mesh || len(group.scopes) < 2 {
			continue
		}
		m := &matters[group.joined.seat]
		if *m == 0 {
			*m = -1
			if compiler == nil || compiler.LabelsMatter(s, group.scopes[0].Client) {
				*m, split = 1, true
			}
		}
	}
	if !split {
		return x.joined[s.Mesh]
	}
	for _, group := range x.groups {
		switch {
		case group.joined.Mesh != s.Mesh:
		case len(group.scopes) > 1 && matters[group.joined.seat] == 1:
			list = append(list, group.scopes...)
		default:
			list = append(list, group.joined)
		}
	}
	return list
}

// exactCallers lists the identities that a guarded service admits, if all its policies name them
// exactly and nothing else.
func exactCallers(s *mesh.Service) ([]string, bool) {
	var ids []string
	var last *mesh.Authorization
	for _, e := range s.Endpoints {
		if e.Inbound == nil || e.Inbound.Authorization == nil {
			return nil, false
		}
		a := e.Inbound.Authorization
		if a == last {
			continue
		}
		last = a
		if len(a.Allow) == 0 {
			return nil, false
		}
		for _, p := range a.Allow {
			for _, r := range p.Rules {
				if len(r.From) == 0 {
					return nil, false
				}
				for _, src := range r.From {
					if len(src.Principals) == 0 {
						return nil, false
					}
					for _, id := range src.Principals {
						if strings.Contains(id, "*") {
							return nil, false
						}
						if !slices.Contains(ids, id) {
							ids = append(ids, id)
						}
					}
				}
			}
		}
	}
	return ids, true
}

// identities splits a class of callers by identity.
func identities(c *mesh.Client) []*mesh.Client {
	if len(c.Principals) < 2 {
		return []*mesh.Client{c}
	}
	list := make([]*mesh.Client, 0, len(c.Principals))
	for _, p := range c.Principals {
		one := *c
		one.Principals = []string{p}
		one.Workloads = nil
		for _, w := range c.Workloads {
			if w.Identity == p {
				one.Workloads = append(one.Workloads, w)
			}
		}
		list = append(list, &one)
	}
	return list
}
