package istio

import (
	"maps"
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// inboundOf is what a client's own workload accepts, with every port that a Service leads to.
func (f *Fleet) inboundOf(c *mesh.Client) *mesh.Inbound {
	w := f.worldOf(c.Cluster)
	if w == nil {
		return nil
	}
	mtls := w.serverMTLS(c.Namespace, c.Labels)
	if c.Kind == mesh.Waypoint { // PeerAuthentication is not for waypoints
		mtls = serverMTLS{InboundPort: mesh.InboundPort{Mode: mesh.Permissive, Origin: byIstio}}
	}
	ports := map[int]bool{}
	for p := range mtls.ports {
		ports[p] = true
	}
	for _, p := range w.servedPorts(c) {
		ports[p] = true
	}
	delete(ports, 0)
	return f.inboundWith(w, mtls, slices.Sorted(maps.Keys(ports)), w.authorization(c.Namespace, c.Labels, c.Kind == mesh.Waypoint))
}

// servedPorts are the workload ports that a Sidecar's ingress names, else those that the Services
// and ServiceEntries which select the workload lead to.
func (w *world) servedPorts(c *mesh.Client) []int {
	var out []int
	if s := w.sidecarFor(c); s != nil && len(s.Spec.Ingress) > 0 && c.Kind != mesh.GatewayPod {
		for _, in := range s.Spec.Ingress {
			out = append(out, int(in.GetPort().GetNumber()))
		}
		return out
	}
	pod := w.podOf(c)
	for _, s := range w.services {
		if s.namespace != c.Namespace {
			continue
		}
		for _, d := range s.definitions {
			if d.cluster.Name == c.Cluster && len(d.Selector) > 0 && hasLabels(c.Labels, d.Selector) {
				out = append(out, targetPorts(d, pod)...)
			}
		}
		if s.entry != nil && len(s.selector) > 0 && hasLabels(c.Labels, s.selector) {
			for _, p := range s.entry.Spec.Ports {
				if p.TargetPort != 0 {
					out = append(out, int(p.TargetPort))
				} else {
					out = append(out, int(p.Number))
				}
			}
		}
	}
	return out
}

// targetPorts are the workload ports behind a Service's TCP ports. Without a pod that is known to be
// the workload, a port's name is looked up in any pod of the Service.
func targetPorts(d definition, pod *kubernetes.Pod) []int {
	var out []int
	for _, p := range d.Ports {
		if p.Protocol == "UDP" {
			continue
		}
		switch {
		case p.TargetPort != 0:
			out = append(out, p.TargetPort)
		case p.TargetName == "":
			out = append(out, p.Number)
		case pod != nil:
			if port := d.cluster.inv.TargetPort(p, pod); port != 0 {
				out = append(out, port)
			}
		default:
			for _, other := range d.cluster.inv.SelectPods(d.Namespace, d.Selector) {
				if port := d.cluster.inv.TargetPort(p, other); port != 0 {
					out = append(out, port)
					break
				}
			}
		}
	}
	return out
}

// podOf is the pod of the inputs that a client most likely stands for: the one with most labels that
// the client has as well; nil if there is none.
func (w *world) podOf(c *mesh.Client) *kubernetes.Pod {
	v := w.byCluster[c.Cluster]
	if v == nil {
		return nil
	}
	var best *kubernetes.Pod
	for _, p := range v.inv.PodsIn(c.Namespace) {
		if len(p.Labels) > 0 && hasLabels(c.Labels, p.Labels) && (best == nil || len(p.Labels) > len(best.Labels)) {
			best = p
		}
	}
	return best
}
