package mesh

import (
	"slices"
	"sort"
	"strings"
)

// Kind is the kind of a mesh.
type Kind string

// The kinds of mesh.
const (
	Istio      Kind = "istio"
	Linkerd    Kind = "linkerd"
	Consul     Kind = "consul"
	XDS        Kind = "xds"        // what a control plane announces to gRPC or Envoy, whoever made it
	Kubernetes Kind = "kubernetes" // no mesh: kube-proxy
	DNS        Kind = "dns"        // no mesh: names and global addresses in front of all, and whoever asks for them
)

// Mesh is one trust and configuration domain of clusters that share services.
type Mesh struct {
	Name          string
	Kind          Kind
	Version       string // "1.31": decides semantics, never cosmetics
	Assumed       bool   // nobody states the version: it is the newest that muster knows
	Enterprise    bool   // the edition is the vendor's: what only that one can do holds
	TrustDomain   string
	TrustAliases  []string
	RootNamespace string // Istio: where mesh-wide policies live
	Clusters      []string
	Origin        Origin
}

// Cluster is a failure domain with a control plane of its own.
type Cluster struct {
	Name    string
	Mesh    string
	Region  string   // "" if the cluster spans regions or none is known
	Zones   []string // zone names without the region
	Network string   // "" = directly reachable from everywhere
	// ConfigCluster is the cluster whose mesh objects the clients in this cluster obey.
	ConfigCluster string
	Origin        Origin
}

// Graph is a fleet, compiled. Slices are sorted; nothing is written after the graph is built.
type Graph struct {
	Meshes       []*Mesh
	Clusters     []*Cluster
	Services     []*Service
	Workloads    []*Workload
	Gateways     []*Gateway
	Clients      []*Client
	Dependencies []*Dependency
	// Unmet are dependencies on names that no service has: To is "".
	Unmet []*Dependency
	Facts []*Fact
	Gaps  []*Gap
	// ServiceGaps are gaps that have a Name, Doubts objects about which nothing is found.
	ServiceGaps []*Gap
	Doubts      []*Doubt
	// Rollouts are what rollout controllers care for, by workload.
	Rollouts []*Rollout
	// Records, Balancers, Stores and Environments are what Terraform builds beside the clusters.
	Records      []*Record
	Balancers    []*Balancer
	Stores       []*DataStore
	Environments []*Environment
	// Edges are where gateways end connections from outside of their mesh, by address ("ip:port").
	Edges map[string]*Edge

	// Compilers hold what each loader left behind to answer for a service and a client on
	// first use; keyed by mesh name.
	Compilers map[string]Compiler

	services map[ServiceID]*Service
	clusters map[string]*Cluster
	meshes   map[string]*Mesh
	rollouts map[*Workload][]*Rollout
	named    map[string][]*Gap
	doubts   map[Resource]bool
}

// Gap is configuration that is known to exist and is not in the inputs: what it says of the services
// it may concern is not known.
type Gap struct {
	Cluster    string
	Namespaces []string // it may concern; "" stands for all
	Name       string   // of the one service of these that it may concern; "" = all of them
	What       string   // "remote base https://…"
	// Value: What is a sentence about a value of the inputs that is not known, and nothing is found about its services.
	Value  bool
	Origin Origin
}

// gapAt numbers the gaps that have no name, and those of a name after them.
func (g *Graph) gapAt(name string, i int) *Gap {
	if i < len(g.Gaps) {
		return g.Gaps[i]
	}
	return g.named[name][i-len(g.Gaps)]
}

// Doubt is an object of the inputs with a value that is not known and that matters: what is found about it may be wrong, and is not told.
type Doubt struct {
	Resource Resource
	Origin   Origin
}

// Doubtful reports whether a finding about an object or a service would rest on values that are not known.
func (g *Graph) Doubtful(r Resource, s *Service) bool {
	if g.doubts[r] {
		return true
	}
	gap := (*Gap)(nil)
	if s != nil {
		gap = g.Gap(s)
	}
	return gap != nil && gap.Value
}

// Gap returns what is missing of the configuration of a service, or nil.
func (g *Graph) Gap(s *Service) *Gap {
	if s.Gap != nil {
		return s.Gap
	}
	m := g.Mesh(s.Mesh)
	for i := range len(g.Gaps) + len(g.named[s.Name]) {
		gap := g.gapAt(s.Name, i)
		if m != nil && gap.Cluster != "" && len(m.Clusters) > 0 && !slices.Contains(m.Clusters, gap.Cluster) {
			continue
		}
		if slices.Contains(gap.Namespaces, "") || slices.Contains(gap.Namespaces, s.Namespace) || m != nil && gap.Name == "" && slices.Contains(gap.Namespaces, m.RootNamespace) {
			return gap
		}
	}
	return nil
}

