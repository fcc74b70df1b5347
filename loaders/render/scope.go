package render

import (
	"cmp"
	"slices"
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

// scope says of everything missing which namespaces it may concern. Where it does not say so itself,
// these are the namespaces of the objects around it; where there are none, any, unless nothing comes
// of it and nobody named the source.
func (r *Result) scope(src Source) {
	around := slices.Clone(r.around)
	for _, d := range r.Docs {
		around = append(around, cmp.Or(d.Namespace, src.home(d)))
	}
	around = append(around, src.Namespace)
	slices.Sort(around)
	around = slices.DeleteFunc(slices.Compact(around), func(ns string) bool { return ns == "" })
	for i := range r.Missing {
		m := &r.Missing[i]
		if len(m.Namespaces) == 0 {
			m.Namespaces = around
		}
		m.Anywhere = len(m.Namespaces) == 0 && (m.Anywhere || !src.At.IsZero())
	}
}

// home is the namespace of an object that names none: that of the same name for a Namespace, none
// for what lives in none, else the source's, or the one that kubectl takes.
func (s Source) home(d *source.Document) string {
	switch {
	case d.Kind == "Namespace" && d.APIVersion == "v1":
		return d.Name
	case isClusterScoped(d):
		return ""
	}
	return cmp.Or(s.Namespace, "default")
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
