package istio

import (
	"fmt"
	"strings"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/mesh"
)

// apiBackend is the place of a destination in a route of the Gateway API, and why it leads nowhere for everybody; "" = it does
// not, as far as the reference tells.
type apiBackend struct {
	at   mesh.Origin
	why  string
	host string // that was meant, where a ReferenceGrant is missing
	port int
}

// refuse names what was meant by a backend that the proxy is told nothing of.
func (a apiBackend) refuse(b *mesh.Backend) {
	if a.host != "" {
		b.Host, b.Port, b.Why = a.host, a.port, a.why
	}
}

// idleBackend is a destination of weight 0 beside others: Istio leaves it out.
type idleBackend struct {
	to *networking.Destination
	at mesh.Origin
}

// apiDestination is where a reference to a backend leads.
type apiDestination struct {
	*networking.Destination
	found   bool     // the backend exists where the configuration is read
	why     string   // why requests are answered 500 although the route stands; the Destination is empty then
	host    string   // that was meant, where a ReferenceGrant is missing
	refused *refusal // the whole route is refused for it
}

// noWeight is where Istio sends connections of a route whose weights are all 0: a cluster that there is none of.
// Istio: convertTCPRoute.
var noWeight = hostSubset{"internal.cluster.local", "zero-weight"}

const noWeightPort = 65535

// destination resolves a reference to a backend. Istio: buildDestination.
func (c *conversion) destination(b *gateway.Backend) apiDestination {
	to := b.Reference
	to.Namespace = b.In(c.Namespace)
	from := gateway.Reference{Group: c.Group, Kind: c.Kind, Namespace: c.Namespace, Name: c.Name}
	if !c.inMesh && b.Namespace != "" && !c.world.config.Grants.Allow(from, to) {
		why := fmt.Sprintf("is refused, for no ReferenceGrant in namespace %s lets routes of kind %s of namespace %s refer to it", to.Namespace, c.Kind, c.Namespace)
		c.world.refusedBackends[b.Origin] = fmt.Sprintf("%s %s/%s, which %s", b.Kind, to.Namespace, to.Name, why)
		return apiDestination{Destination: &networking.Destination{}, why: why, host: c.world.serviceHost(b.Name, to.Namespace)}
	}
	refuse := func(member, why string) apiDestination {
		return apiDestination{refused: &refusal{at: b.Origin.Child(member), why: why}}
	}
	var out apiDestination
	host := ""
	switch b.Group + "/" + b.Kind {
	case "/Service", "multicluster.x-k8s.io/ServiceImport":
		if b.Group == "" && strings.Contains(b.Name, ".") {
			return refuse("name", "the name of a Service has no dot; a backendRef names the Service and not its host")
		}
		host, out.found = c.world.serviceHost(b.Name, to.Namespace), c.world.declared(to.Namespace, b.Name)
	case groupNetworking + "/Hostname":
		if b.Namespace != "" {
			return refuse("namespace", "a backend of kind Hostname has no namespace")
		}
		host, out.found = b.Name, len(c.world.byHost[b.Name]) > 0
	default:
		return apiDestination{Destination: &networking.Destination{}, why: "an unsupported kind of backend"}
	}
	if b.Port == 0 {
		return refuse("port", "a backendRef to a "+b.Kind+" needs a port")
	}
	out.Destination = &networking.Destination{Host: host, Port: &networking.PortSelector{Number: uint32(b.Port)}}
	return out
}

// l4Rules converts the rules of a TLSRoute or TCPRoute. A TLSRoute names the servers that are asked for; "*" is all.
// Istio: convertTCPRoute, convertTLSRoute.
func (c *conversion) l4Rules() ([]*l4Rule, *refusal) {
	var out []*l4Rule
	for i := range c.Rules {
		rule := &c.Rules[i]
		r := &l4Rule{at: rule.Origin, api: true}
		if c.Kind == gateway.TLSRoute {
			r.tls = []*networking.TLSMatchAttributes{{SniHosts: hostsOr(c.Hostnames, "*")}}
		}
		sum := 0
		for j := range rule.Backends {
			sum += rule.Backends[j].Share()
		}
		if sum == 0 {
			to := &networking.Destination{Host: noWeight.host, Subset: noWeight.subset, Port: &networking.PortSelector{Number: noWeightPort}}
			r.to = []*networking.RouteDestination{{Destination: to}}
			r.backends = []apiBackend{{at: rule.Origin.Child("backendRefs"), why: "a backend, for all weights are 0"}}
			out = append(out, r)
			continue
		}
		for j := range rule.Backends {
			ref := &rule.Backends[j]
			if ref.Share() == 0 {
				continue
			}
			to := c.destination(ref)
			if to.refused != nil {
				return nil, to.refused
			}
			r.to = append(r.to, &networking.RouteDestination{Destination: to.Destination, Weight: int32(ref.Share())})
			r.backends = append(r.backends, apiBackend{ref.Origin, to.why, to.host, ref.Port})
		}
		out = append(out, r)
	}
	return out, nil
}

func hostsOr(list []string, otherwise string) []string {
	if len(list) == 0 {
		return []string{otherwise}
	}
	return list
}
