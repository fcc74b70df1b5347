package linkerd

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Labels that the service mirror writes, and those that it looks for (linkerd2 multicluster/service-mirror).
const (
	labelMirrored    = "mirror.linkerd.io/mirrored-service"
	labelProbe       = "mirror.linkerd.io/mirrored-gateway" // of the Service that a gateway is probed by
	labelMirrorOf    = "mirror.linkerd.io/cluster-name"
	labelFederated   = "mirror.linkerd.io/federated"
	federatedMember  = "member"
	federatedSuffix  = "-federated"
	prefixMirror     = "mirror.linkerd.io/"
	prefixMC         = "multicluster.linkerd.io/"
	annotationTopo   = "service.kubernetes.io/topology-mode"
	annotationGWFlag = "mirror.linkerd.io/multicluster-gateway"
	annotationGWName = "mirror.linkerd.io/gateway-identity"
)

// derivation is why a mirror is there that no input holds.
type derivation struct {
	origin    mesh.Origin
	namespace bool // nothing shows that its namespace is there, without which there is no mirror
}

// mirror writes the Services that the service mirror would write for each Link, where the inputs do not hold them.
func (w *world) mirror() {
	federated := map[kubernetes.Key]*Service{}
	for _, l := range w.Links {
		target := w.fleet.worlds[l.Cluster]
		if target == nil || target == w {
			continue
		}
		for _, key := range slices.SortedFunc(maps.Keys(target.inv.Services), compareKeys) {
			remote := target.Services[key]
			if remote == nil || remote.Type == typeExternalName || remote.isMirror() {
				continue
			}
			set := labels.Set(remote.Labels)
			mirrored := kubernetes.Key{Namespace: key.Namespace, Name: key.Name + "-" + l.Cluster}
			if l.Flat.Matches(set) {
				s := w.derive(mirrored, remote, l, "/spec/remoteDiscoverySelector")
				if s != nil {
					s.Labels[keyRemoteDiscovery], s.Labels[labelRemoteService] = l.Cluster, key.Name
				}
			} else if l.Mirrored.Matches(set) {
				if s := w.derive(mirrored, remote, l, "/spec/selector"); s != nil {
					s.Annotations[annotationRemoteName] = target.host(key)
				}
			}
			if l.Federated.Matches(set) && target.inv.Services[key].ClusterIP != headless {
				name := kubernetes.Key{Namespace: key.Namespace, Name: key.Name + federatedSuffix}
				s := federated[name]
				if s == nil {
					if s = w.derive(name, remote, l, "/spec/federatedServiceSelector"); s == nil {
						continue // it is written
					}
					federated[name] = s
					if own := w.Services[key]; own != nil && own.Labels[labelFederated] == federatedMember {
						s.Annotations[annotationLocalMember] = key.Name
					}
				}
				s.Annotations[keyRemoteDiscovery] = strings.TrimPrefix(s.Annotations[keyRemoteDiscovery]+","+key.Name+"@"+l.Cluster, ",")
			}
		}
	}
}

// isMirror reports whether a Service stands for one of another cluster.
func (s *Service) isMirror() bool {
	_, flat := s.Labels[keyRemoteDiscovery]
	return flat || s.isFederated() || s.mirrorOf() != ""
}

// mirrorOf is the cluster that a Service mirrors through its gateway; "" if it does not.
func (s *Service) mirrorOf() string {
	if _, flat := s.Labels[keyRemoteDiscovery]; flat || s.isFederated() || s.Labels[labelMirrored] != "true" {
		return ""
	}
	return s.Labels[labelMirrorOf]
}

// derive makes a mirror of a remote Service; nil if a Service of that name is there already. Annotations of the remote one are
// copied, apart from those of topology and of mirroring.
func (w *world) derive(key kubernetes.Key, remote *Service, l *Link, selector string) *Service {
	if w.Services[key] != nil {
		return nil
	}
	s := &Service{Meta: Meta{Key: key, Doc: remote.Doc, Labels: map[string]string{}, Annotations: map[string]string{}},
		Type: "ClusterIP", Ports: remote.Ports, OpaquePorts: remote.OpaquePorts}
	for k, v := range remote.Annotations {
		if !strings.HasPrefix(k, prefixMirror) && !strings.HasPrefix(k, prefixMC) && k != annotationTopo {
			s.Annotations[k] = v
		}
	}
	for k, v := range remote.Labels {
		if !strings.HasPrefix(k, prefixMirror) && !strings.HasPrefix(k, prefixMC) {
			s.Labels[k] = v
		}
	}
	s.Labels[labelMirrored] = "true"
	if selector != "/spec/federatedServiceSelector" {
		s.Labels[labelMirrorOf] = l.Cluster
	}
	at := l.At(selector)
	at.Note = "the service mirror writes it"
	w.Services[key] = s
	if w.derived == nil {
		w.derived = map[kubernetes.Key]derivation{}
	}
	w.derived[key] = derivation{origin: at, namespace: !w.shows(key.Namespace)}
	return s
}

// shows reports whether anything shows that a namespace exists.
func (w *world) shows(namespace string) bool {
	if w.inv.Namespaces[namespace] != nil || len(w.inv.PodsIn(namespace)) > 0 {
		return true
	}
	return w.shown[namespace]
}

// announceMirrors writes the Endpoints of gateway mirrors, the only ones that have any: ready while the remote Service is.
func (w *world) announceMirrors() {
	for key, s := range w.Services {
		cluster := s.mirrorOf()
		target := w.fleet.worlds[cluster]
		if cluster == "" || target == nil || w.Endpoints[key] != nil {
			continue
		}
		remote := target.Endpoints[s.remoteKey(target)]
		w.Endpoints[key] = &Endpoints{Meta: Meta{Key: key, Doc: s.Doc}, Ready: remote != nil && remote.Ready}
	}
}

// remoteKey is the Service of another cluster that a gateway mirror stands for.
func (s *Service) remoteKey(target *world) kubernetes.Key {
	if name := s.Annotations[annotationRemoteName]; name != "" {
		rest := strings.TrimSuffix(name, ".svc."+target.Settings.clusterDomain())
		if service, namespace, ok := strings.Cut(rest, "."); ok {
			return kubernetes.Key{Name: service, Namespace: namespace}
		}
	}
	return kubernetes.Key{Name: strings.TrimSuffix(s.Name, "-"+target.at.Name), Namespace: s.Namespace}
}
