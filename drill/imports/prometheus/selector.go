package prometheus

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Service is one whose counters are asked for.
type Service struct {
	// Namespace and Name are as in the mesh, Host its whole name where that is another than name.namespace.svc.…
	Namespace, Name, Host string
}

// Selectors are those of the raw counters that an audit wants of services in a kind of mesh (istio, linkerd or consul), all labels
// kept: differences of sums would hide that a counter began anew. An unknown kind has none.
//
//   - istio: istio_requests_total and istio_tcp_connections_opened_total of both reporters: reporter, source_workload,
//     source_workload_namespace, source_cluster, source_principal, destination_service, destination_service_name,
//     destination_service_namespace, destination_workload, destination_workload_namespace, destination_cluster,
//     destination_principal, response_code, response_flags, grpc_response_status, connection_security_policy
//   - linkerd: response_total: direction, namespace, deployment, authority, tls, server_id, client_id, dst_service, dst_namespace,
//     dst_deployment, dst_zone, dst_target_cluster, target_ip, target_port, status_code, grpc_status_code, classification
//   - consul: envoy_cluster_upstream_rq and envoy_cluster_upstream_rq_xx: consul_destination_service, _namespace and _datacenter,
//     consul_source_service, _namespace and _datacenter, envoy_response_code, envoy_response_code_class, envoy_cluster_name
//
// and of all instance, pod and job, which tell targets apart.
func Selectors(kind string, services []Service) []string {
	if len(services) == 0 {
		return nil
	}
	hosts, names := hosts(services), names(services)
	switch kind {
	case "istio":
		of := `{destination_service=~` + hosts + `}`
		return []string{"istio_requests_total" + of, "istio_tcp_connections_opened_total" + of}
	case "linkerd":
		return []string{`response_total{target_port!="4191",authority=~` + strings.TrimSuffix(hosts, `"`) + `(:[0-9]+)?"}`}
	case "consul":
		of := `{consul_destination_service=~` + names + `}`
		return []string{"envoy_cluster_upstream_rq" + of, "envoy_cluster_upstream_rq_xx" + of}
	}
	return nil
}

// hosts is a quoted expression for the hosts of services.
func hosts(services []Service) string {
	var all []string
	for _, s := range services {
		if s.Host != "" && !strings.HasPrefix(s.Host, s.Name+"."+s.Namespace+".svc") {
			all = append(all, regexp.QuoteMeta(s.Host))
			continue
		}
		all = append(all, regexp.QuoteMeta(s.Name+"."+s.Namespace+".svc")+`(\..*)?`)
	}
	return alternatives(all)
}

func names(services []Service) string {
	var all []string
	for _, s := range services {
		all = append(all, regexp.QuoteMeta(s.Name))
	}
	return alternatives(all)
}

// alternatives joins expressions, quoted as PromQL quotes them.
func alternatives(all []string) string {
	slices.Sort(all)
	return strconv.Quote("(" + strings.Join(slices.Compact(all), "|") + ")")
}
