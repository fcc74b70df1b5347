package fleet

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/rollouts"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// standing is what an object means to predictions.
type standing int

const (
	modelled   standing = iota // a loader reads it
	unmodelled                 // it has no say in them, as far as muster predicts
	strange                    // it may have a say, and they take no notice of it
)

type verdict struct {
	standing
	message string // why, for what is strange; or what of a modelled kind is not in predictions
}

// ownGroups are the API groups of Kubernetes itself that loaders read, with their versions.
var ownGroups = map[string]bool{
	"": true, "apps": true, "batch": true, "discovery.k8s.io": true, "autoscaling": true, "policy": true, "networking.k8s.io": true, "extensions": true,
}

// versions that a group has had, where a loader reads its objects.
var versions = map[string][]string{
	"":                            {"v1"},
	"apps":                        {"v1", "v1beta1", "v1beta2"},
	"batch":                       {"v1", "v1beta1", "v2alpha1"},
	"discovery.k8s.io":            {"v1", "v1beta1", "v1alpha1"},
	"autoscaling":                 {"v1", "v2", "v2beta1", "v2beta2"},
	"policy":                      {"v1", "v1beta1"},
	"networking.k8s.io":           {"v1", "v1beta1", "v1alpha1"},
	"extensions":                  {"v1beta1"},
	"argoproj.io":                 {"v1alpha1"},
	"flagger.app":                 {"v1beta1", "v1alpha3"},
	"helm.toolkit.fluxcd.io":      {"v2", "v2beta1", "v2beta2"},
	"kustomize.toolkit.fluxcd.io": {"v1", "v1beta1", "v1beta2"},
	"networking.istio.io":         {"v1", "v1beta1", "v1alpha3"},
	"security.istio.io":           {"v1", "v1beta1"},
	"telemetry.istio.io":          {"v1", "v1alpha1"},
	"extensions.istio.io":         {"v1alpha1"},
	"install.istio.io":            {"v1alpha1"},
	"gateway.networking.k8s.io":   {"v1", "v1beta1", "v1alpha2", "v1alpha3"},
}

// idle are kinds of groups that loaders read, which exist and have no say.
var idle = map[string][]string{
	"": {"Binding", "ComponentStatus", "Event", "LimitRange", "PersistentVolume", "PersistentVolumeClaim", "PodTemplate",
		"ResourceQuota", "Secret", "Status"},
	"apps":              {"ControllerRevision"},
	"autoscaling":       {"Scale"},
	"policy":            {"Eviction", "PodSecurityPolicy"},
	"networking.k8s.io": {"IngressClass", "IPAddress", "ServiceCIDR", "ClusterCIDR"},
	"extensions":        {"PodSecurityPolicy", "Scale"},
}

// istioKinds are the kinds that the Istio loader compiles.
var istioKinds = map[string][]string{
	"networking.istio.io":       {"DestinationRule", "VirtualService", "ServiceEntry", "WorkloadEntry", "WorkloadGroup", "Gateway", "Sidecar"},
	"security.istio.io":         {"PeerAuthentication", "AuthorizationPolicy"},
	"install.istio.io":          {"IstioOperator"},
	"telemetry.istio.io":        {"Telemetry"},
	"gateway.networking.k8s.io": {"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "Gateway", "GatewayClass", "ReferenceGrant", "BackendTLSPolicy"},
}

// aside are kinds that act on requests, each with what predictions therefore assume.
var aside = map[string]string{
	"/ReplicationController":                  "its pods are not part of predictions",
	"networking.istio.io/EnvoyFilter":         "it rewrites what Envoy is told, and predictions hold for what Istio tells it",
	"networking.istio.io/ProxyConfig":         "predictions take proxies to run with their defaults",
	"extensions.istio.io/WasmPlugin":          "it runs code in the proxies, and predictions hold without it",
	"security.istio.io/RequestAuthentication": "predictions take every request to carry a token that it accepts",
	"networking.k8s.io/NetworkPolicy":         "predictions take it to let the requests of the mesh pass",
	"extensions/NetworkPolicy":                "predictions take it to let the requests of the mesh pass",
	"gateway.networking.k8s.io/UDPRoute":      "its routes are not part of predictions",
	"gateway.networking.k8s.io/ListenerSet":   "its listeners are not part of predictions",
	"gateway.networking.k8s.io/XListenerSet":  "its listeners are not part of predictions",
}

// controllers are the groups of rollout controllers: some of their kinds are read, and the others have no say.
var controllers = map[string]bool{"argoproj.io": true, "flagger.app": true, "helm.toolkit.fluxcd.io": true, "kustomize.toolkit.fluxcd.io": true}

// otherMeshes are the groups of other meshes than Istio.
var otherMeshes = map[string]string{
	"linkerd.io": "Linkerd", "policy.linkerd.io": "Linkerd", "multicluster.linkerd.io": "Linkerd", "workload.linkerd.io": "Linkerd",
	"consul.hashicorp.com": "Consul", "kuma.io": "Kuma", "traffic.spec.smi-spec.io": "SMI", "split.smi-spec.io": "SMI", "specs.smi-spec.io": "SMI", "access.smi-spec.io": "SMI",
}

func standingOf(d *source.Document) verdict {
	group, version, named := strings.Cut(d.APIVersion, "/")
	if !named {
		group, version = "", d.APIVersion
	}
	if message, ok := aside[group+"/"+d.Kind]; ok {
		return verdict{strange, message}
	}
	if name, ok := otherMeshes[group]; ok {
		if linkerdVersions[group] != nil || group == "consul.hashicorp.com" {
			return verdict{strange, "objects of " + name + " have no say in a mesh of another kind"}
		}
		return verdict{strange, "objects of " + name + " are not read yet"}
	}
	known, ours := versions[group]
	switch {
	case !ours && strings.HasSuffix(group, ".istio.io"):
		return verdict{strange, "Istio has no API group " + group + " that muster knows"}
	case !ours:
		return verdict{standing: unmodelled}
	case slices.Contains(idle[group], d.Kind), controllers[group] && !rollouts.Handles(d.APIVersion, d.Kind):
		return verdict{standing: unmodelled}
	case !kubernetes.Handles(d.APIVersion, d.Kind) && !rollouts.Handles(d.APIVersion, d.Kind) && !slices.Contains(istioKinds[group], d.Kind):
		return verdict{strange, "muster knows no such kind in " + d.APIVersion}
	case !slices.Contains(known, version):
		return verdict{modelled, "muster knows no version " + version + " of it, and reads it as the versions that it knows"}
	}
	return verdict{standing: modelled}
}

// standingIn is what an object means to predictions in a mesh of a kind.
func standingIn(kind mesh.Kind, d *source.Document) verdict {
	switch kind {
	case mesh.Linkerd:
		return standingInLinkerd(d)
	case mesh.Consul:
		return standingInConsul(d)
	}
	return standingOf(d)
}

// understood reports whether some loader reads objects of the document's kind.
func understood(d *source.Document) bool {
	return standingOf(d).standing == modelled || isOfLinkerd(d) || standingInConsul(d).standing == modelled
}

// isIstio reports whether the document belongs to the Istio loader: its own groups, and the
// Gateway API, whose mesh routes Istio implements.
func isIstio(d *source.Document) bool {
	group, _, _ := strings.Cut(d.APIVersion, "/")
	return strings.HasSuffix(group, ".istio.io") || group == "gateway.networking.k8s.io"
}
