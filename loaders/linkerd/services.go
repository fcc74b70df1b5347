package linkerd

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strconv"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// service is one Service of one cluster, with its place in the graph.
type service struct {
	*Service
	world  *world
	public *mesh.Service
	ports  []*port // without UDP and SCTP, sorted by number
	// headless: callers pick addresses themselves.
	headless bool
	losses   []mesh.Loss  // of endpoints, for every caller
	facts    []*mesh.Fact // that its cluster has not taken over yet
	backends []*service   // that its routes, splits and profiles name
	named    bool         // it is one of them itself
}

// port is a port of a Service, with what stands behind it.
type port struct {
	ServicePort
	origin     mesh.Origin
	endpoints  []*mesh.Endpoint
	opaque     bool
	opaqueFrom mesh.Origin
	// mirrored are the endpoints as they stand behind the gateway for callers of other clusters; made on first use.
	mirrored []*mesh.Endpoint
}

func (s *service) port(number int) *port {
	for _, p := range s.ports {
		if p.Number == number {
			return p
		}
	}
	return nil
}

// publish makes the services of the graph, without endpoints.
func (w *world) publish() {
	for _, key := range slices.SortedFunc(maps.Keys(w.Services), compareKeys) {
		object := w.Services[key]
		if object.Type == typeExternalName || object.Labels[labelProbe] == "true" {
			continue // the service mirror's probes are nobody's calls
		}
		s := &service{Service: object, world: w}
		host := w.host(key)
		origin := object.At("")
		s.public = &mesh.Service{
			ID: mesh.NewServiceID(w.fleet.mesh.Name, w.at.Name, key.Namespace, host), Mesh: w.fleet.mesh.Name, Namespace: key.Namespace, Name: key.Name,
			Hosts: []string{host}, Clusters: []string{w.at.Name}, Labels: object.Labels, Mirror: object.isMirror(),
		}
		if d, derived := w.derived[key]; derived {
			origin = d.origin
			if d.namespace {
				s.public.Gap = &mesh.Gap{What: "namespace " + key.Namespace + " of cluster " + w.at.Name + ", without which nothing is mirrored,", Origin: origin}
			}
		}
		s.public.Origin = origin
		if k := w.inv.Services[key]; k != nil {
			s.headless = k.ClusterIP == headless
			s.public.DependsOn = k.DependsOn
			if k.InternalTrafficPolicy == trafficPolicyLocal {
				s.public.Gap = &mesh.Gap{What: "on which nodes the callers of " + key.Namespace + "/" + key.Name + " run, which internalTrafficPolicy Local asks for,", Origin: s.At("/spec/internalTrafficPolicy")}
			}
		}
		s.publishPorts()
		w.services[key] = s
		w.order = append(w.order, key)
	}
}

// take makes the fleet know the services of a cluster.
func (w *world) take() {
	for _, key := range w.order {
		s := w.services[key]
		w.fleet.byPublic[s.public] = s
		w.fleet.services = append(w.fleet.services, s.public)
	}
}

