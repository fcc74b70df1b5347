package policy

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/mesh"
)

// section is one member of data.graph: nodes of a kind, by id.
type section struct {
	name, doc string
	ids       func() []string
	term      func() *ast.Term // all nodes by id
	// node is what a path of fields leads to from a node, nil if there is nothing. Without a path it is the node.
	node   func(p *projection, id string, path []string) ast.Value
	origin func(id, field string) (mesh.Origin, bool)
	schema schema // of one node
}

// sections are the members of data.graph for a projection.
func sections(p *projection) []section {
	g := p.graph
	return []section{
		sectionOf(p, "services", "What clients call, by id.", g.Services, func(s *mesh.Service) string { return string(s.ID) },
			func(s *mesh.Service) mesh.Origin { return s.Origin }, serviceShape(p)),
		sectionOf(p, "workloads", "Sets of equal pods, by id.", g.Workloads, func(w *mesh.Workload) string { return w.ID },
			func(w *mesh.Workload) mesh.Origin { return w.Origin }, workloadShape(p)),
		sectionOf(p, "clusters", "Clusters, by name.", g.Clusters, func(c *mesh.Cluster) string { return c.Name },
			func(c *mesh.Cluster) mesh.Origin { return c.Origin }, clusterShape()),
		sectionOf(p, "gateways", "Gateways, by id.", g.Gateways, func(gw *mesh.Gateway) string { return gw.ID },
			func(gw *mesh.Gateway) mesh.Origin { return gw.Origin }, gatewayShape()),
		sectionOf(p, "dependencies", "Who calls whom, by \"caller -> callee\".", g.Dependencies, dependencyID,
			func(d *mesh.Dependency) mesh.Origin { return d.Origin }, dependencyShape()),
		sectionOf(p, "hosts", "The services that a host stands for, by host.", hostsOf(g), func(h host) string { return h.name },
			func(h host) mesh.Origin { return h.services[0].Origin }, hostShape()),
	}
}

func sectionOf[T any](p *projection, name, doc string, nodes []T, id func(T) string, at func(T) mesh.Origin, of shape[T]) section {
	index := sync.OnceValue(func() map[string]int {
		at := make(map[string]int, len(nodes))
		for i, n := range nodes {
			at[id(n)] = i
		}
		return at
	})
	whole := make([]atomic.Pointer[ast.Term], len(nodes)) // once somebody asked for it
	project := func(p *projection, i int) *ast.Term {
		t := whole[i].Load()
		if t == nil {
			t = of.node(p, nodes[i])
			whole[i].Store(t)
		}
		return t
	}
	return section{
		name: name, doc: doc, schema: of.schema(),
		ids: func() []string {
			list := make([]string, len(nodes))
			for i, n := range nodes {
				list[i] = id(n)
			}
			slices.Sort(list)
			return slices.Compact(list)
		},
		term: sync.OnceValue(func() *ast.Term {
			p.each(len(nodes), func(p *projection, i int) { project(p, i) })
			o := ast.NewObjectWithCapacity(len(nodes))
			for i, n := range nodes {
				o.Insert(ast.StringTerm(id(n)), whole[i].Load())
			}
			return ast.NewTerm(o)
		}),
		node: func(p *projection, node string, path []string) ast.Value {
			i, ok := index()[node]
			switch {
			case !ok:
				return nil
			case len(path) > 0 && path[0] != unknown && whole[i].Load() == nil:
				if t := of.field(p, nodes[i], path[0]); t != nil {
					return inside(t.Value, path[1:])
				}
				return nil
			}
			return inside(project(p, i).Value, path)
		},
		origin: func(node, field string) (mesh.Origin, bool) {
			i, ok := index()[node]
			switch {
			case !ok:
				return mesh.Origin{}, false
			case field == "":
				return at(nodes[i]), true
			}
			o, ok := of.origin(nodes[i], place(field))
			if ok && o.In == nil {
				o = at(nodes[i])
			}
			return o, ok
		},
	}
}

func dependencyID(d *mesh.Dependency) string { return string(d.From) + " -> " + string(d.To) }

func clusterShape() shape[*mesh.Cluster] {
	return shape[*mesh.Cluster]{
		text("name", "The cluster's name.", func(c *mesh.Cluster) string { return c.Name }),
		text("mesh", "The mesh that it belongs to.", func(c *mesh.Cluster) string { return c.Mesh }),
		text("region", "Absent if it spans several, or none is known.", func(c *mesh.Cluster) string { return c.Region }),
		texts("zones", "Its zones, without the region.", func(c *mesh.Cluster) []string { return c.Zones }),
		text("network", "Absent if it is reached directly from everywhere.", func(c *mesh.Cluster) string { return c.Network }),
		text("configCluster", "The cluster whose mesh objects its clients obey.", func(c *mesh.Cluster) string { return c.ConfigCluster }),
	}
}

func gatewayShape() shape[*mesh.Gateway] {
	return shape[*mesh.Gateway]{
		text("id", "cluster/namespace/name.", func(gw *mesh.Gateway) string { return gw.ID }),
		text("cluster", "Where it runs.", func(gw *mesh.Gateway) string { return gw.Cluster }),
		text("namespace", "Its namespace.", func(gw *mesh.Gateway) string { return gw.Namespace }),
		text("name", "Its name.", func(gw *mesh.Gateway) string { return gw.Name }),
		text("role", "ingress, egress or east-west.", func(gw *mesh.Gateway) string { return string(gw.Role) }),
		text("network", "East-west: the network that it leads into.", func(gw *mesh.Gateway) string { return gw.Network }),
		texts("addresses", "Where it is reached.", func(gw *mesh.Gateway) []string { return gw.Addresses }),
		texts("workloads", "The ids of the workloads whose pods it is.", func(gw *mesh.Gateway) []string { return workloadIDs(gw.Workloads) }),
	}
}

func dependencyShape() shape[*mesh.Dependency] {
	return shape[*mesh.Dependency]{
		text("from", "The id of the calling service; absent if none selects the caller.", func(d *mesh.Dependency) string { return string(d.From) }),
		text("to", "The id of the service that is called.", func(d *mesh.Dependency) string { return string(d.To) }),
		text("caller", "The id of the calling workload; absent if only its service is known.", func(d *mesh.Dependency) string {
			if d.Caller == nil {
				return ""
			}
			return d.Caller.ID
		}),
		truth("strong", "The caller cannot do without; otherwise its name was merely found in an environment.", func(d *mesh.Dependency) bool { return d.Strong }),
		text("evidence", "What shows it, in words.", func(d *mesh.Dependency) string { return d.What }),
	}
}

// host is a host with the services that it stands for.
type host struct {
	name     string
	services []*mesh.Service
}

func hostsOf(g *mesh.Graph) []host {
	at := map[string]int{}
	var list []host
	for _, s := range g.Services {
		for _, h := range s.Hosts {
			i, ok := at[h]
			if !ok {
				i = len(list)
				at[h] = i
				list = append(list, host{name: h})
			}
			list[i].services = append(list[i].services, s)
		}
	}
	return list
}

func hostShape() shape[host] {
	return shape[host]{texts("services", "Ids of services; several where meshes or networks have one each.", func(h host) []string {
		ids := make([]string, len(h.services))
		for i, s := range h.services {
			ids[i] = string(s.ID)
		}
		return ids
	})}
}

func workloadIDs(list []*mesh.Workload) []string {
	ids := make([]string, len(list))
	for i, w := range list {
		ids[i] = w.ID
	}
	return ids
}
