package istio

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"time"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// resolution is how the endpoints of a service are found. Istio: model.Resolution.
type resolution uint8

const (
	clientSide   resolution = iota // the control plane supplies endpoints
	dnsAll                         // every address of a name
	dnsOne                         // one address of a name at a time
	passthrough                    // the caller picks the address
	externalName                   // another name for a service
)

// isDNS: the proxy resolves names.
func (r resolution) isDNS() bool { return r == dnsAll || r == dnsOne }

// service is one definition of a host: a Kubernetes Service (of all clusters that have it), or one
// host of a ServiceEntry. Istio: model.Service.
type service struct {
	host, namespace string
	name            string // what breaks ties of age: the Service's name, the ServiceEntry's host
	kubernetes      bool
	external        bool // MESH_EXTERNAL: never automatic mTLS
	resolution      resolution
	ports           []port
	exports         visibility // nil: the mesh's default
	labels          map[string]string
	selector        map[string]string
	created         time.Time
	distribution    string // traffic distribution: preferZone, preferNode or ""
	distributionAt  mesh.Origin
	nodeLocal       bool   // internalTrafficPolicy: Local
	target          string // of an ExternalName
	shard           *shard
	origin          mesh.Origin
	entry           *ServiceEntry // nil for a Kubernetes Service
	definitions     []definition  // of a Kubernetes Service, by cluster
	whole           sight         // of clients who see it as it is
}

// definition is a Kubernetes Service in one cluster.
type definition struct {
	cluster *clusterView
	*kubernetes.Service
}

// port is one port of a service.
type port struct {
	number   int
	name     string
	protocol protocol
	origin   mesh.Origin
}

// The traffic distributions that Istio knows.
const (
	preferZone = "PreferSameZone"
	preferNode = "PreferSameNode"
)

// Annotations of Services, ServiceEntries and namespaces.
const (
	annotationExportTo     = "networking.istio.io/exportTo"
	annotationDistribution = "networking.istio.io/traffic-distribution"
	labelSession           = "istio.io/persistent-session"
	labelDraining          = "istio.io/draining"
	labelTLSMode           = "security.istio.io/tlsMode"
	tlsModeIstio           = "istio"
	tlsModeDisabled        = "disabled"
)

// register collects the services of all registries: Kubernetes Services of every cluster, one
// for each host, then ServiceEntries. Istio: aggregate.Controller.Services and
// PushContext.initServiceRegistry.
func (w *world) register() {
	known := map[string]*service{}
	for _, v := range w.clusters {
		for _, s := range v.services {
			host := w.serviceHost(s.Name, s.Namespace)
			if first := known[host]; first != nil {
				first.definitions = append(first.definitions, definition{v, s})
				continue
			}
			svc := w.kubernetesService(v, s, host)
			known[host] = svc
			w.services = append(w.services, svc)
		}
	}
	for _, e := range w.config.ServiceEntries {
		for i := range e.Spec.Hosts {
			w.services = append(w.services, w.entryService(e, i))
		}
	}
	slices.SortStableFunc(w.services, func(a, b *service) int {
		if c := a.created.Compare(b.created); c != 0 {
			return c
		}
		if a.entry != nil && b.entry != nil {
			if c := a.entry.inTurn(b.entry.Meta); c != 0 {
				return c
			}
		}
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.namespace, b.namespace))
	})
	for _, s := range w.services {
		w.byHost[s.host] = append(w.byHost[s.host], s)
		s.whole = sight{svc: s, ports: s.ports}
		key := hostKey{s.host, s.namespace}
		if w.shards[key] == nil {
			w.shards[key] = &shard{}
		}
		s.shard = w.shards[key]
		s.shard.services = append(s.shard.services, s)
	}
}

// kubernetesService converts a Service as the first cluster that has it defines it.
// Istio: kube.ConvertService.
func (w *world) kubernetesService(v *clusterView, s *kubernetes.Service, host string) *service {
	svc := &service{
		host: host, namespace: s.Namespace, name: s.Name,
		kubernetes:  true,
		labels:      s.Labels,
		selector:    s.Selector,
		created:     parseTime(s.Created),
		nodeLocal:   s.InternalTrafficPolicy == "Local",
		origin:      mesh.At(s.Doc, "/metadata/name"),
		definitions: []definition{{v, s}},
	}
	switch {
	case s.Type == "ExternalName" && s.ExternalName != "":
		svc.resolution, svc.external, svc.target = externalName, true, s.ExternalName
	case s.ClusterIP == "None":
		svc.resolution = passthrough
	}
	if list := s.Annotations[annotationExportTo]; list != "" {
		svc.exports = newVisibility(strings.Split(list, ","))
	}
	for i, p := range s.Ports {
		svc.ports = append(svc.ports, port{
			number: p.Number, name: p.Name,
			protocol: serviceProtocol(p.Number, p.Name, p.Protocol, p.AppProtocol),
			origin:   child(mesh.At(s.Doc, "/spec/ports"), i),
		})
	}
	svc.distribution, svc.distributionAt = w.distribution(s.TrafficDistribution, s.Annotations, mesh.At(s.Doc, ""), v.inv.Namespaces[s.Namespace])
	return svc
}

