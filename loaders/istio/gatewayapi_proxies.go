package istio

import (
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// runs reports whether a proxy is one of a Gateway: a pod behind the Service that is deployed for it, or, where it names
// Services by hostname, behind one of these. Istio: extractGatewayServices, PushContext.mergeGateways.
func (w *world) runs(g *gateway.Gateway, cluster, namespace string, label func(string) string) bool {
	if namespace != g.Namespace {
		return false
	}
	if managed(g) {
		return label(labelGatewayName) == g.Name
	}
	for _, selector := range w.manualSelectors(g, cluster) {
		if len(selector) > 0 && matchesAll(selector, label) {
			return true
		}
	}
	return false
}

// managed reports whether istiod deploys a Gateway. Istio: IsManaged.
func managed(g *gateway.Gateway) bool {
	return len(g.Addresses) == 0 || len(g.Addresses) == 1 && g.Addresses[0].Type == string(gatewayv1.IPAddressType)
}

// manualSelectors are the selectors of the Services that a Gateway names as its own.
func (w *world) manualSelectors(g *gateway.Gateway, cluster string) []map[string]string {
	v := w.byCluster[cluster]
	if v == nil {
		return nil
	}
	var out []map[string]string
	for _, a := range g.Addresses {
		if a.Type != string(gatewayv1.HostnameAddressType) {
			continue
		}
		name, rest, dotted := strings.Cut(a.Value, ".")
		if dotted && rest != g.Namespace+".svc."+w.domain {
			continue
		}
		if s := v.inv.Services[kubernetes.Key{Namespace: g.Namespace, Name: name}]; s != nil {
			out = append(out, s.Selector)
		}
	}
	return out
}

// apiServers are the servers of the Gateways of the Gateway API whose proxy a client is, by the name of the Gateway.
func (w *world) apiServers(c *mesh.Client) []gatewayServer {
	var out []gatewayServer
	for _, key := range sortedKeys(w.apiGateways) {
		g := w.apiGateways[key]
		if !w.runs(g.Gateway, c.Cluster, c.Namespace, c.Label) {
			continue
		}
		for _, l := range g.listeners {
			if l.conflicts == nil {
				out = append(out, l.server)
			}
		}
	}
	return out
}

// runsGateway reports whether a pod is the proxy of a Gateway of the Gateway API.
func (w *world) runsGateway(cluster string, pod *kubernetes.Pod) bool {
	for _, g := range w.apiGateways {
		if w.runs(g.Gateway, cluster, pod.Namespace, func(k string) string { return pod.Labels[k] }) {
			return true
		}
	}
	return false
}

// askForProxies notes the labels by which the proxies of a Gateway are known.
func (w *world) askForProxies(g *gateway.Gateway, l *ClientLabels) {
	if managed(g) {
		l.asked(g.Namespace, map[string]string{labelGatewayName: g.Name})
		return
	}
	for _, v := range w.clusters {
		for _, selector := range w.manualSelectors(g, v.Name) {
			l.asked(g.Namespace, selector)
		}
	}
}
