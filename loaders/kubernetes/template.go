package kubernetes

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// template is what pods are made from, with the place it stands in. A Pod is its own template.
type template struct {
	doc                 *source.Document
	path                string // JSON pointer: "/spec/template"; "" for a Pod
	namespace           string
	labels, annotations map[string]string
	spec                *podSpec
	bad                 []string // JSON pointers in doc of values that were left out for their type
}

func (t *template) at(path string) mesh.Origin { return mesh.At(t.doc, t.path+path) }

func (t *template) label(key string) mesh.Origin {
	return t.at("/metadata/labels/" + escape(key))
}

func (t *template) annotation(key string) mesh.Origin {
	return t.at("/metadata/annotations/" + escape(key))
}

// PodAnnotation is an annotation of a workload's pods with its place; "" if they have none.
func (inv *Inventory) PodAnnotation(w *mesh.Workload, key string) (string, mesh.Origin) {
	i, known := slices.BinarySearchFunc(inv.templates, w.ID, func(t workloadTemplate, id string) int { return cmp.Compare(t.workload.ID, id) })
	if !known {
		return "", mesh.Origin{}
	}
	v, written := inv.templates[i].annotations[key]
	if !written {
		return "", mesh.Origin{}
	}
	return v, inv.templates[i].annotation(key)
}

func (t *template) serviceAccount() string {
	return cmp.Or(t.spec.ServiceAccountName, t.spec.ServiceAccount, "default")
}

// ports are the declared ports of everything that keeps running: containers, and init
// containers that are restarted always (sidecars).
func (t *template) ports() []ContainerPort {
	var out []ContainerPort
	add := func(c *container) {
		for _, p := range c.Ports {
			out = append(out, ContainerPort{p.Name, p.ContainerPort, cmp.Or(p.Protocol, "TCP")})
		}
	}
	for i := range t.spec.Containers {
		add(&t.spec.Containers[i])
	}
	for i := range t.spec.InitContainers {
		if t.spec.InitContainers[i].RestartPolicy == "Always" {
			add(&t.spec.InitContainers[i])
		}
	}
	return out
}

// Annotations that let ports bypass the sidecar.
const (
	excludeInbound = "traffic.sidecar.istio.io/excludeInboundPorts"
	includeInbound = "traffic.sidecar.istio.io/includeInboundPorts"
)

// skipPorts are the inbound ports that bypass the proxy: those excluded, and with an inclusion
// list the declared ports that it leaves out.
func (t *template) skipPorts() []int {
	skip := portList(t.annotations[excludeInbound])
	if include, ok := t.annotations[includeInbound]; ok && strings.TrimSpace(include) != "*" {
		included := portList(include)
		for _, p := range t.ports() {
			if !slices.Contains(included, p.Number) {
				skip = append(skip, p.Number)
			}
		}
	}
	slices.Sort(skip)
	return slices.Compact(skip)
}

func portList(text string) []int {
	var out []int
	for word := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(word)); err == nil && n > 0 && n < 65536 {
			out = append(out, n)
		}
	}
	return out
}

// isProxy recognises the containers that a mesh adds.
func isProxy(c *container) bool {
	switch c.Name {
	case proxyContainer, "istio-init", "istio-validation", "linkerd-proxy", "linkerd-init", "consul-dataplane":
		return true
	}
	return false
}

// probe finds the probe of the application: the first container that has one, a proxy's only if
// there is no other. name is the field ("readinessProbe").
func (t *template) probe(name string, of func(*container) *probeManifest) *mesh.Probe {
	best := -1
	for i := range t.spec.Containers {
		c := &t.spec.Containers[i]
		if of(c) == nil {
			continue
		}
		if !isProxy(c) {
			best = i
			break
		}
		if best < 0 {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return t.probeAt(of(&t.spec.Containers[best]), "/spec/containers/"+strconv.Itoa(best)+"/"+name)
}

// probeAt is a probe as written, with Kubernetes' defaults; nil if there is none.
func (t *template) probeAt(manifest *probeManifest, path string) *mesh.Probe {
	if manifest == nil {
		return nil
	}
	p := &mesh.Probe{
		Handler: "exec",
		Period:  seconds(manifest.PeriodSeconds, 10),
		Timeout: seconds(manifest.TimeoutSeconds, 1),
		Failure: int(cmp.Or(max(manifest.FailureThreshold, 0), 3)),
		Origin:  t.at(path),
	}
	switch {
	case manifest.HTTPGet != nil:
		p.Handler, p.Port, p.Path = "http", t.portNumber(manifest.HTTPGet.Port), manifest.HTTPGet.Path
	case manifest.TCPSocket != nil:
		p.Handler, p.Port = "tcp", t.portNumber(manifest.TCPSocket.Port)
	case manifest.GRPC != nil:
		p.Handler, p.Port, p.Path = "grpc", t.portNumber(manifest.GRPC.Port), manifest.GRPC.Service
	}
	return p
}

// portNumber resolves the port of a probe, which may be a declared port's name.
func (t *template) portNumber(port intOrString) int {
	if port.number == 0 {
		for _, p := range t.ports() {
			if p.Name == port.text && p.Name != "" {
				return p.Number
			}
		}
	}
	return port.number
}

func seconds(n, otherwise int32) time.Duration {
	if n <= 0 {
		n = otherwise
	}
	return time.Duration(n) * time.Second
}
