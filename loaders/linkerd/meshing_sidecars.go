package linkerd

import "strings"

// isSidecar recognises the containers, other than one called linkerd-proxy, at which the injector takes a
// pod for one that is in a mesh already (linkerd2 pkg/healthcheck/sidecar.go).
func isSidecar(c *subjectContainer, initial bool) bool {
	if initial {
		return c.Name == "linkerd-init" || c.Name == "istio-init" ||
			strings.HasPrefix(c.Image, "cr.l5d.io/linkerd/proxy-init:") || strings.HasPrefix(c.Image, "gcr.io/istio-release/proxy_init:")
	}
	return c.Name == "istio-proxy" || strings.HasPrefix(c.Image, "cr.l5d.io/linkerd/proxy:") || strings.HasPrefix(c.Image, "gcr.io/istio-release/proxyv2:")
}
