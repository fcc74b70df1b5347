package istio

import (
	"fmt"
	"slices"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// loseLocalities: a distribute entry takes the endpoints of the localities that it does not name;
// a failover to a region without endpoints spreads over all others.
func (d *draft) loseLocalities() {
	t, ok := d.Tiering.(*mesh.LocalityTiers)
	if !ok || d.Discovery == mesh.OriginalDst {
		return
	}
	endpoints := d.Targets[0].Endpoints
	for _, entry := range t.Distribute {
		emptied := slices.DeleteFunc(slices.Clone(endpoints), func(e *mesh.Endpoint) bool { return entry.Names(e.Locality) })
		if len(emptied) == 0 {
			continue
		}
		d.lost(mesh.Loss{
			Kind: mesh.LossDistribute, Takes: mesh.TakesEndpoints, Origin: parentOf(entry.Origin), Of: entry.Origin,
			Region: regionOf(entry.From), Endpoints: emptied,
			Detail: fmt.Sprintf("clients in %s lose all endpoints in localities that no \"to\" names", entry.From),
		})
	}
	if len(t.Distribute) > 0 || !t.On {
		return
	}
	regions := map[string]bool{}
	for _, e := range endpoints {
		regions[e.Locality.Region] = true
	}
	for _, f := range t.Failover {
		if len(endpoints) > 0 && !regions[f.To] {
			d.lost(mesh.Loss{
				Kind: mesh.LossEmptyRegion, Takes: mesh.TakesTiering, Origin: f.Origin.Child("to"), Region: f.From,
				Detail: fmt.Sprintf("no endpoint is in region %s: traffic of %s spreads over every other region", f.To, f.From),
			})
		}
	}
}

// regionOf is the region of a locality rule; "" if it stands for all.
func regionOf(rule string) string {
	region := mesh.ParseLocality(rule).Region
	if region == "*" {
		return ""
	}
	return region
}

// parentOf is the origin of the list that an element stands in.
func parentOf(o mesh.Origin) mesh.Origin {
	if i := strings.LastIndexByte(o.Path, '/'); o.In != nil && i >= 0 {
		o.Path = o.Path[:i]
	}
	return o
}

// loseParked: a workload that the pool would have endpoints of, were it not scaled to zero.
func (d *draft) loseParked() {
	for _, p := range d.svc.shard.parked {
		if d.subset != nil && !subsetOfLabels(d.subset.Labels, p.workload.Labels) {
			continue
		}
		origin := p.workload.Replicas.Origin
		if origin.IsZero() {
			origin = p.workload.Origin
		}
		d.lost(mesh.Loss{
			Kind: mesh.LossScaledToZero, Takes: mesh.TakesEndpoints, Origin: origin,
			Region: p.workload.Locality.Or(mesh.Locality{}).Region,
			Detail: fmt.Sprintf("%s %s/%s has no replicas", p.workload.Kind, p.workload.Namespace, p.workload.Name),
		})
	}
}

// loseDefinitions: another definition of the host whose endpoints do not join this one's.
func (d *draft) loseDefinitions() {
	for _, other := range d.world.byHost[d.svc.host] {
		if other == d.svc || other.resolution == externalName {
			continue
		}
		var gone []*mesh.Endpoint
		var why string
		switch {
		case other.namespace != d.svc.namespace:
			why = fmt.Sprintf("it stands in namespace %s, not in %s", other.namespace, d.svc.namespace)
		case other.resolution.isDNS() != d.svc.resolution.isDNS():
			why = "one resolves names and the other does not"
		default:
			continue
		}
		for _, e := range other.shard.forPort(d.port, other.resolution.isDNS()) {
			if e.kubernetes == other.kubernetes {
				gone = append(gone, e.Endpoint)
			}
		}
		if len(gone) == 0 {
			continue
		}
		d.lost(mesh.Loss{
			Kind: mesh.LossMergeHosts, Takes: mesh.TakesEndpoints, Origin: other.origin, Endpoints: gone,
			Detail: fmt.Sprintf("the endpoints of this definition of %s are not used: %s", d.svc.host, why),
		})
	}
}

// loseDropped: endpoints of other networks that mTLS cannot be spoken to. A gateway routes by the
// server name of the mesh's mTLS, so they are left out.
func (d *draft) loseDropped(dropped []reached) {
	type cause struct {
		byServer bool
		at       mesh.Origin
	}
	if len(dropped) == 0 {
		return
	}
	var order []cause
	gone := map[cause][]*mesh.Endpoint{}
	for _, r := range dropped {
		c := cause{r.byServer, r.refused}
		if gone[c] == nil {
			order = append(order, c)
		}
		gone[c] = append(gone[c], r.endpoint.Endpoint)
	}
	for _, c := range order {
		l := mesh.Loss{Kind: mesh.LossClientTLS, Takes: mesh.TakesEndpoints, Origin: c.at, Endpoints: gone[c],
			Detail: "the rule's tls mode is not the mesh's mTLS: endpoints of other networks are dropped"}
		if c.byServer {
			l.Kind = mesh.LossServerTLS
			l.Detail = "the server's side does not take the mesh's mTLS: its endpoints are dropped for clients of other networks"
		}
		d.lost(l)
	}
}

// loseUnreachable: endpoints of another network that no gateway leads into are sent as they are.
func (d *draft) loseUnreachable(direct []reached) {
	var order []string
	var gone map[string][]*mesh.Endpoint
	for _, r := range direct {
		if d.sameNetwork(r.Network) {
			continue
		}
		if gone == nil {
			gone = map[string][]*mesh.Endpoint{}
		}
		if gone[r.Network] == nil {
			order = append(order, r.Network)
		}
		gone[r.Network] = append(gone[r.Network], r.endpoint.Endpoint)
	}
	for _, network := range order {
		d.lost(mesh.Loss{
			Kind: mesh.LossNoGateway, Takes: mesh.TakesReachability, Origin: d.world.missingGateway(network), Endpoints: gone[network],
			Detail: fmt.Sprintf("no gateway leads into network %s%s: clients of network %s get the addresses as they are", network, d.world.whyNoGateway(network), d.client.Network),
		})
	}
}

// whyNoGateway names the label that is missing, where no Service bears it.
func (w *world) whyNoGateway(network string) string {
	for _, v := range w.clusters {
		for _, s := range v.inv.Services {
			if s.Labels[mesh.LabelNetwork] == network {
				return ""
			}
		}
	}
	return fmt.Sprintf(", for no Service bears the label %s: %s", mesh.LabelNetwork, network)
}

// missingGateway is where a network's gateway should have been named: the labels of a Service
// that looks like one, else the system namespace's.
func (w *world) missingGateway(network string) mesh.Origin {
	var otherwise mesh.Origin
	for _, v := range w.clusters {
		if v.network != network {
			continue
		}
		if otherwise.IsZero() {
			otherwise = v.at
		}
		for _, s := range v.services {
			east := s.Labels["istio"] == "eastwestgateway"
			for _, p := range s.Ports {
				east = east || p.Number == defaultGatewayPort
			}
			if east {
				return mesh.At(s.Doc, "/metadata/labels")
			}
		}
	}
	return otherwise
}
