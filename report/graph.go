package report

import (
	"cmp"
	"io"
	"maps"
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/mesh"
)

// GraphSchema names the version of the JSON of `muster graph`.
const GraphSchema = "muster.graph/v1"

// Graph is a fleet as people draw it: clusters with what runs in them, services over them, and
// who needs whom.
type Graph struct {
	Meshes       []GraphMesh
	Clusters     []GraphCluster
	Services     []GraphService
	Workloads    []GraphWorkload
	Gateways     []GraphGateway
	Dependencies []GraphDependency
	Environments []GraphEnvironment
	Records      []GraphRecord
	Balancers    []GraphBalancer
	Stores       []GraphStore
}

// GraphMesh is one mesh of the fleet.
type GraphMesh struct {
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	Version  string   `json:"version"`
	Clusters []string `json:"clusters"`
}

// GraphCluster is a failure domain with a control plane of its own.
type GraphCluster struct {
	Name          string   `json:"name"`
	Mesh          string   `json:"mesh"`
	Region        string   `json:"region"`
	Zones         []string `json:"zones"`
	Network       string   `json:"network"`
	ConfigCluster string   `json:"configCluster"`
}

// GraphService is one service and where its endpoints are.
type GraphService struct {
	ID        string           `json:"id"`
	Hosts     []string         `json:"hosts"`
	Ports     []int            `json:"ports"`
	Clusters  []string         `json:"clusters"`
	External  bool             `json:"external"`
	DRIntent  bool             `json:"drIntent"`
	Pattern   Pattern          `json:"pattern"`
	Endpoints []GraphEndpoints `json:"endpoints"`
	Position  Position         `json:"position"`
}

// GraphEndpoints is the endpoints of a service in one place, behind one workload.
type GraphEndpoints struct {
	Cluster  string `json:"cluster"`
	Locality string `json:"locality"`
	Workload string `json:"workload"` // id; "" if no workload is known
	Count    int    `json:"count"`
}

// GraphWorkload is a set of equal pods.
type GraphWorkload struct {
	ID        string   `json:"id"` // cluster/namespace/Kind/name
	Cluster   string   `json:"cluster"`
	Namespace string   `json:"namespace"`
	Kind      string   `json:"kind"`
	Name      string   `json:"name"`
	Locality  string   `json:"locality"`
	Replicas  *int     `json:"replicas"` // null if not known
	Meshed    *bool    `json:"meshed"`   // null if not known
	Position  Position `json:"position"`
}

// GraphGateway is a proxy at the edge of a network.
type GraphGateway struct {
	ID       string   `json:"id"` // cluster/namespace/name
	Cluster  string   `json:"cluster"`
	Role     string   `json:"role"`
	Network  string   `json:"network"`
	Position Position `json:"position"`
}

// GraphDependency is a call; a weak one is only a name that was found in an environment.
type GraphDependency struct {
	From     string   `json:"from"` // service id, or workload id if no service selects the caller
	To       string   `json:"to"`
	Strong   bool     `json:"strong"`
	Evidence string   `json:"evidence"`
	Position Position `json:"position"`
}

// GraphOf draws a fleet. infer tells what a service runs; nil = nobody asks.
func GraphOf(g *mesh.Graph, infer func(*mesh.Service) pattern.Inferred) *Graph {
	out := &Graph{}
	for _, m := range g.Meshes {
		out.Meshes = append(out.Meshes, GraphMesh{m.Name, string(m.Kind), m.Version, list(m.Clusters)})
	}
	for _, c := range g.Clusters {
		out.Clusters = append(out.Clusters, GraphCluster{c.Name, c.Mesh, c.Region, list(c.Zones), c.Network, c.ConfigCluster})
	}
	for _, s := range g.Services {
		drawn := graphService(s)
		if infer != nil {
			drawn.Pattern.infer(s, infer(s))
		}
		out.Services = append(out.Services, drawn)
	}
	for _, w := range g.Workloads {
		out.Workloads = append(out.Workloads, GraphWorkload{
			ID: w.ID, Cluster: w.Cluster, Namespace: w.Namespace, Kind: w.Kind, Name: w.Name,
			Locality: w.Locality.V.String(), Replicas: known(w.Replicas), Meshed: known(w.Meshed), Position: Position{w.Origin},
		})
	}
	for _, gw := range g.Gateways {
		out.Gateways = append(out.Gateways, GraphGateway{gw.ID, gw.Cluster, string(gw.Role), gw.Network, Position{gw.Origin}})
	}
	for _, d := range g.Dependencies {
		from := string(d.From)
		if from == "" && d.Caller != nil {
			from = d.Caller.ID
		}
		out.Dependencies = append(out.Dependencies, GraphDependency{from, string(d.To), d.Strong, d.What, Position{d.Origin}})
	}
	out.infrastructure(g)
	return out
}

// known is the value, or nil if it is not known.
func known[T any](v mesh.Value[T]) *T {
	if x, ok := v.Get(); ok {
		return &x
	}
	return nil
}

func graphService(s *mesh.Service) GraphService {
	out := GraphService{
		ID: string(s.ID), Hosts: list(s.Hosts), Clusters: list(s.Clusters), External: s.External,
		DRIntent: failover.HasIntent(s), Pattern: declaredPattern(s), Ports: []int{}, Endpoints: []GraphEndpoints{}, Position: Position{s.Origin},
	}
	for _, p := range s.Ports {
		out.Ports = append(out.Ports, p.Number)
	}
	places := map[GraphEndpoints]int{}
	for _, e := range s.Endpoints {
		k := GraphEndpoints{Cluster: e.Cluster, Locality: e.Locality.String()}
		if e.Workload != nil {
			k.Workload = e.Workload.ID
		}
		places[k]++
	}
	for _, k := range slices.SortedFunc(maps.Keys(places), func(a, b GraphEndpoints) int {
		return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Locality, b.Locality), cmp.Compare(a.Workload, b.Workload))
	}) {
		k.Count = places[k]
		out.Endpoints = append(out.Endpoints, k)
	}
	return out
}

// JSON writes the graph, one element of a list per line.
func (g *Graph) JSON(w io.Writer, version string) error {
	o := newObject(w)
	o.member("schema", GraphSchema)
	o.member("tool", ToolOf(version))
	members(o, "meshes", slices.Values(g.Meshes))
	members(o, "clusters", slices.Values(g.Clusters))
	members(o, "services", slices.Values(g.Services))
	members(o, "workloads", slices.Values(g.Workloads))
	members(o, "gateways", slices.Values(g.Gateways))
	members(o, "dependencies", slices.Values(g.Dependencies))
	members(o, "environments", slices.Values(g.Environments))
	members(o, "records", slices.Values(g.Records))
	members(o, "balancers", slices.Values(g.Balancers))
	members(o, "stores", slices.Values(g.Stores))
	return o.close()
}
