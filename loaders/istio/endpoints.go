package istio

import (
	"net"
	"strconv"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// shard is the endpoints of all definitions of one host in one namespace. istiod looks endpoints
// up by these two alone, so a ServiceEntry adds to a Kubernetes Service of its host and
// namespace. Istio: model.EndpointIndex.
type shard struct {
	services  []*service // in registry order
	endpoints []*endpoint
	parked    []parked // workloads with no pod at all that would serve
}

// parked is a workload scaled to zero whose pods a definition would select.
type parked struct {
	workload *mesh.Workload
}

// endpoint is one address for one port of a service, with what istiod keeps beside it.
type endpoint struct {
	*mesh.Endpoint
	port       string // name of the service's port
	number     int    // of the service's port, for endpoints of a ServiceEntry; 0 otherwise
	namespace  string // whose policies guard it; "" = only those of the whole mesh
	tlsMode    string // "istio" if it can terminate the mesh's mTLS
	health     health
	node       string
	tunnel     bool   // takes HBONE
	kubernetes bool   // from a registry of pods
	registry   string // the cluster whose registry announces it
	pod        *kubernetes.Pod
}

// health is how istiod announces an endpoint.
type health uint8

const (
	healthy health = iota
	unhealthy
	draining
)

func (h health) public() mesh.Health {
	if h == healthy {
		return mesh.Healthy
	}
	return mesh.Unhealthy
}

// selectedBy reports whether an endpoint has all labels of a selector, those of its place
// included.
func (e *endpoint) selectedBy(selector map[string]string) bool {
	for k, v := range selector {
		if e.Label(k) != v {
			return false
		}
	}
	return true
}

// at is the endpoint with a port.
func (e *endpoint) at(port string, number, target int) *endpoint {
	public := *e.Endpoint
	if strings.HasPrefix(public.Address, unixPrefix) {
		public.Address = strings.TrimPrefix(public.Address, unixPrefix)
	} else {
		public.Address = net.JoinHostPort(public.Address, strconv.Itoa(target))
		public.Port = target
	}
	out := *e
	out.Endpoint, out.port, out.number = &public, port, number
	return &out
}

// secure says what is spoken to an endpoint when no rule says anything.
func (e *endpoint) secure() {
	switch {
	case e.tlsMode == tlsModeIstio:
		e.Security = mesh.MeshMTLS
	case e.tunnel:
		e.Security = mesh.HBONE
	default:
		e.Security = mesh.Plaintext
	}
}

// fill builds the endpoints of all shards. Those of Kubernetes Services are the same for every
// world, and shared.
func (w *world) fill() {
	for _, s := range w.services {
		if s.kubernetes {
			for _, d := range s.definitions {
				s.shard.endpoints = append(s.shard.endpoints, d.cluster.endpoints[d.Service]...)
				s.shard.park(d)
			}
			continue
		}
		own := w.entryEndpoints(s)
		for _, e := range own {
			e.secure()
		}
		s.shard.endpoints = append(s.shard.endpoints, own...)
	}
}

// park notes workloads without a pod that the Service would select.
func (s *shard) park(d definition) {
	for _, wl := range d.cluster.parked[d.Namespace] {
		if len(d.Selector) > 0 && subsetOfLabels(d.Selector, wl.Labels) {
			s.parked = append(s.parked, parked{wl})
		}
	}
}

func subsetOfLabels(selector, labels map[string]string) bool {
	for k, v := range selector {
		if have, ok := labels[k]; !ok || have != v {
			return false
		}
	}
	return true
}

// forPort returns the endpoints of a port of a service. The control plane's own lists go by the
// port's name; lists that are part of a DNS cluster go by its number where a ServiceEntry says it.
func (s *shard) forPort(p port, dns bool) []*endpoint {
	out := make([]*endpoint, 0, len(s.endpoints))
	for _, e := range s.endpoints {
		switch {
		case !dns && e.port == p.name:
			if e.kubernetes || e.Port == 0 || isIP(hostOf(e.Address)) {
				out = append(out, e)
			}
		case dns && (e.number == p.number || e.number == 0 && e.port == p.name):
			out = append(out, e)
		}
	}
	return out
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}
