package consul

import (
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// endpoints are those that the callers' proxies are told of a target: its instances, or gateways in front of them. Where
// there are none, a loss says why.
func (x *view) endpoints(p *mesh.Pool, t *Target, at mesh.Origin, place int) []*mesh.Endpoint {
	lose := func(kind mesh.LossKind, origin mesh.Origin, detail string, args ...any) []*mesh.Endpoint {
		if origin.IsZero() {
			origin = at
		}
		p.Losses = append(p.Losses, mesh.Loss{Kind: kind, Takes: mesh.TakesEndpoints, Origin: origin, Of: at, Detail: fmt.Sprintf(detail, args...)})
		return nil
	}
	from := x.by.area
	if t.Peer != "" {
		return x.atPeer(t, lose)
	}
	there := x.m.areas[t.Datacenter]
	if there == nil || there.group != from.group {
		return lose(mesh.LossMissing, at, "there is no datacenter %s: target %s never has an endpoint", t.Datacenter, t.ID)
	}
	own := *t
	mode, modeAt := x.mode(t)
	own.MeshGateway = mode
	told := from.group.fleet.Endpoints(&own, from.name, Faults{})
	if told.FilterError != nil {
		return lose(mesh.LossTargetEmpty, t.Definition.Origin, "the filter of subset %s cannot run (%v): target %s never has an endpoint", t.Subset, told.FilterError, t.ID)
	}
	behind := make([]*mesh.Endpoint, 0, len(told.Instances))
	for _, i := range told.Instances {
		if e := there.instances[i.ID+"|"+i.Address]; e != nil {
			behind = append(behind, e)
		}
	}
	if relays := there.relays[t.Service]; len(relays) > 0 && len(behind) == 0 && t.Definition.Filter == "" {
		return relayed(from, there, relays, told.Via, func(format string, args ...any) []*mesh.Endpoint {
			return lose(mesh.LossTargetEmpty, modeAt, format, args...)
		})
	}
	if len(behind) == 0 {
		if w := there.parkedFor(t); w != nil {
			p.Losses = append(p.Losses, mesh.Loss{Kind: mesh.LossScaledToZero, Takes: mesh.TakesEndpoints, Origin: w.Replicas.Origin, Of: at,
				Region: there.Cluster.Region, Detail: w.Namespace + "/" + w.Name + " in " + w.Cluster + " is scaled to zero"})
			return nil
		}
		if place > 0 || t.Service != x.to.name {
			return lose(mesh.LossTargetEmpty, at, "%s has no instance: the target is skipped without a word", t.ID)
		}
		return nil
	}
	switch told.Via {
	case RemoteGateway:
		if len(there.catalogue.gateways) == 0 {
			return lose(mesh.LossTargetEmpty, modeAt, "gateway mode remote, and no mesh gateway is registered in %s: target %s never has an endpoint", there.name, t.ID)
		}
		return throughGateways(there, behind, nil)
	case LocalGateway:
		if len(from.catalogue.gateways) == 0 {
			return lose(mesh.LossTargetEmpty, modeAt, "gateway mode local, and no mesh gateway is registered in %s: target %s never has an endpoint", from.name, t.ID)
		}
		if len(there.catalogue.gateways) == 0 {
			return lose(mesh.LossTargetEmpty, modeAt, "gateway mode local, and no mesh gateway is registered in %s, where the local one hands on to", there.name)
		}
		return throughGateways(from, behind, there)
	}
	return behind
}

// parkedFor is a workload that would give a target an instance, if it were not scaled to zero; nil if there is none.
func (a *area) parkedFor(t *Target) *mesh.Workload {
	filter, err := ParseFilter(t.Definition.Filter)
	if t.Definition.Filter != "" && (err != nil || filter.Check() != nil) {
		return nil
	}
	for _, p := range a.parked.inMesh[t.Service] {
		if t.Definition.Filter == "" || filter.matches(subjectOf(p, a.name)) {
			return a.parked.byID[p.instance].pod.Workload
		}
	}
	return nil
}

// throughGateways are the mesh gateways of a datacenter in front of what is behind them. They are all healthy while anything
// there is, whatever becomes of themselves (rule 7). Those of the caller's own datacenter hand on to others.
func throughGateways(at *area, behind []*mesh.Endpoint, onward *area) []*mesh.Endpoint {
	var next []*mesh.Gateway
	if onward != nil {
		for _, r := range onward.catalogue.gateways {
			if g := onward.gateways[r.ID]; !slices.Contains(next, g) {
				next = append(next, g)
			}
		}
	}
	out := make([]*mesh.Endpoint, 0, len(at.catalogue.gateways))
	for _, r := range at.catalogue.gateways {
		e := gatewayEndpoint(at, r, behind)
		e.Onward, e.Registry = next, &mesh.Registry{Follows: true}
		if !slices.ContainsFunc(behind, func(b *mesh.Endpoint) bool { return b.Health == mesh.Healthy }) {
			e.Health = mesh.Unhealthy
		}
		out = append(out, e)
	}
	return out
}

func gatewayEndpoint(at *area, r *Registration, behind []*mesh.Endpoint) *mesh.Endpoint {
	return &mesh.Endpoint{Name: r.ID, Address: at.address(r), Port: r.Port, Locality: at.place(r), Cluster: at.name, Network: at.Cluster.Network,
		Weight: uint32(r.Weight), Security: mesh.MeshMTLS, MeshAble: true, Gateway: at.gateways[r.ID], Behind: behind, Origin: r.Origin}
}

// atPeer are the peer's mesh gateways with their own health. They carry neither meta nor tags, and the filter of this side
// is applied to them (rule 8).
func (x *view) atPeer(t *Target, lose func(mesh.LossKind, mesh.Origin, string, ...any) []*mesh.Endpoint) []*mesh.Endpoint {
	g := x.by.area.group
	there := g.peers[t.Peer]
	if there == nil {
		return lose(mesh.LossMissing, mesh.Origin{}, "there is no peer %s: target %s never has an endpoint", t.Peer, t.ID)
	}
	told := g.fleet.Endpoints(t, x.by.area.name, Faults{})
	switch {
	case told.FilterError != nil:
		return lose(mesh.LossTargetEmpty, t.Definition.Origin, "the filter of subset %s cannot run (%v): target %s never has an endpoint", t.Subset, told.FilterError, t.ID)
	case !told.Exported:
		return lose(mesh.LossNotExported, there.group.exportOf(t.Service), "the peer %s does not export %s to this mesh: target %s never has an endpoint", t.Peer, t.Service, t.ID)
	case len(there.catalogue.gateways) == 0:
		return lose(mesh.LossTargetEmpty, mesh.Origin{}, "no mesh gateway is registered at the peer %s: target %s never has an endpoint", t.Peer, t.ID)
	case len(told.Endpoints) == 0:
		return lose(mesh.LossTargetEmpty, t.Definition.Origin, "the filter of subset %s is applied to the gateways of peer %s, which have no meta: nothing is left of target %s", t.Subset, t.Peer, t.ID)
	}
	behind := x.m.standingFor(x.by.area, t)
	if len(behind) == 0 {
		return lose(mesh.LossTargetEmpty, mesh.Origin{}, "%s has no instance at the peer %s", t.Service, t.Peer)
	}
	misfit, _ := g.handshake(there.group, "the peer "+t.Peer)
	out := make([]*mesh.Endpoint, 0, len(there.catalogue.gateways))
	for _, r := range there.catalogue.gateways {
		e := gatewayEndpoint(there, r, behind)
		e.Misfit = misfit
		e.Registry = there.catalogue.registry(&proxied{id: r.ID, own: r.Checks, native: true}, r, there.name)
		out = append(out, e)
	}
	return out
}

// labelSubset begins the labels by which endpoints tell the subsets that they are in.
const labelSubset = "subset.consul.hashicorp.com/"

// label gives the endpoints of a service a label for each subset that they are in.
func (e *entity) label() {
	if e.peer == "" {
		e.named()
	}
	r := e.area.group.fleet.store.resolvers[e.name]
	if r == nil || e.peer != "" {
		return
	}
	for _, name := range sortedKeys(r.Subsets) {
		filter, err := ParseFilter(r.Subsets[name].Filter)
		if r.Subsets[name].Filter != "" && (err != nil || filter.Check() != nil) {
			continue
		}
		for _, p := range e.area.catalogue.inMesh[e.name] {
			if r.Subsets[name].Filter == "" || filter.matches(subjectOf(p, e.area.name)) {
				ep := e.area.instances[p.instance+"|"+p.at]
				ep.Labels[labelSubset+name] = "yes"
			}
		}
	}
}
