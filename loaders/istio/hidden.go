package istio

import (
	"fmt"

	meshconfig "istio.io/api/mesh/v1alpha1"
	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// Hidden tells why a client does not see a service that its control plane knows: the service is not
// exported to the client's namespace, or the client's Sidecar does not import it. False if it sees
// the service, or if the control plane knows none such.
//
// What a proxy does not know it sends on as it is, or refuses (outboundTrafficPolicy): no rule for
// the service holds for the client.
func (f *Fleet) Hidden(s *mesh.Service, c *mesh.Client) (mesh.Loss, bool) {
	sc := f.scopeOf(c)
	if sc == nil {
		return mesh.Loss{}, false
	}
	if see := sc.see(s.ID.Host()); see != nil && see.svc.namespace == s.Namespace {
		return mesh.Loss{}, false
	}
	by, hidden := sc.hiding(s.ID.Host(), s.Namespace)
	return mesh.Loss{Kind: mesh.LossNotVisible, Takes: mesh.TakesReachability, Origin: by.at, Of: s.Origin, Detail: by.why}, hidden
}

// Refuses reports whether the proxy of a client refuses what it does not know, in place of sending it on as it is.
// Istio: outboundTrafficPolicy of the Sidecar, else of the mesh.
func (f *Fleet) Refuses(c *mesh.Client) bool {
	sc := f.scopeOf(c)
	if sc == nil {
		return false
	}
	if sc.sidecar != nil && sc.sidecar.Spec.GetOutboundTrafficPolicy() != nil {
		return sc.sidecar.Spec.GetOutboundTrafficPolicy().GetMode() == networking.OutboundTrafficPolicy_REGISTRY_ONLY
	}
	return sc.world.settings.GetOutboundTrafficPolicy().GetMode() == meshconfig.MeshConfig_OutboundTrafficPolicy_REGISTRY_ONLY
}

// hider is the line that keeps a host from clients, and what it does.
type hider struct {
	at  mesh.Origin
	why string
}

// hiding finds what keeps the definitions of a host in a namespace ("" = any) from a scope's clients.
func (s *scope) hiding(host, namespace string) (hider, bool) {
	for _, svc := range s.world.byHost[host] {
		switch {
		case namespace != "" && svc.namespace != namespace:
		case !s.world.isVisible(svc, s.namespace):
			return hider{s.world.exportedAt(svc), fmt.Sprintf("it is not exported to namespace %s", s.namespace)}, true
		case s.sidecar != nil:
			return hider{s.sidecar.At("/spec/egress"), fmt.Sprintf("Sidecar %s does not import it", s.sidecar.Key())}, true
		}
	}
	return hider{}, false
}

// exportedAt is the line that decides who sees a service.
func (w *world) exportedAt(s *service) mesh.Origin {
	switch {
	case s.exports == nil:
		return w.config.MeshOrigin.Child("defaultServiceExportTo")
	case s.entry != nil:
		return s.entry.At("/spec/exportTo")
	}
	return mesh.At(s.definitions[0].Doc, "/metadata/annotations/"+escapePointer(annotationExportTo))
}
