package failover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// callers finds the classes of clients that may call a service. It is built once for a graph, so
// that a service looks only at the classes that can differ for it.
type callers struct {
	graph *mesh.Graph
	// groups joins the scopes that differ only by labels; scopes of a group are its members.
	groups []*callerGroup
	byID   map[string][]*mesh.Client // scopes by identity
}

type callerGroup struct {
	joined *mesh.Client
	scopes []*mesh.Client
}

// labelled is implemented by compilers that can tell whether a service's answers depend on the
// labels of its callers.
type labelled interface {
	LabelsMatter(s *mesh.Service, c *mesh.Client) bool
}

type groupKey struct {
	mesh, cluster, namespace, network string
	locality                          mesh.Locality
	kind                              mesh.ClientKind
}

func newCallers(g *mesh.Graph) *callers {
	x := &callers{graph: g, byID: map[string][]*mesh.Client{}}
	at := map[groupKey]*callerGroup{}
	for _, c := range g.Clients {
		k := groupKey{c.Mesh, c.Cluster, c.Namespace, c.Network, c.Locality, c.Kind}
		group := at[k]
		if group == nil {
			joined := *c
			joined.Workloads, joined.Principals = slices.Clone(c.Workloads), slices.Clone(c.Principals)
			group = &callerGroup{joined: &joined}
			at[k] = group
			x.groups = append(x.groups, group)
		} else {
			join(group.joined, c)
		}
		group.scopes = append(group.scopes, c)
	}
	for _, c := range identities(g.Clients) {
		for _, p := range c.Principals {
			x.byID[p] = append(x.byID[p], c)
		}
	}
	return x
}

// join adds the members of a class to another.
func join(to, c *mesh.Client) {
	to.Members += c.Members
	to.Workloads = append(to.Workloads, c.Workloads...)
	to.Principals = append(to.Principals, c.Principals...)
}

// candidates lists the scopes to look at for a service: those that its policies name where they
// name identities exactly, all scopes where labels decide, and groups of scopes otherwise.
func (x *callers) candidates(s *mesh.Service, guarded bool) []*mesh.Client {
	if guarded {
		if ids, ok := exactCallers(s); ok {
			var list []*mesh.Client
			for _, id := range ids {
				list = append(list, x.byID[id]...)
			}
			return list
		}
		return identities(x.graph.Clients)
	}
	compiler, _ := x.graph.Compilers[s.Mesh].(labelled)
	var list []*mesh.Client
	for _, group := range x.groups {
		if group.joined.Mesh != s.Mesh {
			continue
		}
		if len(group.scopes) > 1 && (compiler == nil || compiler.LabelsMatter(s, group.scopes[0])) {
			list = append(list, group.scopes...)
			continue
		}
		list = append(list, group.joined)
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

// of groups the callers of a service.
func (x *callers) of(s *mesh.Service) []*mesh.Client {
	guarded := false
	for _, e := range s.Endpoints {
		if e.Inbound != nil && e.Inbound.Authorization != nil {
			guarded = true
			break
		}
	}
	type key struct {
		class, cluster, network, admitted, labels string
		locality                                  mesh.Locality
		kind                                      mesh.ClientKind
	}
	type class struct {
		*mesh.Client
		namespaces, accounts bool // more than one
	}
	groups := map[key]*class{}
	var order []key
	for _, c := range x.candidates(s, guarded) {
		if c.Mesh != s.Mesh || servesOnly(c, s) {
			continue
		}
		name := x.graph.Class(s, c)
		if name == "-" {
			continue
		}
		k := key{class: name, cluster: c.Cluster, network: c.Network, locality: c.Locality, kind: c.Kind}
		k.labels = priorityLabels(x.graph.View(s, c), c)
		if guarded {
			k.admitted = admitted(s, c)
		}
		old := groups[k]
		if old == nil {
			one := *c
			groups[k] = &class{Client: &one}
			order = append(order, k)
			continue
		}
		old.Members += c.Members
		old.namespaces = old.namespaces || old.Namespace != c.Namespace
		if !slices.Equal(old.Principals, c.Principals) {
			old.accounts = true // one identity stands for all that are admitted alike
		}
		old.Workloads = nil
	}
	list := make([]*mesh.Client, 0, len(order))
	for _, k := range order {
		c := groups[k]
		who := c.Namespace
		switch {
		case c.namespaces:
			who = "*"
		case guarded && !c.accounts && len(c.Principals) == 1:
			who += "/" + c.Principals[0][strings.LastIndexByte(c.Principals[0], '/')+1:]
		}
		if c.Kind != mesh.Sidecar {
			who = string(c.Kind) + ":" + who
		}
		c.ID = c.Cluster + "/" + who + "@" + c.Locality.String()
		list = append(list, c.Client)
	}
	slices.SortStableFunc(list, func(a, b *mesh.Client) int { return strings.Compare(a.ID, b.ID) })
	for i := 1; i < len(list); i++ { // classes of one place and namespace that differ by labels
		if baseID(list[i].ID) == baseID(list[i-1].ID) {
			list[i].ID = fmt.Sprintf("%s#%d", baseID(list[i].ID), ordinal(list[i-1].ID)+1)
		}
	}
	return list
}

// identities splits classes of callers by identity.
func identities(clients []*mesh.Client) []*mesh.Client {
	list := make([]*mesh.Client, 0, len(clients))
	for _, c := range clients {
		if len(c.Principals) < 2 {
			list = append(list, c)
			continue
		}
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
	}
	return list
}

func baseID(id string) string {
	base, _, _ := strings.Cut(id, "#")
	return base
}

func ordinal(id string) int {
	_, n, ok := strings.Cut(id, "#")
	if !ok {
		return 1
	}
	var v int
	if _, err := fmt.Sscanf(n, "%d", &v); err != nil {
		return 1
	}
	return v
}

// servesOnly leaves a service's own pods out of its callers.
func servesOnly(c *mesh.Client, s *mesh.Service) bool {
	if len(c.Workloads) == 0 {
		return false
	}
	for _, w := range c.Workloads {
		own := false
		for _, e := range s.Endpoints {
			if e.Workload == w {
				own = true
				break
			}
		}
		if !own {
			return false
		}
	}
	return true
}