func (s *service) publishPorts() {
	for i, p := range s.Ports {
		if p.Protocol != "" && p.Protocol != "TCP" || s.port(p.Number) != nil {
			continue
		}
		own := &port{ServicePort: p, origin: s.At("/spec/ports/" + strconv.Itoa(i))}
		own.opaque, own.opaqueFrom = s.world.opaqueService(s.Service, p.Number)
		if !speaksHTTP(p.AppProtocol) {
			own.opaque, own.opaqueFrom = true, own.origin.Child("appProtocol")
		}
		s.ports = append(s.ports, own)
		s.public.Ports = append(s.public.Ports, mesh.Port{Number: p.Number, Name: p.Name, Protocol: own.protocol(), Origin: own.origin})
	}
	slices.SortFunc(s.ports, func(a, b *port) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortStableFunc(s.public.Ports, func(a, b mesh.Port) int { return a.Number - b.Number })
}

// speaksHTTP: any other value makes a port opaque (linkerd2 policy-controller/core/src/outbound.rs, AppProtocol::from_str).
func speaksHTTP(appProtocol string) bool {
	return appProtocol == "" || appProtocol == "http" || appProtocol == "kubernetes.io/h2c"
}

func (p *port) protocol() mesh.Protocol {
	switch {
	case p.opaque:
		return mesh.TCP
	case p.AppProtocol == "kubernetes.io/h2c":
		return mesh.HTTP2
	}
	return mesh.HTTP
}

// fillOwn finds the endpoints of the services that no gateway stands in front of, of several services at the same time.
func (f *Fleet) fillOwn() {
	var own []*service
	f.each(func(w *world) {
		for _, key := range w.order {
			if s := w.services[key]; s.mirrorOf() == "" {
				own = append(own, s)
			}
		}
	})
	atOnce(len(own), func(i int) { own[i].fill() })
	for _, s := range own {
		f.facts = append(f.facts, s.facts...)
		s.facts = nil
	}
}

// fill finds the endpoints of one such service. It may change nothing but the service.
func (s *service) fill() {
	w := s.world
	s.findGaps()
	for _, p := range s.ports {
		answer := w.Get(GetQuery{Path: net.JoinHostPort(w.host(s.Key), strconv.Itoa(p.Number))})
		p.endpoints = make([]*mesh.Endpoint, 0, len(answer.Endpoints))
		for i := range answer.Endpoints {
			p.endpoints = append(p.endpoints, w.endpoint(&answer.Endpoints[i]))
		}
		p.endpoints = s.withoutStrangers(p.endpoints)
	}
	s.noteParked()
}

// gap notes what decides about the service and is not in the inputs; the first speaks for others.
func (s *service) gap(what string, at mesh.Origin) {
	if s.public.Gap == nil {
		s.public.Gap = &mesh.Gap{What: what, Origin: at}
	}
}

// findGaps notes what decides the endpoints and is not in the inputs.
func (s *service) findGaps() {
	if s.isFederated() {
		s.seekMembers()
		return
	}
	if cluster, flat := s.Labels[keyRemoteDiscovery]; flat {
		s.seek(cluster, s.Labels[labelRemoteService], s.At(labelPath(keyRemoteDiscovery)))
		return
	}
	s.seekMachines(s.world, s.Key)
}

// seek notes a gap where a Service of another cluster is not known.
func (s *service) seek(cluster, name string, at mesh.Origin) {
	w := s.world
	target := w.fleet.worlds[cluster]
	switch {
	case w.linkTo(cluster) == nil:
		s.gap("the Link of cluster "+w.at.Name+" to "+cluster, at)
	case target == nil:
		s.gap("cluster "+cluster, at)
	case name != "" && target.Services[kubernetes.Key{Namespace: s.Namespace, Name: name}] == nil:
		s.gap("Service "+s.Namespace+"/"+name+" of cluster "+cluster, at)
	default:
		s.seekMachines(target, kubernetes.Key{Namespace: s.Namespace, Name: name})
	}
}

// endpoint is an endpoint of the graph, as clients of this cluster are given it.
func (w *world) endpoint(e *Endpoint) *mesh.Endpoint {
	of := w
	if e.Cluster != "" {
		of = w.fleet.worlds[e.Cluster]
	}
	out := &mesh.Endpoint{
		Port: int(e.Addr.Port()), Cluster: of.at.Name, Network: of.at.Network,
		Security: mesh.Plaintext, SecurityOrigin: e.IdentityFrom, MeshAble: e.Hint != NoHint, Origin: e.Origin,
	}
	if e.TLSIdentity != "" {
		out.Security, out.SecurityOrigin = mesh.MeshMTLS, mesh.Origin{}
	}
	if of == w {
		out.ForZones = e.ForZones
	} else if owner := of.services[e.Service]; owner != nil {
		out.Service = owner.public
	}
	p := of.inv.Pod(e.Pod)
	machine := of.External[e.Machine]
	if p == nil || machine != nil {
		out.Name, out.Address = e.Addr.Addr().String(), e.Addr.String()
	}
	if machine != nil {
		of.describe(out, machine)
		return out
	}
	if p == nil {
		return out
	}
	out.Name, out.Address = p.Name, net.JoinHostPort(cmp.Or(p.IP, e.Addr.Addr().String()), strconv.Itoa(int(e.Addr.Port())))
	out.Locality, out.ZoneUnknown = p.Locality.Or(mesh.Locality{}), p.ZoneUnknown
	out.Labels, out.Workload, out.Synthetic = p.Labels, p.Workload, p.Synthetic
	out.Inbound = of.inboundOf(p.Key)
	if p.Synthetic {
		out.Origin = mesh.At(p.Doc, "/metadata/name")
		if m := of.meshing[p.Key]; !m.Meshed.Or(true) {
			out.SecurityOrigin = m.Meshed.Origin
		}
	}
	return out
}

// inboundOf is what a pod's server side accepts; nil if nothing is known. Pods of one template have one answer.
func (w *world) inboundOf(pod kubernetes.Key) *mesh.Inbound {
	subject := w.subjectOf[pod]
	if subject == nil {
		return nil
	}
	w.inbounds.Lock()
	defer w.inbounds.Unlock()
	in, known := w.inbound[subject]
	if !known {
		in = w.InboundOf(subject)
		w.inbound[subject] = in
	}
	return in
}