// distribution reads a traffic distribution: the Service's field, else an annotation of the
// object, else one of its namespace. Istio: model.GetTrafficDistribution.
func (w *world) distribution(field string, annotations map[string]string, at mesh.Origin, ns *kubernetes.Namespace) (string, mesh.Origin) {
	switch field {
	case "PreferClose", preferZone:
		return preferZone, child(at, "spec", "trafficDistribution")
	case preferNode:
		return preferNode, child(at, "spec", "trafficDistribution")
	}
	if d := annotatedDistribution(annotations); d != "" {
		return d, child(at, "metadata", "annotations", escapePointer(annotationDistribution))
	}
	if annotations[annotationDistribution] == "" && ns != nil {
		if d := annotatedDistribution(ns.Annotations); d != "" {
			return d, mesh.At(ns.Doc, "/metadata/annotations/"+escapePointer(annotationDistribution))
		}
	}
	return "", mesh.Origin{}
}

func annotatedDistribution(annotations map[string]string) string {
	switch strings.ToLower(annotations[annotationDistribution]) {
	case "preferclose", "prefersamezone":
		return preferZone
	case "prefersamenode":
		return preferNode
	}
	return ""
}

// entryService converts one host of a ServiceEntry. Istio: serviceentry.convertServices.
func (w *world) entryService(e *ServiceEntry, host int) *service {
	svc := &service{
		host: e.Spec.Hosts[host], namespace: e.Namespace, name: e.Spec.Hosts[host],
		external: e.Spec.Location == networking.ServiceEntry_MESH_EXTERNAL,
		exports:  newVisibility(e.Spec.ExportTo),
		labels:   e.Labels,
		created:  e.since(),
		entry:    e,
		origin:   child(e.At("/spec/hosts"), host),
	}
	if e.Spec.WorkloadSelector != nil {
		svc.selector = e.Spec.WorkloadSelector.Labels
	}
	switch e.Spec.Resolution {
	case networking.ServiceEntry_STATIC:
		svc.resolution = clientSide
	case networking.ServiceEntry_DNS:
		svc.resolution = dnsAll
	case networking.ServiceEntry_DNS_ROUND_ROBIN:
		svc.resolution = dnsOne
	default:
		svc.resolution = passthrough
	}
	for i, p := range e.Spec.Ports {
		svc.ports = append(svc.ports, port{
			number: int(p.Number), name: p.Name,
			protocol: parseProtocol(p.Protocol),
			origin:   child(e.At("/spec/ports"), i),
		})
	}
	var ns *kubernetes.Namespace
	if home := w.byCluster[w.cluster]; home != nil {
		ns = home.inv.Namespaces[e.Namespace]
	}
	svc.distribution, svc.distributionAt = w.distribution("", e.Annotations, e.At(""), ns)
	return svc
}

// isVisible reports whether a namespace sees a service. Istio: the index that
// PushContext.servicesExportedToNamespace reads.
func (w *world) isVisible(s *service, namespace string) bool {
	if s.exports != nil {
		return s.exports.reaches(s.namespace, namespace)
	}
	switch {
	case slices.Contains(w.settings.DefaultServiceExportTo, exportPrivate):
		return s.namespace == namespace
	case slices.Contains(w.settings.DefaultServiceExportTo, exportPublic):
		return true
	}
	return false
}

// isPublic: everybody sees it. Namespaces see what is theirs or exported to them first.
func (w *world) isPublic(s *service) bool {
	if s.exports != nil {
		return s.exports.has(exportPublic)
	}
	return !slices.Contains(w.settings.DefaultServiceExportTo, exportPrivate)
}

// exported returns the definitions of a host that a namespace sees, in the order in which istiod
// considers them: private ones, those exported to the namespace by name, public ones.
func (w *world) exported(host, namespace string) []*service {
	all := w.byHost[host]
	if len(all) == 1 { // mostly
		if !w.isVisible(all[0], namespace) {
			return nil
		}
		return all[:1:1]
	}
	out := make([]*service, 0, len(all))
	for _, private := range []bool{true, false} {
		for _, s := range all {
			if own := s.namespace == namespace; own == private && !w.isPublic(s) && w.isVisible(s, namespace) {
				out = append(out, s)
			}
		}
	}
	for _, s := range all {
		if w.isPublic(s) && w.isVisible(s, namespace) {
			out = append(out, s)
		}
	}
	return out
}

// isIP reports whether an address needs no resolving.
func isIP(address string) bool {
	_, err := netip.ParseAddr(address)
	return err == nil
}
