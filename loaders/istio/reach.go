package istio

import (
	"slices"

	networking "istio.io/api/networking/v1alpha3"

	"github.com/passmuster/muster/mesh"
)

// endpoints are the pool's endpoints as the client's network sees them, and whether there were any
// before remote ones were replaced by gateways. What is dropped on the way is recorded.
// Istio: EndpointBuilder.generate.
func (d *draft) endpoints() (list []*mesh.Endpoint, any bool) {
	local, isLocal := d.world.clusterLocal.match(d.svc.host)
	var elsewhere []*mesh.Endpoint
	listed := d.svc.shard.forPort(d.port, d.dns)
	scratch, _ := d.fleet.scratch.Get().(*scratch)
	if scratch == nil {
		scratch = newScratch()
	}
	defer d.fleet.scratch.Put(scratch)
	near := slices.Grow(scratch.near[:0], len(listed))
	for _, e := range listed {
		if d.subset != nil && !e.selectedBy(d.subset.Labels) || !d.isListed(e) {
			continue
		}
		if isLocal && (e.Cluster != d.client.Cluster || !d.dns && e.registry != d.client.Cluster) {
			elsewhere = append(elsewhere, e.Endpoint)
			continue
		}
		if d.svc.nodeLocal && (e.node != d.client.Label(mesh.LabelHostname) || !d.dns && e.registry != d.client.Cluster) {
			continue
		}
		near = append(near, d.reach(e))
	}
	if len(elsewhere) > 0 {
		d.Losses = append(d.Losses, mesh.Loss{
			Kind: mesh.LossClusterLocal, Takes: mesh.TakesEndpoints, Origin: local, Endpoints: elsewhere,
			Detail: "the host is cluster-local: endpoints in other clusters are left out",
		})
	}
	scratch.near = near
	return d.cross(near, &scratch.doors), len(near) > 0
}

// isListed: terminating endpoints never are, those that are not ready only if the service sends
// them. Istio: EndpointBuilder.filterIstioEndpoint.
func (d *draft) isListed(e *endpoint) bool {
	if e.health == draining || e.Labels[labelDraining] != "" {
		return d.svc.labels[labelSession] != ""
	}
	return e.health == healthy || d.world.sendsUnhealthy(d.svc, d.policy.outlier.v)
}

// scratch is memory that serves one pool after the other.
type scratch struct {
	near  []reached
	doors doorways
}

func newScratch() *scratch { return &scratch{doors: doorways{at: map[doorPlace]int{}}} }

// reached is an endpoint with what the client speaks to it.
type reached struct {
	*endpoint
	security mesh.Security
	meshTLS  bool // istiod takes it for one that speaks the mesh's mTLS, so that gateways can route it
	refused  mesh.Origin
	byServer bool // it is the server's side that rules mTLS out
}

// reach decides what is spoken to an endpoint. Istio: mtlsChecker.checkMtlsEnabled and the
// transport socket matches of the cluster.
func (d *draft) reach(e *endpoint) reached {
	r := reached{endpoint: e}
	if mode := d.world.tlsMode(d.rule, d.port.number, d.Subset); mode != nil {
		r.meshTLS = *mode == networking.ClientTLSSettings_ISTIO_MUTUAL
		r.refused = d.TLS.Origin
	} else if e.tlsMode == tlsModeIstio {
		r.meshTLS = true
		if len(d.world.inbound.peers) > 0 {
			server := d.world.serverMTLS(e.namespace, e.Labels).at(e.Port)
			r.meshTLS, r.refused, r.byServer = server.Mode != mesh.DisableMTLS, server.Origin, true
		}
	}
	if e.tlsMode != tlsModeIstio {
		r.meshTLS, r.refused, r.byServer = false, e.Origin, true
	}
	tunnel := e.tunnel && d.tunnels() && (e.tlsMode != tlsModeIstio || d.world.features.preferHBONE)
	switch {
	case tunnel, d.client.Kind == mesh.Waypoint && d.TLS.Mode == mesh.AutoTLS: // a waypoint has one way to all
		r.security = mesh.HBONE
	case d.TLS.Mode == mesh.IstioTLS, d.TLS.Mode == mesh.AutoTLS && r.meshTLS:
		r.security = mesh.MeshMTLS
	case d.TLS.Mode == mesh.Simple:
		r.security = mesh.SimpleTLS
	case d.TLS.Mode == mesh.Mutual:
		r.security = mesh.MutualTLS
	default:
		r.security = mesh.Plaintext
	}
	return r
}

// tunnels: the client can speak HBONE.
func (d *draft) tunnels() bool { return d.world.features.hbone || d.client.Kind == mesh.Waypoint }

// cross replaces endpoints of other networks by the gateways that lead there, one for each
// locality and gateway. Istio: EndpointBuilder.EndpointsByNetworkFilter.
func (d *draft) cross(near []reached, doors *doorways) []*mesh.Endpoint {
	out := make([]*mesh.Endpoint, 0, len(near))
	if !d.world.gateways.enabled() {
		for _, r := range near {
			out = append(out, d.fleet.doors.as(r, r.Weight))
		}
		d.loseUnreachable(near)
		return out
	}
	scale := d.world.gateways.scale
	doors.begin()
	var dropped []reached
	direct := near[:0] // those that are passed over or were read already make room
	for _, r := range near {
		weight := max(r.Weight, 1) * scale
		gateways := d.world.gateways.to(r.Network, r.Cluster)
		if d.sameNetwork(r.Network) || len(gateways) == 0 {
			direct = append(direct, r)
			if scale == 1 {
				weight = r.Weight
			}
			out = append(out, d.fleet.doors.as(r, weight))
			continue
		}
		if !r.meshTLS {
			dropped = append(dropped, r)
			continue
		}
		for _, g := range gateways {
			door, opened := doors.to(doorPlace{r.Locality, r.LocalityText, g})
			if opened {
				door.listed = len(out)
				out = append(out, nil) // once it is known what it leads to
			}
			door.weight += weight / uint32(len(gateways))
			door.behind = append(door.behind, r.endpoint.Endpoint)
		}
	}
	for i := range doors.list {
		out[doors.list[i].listed] = d.door(&doors.list[i])
	}
	d.loseDropped(dropped)
	d.loseUnreachable(direct)
	return out
}

// sameNetwork: the client reaches the network directly. An unknown network is taken as the same.
func (d *draft) sameNetwork(network string) bool {
	return network == "" || d.client.Network == "" || network == d.client.Network
}
