package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// dnsMesh is the name of the part of the graph that holds records.
const dnsMesh = "dns"

// dnsSystem is what stands in front of all meshes: names and global addresses, whose callers are somewhere on the internet. A record is
// a service whose targets are its members.
type dnsSystem struct {
	fleet    *Fleet
	state    *meshState
	graph    *mesh.Graph
	services []*mesh.Service
	views    map[mesh.ServiceID]*mesh.View
	records  map[mesh.ServiceID]*mesh.Record
	pods     map[mesh.ServiceID][]*mesh.Endpoint // ingress gateways behind a record
}

// addRecords makes services of the records. It comes after all meshes, whose gateways records lead to.
func (f *Fleet) addRecords(g *mesh.Graph) {
	joinRecords(g)
	if len(g.Records) == 0 {
		return
	}
	m := &mesh.Mesh{Name: dnsMesh, Kind: mesh.DNS}
	state := &meshState{mesh: m}
	x := &dnsSystem{fleet: f, state: state, graph: g, views: map[mesh.ServiceID]*mesh.View{}, records: map[mesh.ServiceID]*mesh.Record{}, pods: map[mesh.ServiceID][]*mesh.Endpoint{}}
	links := newLinks(f, g)
	for _, r := range g.Records {
		if r.Host != "" {
			x.add(r, links)
			continue
		}
		targets, _ := links.targets(r, nil)
		r.Losses = links.recordLosses(r, targets)
	}
	if len(x.services) == 0 {
		return
	}
	state.system = x
	g.Meshes = append(g.Meshes, m)
	g.Services = append(g.Services, x.services...)
	g.Clients = append(g.Clients, x.clients()...)
	g.Compilers[m.Name] = x
	f.meshes = append(f.meshes, state)
}

// joinRecords joins what several environments say of one name: the primary may stand in one root module, and the standby in another.
func joinRecords(g *mesh.Graph) {
	type key struct{ host, zone string }
	first := map[key]*mesh.Record{}
	g.Records = slices.DeleteFunc(g.Records, func(r *mesh.Record) bool {
		if r.Host == "" {
			return false
		}
		k := key{r.Host, r.Zone}
		known := first[k]
		if known == nil || known.Policy != r.Policy || known.Environment == r.Environment {
			if known == nil {
				first[k] = r
			}
			return false
		}
		known.Members = append(known.Members, r.Members...)
		slices.SortStableFunc(known.Members, func(a, b *mesh.Member) int { return cmp.Compare(a.Rank, b.Rank) })
		known.Open = cmp.Or(known.Open, r.Open)
		return true
	})
}

// add makes a service of a record.
func (x *dnsSystem) add(r *mesh.Record, links *links) {
	zone := strings.ReplaceAll(cmp.Or(r.Zone, "-"), "/", "_")
	s := &mesh.Service{ID: mesh.NewServiceID(dnsMesh, cmp.Or(strings.ReplaceAll(r.Environment, "/", "_"), "-"), zone, r.Host), Mesh: dnsMesh, Name: r.Host,
		Hosts: []string{r.Host}, Origin: r.Origin}
	if x.records[s.ID] != nil {
		return // the same name twice: what the provider would refuse, or A and AAAA of it
	}
	ports := r.Ports
	if len(ports) == 0 {
		ports = []int{443}
	}
	members, endpoints := links.targets(r, nil)
	r.Losses = links.recordLosses(r, members)
	targets, ttl, losses := links.nested(r, members, nil)
	if losses = append(slices.Clip(r.Losses), losses...); ttl.State == mesh.Absent {
		ttl = r.TTL
	}
	view := &mesh.View{Service: s}
	for _, port := range ports {
		s.Ports = append(s.Ports, mesh.Port{Number: port, Protocol: mesh.TLS, Origin: r.Origin})
		view.Pools = append(view.Pools, &mesh.Pool{Service: s, Host: r.Host, Port: port, Protocol: mesh.TLS, Discovery: mesh.EDS, SendsUnhealthy: true,
			Targets: targets, RuleOrigin: r.Origin, Losses: losses,
			Tiering: mesh.DNSFailover{TTL: ttl, Weighted: true, Fallback: r.Fallback}})
	}
	s.Endpoints = endpoints
	s.Gap = links.recordGap(r, nil)
	r.Service = s.ID
	x.services = append(x.services, s)
	x.views[s.ID] = view
	x.records[s.ID] = r
	x.pods[s.ID] = endpoints
}

// Class is one for all callers.
func (x *dnsSystem) Class(*mesh.Service, *mesh.Client) string { return "" }

// View is the answers of a record.
func (x *dnsSystem) View(s *mesh.Service, _ *mesh.Client) *mesh.View { return x.views[s.ID] }

// Resolve lists the answers of all records.
func (x *dnsSystem) Resolve(c *mesh.Client) *mesh.Resolution {
	out := &mesh.Resolution{Client: c}
	for _, s := range x.services {
		out.Pools = append(out.Pools, x.views[s.ID].Pools...)
	}
	return out
}

// Services are the records with a name that is known.
func (x *dnsSystem) Services() []*mesh.Service { return x.services }

// Gateways are none of its own: those of the meshes.
func (x *dnsSystem) Gateways() []*mesh.Gateway { return nil }

// Facts are none: rules look at the records themselves.
func (x *dnsSystem) Facts() []*mesh.Fact { return nil }

// Diagnostics are those of the inputs that records come from.
func (x *dnsSystem) Diagnostics() []source.Diagnostic { return nil }

func (x *dnsSystem) workloads() []*mesh.Workload { return nil }

func (x *dnsSystem) identify() {}

// clients are one class: somebody on the internet, outside of all places.
func (x *dnsSystem) clients() []*mesh.Client {
	return []*mesh.Client{{ID: "internet", Mesh: dnsMesh, Namespace: "internet", Kind: mesh.Unmeshed}}
}

// intents: a record that prefers one answer, or looks after the health of several, sets out to move callers.
func (x *dnsSystem) intents() func(*mesh.Service) ([]mesh.Evidence, []*mesh.Fact) {
	return func(s *mesh.Service) ([]mesh.Evidence, []*mesh.Fact) {
		r := x.records[s.ID]
		if r == nil || !r.Moves() {
			return nil, nil
		}
		return []mesh.Evidence{{What: fmt.Sprintf("%s that answers by policy %q", r.Kind, r.Policy), Origin: r.Origin, Mechanism: true}}, nil
	}
}

func (x *dnsSystem) hidden(*mesh.Service, *mesh.Client) (mesh.Loss, bool, bool) {
	return mesh.Loss{}, false, false
}

func (x *dnsSystem) with([]Change) (system, map[*mesh.Service]*mesh.Service, bool) {
	return nil, nil, false
}
