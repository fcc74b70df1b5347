package linkerd

import "github.com/passmuster/muster/mesh"

// meshed resolves whether there is, or will be, a proxy.
func (c *Cluster) meshed(s *Subject) mesh.Value[bool] {
	switch {
	case s.Kind == kindExternalWorkload:
		return mesh.Of(true, s.At("/spec"))
	case !s.Proxy.IsZero():
		return mesh.Of(true, s.Proxy)
	case s.Kind == kindPod && s.Labels[labelControlPlane] != "": // the injector wrote the label, and the proxy is gone
		return mesh.Of(false, s.At(labelPath(labelControlPlane)))
	case s.Running:
		at := s.At("/spec")
		at.Note = "a running pod without a proxy"
		return mesh.Of(false, at)
	case s.HostNetwork:
		return mesh.Of(false, s.At("/spec/hostNetwork"))
	case !s.Sidecar.IsZero():
		return mesh.Of(false, s.Sidecar)
	case s.NoToken && c.Settings.NoTokenProjection:
		return mesh.Of(false, s.At("/spec/automountServiceAccountToken"))
	}
	for _, label := range []string{labelComponent, labelCNI} {
		if _, ok := s.Labels[label]; ok {
			return mesh.Of(false, s.At(labelPath(label)))
		}
	}
	return c.injection(s)
}

// neverInjected are the namespaces that the injector's webhook is not asked about (Linkerd's chart).
func neverInjected(namespace string) bool {
	return namespace == "kube-system" || namespace == "cert-manager"
}

// injection is the injector's answer. What the pod says wins, unless the namespace has a value that is none.
func (c *Cluster) injection(s *Subject) mesh.Value[bool] {
	if neverInjected(s.Namespace) {
		return mesh.Of(false, mesh.Origin{Note: "Linkerd never injects into " + s.Namespace})
	}
	own, said := s.Annotations[annotationInject]
	at := s.annotation(annotationInject)
	ns := c.Namespaces[s.Namespace]
	if ns == nil {
		switch {
		case said && own != "":
			return mesh.Of(isInjecting(own), at)
		default:
			return mesh.UnknownOf[bool]("namespace "+s.Namespace+" is not in the inputs", mesh.At(s.doc, "/metadata/namespace"))
		}
	}
	theirs := ns.Annotations[annotationInject]
	from := ns.At(annotationPath(annotationInject))
	switch {
	case ns.Labels[labelWebhooks] == injectDisabled:
		return mesh.Of(false, ns.At(labelPath(labelWebhooks)))
	case !isInject(theirs):
		return mesh.Of(false, from)
	case own != "":
		return mesh.Of(isInjecting(own), at)
	case theirs != "":
		return mesh.Of(isInjecting(theirs), from)
	}
	from = ns.At(annotationsPath)
	from.Note = "neither the namespace nor the pods ask for a proxy"
	return mesh.Of(false, from)
}

func isInjecting(value string) bool { return value == injectEnabled || value == injectIngress }

func isInject(value string) bool { return value == "" || value == injectDisabled || isInjecting(value) }
