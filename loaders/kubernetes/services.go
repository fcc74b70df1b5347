package kubernetes

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

func newService(r *reading, o *serviceObject) *Service {
	s := &Service{
		Key:                   r.key,
		Labels:                o.Metadata.Labels,
		Annotations:           o.Metadata.Annotations,
		Selector:              o.Spec.Selector,
		ClusterIP:             o.Spec.ClusterIP,
		ExternalName:          o.Spec.ExternalName,
		Type:                  cmp.Or(o.Spec.Type, "ClusterIP"),
		InternalTrafficPolicy: o.Spec.InternalTrafficPolicy,
		TrafficDistribution:   o.Spec.TrafficDistribution,
		PublishNotReady:       o.Spec.PublishNotReadyAddresses,
		Created:               o.Metadata.CreationTimestamp,
		DependsOn:             dependsOn(o.Metadata.Annotations, mesh.At(r.doc, "/metadata/annotations")),
		Doc:                   r.doc,
	}
	for _, p := range o.Spec.Ports {
		port := ServicePort{
			Name:        p.Name,
			Number:      p.Port,
			Protocol:    cmp.Or(p.Protocol, "TCP"),
			AppProtocol: p.AppProtocol,
			TargetPort:  p.TargetPort.number,
			NodePort:    p.NodePort,
		}
		switch {
		case p.TargetPort.text == "", p.TargetPort.text == "0": // the API server fills in both
			port.TargetPort = p.Port
		case p.TargetPort.number == 0:
			port.TargetName = p.TargetPort.text
		}
		s.Ports = append(s.Ports, port)
	}
	for _, in := range o.Status.LoadBalancer.Ingress {
		if address := cmp.Or(in.IP, in.Hostname); address != "" {
			s.Addresses = append(s.Addresses, address)
		}
	}
	s.Addresses = append(s.Addresses, o.Spec.ExternalIPs...)
	return s
}

// TargetPort is the port of a pod that a Service's port leads to; 0 if it is named and the pod
// does not declare the name. pod may be nil if the port has a number.
func (*Inventory) TargetPort(port ServicePort, pod *Pod) int {
	if port.TargetName == "" || pod == nil {
		return port.TargetPort
	}
	for _, p := range pod.Ports {
		if p.Name == port.TargetName && p.Protocol == port.Protocol {
			return p.Number
		}
	}
	return 0
}

// ofService is a slice with the Service it belongs to.
type ofService struct {
	service Key
	slices  []*Slice
}

func newSlice(r *reading, o *endpointSliceObject) ofService {
	s := &Slice{
		Key:         r.key,
		Labels:      o.Metadata.Labels,
		Annotations: o.Metadata.Annotations,
		AddressType: o.AddressType,
		Ports:       newSlicePorts(o.Ports),
		Doc:         r.doc,
	}
	for _, e := range o.Endpoints {
		endpoint := SliceEndpoint{
			Addresses:   e.Addresses,
			Ready:       e.Conditions.Ready == nil || *e.Conditions.Ready,
			Terminating: e.Conditions.Terminating,
			Pod:         podReference(e.TargetRef, r.key.Namespace),
			Node:        e.NodeName,
			Zone:        e.Zone,
			Hostname:    e.Hostname,
		}
		endpoint.Serving = endpoint.Ready
		if e.Conditions.Serving != nil {
			endpoint.Serving = *e.Conditions.Serving
		}
		for _, zone := range e.Hints.ForZones {
			endpoint.HintZones = append(endpoint.HintZones, zone.Name)
		}
		s.Endpoints = append(s.Endpoints, endpoint)
	}
	service := o.Metadata.Labels["kubernetes.io/service-name"]
	return ofService{Key{r.key.Namespace, service}, []*Slice{s}}
}

// newSlicesOfEndpoints makes a Slice of each subset; Endpoints have the name of their Service.
func newSlicesOfEndpoints(r *reading, o *endpointsObject) ofService {
	out := ofService{service: r.key}
	for _, subset := range o.Subsets {
		s := &Slice{
			Key:         r.key,
			Labels:      o.Metadata.Labels,
			Annotations: o.Metadata.Annotations,
			Ports:       newSlicePorts(subset.Ports),
			Doc:         r.doc,
		}
		add := func(addresses []endpointAddress, ready bool) {
			for _, a := range addresses {
				s.Endpoints = append(s.Endpoints, SliceEndpoint{
					Addresses: []string{a.IP},
					Ready:     ready,
					Serving:   ready,
					Pod:       podReference(a.TargetRef, r.key.Namespace),
					Node:      a.NodeName,
					Hostname:  a.Hostname,
				})
			}
		}
		add(subset.Addresses, true)
		add(subset.NotReadyAddresses, false)
		out.slices = append(out.slices, s)
	}
	return out
}

func newSlicePorts(ports []slicePortObject) []SlicePort {
	var out []SlicePort
	for _, p := range ports {
		out = append(out, SlicePort{p.Name, p.Port, cmp.Or(p.Protocol, "TCP")})
	}
	return out
}

func podReference(ref objectReference, namespace string) Key {
	if ref.Kind != "Pod" {
		return Key{}
	}
	return Key{cmp.Or(ref.Namespace, namespace), ref.Name}
}

func newIngress(r *reading, o *ingressObject) *Ingress {
	in := &Ingress{
		Key:   r.key,
		Class: cmp.Or(o.Spec.IngressClassName, o.Metadata.Annotations["kubernetes.io/ingress.class"]),
		Doc:   r.doc,
	}
	add := func(b ingressBackend, at string) {
		backend := IngressBackend{
			Service: cmp.Or(b.Service.Name, b.ServiceName),
			Port:    cmp.Or(b.Service.Port.Name, b.ServicePort.text),
			Origin:  mesh.At(r.doc, at),
		}
		if n := b.Service.Port.Number; n != 0 {
			backend.Port = strconv.Itoa(n)
		}
		if backend.Service != "" {
			in.Backends = append(in.Backends, backend)
		}
	}
	add(o.Spec.DefaultBackend, "/spec/defaultBackend")
	add(o.Spec.Backend, "/spec/backend")
	for i, rule := range o.Spec.Rules {
		for j, path := range rule.HTTP.Paths {
			add(path.Backend, "/spec/rules/"+strconv.Itoa(i)+"/http/paths/"+strconv.Itoa(j)+"/backend")
		}
	}
	return in
}

const dependsOnAnnotation = "passmuster.dev/depends-on"

// dependsOn reads the declared dependencies, separated by commas or spaces.
func dependsOn(annotations map[string]string, at mesh.Origin) []mesh.Value[string] {
	text, ok := annotations[dependsOnAnnotation]
	if !ok {
		return nil
	}
	var out []mesh.Value[string]
	seen := map[string]bool{}
	for _, name := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c <= ' ' }) {
		if !seen[name] {
			seen[name] = true
			out = append(out, mesh.Of(name, at.Child(escape(dependsOnAnnotation))))
		}
	}
	return out
}
