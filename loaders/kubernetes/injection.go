package kubernetes

import (
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// What Istio looks at to decide about the proxy of a pod.
const (
	tlsModeLabel       = "security.istio.io/tlsMode"
	injectLabel        = "sidecar.istio.io/inject" // also the older annotation of the same name
	injectionLabel     = "istio-injection"
	revisionLabel      = "istio.io/rev"
	dataplaneLabel     = "istio.io/dataplane-mode"
	redirectAnnotation = "ambient.istio.io/redirection" // istio-cni writes it on captured pods
	proxyContainer     = "istio-proxy"
)

// neverInjected are the namespaces that Istio's injector leaves alone whatever they say
// (Istio: inject.IgnoredNamespaces).
var neverInjected = map[string]bool{
	"kube-system": true, "kube-public": true, "kube-node-lease": true, "local-path-storage": true,
}

// membership tells whether pods take part in the mesh, and how.
type membership struct {
	meshed  mesh.Value[bool]
	ambient bool
}

// membership resolves whether the pods of a template get a proxy. running says that the template
// is a pod with an address: what it lacks now it will not get any more. ns is nil if the
// Namespace is not in the inputs.
func (t *template) membership(ns *Namespace, running bool) membership {
	if proxy := t.proxy(); proxy.IsKnown() {
		return membership{meshed: proxy}
	}
	if at, ok := t.ambient(ns, running); ok {
		return membership{meshed: mesh.Of(true, at), ambient: true}
	}
	if running {
		at := t.at("/metadata/labels")
		at.Note = "a running pod without a proxy"
		return membership{meshed: mesh.Of(false, at)}
	}
	if t.spec.HostNetwork {
		return membership{meshed: mesh.Of(false, t.at("/spec/hostNetwork"))}
	}
	return membership{meshed: t.injection(ns)}
}

// proxy is known if the pods certainly have a sidecar already.
func (t *template) proxy() mesh.Value[bool] {
	if t.labels[tlsModeLabel] == "istio" {
		return mesh.Of(true, t.label(tlsModeLabel))
	}
	for i := range t.spec.Containers {
		if t.spec.Containers[i].Name == proxyContainer {
			return mesh.Of(true, t.at("/spec/containers/"+strconv.Itoa(i)))
		}
	}
	for i := range t.spec.InitContainers {
		if t.spec.InitContainers[i].Name == proxyContainer {
			return mesh.Of(true, t.at("/spec/initContainers/"+strconv.Itoa(i)))
		}
	}
	return mesh.Value[bool]{}
}

// ambient reports whether ztunnel takes the pods' traffic, and by which line. A pod that gets a
// sidecar is not captured, and the pod's own label wins over its namespace's.
func (t *template) ambient(ns *Namespace, running bool) (at mesh.Origin, ok bool) {
	if t.spec.HostNetwork {
		return mesh.Origin{}, false
	}
	switch mode := t.labels[dataplaneLabel]; {
	case t.annotations[redirectAnnotation] == "enabled":
		at = t.annotation(redirectAnnotation)
	case mode == "ambient":
		at = t.label(dataplaneLabel)
	case mode == "" && ns != nil && ns.Labels[dataplaneLabel] == "ambient":
		at = ns.label(dataplaneLabel)
	default:
		return mesh.Origin{}, false
	}
	return at, running || !t.injection(ns).Or(false)
}

// injection is the answer of Istio's injection webhooks to the pods of a template. The
// namespace's istio-injection label beats its revision, which beats the pod's labels; the pod can
// only opt out, unless the namespace says nothing. An annotation alone never brings a pod to the
// injector.
func (t *template) injection(ns *Namespace) mesh.Value[bool] {
	if neverInjected[t.namespace] {
		return mesh.Of(false, mesh.Origin{Note: "Istio never injects into " + t.namespace})
	}
	inject, at := t.labels[injectLabel], t.label(injectLabel)
	if inject == "" {
		if t.annotations[injectLabel] == "false" {
			return mesh.Of(false, t.annotation(injectLabel))
		}
		if t.labels[revisionLabel] != "" {
			inject, at = "true", t.label(revisionLabel)
		}
	}
	if inject == "false" {
		return mesh.Of(false, at)
	}
	if ns == nil {
		if inject == "true" {
			return mesh.Of(true, at)
		}
		return mesh.UnknownOf[bool]("namespace "+t.namespace+" is not in the inputs", mesh.At(t.doc, "/metadata/namespace"))
	}
	switch byNamespace, said := ns.Labels[injectionLabel]; {
	case said:
		return mesh.Of(byNamespace == "enabled", ns.label(injectionLabel))
	case ns.Labels[revisionLabel] != "":
		return mesh.Of(true, ns.label(revisionLabel))
	case inject == "true":
		return mesh.Of(true, at)
	}
	at = mesh.At(ns.Doc, "/metadata/labels")
	at.Note = "no injection label"
	return mesh.Of(false, at)
}

func (ns *Namespace) label(key string) mesh.Origin {
	return mesh.At(ns.Doc, "/metadata/labels/"+escape(key))
}
