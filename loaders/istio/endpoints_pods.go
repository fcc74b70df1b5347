package istio

import (
	"cmp"
	"net"
	"slices"
	"strconv"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
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
	made := v.newView(p)
	v.pods[p] = made
	return made
}

func (v *clusterView) newView(p *kubernetes.Pod) *podView {
	return &podView{
		Pod:     p,
		labels:  withNode(p.Labels, p.Node),
		network: v.networkOf(p.IP, p.Labels[mesh.LabelNetwork]),
		tlsMode: podTLSMode(p),
		tunnel:  podTunnels(p),
	}
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

// endpoints are those of a Service in one cluster: its EndpointSlices if there are any, else the
// pods that it selects; and the WorkloadEntries that it selects.
func (d definition) endpoints() []*endpoint {
	var out []*endpoint
	if slices := d.cluster.inv.Slices[d.Key]; len(slices) > 0 {
		out = d.sliceEndpoints(slices)
	} else {
		pods := d.cluster.inv.SelectPods(d.Namespace, d.Selector)
		out = make([]*endpoint, 0, len(pods)*len(d.Ports))
		for _, p := range pods {
			out = d.appendPod(out, p)
		}
	}
	if d.ClusterIP != "None" && d.Type != "ExternalName" {
		out = append(out, d.selectedEntries()...)
	}
	for _, e := range out {
		e.secure()
	}
	return out
}

// appendPod appends the endpoints of a pod, one for each port.
func (d definition) appendPod(out []*endpoint, p *kubernetes.Pod) []*endpoint {
	if p.Terminating || p.IP == "" {
		return out
	}
	v := d.cluster.view(p)
	state := healthy
	if (!p.Ready || d.cluster.down[p.IP]) && !(d.PublishNotReady && !p.Ready) {
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
func (d definition) sliceEndpoints(slices []*kubernetes.Slice) []*endpoint {
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
				if !entry.Ready || d.cluster.down[address] {
					state = unhealthy
				}
				for _, sp := range s.Ports {
					if seen[addressPort{address, sp.Name}] {
						continue
					}
					seen[addressPort{address, sp.Name}] = true
					e := d.sliceEndpoint(p, address, sp.Number)
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

func (d definition) sliceEndpoint(p *kubernetes.Pod, address string, port int) *endpoint {
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
