package linkerd

import (
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// GatewayIdentity is the identity under which requests reach a service of this cluster that came through its
// multicluster gateway: the gateway's own. Who called the gateway is lost there (linkerd2#7235, #9848), while a
// flat mirror and a federated service leave a caller its identity. Without a gateway in the inputs it is the
// name that the multicluster chart gives.
func (c *Cluster) GatewayIdentity() mesh.Value[string] {
	var gateways []*Subject
	for _, s := range c.Subjects {
		if on, err := strconv.ParseBool(s.Annotations[annotationGatewayProxy]); on && err == nil {
			gateways = append(gateways, s)
		}
	}
	slices.SortFunc(gateways, compareSubjects)
	if len(gateways) == 0 {
		return mesh.Of(c.serviceAccountIdentity("linkerd-multicluster", "linkerd-gateway"), mesh.Default("the multicluster chart"))
	}
	first := gateways[0]
	for _, g := range gateways[1:] {
		if g.Namespace != first.Namespace || g.ServiceAccount != first.ServiceAccount {
			return mesh.UnknownOf[string]("the cluster has several gateways", g.annotation(annotationGatewayProxy))
		}
	}
	return mesh.Of(c.serviceAccountIdentity(first.Namespace, first.ServiceAccount), first.annotation(annotationGatewayProxy))
}

// ThroughGateway is the caller that a server behind the cluster's gateway sees on a port, whoever called.
func (c *Cluster) ThroughGateway(port int) mesh.Value[mesh.Caller] {
	id := c.GatewayIdentity()
	return mesh.Value[mesh.Caller]{V: mesh.Caller{Principal: id.V, Port: port}, State: id.State, Origin: id.Origin, Cause: id.Cause}
}
