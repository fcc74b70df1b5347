package istio

import (
	"cmp"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// Resolve answers what one client knows of everything.
func (f *Fleet) Resolve(c *mesh.Client) *mesh.Resolution {
	r := &mesh.Resolution{Client: c, Inbound: f.inboundOf(c)}
	sc := f.scopeOf(c)
	if sc == nil {
		return r
	}
	for _, host := range sc.hosts() {
		see := sc.see(host)
		if see.svc.resolution == externalName || c.Kind == mesh.Waypoint && !sc.world.attached(see.svc, c) {
			continue
		}
		r.Pools = append(r.Pools, f.pools(sc, see, c)...)
	}
	slices.SortStableFunc(r.Pools, func(a, b *mesh.Pool) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Subset, b.Subset))
	})
	r.Routes = f.allRoutes(sc, c)
	return r
}

// Labels by which services and namespaces ask for a waypoint, and a waypoint is known.
const (
	labelUseWaypoint          = "istio.io/use-waypoint"
	labelUseWaypointNamespace = "istio.io/use-waypoint-namespace"
	labelGatewayName          = "gateway.networking.k8s.io/gateway-name"
)

// attached reports whether a waypoint is told of a service: it serves it, or a route of one that it
// serves leads there.
func (w *world) attached(s *service, c *mesh.Client) bool {
	if w.serves(s, c) {
		return true
	}
	for _, source := range w.sources {
		if !source.boundTo(meshGateway) {
			continue
		}
		if _, leads := source.destinations("")[s.host]; !leads {
			continue
		}
		for _, h := range source.hosts() {
			if slices.ContainsFunc(w.byHost[h], func(other *service) bool { return w.serves(other, c) }) {
				return true
			}
		}
	}
	return false
}

// serves reports whether a service, or its namespace, asks for a waypoint.
func (w *world) serves(s *service, c *mesh.Client) bool {
	waypoint := c.Labels[labelGatewayName]
	asks := func(labels map[string]string, namespace string) (string, string) {
		return labels[labelUseWaypoint], cmp.Or(labels[labelUseWaypointNamespace], namespace)
	}
	name, namespace := asks(s.labels, s.namespace)
	if name == "" {
		for _, v := range w.clusters {
			if ns := v.inv.Namespaces[s.namespace]; ns != nil && name == "" {
				name, namespace = asks(ns.Labels, s.namespace)
			}
		}
	}
	return waypoint != "" && name == waypoint && namespace == c.Namespace && !strings.EqualFold(name, "none")
}

// plainPools are what a client without a proxy reaches: any ready endpoint of a Kubernetes Service
// in its own cluster. A node's ztunnel reaches all of them, and tunnels to those that take it.
func (f *Fleet) plainPools(sc *scope, see *sight, c *mesh.Client) []*mesh.Pool {
	if !see.svc.kubernetes && c.Kind == mesh.Unmeshed {
		return nil
	}
	var out []*mesh.Pool
	for _, p := range see.ports {
		if p.protocol == protoUDP {
			continue
		}
		var ready []*mesh.Endpoint
		for _, e := range see.svc.shard.forPort(p, false) {
			if e.health != healthy || c.Kind == mesh.Unmeshed && e.Cluster != c.Cluster {
				continue
			}
			r := reached{endpoint: e, security: mesh.Plaintext}
			if c.Kind == mesh.Ztunnel && e.tunnel {
				r.security = mesh.HBONE
			}
			ready = append(ready, f.doors.as(r, r.Weight))
		}
		out = append(out, &mesh.Pool{
			Service: f.public(see.svc), Host: see.svc.host, Port: p.number, Protocol: p.protocol.public(),
			Discovery: mesh.EDS, LB: "RANDOM", Tiering: mesh.Flat{},
			TLS:     mesh.ClientTLS{Mode: mesh.ClientTLSN, Origin: mesh.Default("Kubernetes")},
			Targets: []mesh.Target{{Name: see.svc.host, Endpoints: ready, Origin: see.svc.origin}},
		})
	}
	return out
}
