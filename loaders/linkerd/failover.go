package linkerd

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// FailoverAnswer is what becomes of the weights of a TrafficSplit.
type FailoverAnswer struct {
	Code Code // NotFound: there is no such TrafficSplit
	// Controlled: the split has the label of linkerd-failover. Otherwise its weights stay as written.
	Controlled    bool
	Primary       string
	PrimaryOrigin mesh.Origin
	PrimaryReady  bool
	Backends      []BackendWeight // as in the split
}

// BackendWeight is what a backend of a TrafficSplit ends up with.
type BackendWeight struct {
	Service string
	Weight  Weight // 0 or 1 where the operator decides
	// Ready: the core/v1 Endpoints of that name in the split's namespace have a ready address. It
	// is all that the operator looks at: flat mirrors, federated services and names with dots have
	// no such object.
	Ready bool
	// Endpoints is where readiness is written; without such an object the backend's own place.
	Origin mesh.Origin
}

// Failover answers on which weights linkerd-failover settles: all on the primary while it is ready,
// otherwise evenly on those that are (linkerd-failover controller/src/traffic_split.rs).
func (c *Cluster) Failover(key kubernetes.Key) FailoverAnswer {
	split := c.Splits[key]
	if split == nil {
		return FailoverAnswer{Code: NotFound}
	}
	out := FailoverAnswer{Code: OK}
	_, out.Controlled = split.Labels[labelFailover]
	out.Primary, out.PrimaryOrigin = split.primary()
	out.PrimaryReady = c.ready(split.Namespace, out.Primary)
	for _, b := range split.Backends {
		w := BackendWeight{Service: b.Service, Weight: cmp.Or(b.Weight, "0"), Ready: c.ready(split.Namespace, b.Service), Origin: b.Origin}
		if e := c.Endpoints[kubernetes.Key{Namespace: split.Namespace, Name: b.Service}]; e != nil {
			w.Origin = e.At("/subsets")
		}
		if out.Controlled {
			active := w.Ready
			if out.PrimaryReady {
				active = b.Service == out.Primary
			}
			w.Weight = "0"
			if active {
				w.Weight = "1"
			}
		}
		out.Backends = append(out.Backends, w)
	}
	return out
}

// primary is the backend that an annotation names; without it the first.
func (s *TrafficSplit) primary() (string, mesh.Origin) {
	if name, ok := s.Annotations[annotationPrimary]; ok {
		return name, s.At(annotationPath(annotationPrimary))
	}
	if len(s.Backends) == 0 {
		return "", s.At("/spec/backends")
	}
	return s.Backends[0].Service, s.Backends[0].Origin
}

func (c *Cluster) ready(namespace, name string) bool {
	e := c.Endpoints[kubernetes.Key{Namespace: namespace, Name: name}]
	return e != nil && e.Ready
}

// adapted is the TrafficSplit that linkerd-smi copies into a ServiceProfile; nil if there is none,
// or no adaptor, or the profile tells it to keep away. Of several splits of one apex the last by
// name counts; in a cluster it is the one that was changed last.
func (c *Cluster) adapted(profile kubernetes.Key, sp *ServiceProfile) *TrafficSplit {
	if !c.Adaptor {
		return nil
	}
	if sp != nil {
		if _, skip := sp.Annotations[annotationSkipAdaptor]; skip {
			return nil
		}
	}
	var out *TrafficSplit
	for _, s := range c.Splits {
		apex := kubernetes.Key{Namespace: s.Namespace, Name: s.Service}
		isOurs := s.Namespace == profile.Namespace && c.profileName(apex) == profile.Name
		if isOurs && (out == nil || strings.Compare(s.Name, out.Name) > 0) {
			out = s
		}
	}
	return out
}

// withOverrides is a ServiceProfile after the adaptor has copied a split into it. The weights are
// those that the operator settles on, where it is in charge of the split.
func (c *Cluster) withOverrides(key kubernetes.Key, sp *ServiceProfile, split *TrafficSplit) *ServiceProfile {
	out := &ServiceProfile{Meta: Meta{Key: key, Doc: split.Doc}}
	if sp != nil {
		clone := *sp
		out = &clone
	}
	out.Overrides = slices.Clip(out.Overrides[:0:0])
	for i, b := range c.Failover(split.Key).Backends {
		weight, _ := b.Weight.decimilli() // what is no quantity counts as 0, and was reported
		authority := c.profileName(kubernetes.Key{Namespace: split.Namespace, Name: b.Service})
		out.Overrides = append(out.Overrides, Override{Authority: authority, Weight: weight, Origin: split.Backends[i].Origin})
	}
	return out
}
