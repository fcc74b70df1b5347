package consul

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Input is everything that is known of a federation of datacenters and its peers.
type Input struct {
	// Primary is the datacenter that entries are written in.
	Primary string
	// Datacenters are those that are joined; any other name is unknown to Consul.
	Datacenters []string
	Entries     []*Entry
	Services    map[string][]*Registration // by datacenter
	Peerings    []Peering
	// Fallback is the failover of services that have none of their own; nil = none.
	Fallback *Failover
}

// Peering is an established peering with another cluster.
type Peering struct {
	Name         string // what we call the peer
	KnownThereAs string // what the peer calls us
	Folder       string // put before the names of its refused entries
	Entries      []*Entry
	Services     []*Registration
}

// Fleet answers questions about a federation. It is read-only and safe for concurrent use.
type Fleet struct {
	in        Input
	store     *store
	peers     map[string]*peer
	rejected  []Rejection
	unchecked []*Entry
	places    map[string]*catalogue // by datacenter
}

// peer is another cluster as we see it: its gateways and what it exports to us.
type peer struct {
	Peering
	store     *store
	catalogue *catalogue
}

// Build writes the entries as Consul would.
func Build(in Input) *Fleet {
	f := &Fleet{in: in, store: newStore(), peers: map[string]*peer{}, places: map[string]*catalogue{}}
	f.rejected, f.unchecked = f.store.write(in.Entries, in.Primary)
	for dc, services := range in.Services {
		f.places[dc] = newCatalogue(services)
	}
	for _, p := range in.Peerings {
		there := &peer{Peering: p, store: newStore(), catalogue: newCatalogue(p.Services)}
		rejected, unchecked := there.store.write(p.Entries, p.Name)
		for i := range rejected {
			rejected[i].Folder = p.Folder
		}
		f.rejected, f.unchecked = append(f.rejected, rejected...), append(f.unchecked, unchecked...)
		f.peers[p.Name] = there
	}
	f.store.fallback, f.store.offers = in.Fallback, func(peer, service string) bool { return f.peers[peer] != nil && f.peers[peer].exports(service) }
	return f
}

// Rejected are the entries that Consul refuses, in the order of writing; those of peers follow.
func (f *Fleet) Rejected() []Rejection { return f.rejected }

// Unchecked are entries that were taken as accepted without compiling the chains that reach them,
// because the entries of the input are too entangled for that.
func (f *Fleet) Unchecked() []*Entry { return f.unchecked }

// Chain compiles what a service's name means to callers in a datacenter. The error, a *Problem, is
// for chains that cannot be compiled; Consul writes no entry that makes one.
func (f *Fleet) Chain(service, datacenter string) (*Chain, error) {
	c, p := f.store.compile(service, datacenter)
	if p != nil {
		return nil, p
	}
	return c, nil
}

// CallerMeshGateway is the gateway mode that callers without an entry of their own have from
// proxy-defaults, which overrides that of every target (rule 6); "" if it is unset.
func (f *Fleet) CallerMeshGateway() (string, mesh.Origin) {
	if f.store.proxy == nil {
		return "", mesh.Origin{}
	}
	return f.store.proxy.MeshGateway, f.store.proxy.GatewayAt
}

// DefaultSubset is that of the service's own resolver; "" without one.
func (f *Fleet) DefaultSubset(service string) string {
	if r := f.store.resolvers[service]; r != nil {
		return r.DefaultSubset
	}
	return ""
}

// exports reports whether the peer exports a service to us.
func (p *peer) exports(service string) bool {
	return slices.ContainsFunc(p.store.exports, func(e Export) bool {
		return (e.Service == service || e.Service == "*") &&
			slices.ContainsFunc(e.Consumers, func(c Consumer) bool { return c.Peer == p.KnownThereAs })
	})
}
