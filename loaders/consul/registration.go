package consul

import (
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Registration is a service instance as an agent registers it.
type Registration struct {
	ID, Name   string
	Kind       string // "" for an ordinary service, "connect-proxy", "mesh-gateway", …
	Address    string // as registered; "" means that of the node, which is not known
	Port       int
	Tags       []string
	Meta       map[string]string
	Checks     []Check
	NoWarnings bool // the weight of an instance in warning is 0: no traffic for it
	Weight     int  // of an instance that passes its checks; 0 = 1
	Native     bool // it speaks the mesh's protocol itself
	Sidecar    *Sidecar
	Proxy      Proxy
	Locality   mesh.Locality // of the registration; zero if it says nothing
	Origin     mesh.Origin

	pod *kubernetes.Pod // that it stands for; nil for what an agent registers
}

// Sidecar is the proxy that a registration brings along (connect.sidecar_service).
type Sidecar struct {
	ID         string // "<id of the service>-sidecar-proxy" unless it has its own
	Name       string
	Address    string
	Port       int
	Tags       []string
	Meta       map[string]string
	Checks     []Check // nil = the two that Consul gives it
	NoWarnings bool
	Weight     int
	Proxy      Proxy
	Origin     mesh.Origin
}

// Proxy says whom a proxy serves, and how.
type Proxy struct {
	Service, ServiceID string // destination_service_name, destination_service_id
	MeshGateway        string // mode; "" = unset
	LocalAddress, Mode string
	LocalPort          int
	Upstreams          int // how many
	Calls              []Upstream
	GatewayAt          mesh.Origin // of MeshGateway
}

// newRegistration reads a service definition. Names are taken in any case and with or without
// underscores; what is unknown is left out.
func newRegistration(v *value, in mesh.Locator) (*Registration, *Problem) {
	d := &decoder{in: in}
	r := &Registration{
		ID: d.text(v.find("id")), Name: d.text(v.find("name")), Kind: d.text(v.find("kind")),
		Address: d.text(v.find("address")), Port: d.int(v.find("port")), Tags: d.tags(v), Meta: d.meta(v),
		Checks: d.checks(v), NoWarnings: d.noWarnings(v), Weight: d.weight(v), Proxy: d.proxy(v.find("proxy").object()), Locality: d.place(v.find("locality").object()), Origin: d.origin(v),
	}
	if r.ID == "" {
		r.ID = r.Name
	}
	connect := v.find("connect").object()
	r.Native = d.bool(connect.find("native"))
	if s := connect.find("sidecarservice").object(); s != nil {
		r.Sidecar = &Sidecar{
			ID: d.text(s.find("id")), Name: d.text(s.find("name")), Address: d.text(s.find("address")), Port: d.int(s.find("port")),
			Tags: d.tags(s), Meta: d.meta(s), Checks: d.checks(s), NoWarnings: d.noWarnings(s), Weight: d.weight(s),
			Proxy: d.proxy(s.find("proxy").object()), Origin: d.origin(s),
		}
		r.Sidecar.inherit(r)
	}
	if d.problem == nil && r.Name == "" {
		d.fail(v, "a service without a name")
	}
	return r, d.problem
}

// inherit gives a sidecar what it takes over from its service.
func (s *Sidecar) inherit(r *Registration) {
	if s.ID == "" {
		s.ID = r.ID + "-sidecar-proxy"
	}
	if s.Name == "" {
		s.Name = r.Name + "-sidecar-proxy"
	}
	if s.Address == "" {
		s.Address = r.Address
	}
	if len(s.Tags) == 0 {
		s.Tags = slices.Clone(r.Tags)
	}
	if len(s.Meta) == 0 {
		s.Meta = r.Meta
	}
	s.Proxy.Service, s.Proxy.ServiceID = r.Name, r.ID
}

func (d *decoder) tags(v *value) []string { return d.texts(v.find("tags")) }

func (d *decoder) meta(v *value) map[string]string {
	m := v.find("meta").merged()
	if m == nil {
		return nil
	}
	out := map[string]string{}
	for _, e := range m.members {
		out[e.key] = d.text(e.val)
	}
	return out
}

func (d *decoder) noWarnings(v *value) bool {
	w := v.find("weights").object().find("warning")
	return w != nil && d.int(w) == 0
}

// mostWeight is the largest weight that Envoy is told. Consul: calculateEndpointHealthAndWeight.
const mostWeight = 128

// weight is that of an instance whose checks pass; 0 = nothing is written.
func (d *decoder) weight(v *value) int {
	return min(d.unsigned(v.find("weights").object().find("passing")), mostWeight)
}

func (d *decoder) proxy(v *value) Proxy {
	mode := v.find("meshgateway").object().find("mode")
	return Proxy{
		Service: d.text(v.find("destinationservicename")), ServiceID: d.text(v.find("destinationserviceid")),
		MeshGateway: d.text(mode), GatewayAt: d.origin(mode), Calls: d.calls(v),
		LocalAddress: d.text(v.find("localserviceaddress")), LocalPort: d.int(v.find("localserviceport")),
		Mode: d.text(v.find("mode")), Upstreams: len(v.find("upstreams").elements()),
	}
}
