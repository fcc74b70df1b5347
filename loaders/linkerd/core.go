package linkerd

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// takeCore takes Namespaces, Nodes and Services over from the inventory, and describes the pods that are not in the inputs as
// Linkerd's injector would make them.
func (w *world) takeCore(r *reader) {
	for name, ns := range w.inv.Namespaces {
		w.Namespaces[name] = &Meta{Key: kubernetes.Key{Name: name}, Labels: ns.Labels, Annotations: ns.Annotations, Doc: ns.Doc}
	}
	for name, n := range w.inv.Nodes {
		w.Nodes[name] = &Meta{Key: kubernetes.Key{Name: name}, Labels: n.Labels, Doc: n.Doc}
	}
	for _, key := range slices.SortedFunc(maps.Keys(w.inv.Services), compareKeys) {
		w.Services[key] = w.newService(r, w.inv.Services[key])
	}
	for _, p := range w.inv.Pods {
		subject := w.SubjectOf(p.Workload, p.Key)
		if subject == nil {
			continue
		}
		m := w.Meshing(subject)
		w.meshing[p.Key], w.subjectOf[p.Key] = m, subject
		if w.Pods[p.Key] == nil || p.Synthetic {
			w.Pods[p.Key] = w.newPod(p, m)
		}
	}
}

func compareKeys(a, b kubernetes.Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// newService describes a Service. Its node-local policy is not taken over, for no input tells on which node a caller runs.
func (w *world) newService(r *reader, s *kubernetes.Service) *Service {
	out := &Service{Meta: Meta{Key: s.Key, Labels: s.Labels, Annotations: s.Annotations, Doc: s.Doc}, Type: s.Type}
	if s.ClusterIP != "" && s.ClusterIP != headless {
		out.ClusterIPs = []string{s.ClusterIP}
	}
	named := map[string]int{}
	for _, p := range s.Ports {
		out.Ports = append(out.Ports, ServicePort{Name: p.Name, Number: p.Number, Protocol: p.Protocol, AppProtocol: p.AppProtocol})
		if _, ok := named[p.Name]; !ok {
			named[p.Name] = p.Number
		}
	}
	out.OpaquePorts = newPortList(&out.Meta, annotationOpaquePorts, named)
	if ns := w.Namespaces[s.Namespace]; ns != nil && !out.OpaquePorts.Set {
		out.OpaquePorts = newPortList(ns, annotationOpaquePorts, named) // the injector writes it on the Service
	}
	r.reportPorts(s.Doc, out.OpaquePorts)
	return out
}

// newPod describes a pod that is made from a template: with the proxy that it will be given.
func (w *world) newPod(p *kubernetes.Pod, m Meshing) *Pod {
	out := &Pod{Meta: Meta{Key: p.Key, Labels: p.Labels, Annotations: p.Annotations, Doc: p.Doc}, Node: p.Node, ServiceAccount: p.ServiceAccount,
		OpaquePorts: m.Opaque, SkipInbound: m.SkipInbound}
	for _, port := range p.Ports {
		out.Ports = append(out.Ports, PodPort{Name: port.Name, Container: port.Number})
	}
	if m.Meshed.V {
		out.Labels = maps.Clone(p.Labels)
		if out.Labels == nil {
			out.Labels = map[string]string{}
		}
		out.Labels[labelControlPlane] = m.ControlPlane
		out.Proxy = map[string]string{envInbound: "0.0.0.0:4143", envAdmin: "0.0.0.0:4191", envControl: "0.0.0.0:4190"}
	}
	return out
}

// Meshing tells how a pod of a cluster takes part in the mesh; false if it is not known.
func (f *Fleet) Meshing(cluster string, pod *kubernetes.Pod) (Meshing, bool) {
	if w := f.worlds[cluster]; w != nil {
		m, ok := w.meshing[pod.Key]
		return m, ok
	}
	return Meshing{}, false
}

// announce writes the EndpointSlices that Kubernetes would write for Services of which the inputs hold none, and the Endpoints
// that the failover operator looks at.
func (w *world) announce() {
	for _, key := range slices.SortedFunc(maps.Keys(w.Services), compareKeys) {
		s := w.inv.Services[key]
		if len(s.Selector) == 0 || s.Type == typeExternalName {
			continue
		}
		written := len(w.Slices[key]) > 0
		w.dumped[key] = written
		if !written {
			w.Slices[key] = w.slicesFor(s)
		}
		if w.Endpoints[key] == nil {
			ready := slices.ContainsFunc(w.Slices[key], func(s *Slice) bool {
				return slices.ContainsFunc(s.Entries, func(e SliceEntry) bool { return e.Ready })
			})
			w.Endpoints[key] = &Endpoints{Meta: Meta{Key: key, Doc: s.Doc}, Ready: ready}
		}
		if !written {
			w.Slices[key] = append(w.Slices[key], w.machineSlices(s)...) // of which core/v1 Endpoints know nothing
		}
	}
}

// slicesFor are the slices of a Service: one for each way in which its ports lead to ports of pods.
func (w *world) slicesFor(s *kubernetes.Service) []*Slice {
	var out []*Slice
	byPorts := map[string]*Slice{}
	for _, p := range w.inv.SelectPods(s.Namespace, s.Selector) {
		if p.Terminating {
			continue
		}
		var ports []ServicePort
		text := ""
		for _, port := range s.Ports {
			if target := w.inv.TargetPort(port, p); target != 0 {
				ports = append(ports, ServicePort{Name: port.Name, Number: target})
				text += port.Name + "=" + strconv.Itoa(target) + ","
			}
		}
		slice := byPorts[text]
		if slice == nil {
			slice = &Slice{Meta: Meta{Key: kubernetes.Key{Namespace: s.Namespace, Name: s.Name + "-" + strconv.Itoa(len(out))}, Doc: s.Doc},
				AddressType: "IPv4", HasPorts: true, Ports: ports}
			byPorts[text] = slice
			out = append(out, slice)
		}
		entry := SliceEntry{Addresses: []string{w.addressOf(p)}, Ready: p.Ready || s.PublishNotReady, Kind: "Pod", HasTarget: true, Target: p.Key}
		zone := p.Locality.Or(mesh.Locality{}).Zone
		if entry.Zone = zone; zone != "" && staysInZone(s) {
			entry.HintZones = []string{zone}
		}
		slice.Entries = append(slice.Entries, entry)
	}
	return out
}

// staysInZone: Kubernetes turns these into hints of each endpoint's own zone. What it makes of topology-mode Auto depends on
// the capacity of nodes.
func staysInZone(s *kubernetes.Service) bool {
	return s.TrafficDistribution == "PreferClose" || s.TrafficDistribution == "PreferSameZone"
}

// addressOf is a pod's IPv4 address, or one of a range that nobody uses, so that no two pods share one.
func (w *world) addressOf(p *kubernetes.Pod) string {
	if ip, err := netip.ParseAddr(p.IP); err == nil && ip.Is4() {
		return p.IP
	}
	const bits = 8
	w.addresses++
	n := w.addresses
	cluster := slices.Index(w.fleet.names, w.at.Name)
	return netip.AddrFrom4([4]byte{byte(240 + cluster&15), byte(n >> (2 * bits)), byte(n >> bits), byte(n)}).String()
}
