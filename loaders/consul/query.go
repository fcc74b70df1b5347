package consul

import (
	"github.com/passmuster/muster/mesh"
)

// queryUpstream is the type of an upstream that names a prepared query.
const queryUpstream = "prepared_query"

// PreparedQuery is a prepared query. It lives in the datacenter that it was written in, and is not replicated (sheet, section 2.1).
type PreparedQuery struct {
	Name    string
	Service string
	Order   []FailoverTarget // where it looks after its own datacenter
	// Open is what makes its answer depend on more than the inputs tell; "" = nothing.
	Open       string
	Origin     mesh.Origin
	FailoverAt mesh.Origin // zero without
}

// isQuery tells the body of the API of prepared queries: a Service that is an object and names a service.
func isQuery(v *value) bool {
	return v.find("name").string() != "" && v.find("service").object().find("service").string() != ""
}

func (r *reader) query(v *value, in mesh.Locator) {
	if r.full(in, v) {
		return
	}
	d := &decoder{in: in}
	s := v.find("service")
	q := &PreparedQuery{Name: d.text(v.find("name")), Service: d.text(s.find("service")), Origin: mesh.At(in, v.path)}
	switch {
	case v.find("template") != nil && v.find("template").object().find("type").string() != "":
		q.Open = "it is a template"
	case len(s.find("tags").elements()) > 0, s.find("nodemeta") != nil && len(s.find("nodemeta").object().all()) > 0, s.find("servicemeta") != nil && len(s.find("servicemeta").object().all()) > 0:
		q.Open = "it picks instances by tags or metadata"
	}
	f := s.find("failover").object()
	if f != nil {
		q.FailoverAt = d.origin(f)
		if d.unsigned(f.find("nearestn")) > 0 {
			q.Open = "it tries the nearest datacenters first, which are those with the shortest round trip"
		}
		for _, dc := range f.find("datacenters").elements() {
			q.Order = append(q.Order, FailoverTarget{Reference: Reference{Datacenter: d.text(dc)}, Origin: d.origin(dc)})
		}
		for _, t := range f.find("targets").elements() {
			q.Order = append(q.Order, FailoverTarget{Reference: Reference{Datacenter: d.text(t.find("datacenter")), Peer: d.text(t.find("peer"))}, Origin: d.origin(t)})
		}
	}
	if d.problem != nil {
		r.tell(d.problem.Origin.Position(), d.problem.Message)
		return
	}
	r.out.Queries = append(r.out.Queries, q)
}

// all are the members of an object.
func (v *value) all() []member {
	if v == nil {
		return nil
	}
	return v.members
}

// queryHost is the name of a query among services, as Consul's DNS has it.
func queryHost(name string) string { return name + ".query" }

// query is the one that a datacenter has under a name, or nil.
func (a *area) query(name string) *PreparedQuery {
	for _, q := range a.Content.Queries {
		if q.Name == name {
			return q
		}
	}
	return nil
}

// chain is the order in which a query looks for instances: its own datacenter, then the others. Entries do not count for it.
func (q *PreparedQuery) chain(datacenter string) *Chain {
	c := &Chain{Service: queryHost(q.Name), Datacenter: datacenter, Protocol: "tcp", Splitters: map[string]*SplitterNode{}, Targets: map[string]*Target{}}
	node := &ResolverNode{ConnectTimeout: defaultConnectTimeout, Origin: q.Origin, FailoverAt: q.FailoverAt}
	add := func(t *Target, at mesh.Origin) {
		if c.Targets[t.ID] == nil {
			c.Targets[t.ID] = t
			node.Targets = append(node.Targets, TargetRef{ID: t.ID, Origins: []mesh.Origin{at}})
		}
	}
	add(&Target{ID: q.Service + "." + datacenter, Service: q.Service, Datacenter: datacenter}, q.Origin)
	for _, o := range q.Order {
		switch {
		case o.Peer != "":
			add(&Target{ID: q.Service + "@" + o.Peer, Service: q.Service, Peer: o.Peer}, o.Origin)
		case o.Datacenter != "":
			add(&Target{ID: q.Service + "." + o.Datacenter, Service: q.Service, Datacenter: o.Datacenter}, o.Origin)
		}
	}
	c.Start = resolverID(node.Targets[0].ID)
	c.Resolvers = map[string]*ResolverNode{c.Start: node}
	return c
}
