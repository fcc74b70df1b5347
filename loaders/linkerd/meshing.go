package linkerd

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// What the injector and the proxy are told of pods.
const (
	annotationInject          = "linkerd.io/inject"
	annotationSkipOutbound    = "config.linkerd.io/skip-outbound-ports"
	annotationSkipSubnets     = "config.linkerd.io/skip-subnets"
	annotationDefaultPolicy   = "config.linkerd.io/default-inbound-policy"
	annotationRequireIdentity = "config.linkerd.io/proxy-require-identity-inbound-ports"
	annotationVersion         = "config.linkerd.io/proxy-version"
	annotationInjected        = "linkerd.io/proxy-version" // the injector writes it
	annotationGatewayProxy    = "config.linkerd.io/enable-gateway"
	labelWebhooks             = "config.linkerd.io/admission-webhooks"
	labelComponent            = "linkerd.io/control-plane-component"
	labelCNI                  = "linkerd.io/cni-resource"

	injectEnabled  = "enabled"
	injectIngress  = "ingress"
	injectDisabled = "disabled"

	kindPod              = "Pod"
	kindExternalWorkload = "ExternalWorkload"
	inboundProxyPort     = 4143
)

// Meshing is how the pods of a subject take part in the mesh.
type Meshing struct {
	// Meshed tells whether they have, or will be given, a proxy.
	Meshed mesh.Value[bool]
	// Ingress: the proxy routes by the requests' hosts, and not by where they are sent.
	Ingress bool
	// ControlPlane is the namespace of the control plane that the proxy obeys; Identity is the name in its
	// certificate, "" without a proxy.
	ControlPlane, Identity string
	// SkipInbound are ports of the pods, SkipOutbound ports of what they call, and SkipSubnets addresses of
	// it, that bypass the proxy. Opaque are ports of which the proxy sees bytes alone.
	SkipInbound, SkipOutbound, Opaque PortList
	SkipSubnets                       []netip.Prefix
	SkipSubnetsFrom                   mesh.Origin
	// DefaultPolicy is for ports that no Server is for.
	DefaultPolicy mesh.Value[string]
	// ProxyVersion is that of the proxy, where the injector or an annotation says it; "" = the control plane's.
	ProxyVersion string
	// Gateway is what makes the proxy that of a multicluster gateway; zero if nothing does.
	Gateway mesh.Origin
}

// Meshing tells how a subject takes part in the mesh. Annotations of the namespace count where the pods have
// none, and only for pods that are still to be injected: the injector copies them (linkerd2 pkg/inject,
// report.go and inject.go).
func (c *Cluster) Meshing(s *Subject) Meshing {
	m := Meshing{Meshed: c.meshed(s), ControlPlane: c.Settings.namespace(), DefaultPolicy: c.defaultPolicy(s)}
	if own := s.Labels[labelControlPlane]; own != "" && !s.Proxy.IsZero() {
		m.ControlPlane = own
	}
	if s.Kind == kindExternalWorkload {
		if w := c.External[s.Key]; w != nil {
			m.Identity = w.Identity
		}
	} else if m.Meshed.State == mesh.Unknown || m.Meshed.V {
		m.Identity = s.ServiceAccount + "." + s.Namespace + ".serviceaccount.identity." + m.ControlPlane + "." + c.Settings.trustDomain()
	}
	inject, _, _ := c.annotation(s, annotationInject)
	m.Ingress = inject == injectIngress
	if m.ProxyVersion = s.Annotations[annotationInjected]; m.ProxyVersion == "" {
		m.ProxyVersion, _, _ = c.annotation(s, annotationVersion)
	}
	named := map[string]int{}
	for _, p := range s.Ports {
		if p.Name != "" {
			named[p.Name] = p.Number
		}
	}
	m.SkipInbound = c.portList(s, annotationSkipInbound, nil, c.Settings.SkipInbound.or(galera))
	m.SkipOutbound = c.portList(s, annotationSkipOutbound, nil, c.Settings.SkipOutbound.or(galera))
	m.Opaque = c.portList(s, annotationOpaquePorts, named, c.Settings.opaque())
	if s.Kind == kindExternalWorkload { // nothing redirects its traffic but its owner
		m.SkipInbound, m.SkipOutbound = PortList{}, PortList{}
	}
	m.SkipSubnets, m.SkipSubnetsFrom = c.Settings.SkipSubnets, mesh.Default(whoseDefault)
	if text, at, ok := c.annotation(s, annotationSkipSubnets); ok {
		m.SkipSubnets, _ = parseSubnets(text)
		m.SkipSubnetsFrom = at
	}
	if text, at, ok := c.annotation(s, annotationGatewayProxy); ok {
		if on, err := strconv.ParseBool(text); on && err == nil {
			m.Gateway = at
		}
	}
	return m
}

