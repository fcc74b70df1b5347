package istio

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/mesh"
)

// labelGatewayClass names the class of a deployed gateway.
const labelGatewayClass = "gateway.networking.k8s.io/gateway-class-name"

// Deployed is a gateway that istiod deploys for a Gateway of the Gateway API, and whose pods are not in the inputs. Where in its
// cluster they run, and how many, nobody says.
type Deployed struct {
	Cluster, Namespace, Name string // Name is that of its Deployment
	ServiceAccount           string
	Labels                   map[string]string // of its pods, as far as they are known
	Origin                   mesh.Origin
}

// Deployed lists the gateways that are deployed without any pod in the inputs, by cluster, namespace and name. istiod deploys them in
// the cluster whose objects it reads. Istio: gatewaycommon.DeploymentController, files/kube-gateway.yaml.
func (f *Fleet) Deployed() []Deployed {
	var out []Deployed
	for _, w := range f.worlds {
		v := w.byCluster[w.cluster]
		if v == nil {
			continue
		}
		for _, key := range sortedKeys(w.apiGateways) {
			g := w.apiGateways[key]
			if !managed(g.Gateway) || g.passesOn() || len(v.inv.SelectPods(g.Namespace, map[string]string{labelGatewayName: g.Name})) > 0 {
				continue
			}
			d := Deployed{Cluster: w.cluster, Namespace: g.Namespace, Labels: maps.Clone(g.Gateway.Deployed.Labels), Origin: g.At("/spec/gatewayClassName")}
			d.Name = cmp.Or(g.Annotations[annotationNameOverride], g.Name+"-"+g.Class)
			d.ServiceAccount = cmp.Or(g.Annotations[annotationServiceAccount], g.Name+"-"+g.Class)
			if d.Labels == nil {
				d.Labels = map[string]string{}
			}
			d.Labels[labelGatewayName], d.Labels[labelGatewayClass] = g.Name, g.Class
			out = append(out, d)
		}
	}
	return out
}

// passesOn reports whether a Gateway only hands TLS connections on by their server names, as those between networks do.
func (g *apiGateway) passesOn() bool {
	return len(g.listeners) > 0 && !slices.ContainsFunc(g.listeners, func(l *apiListener) bool {
		return l.server.GetTls().GetMode() != networking.ServerTLSSettings_AUTO_PASSTHROUGH
	})
}

// gatewayFacts are what is wrong with Gateways of the Gateway API themselves.
func (w *world) gatewayFacts() []*mesh.Fact {
	var out []*mesh.Fact
	for _, key := range sortedKeys(w.apiGateways) {
		g := w.apiGateways[key]
		say := func(kind mesh.FactKind, at mesh.Origin, format string, args ...any) {
			out = append(out, &mesh.Fact{Kind: kind, Origin: at, Resource: g.Resource(), Message: fmt.Sprintf("Gateway %s: ", g.Key()) + fmt.Sprintf(format, args...)})
		}
		if v := w.byCluster[w.cluster]; v != nil && !managed(g.Gateway) && len(w.manualSelectors(g.Gateway, w.cluster)) == 0 {
			say(mesh.FactUnsupported, g.At("/spec/addresses"), "no Service of the inputs is one of its addresses, so nobody is known to run it: what its callers meet is not predicted")
		}
		for _, l := range g.listeners {
			if l.conflicts != nil {
				say(mesh.FactInvalid, l.Origin, "listener %s is left out, for listener %s stands on the same port and name before it", l.Name, l.conflicts.Name)
			}
			out = append(out, w.refusedCertificates(g, l)...)
		}
		for i := range g.Listeners {
			l := &g.Listeners[i]
			if !slices.ContainsFunc(g.listeners, func(o *apiListener) bool { return o.Listener == l }) {
				what := "protocol " + l.Protocol
				if l.Protocol == "HTTPS" || l.Protocol == "TLS" {
					what += " without tls"
				}
				say(mesh.FactInvalid, l.Origin, "Istio makes nothing of listener %s, for its %s", l.Name, what)
			}
		}
	}
	return out
}

// alphaFacts tell that an older istiod reads some kinds only if it is asked to. Istio: PILOT_ENABLE_ALPHA_GATEWAY_API.
func (w *world) alphaFacts() []*mesh.Fact {
	if w.version.since(31) {
		return nil
	}
	var out []*mesh.Fact
	say := func(m *gateway.Meta) {
		out = append(out, &mesh.Fact{Kind: mesh.FactUnsupported, Origin: m.At("/kind"), Resource: m.Resource(),
			Message: fmt.Sprintf("%s %s: Istio before 1.31 may read it only with PILOT_ENABLE_ALPHA_GATEWAY_API, and predictions take it to be read as 1.31 does", m.Kind, m.Key())})
	}
	for _, r := range w.config.Routes {
		if r.Kind == gateway.TLSRoute || r.Kind == gateway.TCPRoute {
			say(&r.Meta)
		}
	}
	for _, p := range w.config.TLSPolicies {
		say(&p.Meta)
	}
	return out
}

// refusedCertificates are those of other namespaces that no ReferenceGrant lets a listener use. Istio: buildTLS.
func (w *world) refusedCertificates(g *apiGateway, l *apiListener) []*mesh.Fact {
	if l.TLS == nil {
		return nil
	}
	var out []*mesh.Fact
	from := gateway.Reference{Group: gateway.Group, Kind: gateway.KindGateway, Namespace: g.Namespace, Name: g.Name}
	for i, c := range l.TLS.Certificates {
		if w.config.Grants.Allow(from, c) {
			continue
		}
		out = append(out, &mesh.Fact{
			Kind: mesh.FactInvalid, Origin: child(l.Origin, "tls", "certificateRefs", i, "namespace"), Resource: g.Resource(),
			Message: fmt.Sprintf("Gateway %s: listener %s has no certificate from %s %s/%s, for no ReferenceGrant of namespace %s lets it", g.Key(), l.Name, c.Kind, c.Namespace, c.Name, c.Namespace),
		})
	}
	return out
}
