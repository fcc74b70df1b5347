package linkerd

import (
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/loaders/source"
)

func readServer(r *reader, doc *source.Document) {
	o := decode[serverManifest](r, doc)
	if o == nil {
		return
	}
	s := &Server{
		Meta:          newMeta(doc, o.Metadata),
		Selector:      r.selector(doc, "/spec/podSelector", o.Spec.PodSelector),
		PortNumber:    o.Spec.Port.number,
		PortName:      o.Spec.Port.text,
		ProxyProtocol: o.Spec.ProxyProtocol,
	}
	r.readAccess(s, o)
	r.out.Servers[s.Namespace] = append(r.out.Servers[s.Namespace], s)
}

// selector compiles a label selector. An empty one selects everything, an absent one nothing, and
// so does one that is malformed, which is reported.
func (r *reader) selector(doc *source.Document, path string, s *metav1.LabelSelector) labels.Selector {
	out, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		r.fail(doc, path, "this selector selects nothing: "+err.Error())
		return labels.Nothing()
	}
	return out
}

// linkSelector is a selector of a Link: an empty one selects nothing (linkerd2 service mirror).
func (r *reader) linkSelector(doc *source.Document, path string, s *metav1.LabelSelector) labels.Selector {
	if s == nil || len(s.MatchLabels)+len(s.MatchExpressions) == 0 {
		return labels.Nothing()
	}
	return r.selector(doc, path, s)
}

func readSplit(r *reader, doc *source.Document) {
	o := decode[splitManifest](r, doc)
	if o == nil {
		return
	}
	s := &TrafficSplit{Meta: newMeta(doc, o.Metadata), Service: o.Spec.Service}
	for i, b := range o.Spec.Backends {
		origin := s.At("/spec/backends/" + strconv.Itoa(i))
		if _, ok := b.Weight.Milli(); !ok && b.Weight != "" {
			r.fail(doc, origin.Path+"/weight", "this weight is no quantity; it counts as 0")
		}
		s.Backends = append(s.Backends, Backend{Service: b.Service, Weight: b.Weight, Origin: origin})
	}
	r.out.Splits[s.Key] = s
}

func readLink(r *reader, doc *source.Document) {
	o := decode[linkManifest](r, doc)
	if o == nil {
		return
	}
	l := &Link{
		Meta:                  newMeta(doc, o.Metadata),
		Cluster:               o.Spec.TargetClusterName,
		ClusterDomain:         o.Spec.TargetClusterDomain,
		ControlPlaneNamespace: o.Spec.TargetClusterLinkerdNamespace,
		GatewayPort:           o.Spec.GatewayPort.value(),
		GatewayIdentity:       o.Spec.GatewayIdentity,
		ProbePath:             o.Spec.ProbeSpec.Path,
		ProbePort:             o.Spec.ProbeSpec.Port.value(),
		ProbePeriod:           r.duration(doc, "/spec/probeSpec/period", o.Spec.ProbeSpec.Period),
		ProbeTimeout:          r.duration(doc, "/spec/probeSpec/timeout", o.Spec.ProbeSpec.Timeout),
		ProbeFailures:         o.Spec.ProbeSpec.FailureThreshold.value(),
		Mirrored:              r.linkSelector(doc, "/spec/selector", o.Spec.Selector),
		Flat:                  r.linkSelector(doc, "/spec/remoteDiscoverySelector", o.Spec.RemoteDiscoverySelector),
		Federated:             r.linkSelector(doc, "/spec/federatedServiceSelector", o.Spec.FederatedServiceSelector),
	}
	for address := range strings.SplitSeq(o.Spec.GatewayAddress, ",") {
		if address = strings.TrimSpace(address); address != "" {
			l.GatewayAddresses = append(l.GatewayAddresses, address)
		}
	}
	r.out.Links = append(r.out.Links, l)
}

// duration reads a duration as Go writes it; 0 if it is absent, or cannot be read, which is
// reported.
func (r *reader) duration(doc *source.Document, path, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		r.fail(doc, path, "this is no duration: write a number with a unit, such as 3s; it is left out")
	}
	return d
}
