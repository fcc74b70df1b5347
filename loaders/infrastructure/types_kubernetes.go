package infrastructure

// kubernetesTypes are the resources of the kubernetes, kubectl and helm providers. Secrets are left out: nothing in the graph reads one.
var kubernetesTypes = map[string]adapter{
	"kubernetes_manifest": (*builder).manifest,
	"kubectl_manifest":    (*builder).kubectl,

	"kubernetes_service":                      typed("v1", "Service"),
	"kubernetes_service_v1":                   typed("v1", "Service"),
	"kubernetes_deployment":                   typed("apps/v1", "Deployment"),
	"kubernetes_deployment_v1":                typed("apps/v1", "Deployment"),
	"kubernetes_stateful_set":                 typed("apps/v1", "StatefulSet"),
	"kubernetes_stateful_set_v1":              typed("apps/v1", "StatefulSet"),
	"kubernetes_daemonset":                    typed("apps/v1", "DaemonSet"),
	"kubernetes_daemon_set_v1":                typed("apps/v1", "DaemonSet"),
	"kubernetes_pod":                          typed("v1", "Pod"),
	"kubernetes_pod_v1":                       typed("v1", "Pod"),
	"kubernetes_pod_disruption_budget":        typed("policy/v1beta1", "PodDisruptionBudget"),
	"kubernetes_pod_disruption_budget_v1":     typed("policy/v1", "PodDisruptionBudget"),
	"kubernetes_horizontal_pod_autoscaler":    typed("autoscaling/v2", "HorizontalPodAutoscaler"),
	"kubernetes_horizontal_pod_autoscaler_v1": typed("autoscaling/v1", "HorizontalPodAutoscaler"),
	"kubernetes_horizontal_pod_autoscaler_v2": typed("autoscaling/v2", "HorizontalPodAutoscaler"),
	"kubernetes_ingress":                      typed("extensions/v1beta1", "Ingress"),
	"kubernetes_ingress_v1":                   typed("networking.k8s.io/v1", "Ingress"),
	"kubernetes_network_policy":               typed("networking.k8s.io/v1", "NetworkPolicy"),
	"kubernetes_network_policy_v1":            typed("networking.k8s.io/v1", "NetworkPolicy"),
	"kubernetes_config_map":                   typed("v1", "ConfigMap"),
	"kubernetes_config_map_v1":                typed("v1", "ConfigMap"),
	"kubernetes_namespace":                    typed("v1", "Namespace"),
	"kubernetes_namespace_v1":                 typed("v1", "Namespace"),
	"kubernetes_service_account":              typed("v1", "ServiceAccount"),
	"kubernetes_service_account_v1":           typed("v1", "ServiceAccount"),

	// What changes objects of others, or makes endpoints, and is not read.
	"kubernetes_annotations":            (*builder).patch,
	"kubernetes_labels":                 (*builder).patch,
	"kubernetes_config_map_v1_data":     (*builder).patch,
	"kubernetes_env":                    (*builder).patch,
	"kubernetes_endpoints":              (*builder).patch,
	"kubernetes_endpoints_v1":           (*builder).patch,
	"kubernetes_endpoint_slice_v1":      (*builder).patch,
	"kubernetes_replication_controller": (*builder).patch,

	"helm_release": (*builder).helmRelease,
}

// lists are the blocks that stand for one element of a list, with the field that holds the list: by block alone, or by the block around it
// ("" at the top).
// Terraform: documentation of the kubernetes provider, 2.38; Kubernetes: API reference, 1.33.
var lists = map[string]string{
	"container": "containers", "init_container": "initContainers", "volume": "volumes", "volume_mount": "volumeMounts", "volume_device": "volumeDevices",
	"env": "env", "env_from": "envFrom", "toleration": "tolerations", "topology_spread_constraint": "topologySpreadConstraints",
	"match_expressions": "matchExpressions", "match_fields": "matchFields", "host_aliases": "hostAliases", "image_pull_secrets": "imagePullSecrets",
	"volume_claim_template": "volumeClaimTemplates", "rule": "rules", "metric": "metrics", "policy": "policies", "path": "paths", "tls": "tls",
	"node_selector_term": "nodeSelectorTerms", "readiness_gate": "readinessGates", "http_header": "httpHeaders", "items": "items", "sources": "sources",
	"option": "options", "sysctl": "sysctls", "from": "from", "to": "to", "ports": "ports", "ingress": "ingress", "egress": "egress",
	"container/port": "ports", "init_container/port": "ports", "spec/port": "ports", "/secret": "secrets", "/image_pull_secret": "imagePullSecrets",
	"pod_affinity/required_during_scheduling_ignored_during_execution":       "requiredDuringSchedulingIgnoredDuringExecution",
	"pod_affinity/preferred_during_scheduling_ignored_during_execution":      "preferredDuringSchedulingIgnoredDuringExecution",
	"pod_anti_affinity/required_during_scheduling_ignored_during_execution":  "requiredDuringSchedulingIgnoredDuringExecution",
	"pod_anti_affinity/preferred_during_scheduling_ignored_during_execution": "preferredDuringSchedulingIgnoredDuringExecution",
	"node_affinity/preferred_during_scheduling_ignored_during_execution":     "preferredDuringSchedulingIgnoredDuringExecution",
}

// keyed are the attributes that are maps: what a map's keys are is the user's business.
var keyed = map[string]bool{
	"labels": true, "annotations": true, "match_labels": true, "node_selector": true, "data": true, "binary_data": true, "limits": true, "requests": true,
	"volume_attributes": true, "parameters": true,
}

// irregular are names that are no camel case of what Terraform has.
var irregular = map[string]string{
	"cluster_ip": "clusterIP", "cluster_ips": "clusterIPs", "external_ips": "externalIPs", "load_balancer_ip": "loadBalancerIP", "host_ip": "hostIP",
	"host_pid": "hostPID", "host_ipc": "hostIPC", "pd_name": "pdName", "volume_id": "volumeID", "target_cpu_utilization_percentage": "targetCPUUtilizationPercentage",
	"client_ip": "clientIP", "ip_families": "ipFamilies",
}

// integers, flags and either (a number, or a text such as "25%") are the fields that Terraform may have as texts.
var (
	integers = set("replicas", "minReplicas", "maxReplicas", "targetCPUUtilizationPercentage", "containerPort", "hostPort", "nodePort", "initialDelaySeconds",
		"periodSeconds", "timeoutSeconds", "successThreshold", "failureThreshold", "maxSkew", "minDomains", "revisionHistoryLimit", "number", "partition",
		"terminationGracePeriodSeconds", "activeDeadlineSeconds", "minReadySeconds", "progressDeadlineSeconds", "weight", "tolerationSeconds", "averageUtilization",
		"stabilizationWindowSeconds", "healthCheckNodePort", "endPort", "port/port", "grpc/port", "policy/value", "priority")
	flags = set("hostNetwork", "hostPID", "hostIPC", "readOnly", "paused", "publishNotReadyAddresses", "automountServiceAccountToken", "enableServiceLinks",
		"shareProcessNamespace", "optional", "immutable", "allocateLoadBalancerNodePorts", "stdin", "tty")
	either = set("targetPort", "maxUnavailable", "maxSurge", "minAvailable", "servicePort", "http_get/port", "tcp_socket/port", "ports/port")
)

func set(names ...string) map[string]bool {
	out := map[string]bool{}
	for _, n := range names {
		out[n] = true
	}
	return out
}
