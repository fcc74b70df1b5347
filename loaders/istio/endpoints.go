package istio

import (
	"cmp"
	"net"
	"slices"
	"strconv"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

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

// podView is what all endpoints of one pod have in common.
type podView struct {
	*kubernetes.Pod
	labels  map[string]string // with the name of the node
	network string
	tlsMode string
	tunnel  bool
}

// podView returns the view of a pod, made on first use.
func (v *clusterView) view(p *kubernetes.Pod) *podView {
	if known := v.pods[p]; known != nil {
		return known
	}
	made := &podView{
		Pod:     p,
		labels:  withNode(p.Labels, p.Node),
		network: v.networkOf(p.IP, p.Labels[mesh.LabelNetwork]),
		tlsMode: podTLSMode(p),
		tunnel:  podTunnels(p),
	}
	v.pods[p] = made
	return made
}

func withNode(labels map[string]string, node string) map[string]string {
	if node == "" || labels[mesh.LabelHostname] == node {
		return labels
	}
	out := make(map[string]string, len(labels)+1)
	for k, l := range labels {
		out[k] = l
	}
	out[mesh.LabelHostname] = node
	return out
}

// podTLSMode: running pods carry the label that injection adds; what is made from a template has
// it still to come. Istio: kube.PodTLSMode.
func podTLSMode(p *kubernetes.Pod) string {
	if mode, ok := p.Labels[labelTLSMode]; ok {
		return mode
	}
	if p.Synthetic && p.Meshed.Or(false) && !p.Ambient {
		return tlsModeIstio
	}
	return tlsModeDisabled
}

// podTunnels: the pod takes HBONE. On running pods istio-cni has said so; what is made from a
// template will be asked yet.
func podTunnels(p *kubernetes.Pod) bool {
	if p.Synthetic {
		return p.Ambient
	}
	return p.Annotations["ambient.istio.io/redirection"] == "enabled" || p.Labels["networking.istio.io/tunnel"] == "http"
}

// kubernetesEndpoints are the endpoints of a Service in one cluster: its EndpointSlices if there
// are any, else the pods that it selects; and the WorkloadEntries that it selects.
func (w *world) kubernetesEndpoints(d definition) []*endpoint {
	var out []*endpoint
	if slices := d.cluster.inv.Slices[d.Key]; len(slices) > 0 {
		out = w.sliceEndpoints(d, slices)
	} else {
		for _, p := range d.cluster.inv.SelectPods(d.Namespace, d.Selector) {
			out = append(out, w.podEndpoints(d, p)...)
		}
	}
	if d.ClusterIP != "None" && d.Type != "ExternalName" {
		out = append(out, w.selectedEntries(d)...)
	}
	return out
}

func (w *world) podEndpoints(d definition, p *kubernetes.Pod) []*endpoint {
	if p.Terminating || p.IP == "" {
		return nil
	}
	var out []*endpoint
	v := d.cluster.view(p)
	state := healthy
	if (!p.Ready || w.down[p.IP]) && !(d.PublishNotReady && !p.Ready) {
		state = unhealthy
	}
	for _, sp := range d.Ports {
		target := d.cluster.inv.TargetPort(sp, p)
		if sp.TargetName == "" {
			target = cmp.Or(target, sp.Number)
		}
		if target != 0 {
			e := d.cluster.podEndpoint(v, target)
			e.port, e.health = sp.Name, state
			e.Health = state.public()
			out = append(out, e)
		}
	}
	return out
}

func (h health) public() mesh.Health {
	if h == healthy {
		return mesh.Healthy
	}
	return mesh.Unhealthy
}

// podEndpoint is one port of a pod.
func (v *clusterView) podEndpoint(p *podView, port int) *endpoint {
	return &endpoint{
		namespace:  p.Namespace,
		tlsMode:    p.tlsMode,
		node:       p.Node,
		tunnel:     p.tunnel,
		kubernetes: true,
		registry:   v.Name,
		pod:        p.Pod,
		Endpoint: &mesh.Endpoint{
			Name:        p.Name,
			Address:     net.JoinHostPort(p.IP, strconv.Itoa(port)),
			Port:        port,
			Locality:    p.Locality.Or(mesh.Locality{}),
			ZoneUnknown: p.ZoneUnknown,
			Cluster:     v.Name,
			Network:     p.network,
			MeshAble:    p.tlsMode == tlsModeIstio || p.tunnel,
			Labels:      p.labels,
			Workload:    p.Workload,
			Synthetic:   p.Synthetic,
			Origin:      mesh.At(p.Doc, "/metadata/name"),
		},
	}
}

// sliceEndpoints reads EndpointSlices. An entry whose pod is not in the inputs is left out, as
// istiod waits for the pod; one without a reference has neither labels nor place.
func (w *world) sliceEndpoints(d definition, slices []*kubernetes.Slice) []*endpoint {
	var out []*endpoint
	type addressPort struct{ address, port string }
	seen := map[addressPort]bool{}
	for _, s := range slices {
		if s.AddressType == "FQDN" {
			continue
		}
		for i, entry := range s.Endpoints {
			if !entry.Ready && entry.Terminating {
				continue
			}
			var p *kubernetes.Pod
			if entry.Pod != (kubernetes.Key{}) {
				if p = d.cluster.inv.Pod(entry.Pod); p == nil {
					continue
				}
			}
			state := healthy
			for _, address := range entry.Addresses {
				if !entry.Ready || w.down[address] {
					state = unhealthy
				}
				for _, sp := range s.Ports {
					if seen[addressPort{address, sp.Name}] {
						continue
					}
					seen[addressPort{address, sp.Name}] = true
					e := w.sliceEndpoint(d, p, address, sp.Number)
					e.port, e.health = sp.Name, state
					e.Health = state.public()
					e.Origin = child(mesh.At(s.Doc, "/endpoints"), i)
					out = append(out, e)
				}
			}
		}
	}
	return out
}

func (w *world) sliceEndpoint(d definition, p *kubernetes.Pod, address string, port int) *endpoint {
	if p != nil {
		e := d.cluster.podEndpoint(d.cluster.view(p), port)
		e.Address = net.JoinHostPort(address, strconv.Itoa(port))
		return e
	}
	return &endpoint{
		tlsMode:    tlsModeDisabled,
		kubernetes: true,
		registry:   d.cluster.Name,
		Endpoint: &mesh.Endpoint{
			Name:    address,
			Address: net.JoinHostPort(address, strconv.Itoa(port)),
			Port:    port,
			Cluster: d.cluster.Name,
			Network: d.cluster.networkOf(address, ""),
		},
	}
}

// selectedEntries are the WorkloadEntries that a Kubernetes Service selects.
// Istio: kube controller's serviceInstancesFromWorkloadInstances.
func (w *world) selectedEntries(d definition) []*endpoint {
	if len(d.Selector) == 0 {
		return nil
	}
	var out []*endpoint
	for _, entry := range d.cluster.entries {
		e := w.machine(entry, d.cluster.Name)
		if entry.Namespace != d.Namespace || !isIP(entry.Spec.Address) || !e.selectedBy(d.Selector) {
			continue
		}
		for _, sp := range d.Ports {
			port := sp.TargetPort
			if named := entry.Spec.Ports[cmp.Or(sp.TargetName, sp.Name)]; named != 0 {
				port = int(named)
			} else if sp.TargetName != "" {
				continue
			}
			out = append(out, e.at(sp.Name, 0, cmp.Or(port, sp.Number)))
		}
	}
	return out
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

const unixPrefix = "unix://"

// machine is a WorkloadEntry as an endpoint without a port.
func (w *world) machine(entry *WorkloadEntry, cluster string) *endpoint {
	labels := entry.Spec.Labels
	if len(entry.Labels) > 0 { // of the object: they win
		labels = make(map[string]string, len(entry.Spec.Labels)+len(entry.Labels))
		for k, v := range entry.Spec.Labels {
			labels[k] = v
		}
		for k, v := range entry.Labels {
			labels[k] = v
		}
	}
	return w.external(entry.Spec, labels, cluster, entry.Namespace, entry.Name, entry.At("/spec"))
}

// external is an address that is written down in a WorkloadEntry or a ServiceEntry.
// Istio: serviceentry.Controller.convertEndpoint.
func (w *world) external(spec *networking.WorkloadEntry, labels map[string]string, cluster, namespace, name string, at mesh.Origin) *endpoint {
	e := &endpoint{namespace: namespace, tlsMode: tlsModeDisabled, registry: cluster}
	if mode, ok := labels[labelTLSMode]; ok {
		e.tlsMode = mode
	} else if spec.ServiceAccount != "" {
		e.tlsMode = tlsModeIstio
	}
	locality := spec.Locality
	for _, label := range []string{"istio-locality", "topology.istio.io/locality"} {
		if locality == "" {
			locality = labels[label]
			if !strings.Contains(locality, "/") {
				locality = strings.ReplaceAll(locality, ".", "/")
			}
		}
	}
	e.Endpoint = &mesh.Endpoint{
		Name:     name,
		Address:  spec.Address,
		Locality: mesh.ParseLocality(locality),
		Cluster:  cluster,
		Network:  spec.Network,
		Weight:   spec.Weight,
		MeshAble: e.tlsMode == tlsModeIstio,
		Labels:   labels,
		Origin:   at,
	}
	return e
}

// entryEndpoints are the endpoints of one host of a ServiceEntry: what it selects, what it lists,
// or the host itself when its name is to be resolved.
// Istio: serviceentry.Controller.buildServiceInstances.
func (w *world) entryEndpoints(s *service) []*endpoint {
	spec := s.entry.Spec
	if spec.WorkloadSelector != nil {
		return w.selectedWorkloads(s)
	}
	var out []*endpoint
	for i, p := range spec.Ports {
		target := cmp.Or(p.TargetPort, p.Number)
		if len(spec.Endpoints) == 0 && s.resolution.isDNS() {
			e := &endpoint{tlsMode: tlsModeDisabled, registry: w.cluster, Endpoint: &mesh.Endpoint{
				Name: s.host, Address: s.host, Cluster: w.cluster, Origin: child(s.entry.At("/spec/ports"), i),
			}}
			out = append(out, e.at(p.Name, int(p.Number), int(target)))
		}
		for j, listed := range spec.Endpoints {
			e := w.external(listed, listed.Labels, w.cluster, s.namespace, listed.Address, child(s.entry.At("/spec/endpoints"), j))
			out = append(out, e.at(p.Name, int(p.Number), int(cmp.Or(listed.Ports[p.Name], target))))
		}
	}
	return out
}

// selectedWorkloads are the WorkloadEntries and pods, of all clusters, that a ServiceEntry
// selects. Pods that are not ready are left out altogether.
func (w *world) selectedWorkloads(s *service) []*endpoint {
	selector := s.entry.Spec.WorkloadSelector.Labels
	if len(selector) == 0 {
		return nil
	}
	var out []*endpoint
	add := func(e *endpoint, ports map[string]uint32) {
		e.registry = w.cluster
		for _, p := range s.entry.Spec.Ports {
			out = append(out, e.at(p.Name, int(p.Number), int(cmp.Or(ports[p.Name], p.TargetPort, p.Number))))
		}
	}
	for _, v := range w.clusters {
		for _, entry := range v.entries {
			e := w.machine(entry, v.Name)
			if entry.Namespace == s.namespace && e.selectedBy(selector) && (isIP(entry.Spec.Address) || s.resolution.isDNS()) {
				add(e, entry.Spec.Ports)
			}
		}
		for _, p := range v.inv.SelectPods(s.namespace, podSelector(selector)) {
			if !p.Ready || p.Terminating || w.down[p.IP] {
				continue
			}
			e := v.podEndpoint(v.view(p), 0)
			e.Address, e.Port = p.IP, 0
			if e.selectedBy(selector) {
				add(e, namedPorts(p))
			}
		}
	}
	return out
}

// podSelector is the part of a selector that pods' own labels can satisfy; labels of the place are
// checked afterwards.
func podSelector(selector map[string]string) map[string]string {
	own := make(map[string]string, len(selector))
	for k, v := range selector {
		switch k {
		case mesh.LabelRegion, mesh.LabelZone, mesh.LabelSubzone, mesh.LabelCluster, mesh.LabelNetwork, mesh.LabelHostname:
		default:
			own[k] = v
		}
	}
	return own
}

func namedPorts(p *kubernetes.Pod) map[string]uint32 {
	ports := make(map[string]uint32, len(p.Ports))
	for _, c := range p.Ports {
		if c.Name != "" {
			ports[c.Name] = uint32(c.Number)
		}
	}
	return ports
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
func (w *world) fill(shared *registry) {
	for _, s := range w.services {
		if s.kubernetes {
			for _, d := range s.definitions {
				known, ok := shared.endpoints[d.Service]
				if !ok {
					known = w.kubernetesEndpoints(d)
					shared.endpoints[d.Service] = known
				}
				s.shard.endpoints = append(s.shard.endpoints, known...)
				s.shard.park(d)
			}
			continue
		}
		s.shard.endpoints = append(s.shard.endpoints, w.entryEndpoints(s)...)
	}
	for _, s := range w.shards {
		for _, e := range s.endpoints {
			e.secure()
		}
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
	var out []*endpoint
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

// parkedWorkloads finds the workloads of a cluster that are scaled to zero, by namespace.
func parkedWorkloads(inv *kubernetes.Inventory) map[string][]*mesh.Workload {
	out := map[string][]*mesh.Workload{}
	for _, wl := range inv.Workloads {
		if n, known := wl.Replicas.Get(); known && n == 0 && wl.Autoscale == nil {
			out[wl.Namespace] = append(out[wl.Namespace], wl)
		}
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b *mesh.Workload) int { return cmp.Compare(a.ID, b.ID) })
	}
	return out
}
