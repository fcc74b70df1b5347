package linkerd

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// observeTries notes how long requests and their tries may take, where a try has a time of its own. The views decide: a route's
// annotations replace the Service's, and a profile turns all of them off.
// Linkerd: only a try that its own timeout ends is tried again (linkerd2-proxy policy/route/retry.rs, retryable_error).
func (w *world) observeTries(s *service) {
	const key = retryKey + keyTimeout
	_, written := s.Annotations[key]
	namespaces := []string{s.Namespace}
	for _, a := range w.attached[s.Key] {
		_, own := a.Annotations[key]
		written = written || own
		if !slices.Contains(namespaces, a.Route.Namespace) {
			namespaces = append(namespaces, a.Route.Namespace)
		}
	}
	if !written {
		return
	}
	for _, namespace := range namespaces {
		v := w.fleet.View(s.public, &mesh.Client{Mesh: w.fleet.mesh.Name, Cluster: w.at.Name, Namespace: namespace, Kind: mesh.Sidecar})
		for _, r := range v.Routes {
			for _, rule := range r.Rules {
				one := mesh.Try{Timeout: rule.Timeout, PerTry: rule.Retries.PerTry, Retries: rule.Retries.Attempts, Copied: s.isMember()}
				if one.PerTry.IsKnown() && one.Timeout.IsKnown() && !slices.Contains(s.public.Tries, one) {
					s.public.Tries = append(s.public.Tries, one)
				}
			}
		}
	}
}

// isMember reports whether a federated service of some cluster, which has the annotations of its members, stands for the Service.
func (s *service) isMember() bool {
	key := s.Key
	key.Name += federatedSuffix
	for _, w := range s.world.fleet.worlds {
		if f := w.services[key]; f != nil && f.isFederated() && s.Labels[labelFederated] == federatedMember {
			return true
		}
	}
	return false
}
