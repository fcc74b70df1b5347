package linkerd

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// SubjectKey names what pods are made from: a Pod, a workload by its kind, or an ExternalWorkload.
type SubjectKey struct {
	Kind string
	kubernetes.Key
}

// Subject is what injection and inbound policy are decided for: a pod, the template that a workload
// makes its pods from, or an ExternalWorkload.
type Subject struct {
	SubjectKey
	Labels, Annotations map[string]string // of the pods
	ServiceAccount      string
	Ports               []SubjectPort
	// Running: the pod has an address, so that what it lacks now it will not get any more.
	Running     bool
	Address     netip.Addr // of a running pod; zero if it is not known
	HostNetwork bool
	// NoToken: the pods do not mount the token of their service account.
	NoToken bool
	// Proxy is where linkerd-proxy stands among the containers, Sidecar another container that keeps the
	// injector away; zero if there is none.
	Proxy, Sidecar mesh.Origin
	Probes         []HTTPProbe

	own  map[string]string // annotations of the workload itself, which are not its pods'
	doc  *source.Document
	path string // of the template; "" for an object that is its own
}

const protocolTCP = "TCP"

// SubjectPort is a port that a container, or an ExternalWorkload, declares.
type SubjectPort struct {
	Name     string
	Number   int
	Protocol string // "" = TCP
}

// HTTPProbe is a probe of the kubelet over HTTP.
type HTTPProbe struct {
	Port   int
	Origin mesh.Origin
}

// At is the origin of a value of the pods, by its JSON pointer from their metadata and spec.
func (s *Subject) At(path string) mesh.Origin { return mesh.At(s.doc, s.path+path) }

func (s *Subject) annotation(key string) mesh.Origin { return s.At(annotationPath(key)) }

// proxyPorts are those of the container linkerd-proxy (Linkerd's partials chart, _proxy.tpl).
var proxyPorts = map[string]int{"linkerd-proxy": inboundProxyPort, "linkerd-admin": 4191}

// named are the ports that have a name, TCP only (linkerd2 policy-controller workload.rs).
func (s *Subject) named(name string) []int {
	var out []int
	if port, ok := proxyPorts[name]; ok && !s.Running && s.Proxy.IsZero() {
		return []int{port} // of the container that the injector adds
	}
	for _, p := range s.Ports {
		if p.Name == name && p.Number > 0 && p.Number <= highestPort && (p.Protocol == "" || p.Protocol == protocolTCP) && !slices.Contains(out, p.Number) {
			out = append(out, p.Number)
		}
	}
	return out
}

type subjectManifest struct {
	Metadata metadata `json:"metadata"`
	Spec     struct {
		Template    *templateManifest `json:"template"`
		WorkloadRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"workloadRef"` // of an Argo Rollout
		JobTemplate struct { // of a CronJob
			Spec struct {
				Template *templateManifest `json:"template"`
			} `json:"spec"`
		} `json:"jobTemplate"`
	} `json:"spec"`
}

type subjectPodManifest struct {
	templateManifest
	Status struct {
		PodIP string `json:"podIP"`
	} `json:"status"`
}

type templateManifest struct {
	Metadata metadata        `json:"metadata"`
	Spec     podSpecManifest `json:"spec"`
}

type podSpecManifest struct {
	ServiceAccountName string             `json:"serviceAccountName"`
	ServiceAccount     string             `json:"serviceAccount"` // the field's old name
	HostNetwork        bool               `json:"hostNetwork"`
	MountToken         *bool              `json:"automountServiceAccountToken"`
	InitContainers     []subjectContainer `json:"initContainers"`
	Containers         []subjectContainer `json:"containers"`
}

type subjectContainer struct {
	Name  string `json:"name"`
	Image string `json:"image"`
	Ports []struct {
		Name          string `json:"name"`
		ContainerPort int    `json:"containerPort"`
		Protocol      string `json:"protocol"`
	} `json:"ports"`
	Readiness *subjectProbe `json:"readinessProbe"`
	Liveness  *subjectProbe `json:"livenessProbe"`
	Startup   *subjectProbe `json:"startupProbe"`
}

type subjectProbe struct {
	HTTPGet *struct {
		Port intOrString `json:"port"`
	} `json:"httpGet"`
}

// readSubject reads the template of a workload.
func readSubject(r *reader, doc *source.Document) {
	o := decode[subjectManifest](r, doc)
	if o == nil {
		return
	}
	template, path := o.Spec.Template, "/spec/template"
	if doc.Kind == "CronJob" {
		template, path = o.Spec.JobTemplate.Spec.Template, "/spec/jobTemplate/spec/template"
	}
	key := SubjectKey{doc.Kind, keyOf(doc)}
	if template == nil {
		if ref := o.Spec.WorkloadRef; doc.Kind == "Rollout" && ref.Kind == "Deployment" {
			r.borrowed[key] = SubjectKey{ref.Kind, kubernetes.Key{Namespace: key.Namespace, Name: ref.Name}}
		}
		return
	}
	s := newSubject(doc, key, path, template)
	s.own = o.Metadata.Annotations
	r.out.Subjects[key] = s
}

// readPodSubject reads a pod, which is its own template.
func readPodSubject(r *reader, doc *source.Document) {
	o := decode[subjectPodManifest](r, doc)
	if o == nil {
		return
	}
	key := SubjectKey{doc.Kind, keyOf(doc)}
	s := newSubject(doc, key, "", &o.templateManifest)
	s.Running = o.Status.PodIP != ""
	s.Address, _ = netip.ParseAddr(o.Status.PodIP) // one that cannot be read is not known
	r.out.Subjects[key] = s
}

func newSubject(doc *source.Document, key SubjectKey, path string, t *templateManifest) *Subject {
	s := &Subject{
		SubjectKey: key, Labels: t.Metadata.Labels, Annotations: t.Metadata.Annotations, doc: doc, path: path,
		ServiceAccount: cmp.Or(t.Spec.ServiceAccountName, t.Spec.ServiceAccount, defaultServiceAccount),
		HostNetwork:    t.Spec.HostNetwork,
		NoToken:        t.Spec.MountToken != nil && !*t.Spec.MountToken,
	}
	for i := range t.Spec.InitContainers {
		s.add(&t.Spec.InitContainers[i], "/spec/initContainers/"+strconv.Itoa(i), true)
	}
	for i := range t.Spec.Containers {
		s.add(&t.Spec.Containers[i], "/spec/containers/"+strconv.Itoa(i), false)
	}
	return s
}

// add reads a container.
func (s *Subject) add(c *subjectContainer, path string, initial bool) {
	for _, p := range c.Ports {
		s.Ports = append(s.Ports, SubjectPort{p.Name, p.ContainerPort, p.Protocol})
	}
	if c.Name == proxyContainer {
		s.Proxy = s.At(path)
	} else if isSidecar(c, initial) && s.Sidecar.IsZero() {
		s.Sidecar = s.At(path)
	}
	for _, probe := range []struct {
		field string
		probe *subjectProbe
	}{{"readinessProbe", c.Readiness}, {"livenessProbe", c.Liveness}, {"startupProbe", c.Startup}} {
		if c.Name == proxyContainer || probe.probe == nil || probe.probe.HTTPGet == nil {
			continue
		}
		port := probe.probe.HTTPGet.Port.number
		for _, p := range c.Ports {
			if name := probe.probe.HTTPGet.Port.text; name != "" && p.Name == name {
				port = p.ContainerPort
			}
		}
		s.Probes = append(s.Probes, HTTPProbe{port, s.At(path + "/" + probe.field)})
	}
}