// Compiler compiles one service for a class of clients, on first use. Implementations are safe
// for concurrent use and pure: equal inputs give equal views.
type Compiler interface {
	// Class is the class of c for s: clients of one class get the same View, whatever their
	// locality. "-" means that c cannot see s at all.
	Class(s *Service, c *Client) string
	// View compiles what clients of c's class know about s. It is called at most a few times
	// for one class; the graph keeps the answer.
	View(s *Service, c *Client) *View
	// Resolve answers what one client knows of everything: what `istioctl proxy-config` would
	// show of a live proxy.
	Resolve(c *Client) *Resolution
}

// Classifier is implemented by compilers that can answer Class quicker for one client and many services.
type Classifier interface {
	Classes(c *Client) func(s *Service) string
}

// Index sorts the graph's slices and builds its lookup tables. Call it once, before the graph
// is shared.
func (g *Graph) Index() {
	sort.Slice(g.Meshes, func(i, j int) bool { return g.Meshes[i].Name < g.Meshes[j].Name })
	sort.Slice(g.Clusters, func(i, j int) bool { return g.Clusters[i].Name < g.Clusters[j].Name })
	sort.Slice(g.Services, func(i, j int) bool { return g.Services[i].ID < g.Services[j].ID })
	sort.Slice(g.Workloads, func(i, j int) bool { return g.Workloads[i].ID < g.Workloads[j].ID })
	sort.Slice(g.Gateways, func(i, j int) bool { return g.Gateways[i].ID < g.Gateways[j].ID })
	sort.Slice(g.Clients, func(i, j int) bool { return g.Clients[i].ID < g.Clients[j].ID })
	g.services = make(map[ServiceID]*Service, len(g.Services))
	for _, s := range g.Services {
		g.services[s.ID] = s
	}
	g.clusters = make(map[string]*Cluster, len(g.Clusters))
	for _, c := range g.Clusters {
		g.clusters[c.Name] = c
	}
	g.meshes = make(map[string]*Mesh, len(g.Meshes))
	for _, m := range g.Meshes {
		g.meshes[m.Name] = m
	}
	g.indexGaps()
	g.rollouts = map[*Workload][]*Rollout{}
	for _, r := range g.Rollouts {
		if r.Workload != nil {
			g.rollouts[r.Workload] = append(g.rollouts[r.Workload], r)
		}
	}
}

func (g *Graph) indexGaps() {
	g.named, g.doubts = map[string][]*Gap{}, map[Resource]bool{}
	for _, gap := range g.ServiceGaps {
		g.named[gap.Name] = append(g.named[gap.Name], gap)
	}
	for _, d := range g.Doubts {
		g.doubts[d.Resource] = true
	}
}

// Service returns the service with an id, or nil.
func (g *Graph) Service(id ServiceID) *Service { return g.services[id] }

// Cluster returns the cluster with a name, or nil.
func (g *Graph) Cluster(name string) *Cluster { return g.clusters[name] }

// Mesh returns the mesh with a name, or nil.
func (g *Graph) Mesh(name string) *Mesh { return g.meshes[name] }

// View returns what c knows about s, compiled on first use and kept; nil if c cannot see s.
func (g *Graph) View(s *Service, c *Client) *View {
	if g.Compilers[s.Mesh] == nil {
		return s.fixed
	}
	return g.ViewOf(s, c, g.Class(s, c))
}

// ViewOf is View for whoever knows the class of c for s already.
func (g *Graph) ViewOf(s *Service, c *Client, class string) *View {
	compiler := g.Compilers[s.Mesh]
	if compiler == nil {
		return s.fixed
	}
	if class == "-" {
		return nil
	}
	s.mu.RLock()
	v := s.views[class]
	s.mu.RUnlock()
	if v != nil {
		return v
	}
	v = compiler.View(s, c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if prior := s.views[class]; prior != nil {
		return prior
	}
	if s.views == nil {
		s.views = map[string]*View{}
	}
	s.views[class] = v
	return v
}

// Class names the class of c for s, or "-" if c cannot see s.
func (g *Graph) Class(s *Service, c *Client) string {
	if compiler := g.Compilers[s.Mesh]; compiler != nil {
		return compiler.Class(s, c)
	}
	return ""
}

// Classes names the classes of c for the services of its mesh, as Class does one by one.
func (g *Graph) Classes(c *Client) func(s *Service) string {
	if compiler, ok := g.Compilers[c.Mesh].(Classifier); ok {
		return compiler.Classes(c)
	}
	return func(s *Service) string { return g.Class(s, c) }
}

// ServiceID is "<mesh>/<scope>/<namespace>/<host>". The scope is the mesh's name for Istio, the
// cluster for Linkerd, and datacenter/partition/peer for Consul.
type ServiceID string

// NewServiceID joins the four parts of an id.
func NewServiceID(mesh, scope, namespace, host string) ServiceID {
	return ServiceID(mesh + "/" + scope + "/" + namespace + "/" + host)
}

// Host is the last part of the id.
func (id ServiceID) Host() string { return string(id[strings.LastIndexByte(string(id), '/')+1:]) }
