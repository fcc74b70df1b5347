package istio

import (
	"cmp"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// selectedEntries are the WorkloadEntries that a Kubernetes Service selects.
// Istio: kube controller's serviceInstancesFromWorkloadInstances.
func (d definition) selectedEntries() []*endpoint {
	if len(d.Selector) == 0 {
		return nil
	}
	var out []*endpoint
	for _, entry := range d.cluster.entries {
		e := machine(entry, d.cluster.Name)
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

const unixPrefix = "unix://"

// machine is a WorkloadEntry as an endpoint without a port.
func machine(entry *WorkloadEntry, cluster string) *endpoint {
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
	return external(entry.Spec, labels, cluster, entry.Namespace, entry.Name, entry.At("/spec"))
}

// external is an address that is written down in a WorkloadEntry or a ServiceEntry.
// Istio: serviceentry.Controller.convertEndpoint.
func external(spec *networking.WorkloadEntry, labels map[string]string, cluster, namespace, name string, at mesh.Origin) *endpoint {
	e := &endpoint{namespace: namespace, tlsMode: tlsModeDisabled, registry: cluster}
	if mode, ok := labels[labelTLSMode]; ok {
		e.tlsMode = mode
	} else if spec.ServiceAccount != "" {
		e.tlsMode = tlsModeIstio
	}
	locality := spec.Locality
	for _, label := range localityLabels {
		if locality == "" {
			locality = dottedLocality(labels[label])
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
	if l := e.Locality; locality != "" && locality != l.Region+"/"+l.Zone+"/"+l.Subzone {
		e.LocalityText = locality
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
			e := external(listed, listed.Labels, w.cluster, s.namespace, listed.Address, child(s.entry.At("/spec/endpoints"), j))
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
			e := machine(entry, v.Name)
			if entry.Namespace == s.namespace && e.selectedBy(selector) && (isIP(entry.Spec.Address) || s.resolution.isDNS()) {
				add(e, entry.Spec.Ports)
			}
		}
		for _, p := range v.inv.SelectPods(s.namespace, podSelector(selector)) {
			if !p.Ready || p.Terminating || w.down[p.IP] {
				continue
			}
			e := v.podEndpoint(v.newView(p), 0)
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
