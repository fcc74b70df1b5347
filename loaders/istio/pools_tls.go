package istio

import (
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// secureClient decides what the client's rule asks it to speak, or that it is automatic.
// Istio: buildUpstreamTLSSettings, buildUpstreamClusterTLSContext.
func (d *draft) secureClient() {
	if t := d.policy.tls.v; t != nil {
		d.TLS = mesh.ClientTLS{Mode: d.explicitTLS(t), Explicit: true, SANs: t.SubjectAltNames, Origin: d.policy.tls.at.Child("mode")}
		return
	}
	d.TLS = mesh.ClientTLS{Mode: mesh.AutoTLS, Origin: byIstio}
	switch {
	case d.svc.external:
		d.TLS = mesh.ClientTLS{Mode: mesh.ClientTLSN, Origin: d.svc.origin}
	case !d.world.settings.GetEnableAutoMtls().GetValue():
		d.TLS = mesh.ClientTLS{Mode: mesh.ClientTLSN, Origin: d.world.config.MeshOrigin.Child("enableAutoMtls")}
	case d.hintsPlaintext():
		d.TLS.Mode = mesh.ClientTLSN
	case d.Discovery == mesh.OriginalDst:
		d.TLS.Mode = mesh.IstioTLS // nothing is known of the endpoint: all or none
	}
}

func (d *draft) explicitTLS(t *networking.ClientTLSSettings) mesh.ClientTLSMode {
	own := t.Mode == networking.ClientTLSSettings_SIMPLE || t.Mode == networking.ClientTLSSettings_MUTUAL
	if own && d.client.Kind == mesh.Sidecar && !d.rule.selects() && t.CredentialName != "" && !strings.HasPrefix(t.CredentialName, "configmap://") {
		return mesh.ClientTLSN // sidecars read secrets only for rules that select them
	}
	switch t.Mode {
	case networking.ClientTLSSettings_SIMPLE:
		return mesh.Simple
	case networking.ClientTLSSettings_MUTUAL:
		if t.CredentialName == "" && (t.ClientCertificate == "" || t.PrivateKey == "") {
			return mesh.ClientTLSN
		}
		return mesh.Mutual
	case networking.ClientTLSSettings_ISTIO_MUTUAL:
		return mesh.IstioTLS
	}
	return mesh.ClientTLSN
}

// hintsPlaintext is istiod's guess for a service as a whole, from policies without selector. Where
// the caller picks the address, one endpoint without a proxy decides for all.
// Istio: PushContext.BestEffortInferServiceMTLSMode.
func (d *draft) hintsPlaintext() bool {
	var tp *networking.TrafficPolicy
	switch {
	case d.subset != nil:
		tp = d.subset.TrafficPolicy
	case d.rule != nil:
		tp = d.rule.policy
	}
	if d.svc.resolution == passthrough || leavesAddress(tp.GetLoadBalancer()) {
		instances := d.svc.shard.forPort(d.port, true)
		if len(instances) == 0 || slices.ContainsFunc(instances, func(e *endpoint) bool { return e.tlsMode == tlsModeDisabled }) {
			return true
		}
	}
	return d.world.namespaceMTLS(d.svc.namespace) == mesh.DisableMTLS
}