// MeshingOf is Meshing for a workload of an inventory, by its manifest, or else by one of its pods; false if
// the objects hold neither.
func (c *Cluster) MeshingOf(w *mesh.Workload, pods ...kubernetes.Key) (Meshing, *Subject, bool) {
	s := c.SubjectOf(w, pods...)
	if s == nil {
		return Meshing{}, nil, false
	}
	return c.Meshing(s), s, true
}

// SubjectOf is what a workload of an inventory makes its pods from. Pods of the inputs that run count more
// than the template does; nil if the objects hold neither.
func (c *Cluster) SubjectOf(w *mesh.Workload, pods ...kubernetes.Key) *Subject {
	for _, pod := range pods {
		if s := c.Subjects[SubjectKey{kindPod, pod}]; s != nil && s.Running {
			return s
		}
	}
	if s := c.Subjects[SubjectKey{w.Kind, kubernetes.Key{Namespace: w.Namespace, Name: w.Name}}]; s != nil {
		return s
	}
	for _, pod := range pods {
		if s := c.Subjects[SubjectKey{kindPod, pod}]; s != nil {
			return s
		}
	}
	return nil
}

// SkipPorts are the ports of a subject that bypass its proxy. Of a long list only those are told that the pods
// declare.
func (m Meshing) SkipPorts(s *Subject) []int {
	if m.SkipInbound.count() <= widestSkip {
		return m.SkipInbound.expand()
	}
	var out []int
	for _, p := range s.Ports {
		if p.Number > 0 && m.SkipInbound.Has(p.Number) {
			out = append(out, p.Number)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// annotation is an annotation of the pods, or one that the injector copies from their namespace.
func (c *Cluster) annotation(s *Subject, key string) (string, mesh.Origin, bool) {
	if v, ok := s.Annotations[key]; ok {
		return v, s.annotation(key), true
	}
	if ns := c.Namespaces[s.Namespace]; ns != nil && !s.Running && s.Proxy.IsZero() && s.Kind != kindExternalWorkload {
		if v, ok := ns.Annotations[key]; ok {
			return v, ns.At(annotationPath(key)), true
		}
	}
	return "", mesh.Origin{}, false
}

// portList is a list of ports that an annotation replaces.
func (c *Cluster) portList(s *Subject, key string, named map[string]int, otherwise PortList) PortList {
	text, at, ok := c.annotation(s, key)
	if !ok {
		return otherwise
	}
	return parsePortList(text, at, named)
}

// portSet is a list of ports of the policy controller: one entry that it cannot read takes all away.
func (c *Cluster) portSet(s *Subject, key string) (PortList, bool) {
	l := c.portList(s, key, nil, PortList{})
	return l, l.Set && len(l.Ignored) == 0
}

func (c *Cluster) requireOrigin(s *Subject) mesh.Origin {
	_, at, _ := c.annotation(s, annotationRequireIdentity)
	return at
}

// parseSubnets reads networks between commas, and what of them is none.
func parseSubnets(text string) (out []netip.Prefix, bad []string) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		if p, err := netip.ParsePrefix(part); err == nil {
			out = append(out, p.Masked())
		} else {
			bad = append(bad, part)
		}
	}
	return out, bad
}

func labelSet(m map[string]string) labels.Set { return labels.Set(m) }

// subject describes a pod that is not among the subjects.
func (p *Pod) subject() *Subject {
	s := &Subject{SubjectKey: SubjectKey{kindPod, p.Key}, Labels: p.Labels, Annotations: p.Annotations, ServiceAccount: p.ServiceAccount, Running: true, doc: p.Doc}
	if p.Proxy != nil {
		s.Proxy = p.At("/spec")
	}
	for _, port := range p.Ports {
		s.Ports = append(s.Ports, SubjectPort{Name: port.Name, Number: port.Container})
	}
	return s
}
