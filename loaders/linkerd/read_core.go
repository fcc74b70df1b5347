package linkerd

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
)

func readNamespace(r *reader, doc *source.Document) {
	if o := decode[object](r, doc); o != nil {
		m := newMeta(doc, o.Metadata)
		r.out.Namespaces[doc.Name] = &m
	}
}

func readNode(r *reader, doc *source.Document) {
	if o := decode[object](r, doc); o != nil {
		m := newMeta(doc, o.Metadata)
		r.out.Nodes[doc.Name] = &m
	}
}

func readService(r *reader, doc *source.Document) {
	o := decode[serviceManifest](r, doc)
	if o == nil {
		return
	}
	s := &Service{
		Meta:                  newMeta(doc, o.Metadata),
		Type:                  o.Spec.Type,
		InternalTrafficPolicy: o.Spec.InternalTrafficPolicy,
	}
	for _, ip := range append([]string{o.Spec.ClusterIP}, o.Spec.ClusterIPs...) {
		if ip != "" && ip != headless && !slices.Contains(s.ClusterIPs, ip) {
			s.ClusterIPs = append(s.ClusterIPs, ip)
		}
	}
	named := map[string]int{}
	for _, p := range o.Spec.Ports {
		s.Ports = append(s.Ports, ServicePort{Name: p.Name, Number: p.Port})
		if _, ok := named[p.Name]; !ok {
			named[p.Name] = p.Port
		}
	}
	s.OpaquePorts = newPortList(&s.Meta, annotationOpaquePorts, named)
	r.reportPorts(s.Doc, s.OpaquePorts)
	r.out.Services[s.Key] = s
}

// reportPorts tells what of a list of ports nobody reads.
func (r *reader) reportPorts(doc *source.Document, l PortList) {
	for _, part := range l.Ignored {
		r.fail(doc, l.Origin.Path, "Linkerd ignores "+quoted(part)+": it is no port, range or name of a port")
	}
}

func readSlice(r *reader, doc *source.Document) {
	o := decode[sliceManifest](r, doc)
	if o == nil {
		return
	}
	s := &Slice{Meta: newMeta(doc, o.Metadata), AddressType: o.AddressType, HasPorts: o.Ports != nil}
	for _, p := range o.Ports {
		s.Ports = append(s.Ports, ServicePort{Name: p.Name, Number: p.Port})
	}
	for _, e := range o.Endpoints {
		entry := SliceEntry{
			Addresses: e.Addresses,
			Ready:     e.Conditions.Ready == nil || *e.Conditions.Ready,
			Hostname:  e.Hostname,
			Zone:      e.Zone,
		}
		if e.TargetRef != nil {
			entry.HasTarget, entry.Kind = true, e.TargetRef.Kind
			entry.Target = kubernetes.Key{Namespace: e.TargetRef.Namespace, Name: e.TargetRef.Name}
		}
		for _, zone := range e.Hints.ForZones {
			entry.HintZones = append(entry.HintZones, zone.Name)
		}
		s.Entries = append(s.Entries, entry)
	}
	service := kubernetes.Key{Namespace: s.Namespace, Name: s.Labels[labelServiceOfSlice]}
	if service.Name != "" {
		r.out.Slices[service] = append(r.out.Slices[service], s)
	}
}

func readPod(r *reader, doc *source.Document) {
	o := decode[podManifest](r, doc)
	if o == nil {
		return
	}
	p := &Pod{
		Meta:           newMeta(doc, o.Metadata),
		Node:           o.Spec.NodeName,
		ServiceAccount: cmp.Or(o.Spec.ServiceAccountName, o.Spec.ServiceAccount, defaultServiceAccount),
	}
	named := map[string]int{}
	for _, c := range slices.Concat(o.Spec.InitContainers, o.Spec.Containers) {
		for _, port := range c.Ports {
			p.Ports = append(p.Ports, PodPort{Name: port.Name, Container: port.ContainerPort, Host: port.HostPort})
			if port.Name != "" {
				named[port.Name] = port.ContainerPort
			}
		}
		if c.Name == proxyContainer && p.Proxy == nil {
			p.Proxy = map[string]string{}
			for _, v := range c.Env {
				p.Proxy[v.Name] = v.Value
			}
		}
	}
	p.OpaquePorts = newPortList(&p.Meta, annotationOpaquePorts, named)
	p.SkipInbound = newPortList(&p.Meta, annotationSkipInbound, nil)
	r.reportPorts(doc, p.OpaquePorts)
	r.reportPorts(doc, p.SkipInbound)
	r.out.Pods[p.Key] = p
}

func readEndpoints(r *reader, doc *source.Document) {
	o := decode[endpointsManifest](r, doc)
	if o == nil {
		return
	}
	e := &Endpoints{Meta: newMeta(doc, o.Metadata)}
	for _, subset := range o.Subsets {
		e.Ready = e.Ready || len(subset.Addresses) > 0
	}
	r.out.Endpoints[e.Key] = e
}
