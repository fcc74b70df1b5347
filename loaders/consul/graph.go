package consul

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Federation is all that is known of one mesh of Consul: its datacenters, and the peers that it has.
type Federation struct {
	Mesh *mesh.Mesh
	// Edition is "community", "enterprise" or "" if nobody tells.
	Edition     string
	Datacenters []Datacenter
	Peers       []Peer
}

// Datacenter is a cluster of the mesh. Clusters with one ConfigCluster are joined, and obey the entries that are written
// there.
type Datacenter struct {
	Cluster   *mesh.Cluster
	Content   *Content              // nil = nothing
	Inventory *kubernetes.Inventory // nil without Kubernetes
}

// Peer is an established peering with a datacenter of the fleet.
type Peer struct {
	Name        string // what we call it
	As          string // what it calls us
	Mesh        string // that it belongs to
	TrustDomain string // "" = not told
	Edition     string // of its mesh, as of ours
	Datacenter
	Position mesh.Origin
}

// Mesh is a compiled federation: the mesh.Compiler of its services. It is read-only and safe for concurrent use.
type Mesh struct {
	in        Federation
	areas     map[string]*area // by datacenter, those of peers included
	groups    []*federated
	services  []*mesh.Service
	byService map[mesh.ServiceID]*entity
	workloads []*mesh.Workload
	gateways  []*mesh.Gateway
	clients   []*mesh.Client
	clientAt  map[string]*mesh.Client // by ID
	clientsOf map[callerKey][]string  // their ids by caller
	facts     []*mesh.Fact
}

// federated is the datacenters that share entries.
type federated struct {
	primary string
	members []string
	areas   []*area // of the members
	mesh    string  // whose they are
	trust   string
	entries []*Entry             // the accepted ones
	byName  map[[2]string]*Entry // by kind and name
	// intentions are the entries that say who may call a service, by its name; "*" stands for all.
	intentions map[string][]*Entry
	refused    map[string][]Rejection // resolvers with a failover or redirect that no server takes, by service
	fleet      *Fleet
	peers      map[string]*area
	acl        string // the default of intentions: "allow", "deny" or "" if nobody tells
	// closed are the services of which the inputs do not tell what their entries mean, with the reason; "" stands for all.
	closed map[string]*mesh.Gap
	bound  map[string][]Upstream // what routes make API gateways call, by gateway
	linked map[string][]Linked   // the services that terminating gateways stand for, by gateway
	wide   *MeshWide             // the entry of kind mesh; nil without
}

// area is a datacenter in the graph.
type area struct {
	Datacenter
	name      string
	group     *federated
	catalogue *catalogue
	known     bool // some registration of it is in the inputs
	byName    map[string][]*Registration
	parked    *catalogue // what would be registered of workloads that are scaled to zero
	instances map[string]*mesh.Endpoint
	gateways  map[string]*mesh.Gateway // by ID of the registration
	workloads map[string]*mesh.Workload
	callers   map[string]*caller
	relays    map[string][]*mesh.Endpoint // terminating gateways, by the service that they stand for
	open      bool                        // some caller may call every service
}

// entity is a service of the graph with what stands behind it.
type entity struct {
	*mesh.Service
	area  *area
	name  string
	chain *Chain             // nil if it does not compile
	peer  string             // it is an upstream at a peer
	query *PreparedQuery     // it is what a prepared query answers
	by    map[callerKey]bool // who has an upstream for it; transparent proxies are not among them
}

// callerKey names a caller.
type callerKey struct{ datacenter, service string }

// Compile puts a federation into the terms of the graph.
func Compile(in Federation) *Mesh {
	m := &Mesh{in: in, areas: map[string]*area{}, byService: map[mesh.ServiceID]*entity{}, clientAt: map[string]*mesh.Client{}, clientsOf: map[callerKey][]string{}}
	for _, dc := range in.Datacenters {
		m.area(dc)
	}
	for _, p := range in.Peers {
		m.area(p.Datacenter)
	}
	m.join()
	for _, name := range sortedKeys(m.areas) {
		m.populate(m.areas[name])
	}
	m.declareServices()
	for _, s := range m.services {
		m.connect(m.byService[s.ID])
	}
	for _, name := range sortedKeys(m.areas) {
		if a := m.areas[name]; m.own(a) {
			m.addClients(a)
		}
	}
	m.noteCallers()
	m.collectFacts()
	return m
}

// area makes an area of a datacenter, once.
func (m *Mesh) area(dc Datacenter) *area {
	if known := m.areas[dc.Cluster.Name]; known != nil {
		return known
	}
	if dc.Content == nil {
		dc.Content = &Content{}
	}
	registrations := slices.Concat(dc.Content.Services, fromPods(dc.Inventory))
	a := &area{Datacenter: dc, name: dc.Cluster.Name, known: len(registrations) > 0, catalogue: newCatalogue(registrations), parked: newCatalogue(parkedOf(dc.Inventory)),
		instances: map[string]*mesh.Endpoint{}, gateways: map[string]*mesh.Gateway{}, workloads: map[string]*mesh.Workload{}, callers: map[string]*caller{}, relays: map[string][]*mesh.Endpoint{}}
	a.Content = &Content{Entries: dc.Content.Entries, Services: registrations, Checks: dc.Content.Checks, Agents: dc.Content.Agents, Queries: dc.Content.Queries}
	a.catalogue.attach(dc.Content.Checks)
	a.byName = make(map[string][]*Registration, len(registrations))
	for _, r := range registrations {
		a.byName[r.Name] = append(a.byName[r.Name], r)
	}
	m.areas[a.name] = a
	return a
}

