package consul

import (
	"slices"

	"github.com/passmuster/muster/mesh"
)

// linkedShape says what of a terminating gateway Consul refuses on write (Consul: TerminatingGatewayConfigEntry.Validate).
func linkedShape(list []Linked) *Problem {
	seen := map[string]bool{}
	for _, l := range list {
		switch {
		case l.Name == "":
			return &Problem{"malformed", "a service of a terminating gateway without a name", l.Origin}
		case seen[l.Name]:
			return &Problem{"duplicate-service", "the service " + l.Name + " stands twice behind one terminating gateway", l.Origin}
		case (l.CertFile != "" || l.KeyFile != "") && (l.CAFile == "" || l.CertFile == "" || l.KeyFile == ""):
			return &Problem{"incomplete-tls", "CertFile and KeyFile need each other and CAFile", l.Origin}
		}
		seen[l.Name] = true
	}
	return nil
}

// speaks is what the gateway speaks to the service, and the line that decides.
func (l Linked) speaks() (mesh.Security, mesh.Origin) {
	switch {
	case l.CAFile == "":
		return mesh.Plaintext, l.Origin
	case l.CertFile == "":
		return mesh.SimpleTLS, l.CAAt
	}
	return mesh.MutualTLS, l.CAAt
}

// links reports whether a terminating gateway may stand for a service.
func (g *federated) links(service string) bool {
	for _, list := range g.linked {
		if slices.ContainsFunc(list, func(l Linked) bool { return l.Name == service || l.Name == "*" }) {
			return true
		}
	}
	return false
}

// unproxied are the registrations of a name that have no proxy: what gateways call outside of the mesh.
func (a *area) unproxied(service string) []*Registration {
	var out []*Registration
	for _, r := range a.byName[service] {
		if r.Kind == "" && r.Sidecar == nil && !r.Native && r.pod == nil && a.catalogue.byID[r.ID] == r &&
			!slices.ContainsFunc(a.catalogue.inMesh[service], func(p *proxied) bool { return p.instance == r.ID }) {
			out = append(out, r)
		}
	}
	return out
}

// linkOf is how a terminating gateway that is registered in the datacenter stands for a service: the exact name before "*".
func (a *area) linkOf(gateway *Registration, service string) (Linked, bool) {
	list := a.group.linked[gateway.Name]
	for _, name := range []string{service, "*"} {
		if i := slices.IndexFunc(list, func(l Linked) bool { return l.Name == name }); i >= 0 {
			return list[i], true
		}
	}
	return Linked{}, false
}

// relay makes an endpoint of each terminating gateway for each service without a proxy that it stands for, with the instances
// behind it. Callers are sent to the gateways by their own health; the intentions of the service are asked there (sheet, section 2.1).
func (m *Mesh) relay(a *area) {
	names := map[string]bool{}
	for _, r := range a.Content.Services {
		if r.Kind == "" {
			names[r.Name] = true
		}
	}
	for _, name := range sortedKeys(names) {
		instances := a.unproxied(name)
		if len(instances) == 0 || len(a.catalogue.inMesh[name]) > 0 {
			continue // relayDoubt tells of those that are both
		}
		var behind []*mesh.Endpoint
		for _, r := range a.catalogue.outward {
			link, ok := a.linkOf(r, name)
			if !ok {
				continue
			}
			e := m.entity(a, name, "")
			if behind == nil {
				behind = m.outside(a, e, instances)
			}
			ep := gatewayEndpoint(a, r, behind)
			ep.Service, ep.Registry = e.Service, a.catalogue.registry(&proxied{id: r.ID, own: r.Checks, native: true}, r, a.name)
			ep.Relays, ep.SecurityOrigin = link.speaks()
			ep.Misfit, _ = a.group.handshake(a.group, "")
			if !healthy(a.catalogue.checked(r.ID, r.Checks, Faults{}, nil), false, r.NoWarnings) {
				ep.Health = mesh.Unhealthy
			}
			a.relays[name] = append(a.relays[name], ep)
			e.Endpoints = append(e.Endpoints, ep)
			if e.Origin.IsZero() {
				e.Origin = instances[0].Origin
			}
		}
	}
}

