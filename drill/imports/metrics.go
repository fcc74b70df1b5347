package imports

import (
	"cmp"
	"strings"

	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/record"
)

// meaning is what a counter counts, by its name and labels. why tells why one is left out.
func meaning(labels []label, o *Options) (c observe.Count, why string) {
	get := func(names ...string) string {
		for _, name := range names {
			for i := range labels {
				if labels[i].name == name && labels[i].value != "" && labels[i].value != "unknown" {
					return labels[i].value
				}
			}
		}
		return ""
	}
	name := cmp.Or(get("__name__"), o.Metric)
	switch {
	case name == "istio_requests_total", name == "istio_tcp_connections_opened_total":
		return istioCount(get, name), ""
	case name == "response_total":
		if get("target_port") == "4191" || strings.HasSuffix(get("target_addr"), ":4191") {
			return c, "requests to a proxy's own port (4191) are left out"
		}
		if get("classification") == "" {
			return c, "a series of response_total has no classification: whether it counts failures is not known"
		}
		return linkerdCount(get, o), ""
	case name == "envoy_cluster_upstream_rq_xx", name == "envoy_cluster_upstream_rq":
		return envoyCount(get, name)
	case name == "":
		return c, "a series has no __name__, as sums have none, and nobody said which counter it is; export the raw counter: resets hide in sums"
	}
	return c, "series of " + record.Clip(name, 100) + " are not read"
}

// istioCount reads istio_requests_total (istio: reference/config/metrics). Of encryption only the destination knows: what the
// source says is unknown, whatever its label holds.
func istioCount(get func(...string) string, name string) observe.Count {
	c := observe.Count{Flags: get("response_flags"), TLS: record.TLSUnknown}
	c.Reporter = observe.Reporter(get("reporter"))
	host := get("destination_service")
	c.Subject = subjectOf(host)
	c.Namespace, c.Service = cmp.Or(get("destination_service_namespace"), c.Namespace), cmp.Or(get("destination_service_name"), c.Service)
	if strings.Contains(c.Service, ".") { // for hosts outside of Kubernetes the name is the host
		c.Service = ""
	}
	c.Source, c.SourceCluster = workload(get("source_workload_namespace"), get("source_workload")), get("source_cluster")
	c.Dest.Cluster = get("destination_cluster")
	c.Dest.Workload = workload(get("destination_workload_namespace"), get("destination_workload"))
	c.Peer = get("destination_principal")
	switch c.Reporter {
	case observe.ReporterDestination:
		c.Dest.Peer = get("source_principal")
		switch get("connection_security_policy") {
		case "mutual_tls":
			c.TLS = observe.TLSMutual
		case "none":
			c.TLS = record.TLSNone
		}
		c.Dest.TLS = c.TLS
	case observe.ReporterSource:
	default:
		c.Reporter = observe.ReporterUnknown // a waypoint's
	}
	code, _ := integer([]byte(get("response_code")), 999)
	c.Code = int(code)
	o := judge(c.Code, c.Flags, nil, nil)
	if status := get("grpc_response_status"); status != "" && o.err == "" {
		n, _ := integer([]byte(status), 1<<16)
		c.GRPC, c.Code = true, int(n)
		o = judgeGRPC(c.Code)
	}
	if name == "istio_requests_total" && c.Code == 0 && !c.GRPC && o.err == "" {
		o.err = record.ErrEOF // no answer
	}
	settle(&c, o)
	return c
}

