package consul

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// Endpoint is an instance or a gateway: its identity, not the address that is dialled.
type Endpoint struct {
	ID      string      `json:"id"`
	Address string      `json:"address"` // as registered, host and port
	Healthy bool        `json:"healthy"`
	Origin  mesh.Origin `json:"-"`
}

// Via is how a caller reaches a target (rule 7).
type Via string

// The ways to a target.
const (
	Direct        Via = "direct"
	RemoteGateway Via = "remote-gateway" // the mesh gateways of the target's datacenter
	LocalGateway  Via = "local-gateway"  // those of the caller's
	PeerGateway   Via = "peer-gateway"
	NoWay         Via = "none" // no endpoints: an unknown datacenter, or a filter that cannot run
)

// Endpoints is what a caller's proxy is told of a target.
type Endpoints struct {
	Via       Via
	Exported  bool       // of a peer: it exports the service to us
	Instances []Endpoint // those that the target stands for; of a peer they are not known
	Endpoints []Endpoint // those that are dialled
	// FilterError is why the filter cannot run; nil if it can.
	FilterError error
	// Uncertain: the filter looks at what registrations do not tell, see Filter.UsesUnknown.
	Uncertain bool
}

// Usable reports whether any endpoint is healthy.
func (e *Endpoints) Usable() bool {
	return slices.ContainsFunc(e.Endpoints, func(e Endpoint) bool { return e.Healthy })
}

// Endpoints are those of a target for callers in a datacenter under faults.
func (f *Fleet) Endpoints(t *Target, caller string, faults Faults) *Endpoints {
	out := &Endpoints{Instances: []Endpoint{}, Endpoints: []Endpoint{}}
	filter := everything
	if t.Definition.Filter != "" {
		parsed, err := ParseFilter(t.Definition.Filter)
		if err == nil {
			err = parsed.Check()
		}
		if err == nil {
			filter, out.Uncertain = parsed.matches, parsed.UsesUnknown()
		}
		out.FilterError = err
	}
	if t.Peer != "" {
		f.peerEndpoints(out, t, filter, faults)
		return out
	}
	if out.FilterError != nil || !slices.Contains(f.in.Datacenters, t.Datacenter) {
		out.Via = NoWay
		return out
	}
	there := f.place(t.Datacenter)
	for _, p := range there.inMesh[t.Service] {
		if filter(subjectOf(p, t.Datacenter)) {
			ok := healthy(there.health(p, faults), t.Definition.OnlyPassing, p.noWarn)
			out.Instances = append(out.Instances, Endpoint{p.instance, p.at, ok, p.origin})
		}
	}
	switch {
	case t.Datacenter != caller && t.MeshGateway == "remote":
		out.Via = RemoteGateway
		out.Endpoints = gateways(there, out.Instances)
	case t.Datacenter != caller && t.MeshGateway == "local":
		out.Via = LocalGateway
		out.Endpoints = gateways(f.place(caller), out.Instances)
	default:
		out.Via, out.Endpoints = Direct, out.Instances
	}
	return out
}

func everything(subject) bool { return true }

// place is the catalogue of a datacenter; an empty one if nothing is registered there.
func (f *Fleet) place(datacenter string) *catalogue {
	if c := f.places[datacenter]; c != nil {
		return c
	}
	return newCatalogue(nil)
}

// gateways are all healthy if any instance behind them is, whatever their own checks say (rule 7).
func gateways(at *catalogue, behind []Endpoint) []Endpoint {
	alive := slices.ContainsFunc(behind, func(e Endpoint) bool { return e.Healthy })
	out := []Endpoint{}
	for _, g := range at.gateways {
		out = append(out, Endpoint{g.ID, g.address(), alive, g.Origin})
	}
	return out
}

// peerEndpoints are the peer's gateways with their own health. They carry neither meta nor tags,
// and the filter of this side is applied to them (rule 8).
func (f *Fleet) peerEndpoints(out *Endpoints, t *Target, filter func(subject) bool, faults Faults) {
	out.Via = PeerGateway
	p := f.peers[t.Peer]
	if p != nil {
		out.Exported = p.exports(t.Service)
	}
	if out.FilterError != nil {
		out.Via = NoWay
		return
	}
	if !out.Exported || !filter(subjectOf(nil, "")) {
		return
	}
	for _, g := range p.catalogue.gateways {
		s := p.catalogue.checked(g.ID, g.Checks, faults, nil)
		out.Endpoints = append(out.Endpoints, Endpoint{g.ID, g.address(), healthy(s, t.Definition.OnlyPassing, g.NoWarnings), g.Origin})
	}
}
