package xds

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/proto"

	"github.com/passmuster/muster/mesh"
)

// The kinds of clients.
const (
	GRPC  = "grpc"
	Envoy = "envoy"
)

// Input is what one control plane announces, and to whom.
type Input struct {
	Mesh   *mesh.Mesh
	Client string // GRPC or Envoy; "" = Envoy
	// From are the places of the callers; nil = that of the bootstrap, or else not known.
	From     []mesh.Locality
	Clusters []Place
	// Read is the content of a file that an input names, such as a certificate; false if it is not among the inputs. nil = none is.
	Read func(from mesh.Origin, name string) ([]byte, bool)
}

// Place is a cluster of the fleet, and what its inputs hold. Endpoints belong to the one that alone is in their region, else to the
// first that announces them.
type Place struct {
	Cluster *mesh.Cluster
	Content *Content // nil = nothing
}

// Mesh is what was compiled: the mesh.Compiler of its services. It is read-only and safe for concurrent use.
type Mesh struct {
	in       Input
	all      *Content
	home     string // the cluster of the resources
	clusters map[string]*Resource[*clusterv3.Cluster]
	eds      map[string]*Resource[*endpointv3.ClusterLoadAssignment]
	routes   map[string]*Resource[*routev3.RouteConfiguration]
	servers  map[string]*Resource[*listenerv3.Listener] // by the address of their endpoint
	// endpoints are the addresses of all that are announced.
	endpoints map[string]bool
	files     map[string][]*x509.Certificate
	services  []*mesh.Service
	views     map[mesh.ServiceID]*mesh.View
	intents   map[mesh.ServiceID][]mesh.Evidence
	clients   []*mesh.Client
	facts     []*mesh.Fact
	inRoute   map[string]bool // clusters that a route or another cluster leads to
}

// Compile puts what a control plane announces into the terms of the graph.
func Compile(in Input) *Mesh {
	m := &Mesh{in: in, clusters: map[string]*Resource[*clusterv3.Cluster]{}, eds: map[string]*Resource[*endpointv3.ClusterLoadAssignment]{},
		routes: map[string]*Resource[*routev3.RouteConfiguration]{}, servers: map[string]*Resource[*listenerv3.Listener]{}, files: map[string][]*x509.Certificate{}, endpoints: map[string]bool{},
		views: map[mesh.ServiceID]*mesh.View{}, intents: map[mesh.ServiceID][]mesh.Evidence{}, inRoute: map[string]bool{}}
	var contents []*Content
	for _, p := range in.Clusters {
		if p.Content != nil && p.Content.Size() > 0 {
			contents = append(contents, p.Content)
			m.home = cmp.Or(m.home, p.Cluster.Name)
		}
	}
	if len(in.Clusters) > 0 {
		m.home = cmp.Or(m.home, in.Clusters[0].Cluster.Name)
	}
	m.all = Join(contents...)
	index(m, m.clusters, m.all.Clusters)
	index(m, m.eds, m.all.Assignments)
	index(m, m.routes, m.all.Routes)
	m.addServers()
	m.addClients()
	m.addServices()
	slices.SortFunc(m.services, func(a, b *mesh.Service) int { return cmp.Compare(a.ID, b.ID) })
	return m
}

// index finds resources by name. The first of a name is taken, as nobody knows which is announced last.
func index[T proto.Message](m *Mesh, into map[string]*Resource[T], list []Resource[T]) {
	for i := range list {
		r := &list[i]
		if first := into[r.Name]; first != nil {
			m.fact(mesh.FactDuplicate, r.Origin, fmt.Sprintf("%s is announced twice, and which of the two holds is not known: the one at %s is taken", printable(r.Name), first.Origin.Position()))
			continue
		}
		into[r.Name] = r
	}
}

func (m *Mesh) fact(kind mesh.FactKind, at mesh.Origin, message string) {
	m.facts = append(m.facts, &mesh.Fact{Kind: kind, Origin: at, Message: message})
}

func (m *Mesh) grpc() bool { return m.in.Client == GRPC }

// clusterOf is the cluster of the fleet that alone is in a region, else the one of the resources.
func (m *Mesh) clusterOf(l mesh.Locality) string {
	found := ""
	for _, p := range m.in.Clusters {
		if l.Region == "" || p.Cluster.Region != l.Region {
			continue
		}
		if found != "" {
			return m.home
		}
		found = p.Cluster.Name
	}
	return cmp.Or(found, m.home)
}

func (m *Mesh) addClients() {
	from := m.in.From
	if from == nil && len(m.all.Bootstraps) == 1 && !m.all.Bootstraps[0].Locality.IsZero() {
		from = []mesh.Locality{m.all.Bootstraps[0].Locality}
	}
	if from == nil {
		from = []mesh.Locality{{}}
	}
	for _, l := range from {
		cluster := m.clusterOf(l)
		m.clients = append(m.clients, &mesh.Client{ID: cluster + "/" + cmp.Or(m.in.Client, Envoy) + ":@" + l.String(), Mesh: m.in.Mesh.Name, Cluster: cluster, Locality: l, Kind: mesh.Sidecar})
	}
}

// Services are those that clients reach, sorted.
func (m *Mesh) Services() []*mesh.Service { return m.services }

// Gateways are none: nothing announced says that an endpoint is one.
func (m *Mesh) Gateways() []*mesh.Gateway { return nil }

// Clients are the callers, a class for each place.
func (m *Mesh) Clients() []*mesh.Client { return m.clients }

// Facts are what is wrong with the resources.
func (m *Mesh) Facts() []*mesh.Fact { return m.facts }

// Intent is what is announced about the failover of a service.
func (m *Mesh) Intent(s *mesh.Service) []mesh.Evidence { return m.intents[s.ID] }

// Class is the same for all: one control plane tells them the same.
func (m *Mesh) Class(s *mesh.Service, c *mesh.Client) string {
	if c.Mesh != m.in.Mesh.Name || m.views[s.ID] == nil {
		return "-"
	}
	return ""
}

// View is what all clients know of a service.
func (m *Mesh) View(s *mesh.Service, _ *mesh.Client) *mesh.View { return m.views[s.ID] }

// Resolve is what a client knows of everything.
func (m *Mesh) Resolve(c *mesh.Client) *mesh.Resolution {
	r := &mesh.Resolution{Client: c}
	for _, s := range m.services {
		r.Pools = append(r.Pools, m.views[s.ID].Pools...)
		r.Routes = append(r.Routes, m.views[s.ID].Routes...)
	}
	return r
}

// listening marks the names of listeners that gRPC servers ask for, before their address.
// gRFC A36: server_listener_resource_name_template.
const listening = "listening_address="

// addServers finds the listeners of endpoints: those that are bound to the address of one, or named after it.
func (m *Mesh) addServers() {
	for _, r := range m.all.Assignments {
		m.note(r.Message)
	}
	for _, r := range m.all.Clusters {
		m.note(r.Message.GetLoadAssignment())
	}
	for i := range m.all.Listeners {
		l := &m.all.Listeners[i]
		at := socket(l.Message.GetAddress())
		if _, named, ok := strings.Cut(l.Name, listening); ok {
			at = named
		}
		if at != "" && l.Message.GetApiListener() == nil && m.servers[at] == nil {
			m.servers[at] = l
		}
	}
}

// note keeps the addresses of endpoints.
func (m *Mesh) note(la *endpointv3.ClusterLoadAssignment) {
	for _, g := range la.GetEndpoints() {
		for _, e := range g.GetLbEndpoints() {
			m.endpoints[socket(e.GetEndpoint().GetAddress())] = true
		}
	}
}