// linkerdCount reads response_total (linkerd: reference/proxy-metrics). The proxy's own classification decides: a failed call of
// gRPC has the status 200.
func linkerdCount(get func(...string) string, o *Options) observe.Count {
	c := observe.Count{TLS: record.TLSUnknown, Reporter: observe.ReporterSource}
	c.Subject = subjectOf(get("authority", "dst_authority"))
	if get("direction") == "inbound" {
		c.Reporter = observe.ReporterDestination
		c.Dest.Workload, c.Dest.Cluster = workload(get("namespace"), linkerdWorkload(get, "")), get("cluster")
		c.Dest.Peer = get("client_id")
	} else {
		c.Source, c.SourceCluster = workload(get("namespace"), linkerdWorkload(get, "")), get("cluster")
		c.Dest = record.Dest{
			Zone: get("dst_zone"), Cluster: get("dst_target_cluster"), Workload: workload(get("dst_namespace"), linkerdWorkload(get, "dst_")),
			Address: get("target_ip", "target_addr"),
		}
		c.Service, c.Namespace = cmp.Or(get("dst_service"), c.Service), cmp.Or(get("dst_namespace"), c.Namespace)
		c.Peer = get("server_id")
		places(o.Places).locate(&c.Dest)
	}
	switch get("tls") {
	case "true":
		c.TLS = observe.TLSMutual
	case "", "loopback":
	default: // no_identity, disabled, no_tls_from_remote, …
		c.TLS = record.TLSNone
	}
	if c.Reporter == observe.ReporterDestination {
		c.Dest.TLS = c.TLS
	}
	code, _ := integer([]byte(get("status_code")), 999)
	c.Code = int(code)
	result := judgeCode(c.Code)
	if status := get("grpc_status_code", "grpc_status"); status != "" {
		n, _ := integer([]byte(status), 1<<16)
		c.GRPC, c.Code = true, int(n)
		result = judgeGRPC(c.Code)
	}
	switch failed := get("classification") == "failure"; {
	case failed && result.err == "" && c.GRPC:
		result = outcome{err: record.ErrGRPC}
	case failed && result.err == "":
		result = outcome{err: record.ErrHTTP}
	}
	settle(&c, result)
	return c
}

func linkerdWorkload(get func(...string) string, side string) string {
	return get(side+"deployment", side+"statefulset", side+"daemonset", side+"replicationcontroller", side+"k8s_job", side+"pod")
}

// envoyCount reads the counters of a cluster of Envoy, as Consul's tags name it, or as its name does (consul#9207). The tag names
// the target that the proxy aimed at: failover inside one cluster does not change it.
func envoyCount(get func(...string) string, name string) (c observe.Count, why string) {
	c = observe.Count{TLS: record.TLSUnknown, Reporter: observe.ReporterSource}
	cluster := get("envoy_cluster_name", "cluster_name")
	t := parseTarget(cluster)
	if t.inbound {
		return c, "counters of inbound clusters are left out: they name no service"
	}
	c.Subject, c.Dest.Cluster = t.Subject, t.datacenter
	if service := get("consul_destination_service"); service != "" {
		c.Service, c.Host, c.Namespace = service, service, get("consul_destination_namespace")
		c.Dest.Cluster = cmp.Or(get("consul_destination_datacenter"), c.Dest.Cluster)
		c.Source = workload(get("consul_source_namespace"), get("consul_source_service", "local_cluster"))
		c.SourceCluster = get("consul_source_datacenter")
	}
	if c.Host == "" {
		return c, "counters of clusters whose names tell no service are left out"
	}
	var o outcome
	if code, ok := integer([]byte(get("envoy_response_code", "response_code")), 999); ok {
		c.Code = int(code)
		o = judgeCode(c.Code)
	} else {
		if name == "envoy_cluster_upstream_rq" {
			return c, "a counter of envoy_cluster_upstream_rq has no code"
		}
		switch get("envoy_response_code_class", "response_code_class") {
		case "2", "3":
		case "4":
			o.doubtful = true
		case "5":
			o.err = record.ErrHTTP
		default:
			return c, "a counter of envoy_cluster_upstream_rq_xx has a class of codes that is no answer"
		}
	}
	settle(&c, o)
	return c, ""
}

// settle writes an outcome down.
func settle(c *observe.Count, o outcome) {
	c.OK, c.Err, c.Injected, c.Doubtful = o.err == "", o.err, o.injected, o.err == "" && o.doubtful
}

// workload joins the two parts of its name.
func workload(namespace, name string) string {
	switch {
	case name == "":
		return ""
	case namespace == "":
		return name
	}
	return namespace + "/" + name
}
