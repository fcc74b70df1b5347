package linkerd

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// ExternalWorkload is a workload.linkerd.io ExternalWorkload: a machine outside the cluster that is in the
// mesh. Services select it as they do pods.
type ExternalWorkload struct {
	Meta
	Identity   string // in its certificate
	ServerName string
	Addresses  []netip.Addr
	Ports      []SubjectPort
	// Ready is its condition Ready. Whoever watches the machine writes it, so that of a manifest without a
	// status it is not known; clients are not given a workload that is not ready.
	Ready mesh.Value[bool]
}

// TLSIdentity and where it stands: what a client demands of the workload's certificate.
func (w *ExternalWorkload) TLSIdentity() (string, mesh.Origin) {
	return w.Identity, w.At(w.meshTLSPath() + "/identity")
}

func (w *ExternalWorkload) meshTLSPath() string {
	if w.Doc.APIVersion == groupWorkload+"/v1alpha1" {
		return "/spec/meshTls"
	}
	return "/spec/meshTLS"
}

func readExternalWorkload(r *reader, doc *source.Document) {
	o := decode[externalWorkloadManifest](r, doc)
	if o == nil {
		return
	}
	w := &ExternalWorkload{Meta: newMeta(doc, o.Metadata)}
	var faults []fault
	tls := o.Spec.MeshTLS
	if w.meshTLSPath() == "/spec/meshTls" {
		tls = o.Spec.OldMeshTLS
	}
	const longest = 253
	switch {
	case tls == nil || tls.Identity == "" || tls.ServerName == "":
		faults = append(faults, fault{w.meshTLSPath(), "it needs meshTLS with an identity and a serverName"})
	case len(tls.Identity) > longest || len(tls.ServerName) > longest:
		faults = append(faults, fault{w.meshTLSPath(), "identity and serverName can have 253 characters"})
	default:
		w.Identity, w.ServerName = tls.Identity, tls.ServerName
	}
	for i, ip := range o.Spec.WorkloadIPs {
		addr, err := netip.ParseAddr(ip.IP)
		if err != nil || addr.Zone() != "" {
			r.fail(doc, "/spec/workloadIPs/"+strconv.Itoa(i)+"/ip", quoted(ip.IP)+" is no IP address; it is left out")
			continue
		}
		w.Addresses = append(w.Addresses, addr)
	}
	for i, p := range o.Spec.Ports {
		if p.Port <= 0 || p.Port > highestPort {
			faults = append(faults, fault{"/spec/ports/" + strconv.Itoa(i) + "/port", "a port is a number from 1 to 65535"})
		}
		w.Ports = append(w.Ports, SubjectPort{p.Name, p.Port, cmp.Or(p.Protocol, protocolTCP)})
	}
	w.Ready = readiness(w, o)
	if !r.admits(doc, faults) {
		return
	}
	r.out.External[w.Key] = w
	key := SubjectKey{kindExternalWorkload, w.Key}
	r.out.Subjects[key] = &Subject{SubjectKey: key, Labels: w.Labels, Annotations: w.Annotations, Ports: w.Ports, Running: true, doc: doc}
}

// readiness is the condition Ready; any that is True counts (linkerd2 external-workload IsEwReady).
func readiness(w *ExternalWorkload, o *externalWorkloadManifest) mesh.Value[bool] {
	if len(o.Status.Conditions) == 0 {
		return mesh.UnknownOf[bool]("the inputs do not hold the status of ExternalWorkload "+w.Namespace+"/"+w.Name, w.At(""))
	}
	for i, c := range o.Status.Conditions {
		if c.Type == "Ready" && c.Status == "True" {
			return mesh.Of(true, w.At("/status/conditions/"+strconv.Itoa(i)))
		}
	}
	return mesh.Of(false, w.At("/status/conditions"))
}

// ExternalMembers are the ExternalWorkloads that a Service selects, sorted by name. Those without an address
// are no endpoints (linkerd2 external-workload endpoints_reconciler.go).
func (c *Cluster) ExternalMembers(svc *kubernetes.Service) []*ExternalWorkload {
	if len(svc.Selector) == 0 {
		return nil
	}
	var out []*ExternalWorkload
	selector := labels.SelectorFromSet(svc.Selector)
	for _, w := range c.External {
		if w.Namespace == svc.Namespace && len(w.Addresses) > 0 && selector.Matches(labels.Set(w.Labels)) {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, func(a, b *ExternalWorkload) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// TargetPort is the port of the workload that a port of a Service leads to, by name or number; false if the
// workload does not declare it with the same protocol: other than a pod's, its ports have to be written down.
func (w *ExternalWorkload) TargetPort(p kubernetes.ServicePort) (int, bool) {
	number := cmp.Or(p.TargetPort, p.Number)
	for _, own := range w.Ports {
		named := p.TargetName != "" && own.Name == p.TargetName
		if (named || p.TargetName == "" && own.Number == number) && own.Protocol == cmp.Or(p.Protocol, protocolTCP) {
			return own.Number, true
		}
	}
	return 0, false
}

// Zone is the zone that clients are told of: a label of the workload; "" if it has none.
func (w *ExternalWorkload) Zone() string { return w.Labels[labelZone] }

// ExternalInbound is what the proxy of an ExternalWorkload accepts.
func (c *Cluster) ExternalInbound(w *ExternalWorkload) *mesh.Inbound {
	if s := c.Subjects[SubjectKey{kindExternalWorkload, w.Key}]; s != nil {
		return c.InboundOf(s)
	}
	return nil
}
