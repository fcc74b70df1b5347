package fleet

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// linkerdVersions are the API groups of which Linkerd's loader reads objects, with their versions.
var linkerdVersions = map[string][]string{
	"linkerd.io":                {"v1alpha2", "v1alpha1"},
	"policy.linkerd.io":         {"v1beta3", "v1beta2", "v1beta1", "v1alpha1"},
	"multicluster.linkerd.io":   {"v1alpha3", "v1alpha2", "v1alpha1"},
	"workload.linkerd.io":       {"v1beta1", "v1alpha1"},
	"split.smi-spec.io":         {"v1alpha1", "v1alpha2"},
	"gateway.networking.k8s.io": {"v1", "v1beta1", "v1alpha2", "v1alpha3"},
}

// linkerdKinds are the kinds that Linkerd's loader compiles.
var linkerdKinds = map[string][]string{
	"linkerd.io":                {"ServiceProfile"},
	"policy.linkerd.io":         {"HTTPRoute", "Server", "ServerAuthorization", "AuthorizationPolicy", "MeshTLSAuthentication", "NetworkAuthentication", "HTTPLocalRateLimitPolicy"},
	"multicluster.linkerd.io":   {"Link"},
	"workload.linkerd.io":       {"ExternalWorkload"},
	"split.smi-spec.io":         {"TrafficSplit"},
	"gateway.networking.k8s.io": {"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute"},
}

// asideOfLinkerd are kinds that act on requests in a mesh of Linkerd, each with what predictions therefore assume.
var asideOfLinkerd = map[string]string{
	"policy.linkerd.io/EgressNetwork":   "requests that leave the mesh are not part of predictions",
	"gateway.networking.k8s.io/Gateway": "what enters the mesh through it is not part of predictions",
}

// standingInLinkerd is the standing of an object in a mesh of Linkerd.
func standingInLinkerd(d *source.Document) verdict {
	group, version, _ := strings.Cut(d.APIVersion, "/")
	if strings.HasSuffix(group, ".istio.io") {
		return verdict{strange, "objects of Istio have no say in a mesh of Linkerd"}
	}
	known, ours := linkerdVersions[group]
	if !ours {
		return standingOf(d)
	}
	message, isAside := asideOfLinkerd[group+"/"+d.Kind]
	switch {
	case isAside:
		return verdict{strange, message}
	case !slices.Contains(linkerdKinds[group], d.Kind):
		if group == "gateway.networking.k8s.io" {
			return standingOf(d)
		}
		return verdict{strange, "muster knows no such kind in " + d.APIVersion}
	case !slices.Contains(known, version):
		return verdict{modelled, "Linkerd serves no version " + version + " of it that muster knows, and it is read as the versions that it knows"}
	}
	return verdict{standing: modelled}
}

// isOfLinkerd reports whether an object is one of Linkerd's own that its loader reads.
func isOfLinkerd(d *source.Document) bool {
	group, _, _ := strings.Cut(d.APIVersion, "/")
	return group != "gateway.networking.k8s.io" && slices.Contains(linkerdKinds[group], d.Kind)
}
