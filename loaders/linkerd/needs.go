package linkerd

import (
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// behindGateway are the endpoints of a port as they stand behind the gateway of their cluster. They are those of the Service,
// whichever mirror stands for it, so that what its pods need counts for callers of the mirror.
func (s *service) behindGateway(p *port) []*mesh.Endpoint {
	if p.mirrored != nil {
		return p.mirrored
	}
	for _, e := range p.endpoints {
		if e.Gateway == nil {
			own := *e
			own.Service = s.public
			p.mirrored = append(p.mirrored, &own)
		}
	}
	return p.mirrored
}

// carryNeeds tells whose pods a declared need belongs to. A need is one of pods, in their own cluster: what a mirror, or a name
// without pods in its cluster, says that it needs, the Services need that answer for it.
func (w *world) carryNeeds() {
	for _, key := range w.order {
		s := w.services[key]
		if len(s.public.DependsOn) == 0 {
			continue
		}
		var others []*mesh.Service
		alone := true
		for _, e := range s.public.Endpoints {
			switch {
			case e.Gateway != nil:
			case e.Service == nil:
				alone = false
			case !slices.Contains(others, e.Service):
				others = append(others, e.Service)
			}
		}
		if !s.isMirror() && !alone {
			continue
		}
		for _, o := range others {
			o.DependsOn = appendNeeds(o.DependsOn, s.public.DependsOn)
		}
	}
}

// takeNeeds: a federated Service needs what its local member needs, for the share that this one answers.
func (w *world) takeNeeds() {
	for _, key := range w.order {
		s := w.services[key]
		local := w.services[kubernetes.Key{Namespace: key.Namespace, Name: s.Annotations[annotationLocalMember]}]
		if local != nil && s.isFederated() {
			s.public.DependsOn = appendNeeds(s.public.DependsOn, local.public.DependsOn)
		}
	}
}

// appendNeeds adds the needs that a list does not name. The list may be an inventory's, which stays as it is.
func appendNeeds(list, more []mesh.Value[string]) []mesh.Value[string] {
	for _, d := range more {
		if !slices.ContainsFunc(list, func(known mesh.Value[string]) bool { return known.V == d.V }) {
			list = append(slices.Clip(list), d)
		}
	}
	return list
}
