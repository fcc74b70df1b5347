package linkerd

import (
	"maps"
	"slices"
	"strconv"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// takeMachines describes each ExternalWorkload as a workload of one machine. Nothing of Linkerd's probes it: whoever writes its
// condition Ready does, and no input says how.
func (w *world) takeMachines() {
	w.machines = map[kubernetes.Key]*mesh.Workload{}
	for _, key := range slices.SortedFunc(maps.Keys(w.External), compareKeys) {
		m := w.External[key]
		identity, at := m.TLSIdentity()
		w.machines[key] = &mesh.Workload{
			ID: w.at.Name + "/" + key.Namespace + "/" + kindExternalWorkload + "/" + key.Name, Cluster: w.at.Name, Namespace: key.Namespace,
			Kind: kindExternalWorkload, Name: key.Name, Labels: m.Labels, Replicas: mesh.Of(1, m.At("")), Meshed: mesh.Of(true, at), Identity: identity,
			Locality: w.placeOf(m), Network: w.at.Network, Origin: m.At(""),
		}
	}
}

// placeOf is where a machine stands, by its labels. A zone of its cluster is in the cluster's region; nothing else is known of a
// machine without a label, which is in no node of the cluster.
func (w *world) placeOf(m *ExternalWorkload) mesh.Value[mesh.Locality] {
	place := mesh.Locality{Region: m.Labels[labelRegion], Zone: m.Zone()}
	if place.Region == "" && slices.Contains(w.at.Zones, place.Zone) {
		place.Region = w.at.Region
	}
	if place.IsZero() {
		return mesh.UnknownOf[mesh.Locality]("ExternalWorkload "+m.Namespace+"/"+m.Name+" has no label that says where it stands", m.At(""))
	}
	return mesh.Of(place, m.At(labelsPath))
}

// Machines are the workloads of ExternalWorkloads, sorted by cluster and name.
func (f *Fleet) Machines() []*mesh.Workload {
	var out []*mesh.Workload
	f.each(func(w *world) {
		for _, key := range slices.SortedFunc(maps.Keys(w.machines), compareKeys) {
			out = append(out, w.machines[key])
		}
	})
	return out
}

// machineSlices are the EndpointSlices that Linkerd's controller writes for the machines that a Service selects: one for each way in
// which its ports lead to theirs, and one machine in each (linkerd2 external-workload endpoints_reconciler.go).
func (w *world) machineSlices(s *kubernetes.Service) []*Slice {
	var out []*Slice
	for _, m := range w.ExternalMembers(s) {
		slice := &Slice{Meta: Meta{Key: kubernetes.Key{Namespace: s.Namespace, Name: "linkerd-external-" + s.Name + "-" + strconv.Itoa(len(out))}, Doc: s.Doc},
			AddressType: "IPv4", HasPorts: true}
		for _, port := range s.Ports {
			if target, ok := m.TargetPort(port); ok {
				slice.Ports = append(slice.Ports, ServicePort{Name: port.Name, Number: target})
			}
		}
		entry := SliceEntry{Ready: m.Ready.Or(false) || s.PublishNotReady, Kind: kindExternalWorkload, HasTarget: true, Target: m.Key, Zone: m.Zone()}
		if first := m.Addresses[0]; !first.Is4() {
			slice.AddressType = "IPv6"
		}
		for _, a := range m.Addresses {
			if a.Is4() == (slice.AddressType == "IPv4") {
				entry.Addresses = append(entry.Addresses, a.String())
			}
		}
		if entry.Zone != "" && staysInZone(s) {
			entry.HintZones = []string{entry.Zone}
		}
		slice.Entries = []SliceEntry{entry}
		out = append(out, slice)
	}
	return out
}

// seekMachines notes a gap where a Service of a cluster selects a machine of which the inputs do not tell whether clients are given
// it. Slices that are written say so themselves.
func (s *service) seekMachines(in *world, key kubernetes.Key) {
	k := in.inv.Services[key]
	if k == nil || in.dumped[key] {
		return
	}
	for _, m := range in.ExternalMembers(k) {
		if m.Ready.State == mesh.Unknown && !k.PublishNotReady {
			s.gap("the status of ExternalWorkload "+m.Namespace+"/"+m.Name+" of cluster "+in.at.Name+", without which nobody is given it,", m.At(""))
			return
		}
	}
}

// describe completes an endpoint that is a machine.
func (w *world) describe(e *mesh.Endpoint, m *ExternalWorkload) {
	own := w.machines[m.Key]
	e.Name, e.Labels, e.Workload, e.MeshAble = m.Name, m.Labels, own, true
	e.Locality = own.Locality.Or(mesh.Locality{})
	e.ZoneUnknown = e.Locality.Zone == ""
	e.Inbound = w.ExternalInbound(m)
	e.Origin = m.At("")
}
