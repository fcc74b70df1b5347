package xds

import (
	"slices"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
)

// grpcPolicies are what gRPC takes for lb_policy. Envoy's own word for aggregates, CLUSTER_PROVIDED, is not among them.
// grpc-go: xdsresource.validateClusterAndConstructClusterUpdate.
var grpcPolicies = []clusterv3.Cluster_LbPolicy{clusterv3.Cluster_ROUND_ROBIN, clusterv3.Cluster_RING_HASH, clusterv3.Cluster_LEAST_REQUEST}

// refused is why a gRPC client does not take a cluster, as a clause without subject; "" if it does.
func (m *Mesh) refused(c *clusterv3.Cluster) string {
	switch {
	case !m.grpc():
		return ""
	case len(c.GetTransportSocketMatches()) > 0:
		return "is refused by gRPC, which knows no transport_socket_matches"
	case c.GetLoadBalancingPolicy() == nil && !slices.Contains(grpcPolicies, c.GetLbPolicy()):
		return "is refused by gRPC, which knows no lb_policy " + c.GetLbPolicy().String()
	case c.GetClusterType() != nil && aggregateOf(c) == nil:
		return "is refused by gRPC, which knows no cluster type but aggregates"
	case c.GetClusterType() == nil && c.GetType() != clusterv3.Cluster_EDS && c.GetType() != clusterv3.Cluster_LOGICAL_DNS:
		return "is refused by gRPC, which takes endpoints from EDS or LOGICAL_DNS and not from " + c.GetType().String()
	}
	return ""
}