// outside are the endpoints of instances without a proxy. Where such a program runs is not known beyond its datacenter, unless its
// registration says so.
func (m *Mesh) outside(a *area, e *entity, instances []*Registration) []*mesh.Endpoint {
	out := make([]*mesh.Endpoint, 0, len(instances))
	for _, r := range instances {
		ep := &mesh.Endpoint{Name: r.ID, Address: a.address(r), Port: r.Port, Locality: a.place(r), Cluster: a.name, Network: a.Cluster.Network, Weight: uint32(r.Weight), Security: mesh.Plaintext,
			Labels: map[string]string{}, Service: e.Service, Registry: a.catalogue.registry(&proxied{id: r.ID, own: r.Checks, native: true}, r, a.name), Origin: r.Origin}
		ep.ZoneUnknown = ep.Locality.Zone == "" && len(a.Cluster.Zones) > 1
		if !healthy(a.catalogue.checked(r.ID, r.Checks, Faults{}, nil), false, r.NoWarnings) {
			ep.Health = mesh.Unhealthy
		}
		out = append(out, ep)
	}
	return out
}

// relayDoubt is what the inputs do not tell of a target that a terminating gateway may stand for; "" if they tell it.
func (a *area) relayDoubt(t *Target) string {
	if !a.group.links(t.Service) {
		return ""
	}
	meshed, exact, registered, elsewhere := len(a.catalogue.inMesh[t.Service]) > 0, false, false, false
	for gateway, list := range a.group.linked {
		if slices.ContainsFunc(list, func(l Linked) bool { return l.Name == t.Service }) {
			exact = true
		} else if !slices.ContainsFunc(list, func(l Linked) bool { return l.Name == "*" }) {
			continue
		}
		registered = registered || slices.ContainsFunc(a.catalogue.outward, func(r *Registration) bool { return r.Name == gateway })
		elsewhere = elsewhere || a.group.hasGateway(gateway)
	}
	switch {
	case meshed && !exact && len(a.unproxied(t.Service)) == 0, meshed && !registered && elsewhere:
		return ""
	case meshed:
		return t.Service + " is registered with a proxy, and a terminating gateway stands for it as well"
	case len(a.relays[t.Service]) > 0 && t.Definition.Filter != "":
		return "which terminating gateways the filter of the subset " + t.Subset + " leaves for " + t.Service + " is not told"
	case len(a.relays[t.Service]) > 0, !registered && elsewhere:
		return ""
	}
	return t.Service + " stands behind a terminating gateway, and the inputs do not hold the gateway and what is behind it"
}

// hasGateway reports whether a terminating gateway is registered in some datacenter of the group.
func (g *federated) hasGateway(name string) bool {
	return slices.ContainsFunc(g.areas, func(a *area) bool {
		return slices.ContainsFunc(a.catalogue.outward, func(r *Registration) bool { return r.Name == name })
	})
}

// relayed are the endpoints that callers are told of a service behind terminating gateways: these, or mesh gateways in front of
// them. Mesh gateways are healthy while the terminating ones are, whatever becomes of what is behind.
func relayed(from, there *area, relays []*mesh.Endpoint, via Via, lose func(string, ...any) []*mesh.Endpoint) []*mesh.Endpoint {
	if via == Direct {
		return relays
	}
	at, onward := there, []*mesh.Gateway(nil)
	if via == LocalGateway {
		at = from
		for _, r := range there.catalogue.gateways {
			if g := there.gateways[r.ID]; !slices.Contains(onward, g) {
				onward = append(onward, g)
			}
		}
	}
	for _, e := range relays {
		if !slices.Contains(onward, e.Gateway) {
			onward = append(onward, e.Gateway)
		}
	}
	if len(at.catalogue.gateways) == 0 || len(there.catalogue.gateways) == 0 {
		return lose("gateway mode %s, and no mesh gateway is registered in the datacenters on the way to %s", map[Via]string{RemoteGateway: "remote", LocalGateway: "local"}[via], there.name)
	}
	out := make([]*mesh.Endpoint, 0, len(at.catalogue.gateways))
	for _, r := range at.catalogue.gateways {
		ep := gatewayEndpoint(at, r, relays[0].Behind)
		ep.Service, ep.Onward, ep.Inbound = relays[0].Service, onward, relays[0].Inbound
		ep.Relays, ep.SecurityOrigin, ep.Misfit = relays[0].Relays, relays[0].SecurityOrigin, relays[0].Misfit
		out = append(out, ep)
	}
	return out
}
