package linkerd

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// noteParked notes workloads without a pod that the Service would select.
func (s *service) noteParked() {
	k := s.world.inv.Services[s.Key]
	if k == nil || len(k.Selector) == 0 {
		return
	}
	for _, wl := range s.world.parked[s.Namespace] {
		if !selects(k.Selector, wl.Labels) {
			continue
		}
		s.losses = append(s.losses, mesh.Loss{Kind: mesh.LossScaledToZero, Takes: mesh.TakesEndpoints, Origin: wl.Replicas.Origin,
			Region: wl.Locality.Or(mesh.Locality{}).Region, Detail: wl.Namespace + "/" + wl.Name + " in " + wl.Cluster + " is scaled to zero"})
	}
	s.public.Losses = append(s.public.Losses, s.losses...)
}

// parked are the workloads that are scaled to zero, by namespace.
func parked(inv *kubernetes.Inventory) map[string][]*mesh.Workload {
	out := map[string][]*mesh.Workload{}
	for _, wl := range inv.Workloads {
		if n, known := wl.Replicas.Get(); known && n == 0 && wl.Autoscale == nil {
			out[wl.Namespace] = append(out[wl.Namespace], wl)
		}
	}
	return out
}

func selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if have, ok := labels[k]; !ok || have != v {
			return false
		}
	}
	return true
}

// inheritParked notes at mirrors and federated services what of the Services that they stand for is scaled to zero.
func (w *world) inheritParked() {
	for _, key := range w.order {
		s := w.services[key]
		for _, of := range s.standsFor() {
			for _, l := range of.losses {
				if l.Kind == mesh.LossScaledToZero && !slices.ContainsFunc(s.losses, func(known mesh.Loss) bool { return known.Origin == l.Origin }) {
					s.losses = append(s.losses, l)
					s.public.Losses = append(s.public.Losses, l)
				}
			}
		}
	}
}

// standsFor are the Services that a mirror or a federated service takes its endpoints from, as far as the inputs hold them.
func (s *service) standsFor() []*service {
	var list []*service
	add := func(cluster string, key kubernetes.Key) {
		if w := s.world.fleet.worlds[cluster]; w != nil && w.services[key] != nil {
			list = append(list, w.services[key])
		}
	}
	switch cluster, flat := s.Labels[keyRemoteDiscovery]; {
	case s.isFederated():
		for member := range strings.SplitSeq(s.Annotations[keyRemoteDiscovery], ",") {
			name, cluster, _ := strings.Cut(member, "@")
			add(cluster, kubernetes.Key{Namespace: s.Namespace, Name: name})
		}
		if name := s.Annotations[annotationLocalMember]; name != "" {
			add(s.world.at.Name, kubernetes.Key{Namespace: s.Namespace, Name: name})
		}
	case flat:
		add(cluster, kubernetes.Key{Namespace: s.Namespace, Name: s.Labels[labelRemoteService]})
	case s.mirrorOf() != "":
		if target := s.world.fleet.worlds[s.mirrorOf()]; target != nil {
			add(s.mirrorOf(), s.remoteKey(target))
		}
	}
	return list
}