// own reports whether a datacenter is one of the mesh's, and not a peer of another mesh.
func (m *Mesh) own(a *area) bool { return a.group.mesh == m.in.Mesh.Name }

// join makes the groups and writes their entries.
func (m *Mesh) join() {
	meshOf := map[string]string{}
	for _, p := range m.in.Peers {
		meshOf[p.Cluster.Name] = p.Mesh
	}
	for _, dc := range m.in.Datacenters {
		meshOf[dc.Cluster.Name] = m.in.Mesh.Name
	}
	byPrimary := map[string]*federated{}
	for _, name := range sortedKeys(m.areas) {
		a := m.areas[name]
		key := cmp.Or(a.Cluster.ConfigCluster, name)
		g := byPrimary[key]
		if g == nil {
			g = &federated{primary: key, mesh: meshOf[name], trust: cmp.Or(m.in.Mesh.TrustDomain, "consul"), peers: map[string]*area{}, closed: map[string]*mesh.Gap{}, linked: map[string][]Linked{}, bound: map[string][]Upstream{}, byName: map[[2]string]*Entry{}, refused: map[string][]Rejection{}, intentions: map[string][]*Entry{}}
			byPrimary[key] = g
			m.groups = append(m.groups, g)
		}
		a.group = g
		g.members, g.areas = append(g.members, name), append(g.areas, a)
	}
	for _, p := range m.in.Peers {
		if at := m.areas[p.Cluster.Name]; at.group.mesh != m.in.Mesh.Name {
			at.group.trust = cmp.Or(p.TrustDomain, "consul")
		}
	}
	for _, g := range m.groups {
		m.write(g)
	}
}

// write collects the entries of a group, its primary's first, and writes them.
func (m *Mesh) write(g *federated) {
	in := Input{Primary: g.primary, Datacenters: g.members, Services: map[string][]*Registration{}}
	seen := map[[2]string]*Entry{}
	order := slices.Clone(g.members)
	slices.SortStableFunc(order, func(a, b string) int { return boolRank(b == g.primary) - boolRank(a == g.primary) })
	for _, name := range order {
		a := m.areas[name]
		in.Services[name] = a.Content.Services
		for _, e := range a.Content.Entries {
			key := [2]string{e.Kind, e.Name}
			if first := seen[key]; first == nil {
				seen[key] = e
				in.Entries = append(in.Entries, e)
			} else if g.mesh == m.in.Mesh.Name {
				m.repeated(g, first, e)
			}
		}
		for _, agent := range a.Content.Agents {
			g.acl = cmp.Or(g.acl, agent.Intentions)
		}
	}
	if g.mesh == m.in.Mesh.Name {
		for _, p := range m.in.Peers {
			at := m.areas[p.Cluster.Name]
			if at.group == g {
				continue
			}
			g.peers[p.Name] = at
			entries := at.Content.Entries
			if primary := m.areas[at.group.primary]; primary != nil && primary != at {
				entries = slices.Concat(primary.Content.Entries, entries)
			}
			entries, _ = expand(entries, p.Edition)
			in.Peerings = append(in.Peerings, Peering{Name: p.Name, KnownThereAs: p.As, Folder: p.Name, Entries: entries, Services: at.Content.Services})
		}
	}
	edition := m.in.Edition
	if g.mesh != m.in.Mesh.Name {
		edition = m.editionOf(g)
	}
	in.Entries, in.Fallback = expand(in.Entries, edition)
	g.fleet = Build(in)
	m.judge(g, in.Entries)
}

// editionOf is the edition of a peer's mesh.
func (m *Mesh) editionOf(g *federated) string {
	for _, p := range m.in.Peers {
		if p.Mesh == g.mesh {
			return p.Edition
		}
	}
	return ""
}

func boolRank(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Services are the services of the mesh, sorted by ID.
func (m *Mesh) Services() []*mesh.Service { return m.services }

// Gateways are the mesh gateways of the mesh's own datacenters.
func (m *Mesh) Gateways() []*mesh.Gateway { return m.gateways }

// Workloads are what is registered and is no pod of Kubernetes.
func (m *Mesh) Workloads() []*mesh.Workload { return m.workloads }

// Clients are the classes of callers.
func (m *Mesh) Clients() []*mesh.Client { return m.clients }

// Facts are what needs no simulation to be said, in the order of datacenters.
func (m *Mesh) Facts() []*mesh.Fact { return m.facts }
