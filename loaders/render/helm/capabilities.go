package helm

import (
	"slices"

	"helm.sh/helm/v3/pkg/chartutil"
)

// DefaultKubeVersion is the version of Kubernetes that charts are told about when nobody names
// one. The library's own default is v1.20, for which most charts have an old branch.
const DefaultKubeVersion = "1.33.0"

// served lists what a cluster of DefaultKubeVersion with Istio and the Gateway API serves: per
// group and version the kinds that charts ask for. Kubernetes: API groups enabled by default.
var served = []struct {
	version string
	kinds   []string
}{
	{"v1", []string{"Binding", "ConfigMap", "Endpoints", "Event", "LimitRange", "Namespace", "Node", "PersistentVolume",
		"PersistentVolumeClaim", "Pod", "PodTemplate", "ReplicationController", "ResourceQuota", "Secret", "Service", "ServiceAccount"}},
	{"admissionregistration.k8s.io/v1", []string{"MutatingWebhookConfiguration", "ValidatingAdmissionPolicy",
		"ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration"}},
	{"apiextensions.k8s.io/v1", []string{"CustomResourceDefinition"}},
	{"apiregistration.k8s.io/v1", []string{"APIService"}},
	{"apps/v1", []string{"ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"}},
	{"authentication.k8s.io/v1", []string{"SelfSubjectReview", "TokenReview"}},
	{"authorization.k8s.io/v1", []string{"LocalSubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview"}},
	{"autoscaling/v1", []string{"HorizontalPodAutoscaler", "Scale"}},
	{"autoscaling/v2", []string{"HorizontalPodAutoscaler"}},
	{"batch/v1", []string{"CronJob", "Job"}},
	{"certificates.k8s.io/v1", []string{"CertificateSigningRequest"}},
	{"coordination.k8s.io/v1", []string{"Lease"}},
	{"discovery.k8s.io/v1", []string{"EndpointSlice"}},
	{"events.k8s.io/v1", []string{"Event"}},
	{"flowcontrol.apiserver.k8s.io/v1", []string{"FlowSchema", "PriorityLevelConfiguration"}},
	{"networking.k8s.io/v1", []string{"IPAddress", "Ingress", "IngressClass", "NetworkPolicy", "ServiceCIDR"}},
	{"node.k8s.io/v1", []string{"RuntimeClass"}},
	{"policy/v1", []string{"Eviction", "PodDisruptionBudget"}},
	{"rbac.authorization.k8s.io/v1", []string{"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}},
	{"scheduling.k8s.io/v1", []string{"PriorityClass"}},
	{"storage.k8s.io/v1", []string{"CSIDriver", "CSINode", "CSIStorageCapacity", "StorageClass", "VolumeAttachment"}},
	{"gateway.networking.k8s.io/v1", []string{"GRPCRoute", "Gateway", "GatewayClass", "HTTPRoute"}},
	{"gateway.networking.k8s.io/v1beta1", []string{"Gateway", "GatewayClass", "HTTPRoute", "ReferenceGrant"}},
	{"extensions.istio.io/v1alpha1", []string{"WasmPlugin"}},
	{"networking.istio.io/v1", []string{"DestinationRule", "Gateway", "ServiceEntry", "Sidecar", "VirtualService", "WorkloadEntry", "WorkloadGroup"}},
	{"networking.istio.io/v1beta1", []string{"DestinationRule", "Gateway", "ProxyConfig", "ServiceEntry", "Sidecar", "VirtualService",
		"WorkloadEntry", "WorkloadGroup"}},
	{"networking.istio.io/v1alpha3", []string{"DestinationRule", "EnvoyFilter", "Gateway", "ServiceEntry", "Sidecar", "VirtualService",
		"WorkloadEntry", "WorkloadGroup"}},
	{"security.istio.io/v1", []string{"AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"}},
	{"security.istio.io/v1beta1", []string{"AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"}},
	{"telemetry.istio.io/v1", []string{"Telemetry"}},
	{"telemetry.istio.io/v1alpha1", []string{"Telemetry"}},
}

// DefaultAPIVersions are the API versions, and their kinds, that charts find in
// .Capabilities.APIVersions: "apps/v1" and "apps/v1/Deployment".
func DefaultAPIVersions() []string {
	var all []string
	for _, s := range served {
		all = append(all, s.version)
		for _, kind := range s.kinds {
			all = append(all, s.version+"/"+kind)
		}
	}
	return all
}

// capabilities is what templates see of the cluster.
func (in Input) capabilities() (*chartutil.Capabilities, error) {
	version, err := chartutil.ParseKubeVersion(in.kubeVersion())
	if err != nil {
		return nil, err
	}
	caps := chartutil.DefaultCapabilities.Copy()
	caps.KubeVersion = *version
	caps.APIVersions = DefaultAPIVersions()
	for _, v := range in.APIVersions {
		if !slices.Contains(caps.APIVersions, v) {
			caps.APIVersions = append(caps.APIVersions, v)
		}
	}
	return caps, nil
}
