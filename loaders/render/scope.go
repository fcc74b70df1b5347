package render

import (
	"strings"

	"github.com/passmuster/muster/loaders/source"
)

// clusterScoped are the kinds that live in no namespace, by group, as far as Kubernetes, Gateway API,
// cert-manager and the meshes define them.
var clusterScoped = map[string][]string{
	"":                             {"Namespace", "Node", "PersistentVolume", "ComponentStatus"},
	"rbac.authorization.k8s.io":    {"ClusterRole", "ClusterRoleBinding"},
	"apiextensions.k8s.io":         {"CustomResourceDefinition"},
	"apiregistration.k8s.io":       {"APIService"},
	"storage.k8s.io":               {"StorageClass", "VolumeAttachment", "CSIDriver", "CSINode", "VolumeAttributesClass"},
	"scheduling.k8s.io":            {"PriorityClass"},
	"node.k8s.io":                  {"RuntimeClass"},
	"networking.k8s.io":            {"IngressClass", "ServiceCIDR", "IPAddress"},
	"certificates.k8s.io":          {"CertificateSigningRequest", "ClusterTrustBundle"},
	"policy":                       {"PodSecurityPolicy"},
	"gateway.networking.k8s.io":    {"GatewayClass"},
	"flowcontrol.apiserver.k8s.io": {"FlowSchema", "PriorityLevelConfiguration"},
	"resource.k8s.io":              {"DeviceClass", "ResourceSlice"},
	"snapshot.storage.k8s.io":      {"VolumeSnapshotClass", "VolumeSnapshotContent"},
	"admissionregistration.k8s.io": {
		"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "ValidatingAdmissionPolicy",
		"ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
	},
	"cert-manager.io":       {"ClusterIssuer"},
	"kyverno.io":            {"ClusterPolicy", "ClusterCleanupPolicy"},
	"multicluster.x-k8s.io": {"ClusterProperty"},
}

// isClusterScoped reports whether an object lives in no namespace.
func isClusterScoped(d *source.Document) bool {
	group, _, ok := strings.Cut(d.APIVersion, "/")
	if !ok {
		group = ""
	}
	for _, kind := range clusterScoped[group] {
		if d.Kind == kind {
			return true
		}
	}
	return false
}
