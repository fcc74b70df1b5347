package fleet_test

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

// Behind a gateway a server sees the addresses of the gateway's pods: networks decide about them wherever the inputs tell where
// these are.
func TestNetworksBehindAGateway(t *testing.T) {
	const local = "workload=east/shop/Deployment/web"
	// The operator sends nothing to west before the failure, so that nothing shows whether its policies admit the requests.
	operated := mirrored(exported, "") + split + installed("linkerd-destination", "smi-adaptor", "linkerd-failover")
	guarded := func(networks string) string {
		return `-- west/policy.yaml --
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, port: 80, proxyProtocol: HTTP/1}
---
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: web, namespace: shop}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: web}
  requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: NetworkAuthentication, name: callers}]
---
apiVersion: policy.linkerd.io/v1alpha1
kind: NetworkAuthentication
metadata: {name: callers, namespace: shop}
spec:
  networks: [` + networks + `]
`
	}
	config := func(values string) string {
		return "-- west/config.yaml --\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: linkerd-config, namespace: linkerd}\ndata:\n  values: |\n    " + strings.ReplaceAll(values, "\n", "\n    ") + "\n"
	}
	pod := func(ip string) string {
		return "-- west/gateway.yaml --\napiVersion: v1\nkind: Pod\nmetadata: {name: gw, namespace: linkerd-multicluster, annotations: {config.linkerd.io/enable-gateway: 'true'}}\nspec: {serviceAccountName: linkerd-gateway, containers: [{name: c, image: x}]}\nstatus: {podIP: " + ip + "}\n"
	}
	const hers = "lost caller-refused west/policy.yaml:17"
	for _, tt := range []struct{ name, manifests, want string }{
		{"nothing tells where the gateway is", operated + guarded("{cidr: 10.0.0.0/8}"), "unknown"},
		{"everywhere", operated + guarded("{cidr: 0.0.0.0/0}"), "survives west 5s"},
		{"all private networks", operated + guarded("{cidr: 10.0.0.0/8}, {cidr: 100.64.0.0/10}, {cidr: 172.16.0.0/12}, {cidr: 192.168.0.0/16}"), "survives west 5s"},
		{"the networks of its cluster", operated + guarded("{cidr: 10.0.0.0/8}") + config("clusterNetworks: 10.8.0.0/14"), "survives west 5s"},
		{"part of the networks of its cluster", operated + guarded("{cidr: 10.8.0.0/16}") + config("clusterNetworks: 10.8.0.0/14"), "unknown"},
		{"but not all of these", operated + guarded("{cidr: 10.0.0.0/8, except: [10.8.3.0/24]}") + config("clusterNetworks: 10.8.0.0/14"), "unknown"},
		{"none of the networks of its cluster", operated + guarded("{cidr: 10.0.0.0/14}, {cidr: 203.0.113.0/24}") + config("clusterNetworks: 10.8.0.0/14"), hers},
		{"the gateway's pod", operated + guarded("{cidr: 10.8.3.7/32}") + pod("10.8.3.7"), "survives west 5s"},
		{"another pod", operated + guarded("{cidr: 10.8.3.8/32}") + pod("10.8.3.7"), hers},
		{"the networks of the cluster by default, in which its gateway is", operated + config("clusterNetworks: 10.8.0.0/14\nproxy: {defaultInboundPolicy: cluster-authenticated}"), "survives west 5s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := loaded(t, unpack(t, twoLinkerds+tt.manifests))
			got := cell(t, f, "web", local, failover.Crash)
			if strings.HasPrefix(got, "lost") {
				got += causeAt(t, f, "web", local)
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
