package linkerd

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

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
		if known := w.Pods[p.Key]; known == nil || p.Synthetic {
			w.Pods[p.Key] = w.newPod(p)
		} else {
			w.meshed[p.Key] = known.runs()
		}
	}
}

func compareKeys(a, b kubernetes.Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// runs tells whether a pod that runs has a proxy of Linkerd.
func (p *Pod) runs() mesh.Value[bool] {
	if p.Proxy != nil && p.Labels[labelControlPlane] != "" {
		return mesh.Of(true, p.At(labelPath(labelControlPlane)))
	}
	return mesh.Of(false, p.At("/spec/containers"))
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
func (w *world) newPod(p *kubernetes.Pod) *Pod {
	meshed := w.injection(p)
	w.meshed[p.Key] = meshed
	out := &Pod{Meta: Meta{Key: p.Key, Labels: p.Labels, Annotations: w.annotations(p), Doc: p.Doc}, Node: p.Node, ServiceAccount: p.ServiceAccount}
	named := map[string]int{}
	for _, port := range p.Ports {
		out.Ports = append(out.Ports, PodPort{Name: port.Name, Container: port.Number})
		if port.Name != "" {
			named[port.Name] = port.Number
		}
	}
	out.OpaquePorts = w.portsOf(out, p, annotationOpaquePorts, named)
	out.SkipInbound = w.portsOf(out, p, annotationSkipInbound, nil)
	if meshed.V {
		out.Labels = maps.Clone(p.Labels)
		if out.Labels == nil {
			out.Labels = map[string]string{}
		}
		out.Labels[labelControlPlane] = w.Settings.namespace()
		out.Proxy = map[string]string{envInbound: "0.0.0.0:4143", envAdmin: "0.0.0.0:4191", envControl: "0.0.0.0:4190"}
	}
	return out
}

// configPrefix is that of the annotations that the injector copies from a namespace to its pods.
const configPrefix = "config.linkerd.io/"

// annotations are those that the pod will have.
func (w *world) annotations(p *kubernetes.Pod) map[string]string {
	ns := w.Namespaces[p.Namespace]
	if ns == nil {
		return p.Annotations
	}
	out := maps.Clone(p.Annotations)
	for key, value := range ns.Annotations {
		if _, own := out[key]; !own && strings.HasPrefix(key, configPrefix) {
			if out == nil {
				out = map[string]string{}
			}
			out[key] = value
		}
	}
	return out
}

// portsOf is a list of ports of a pod, with the place where it is written.
func (w *world) portsOf(out *Pod, p *kubernetes.Pod, annotation string, named map[string]int) PortList {
	list := newPortList(&out.Meta, annotation, named)
	if !list.Set {
		return list
	}
	if _, own := p.Annotations[annotation]; !own {
		list.Origin = w.Namespaces[p.Namespace].At(annotationPath(annotation))
	} else if _, at := w.inv.PodAnnotation(p.Workload, annotation); !at.IsZero() {
		list.Origin = at
	}
	return list
}

const annotationInject = "linkerd.io/inject"

// injection is the answer of the injector to a pod: its own annotation, else that of its namespace (linkerd2 pkg/inject/report.go).
func (w *world) injection(p *kubernetes.Pod) mesh.Value[bool] {
	if text, ok := p.Annotations[annotationInject]; ok {
		_, at := w.inv.PodAnnotation(p.Workload, annotationInject)
		return mesh.Of(text == "enabled" || text == "ingress", at)
	}
	ns := w.Namespaces[p.Namespace]
	if ns == nil {
		return mesh.UnknownOf[bool]("namespace "+p.Namespace+" is not in the inputs", mesh.At(p.Doc, "/metadata/namespace"))
	}
	text, ok := ns.Annotations[annotationInject]
	if !ok {
		return mesh.Of(false, ns.At(annotationsPath))
	}
	return mesh.Of(text == "enabled" || text == "ingress", ns.At(annotationPath(annotationInject)))
}

// Meshed tells whether a pod of a cluster has, or will be given, a proxy of Linkerd.
func (f *Fleet) Meshed(cluster string, pod *kubernetes.Pod) mesh.Value[bool] {
	if w := f.worlds[cluster]; w != nil {
		return w.meshed[pod.Key]
	}
	return mesh.Value[bool]{}
}

// announce writes the EndpointSlices that Kubernetes would write for Services of which the inputs hold none, and the Endpoints
// that the failover operator looks at.
func (w *world) announce() {
	for _, key := range slices.SortedFunc(maps.Keys(w.Services), compareKeys) {
		s := w.inv.Services[key]
		if len(s.Selector) == 0 || s.Type == typeExternalName {
			continue
		}
		if len(w.Slices[key]) == 0 {
			w.Slices[key] = w.slicesFor(s)
		}
		if w.Endpoints[key] == nil {
			ready := slices.ContainsFunc(w.Slices[key], func(s *Slice) bool {
				return slices.ContainsFunc(s.Entries, func(e SliceEntry) bool { return e.Ready })
			})
			w.Endpoints[key] = &Endpoints{Meta: Meta{Key: key, Doc: s.Doc}, Ready: ready}
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

// Identity is the name that a workload's proxies present, and that policies ask for; "" if they have none.
func (f *Fleet) Identity(cluster string, wl *mesh.Workload) string {
	w := f.worlds[cluster]
	if w == nil {
		return ""
	}
	s := w.Settings
	return wl.ServiceAccount + "." + wl.Namespace + ".serviceaccount.identity." + s.namespace() + "." + s.trustDomain()
}
