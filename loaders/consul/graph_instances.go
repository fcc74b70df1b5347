package consul

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// populate makes the workloads, instances and mesh gateways of a datacenter.
func (m *Mesh) populate(a *area) {
	for _, name := range sortedKeys(a.catalogue.inMesh) {
		for _, p := range a.catalogue.inMesh[name] {
			if key := p.instance + "|" + p.at; a.instances[key] == nil {
				a.instances[key] = m.instance(a, name, p)
			}
		}
	}
	for _, r := range slices.Concat(a.catalogue.gateways, a.catalogue.outward) {
		role := mesh.EastWest
		if r.Kind == terminatingGateway {
			role = mesh.Egress
		}
		w := m.workload(a, r.Name, r)
		w.Gateway = true
		place := a.place(r)
		id := a.name + "/" + namespace + "/" + r.Name
		if place.Zone != "" {
			id += "@" + place.String()
		}
		g := a.gateways[id]
		if g == nil {
			g = &mesh.Gateway{ID: id, Cluster: a.name, Namespace: namespace, Name: r.Name, Role: role, Network: a.Cluster.Network, Locality: place,
				Workloads: []*mesh.Workload{w}, Origin: r.Origin}
			a.gateways[id] = g
			if m.own(a) {
				m.gateways = append(m.gateways, g)
			}
		}
		g.Addresses = append(g.Addresses, a.address(r))
		a.gateways[r.ID] = g
	}
}

// Identify gives the pods of the mesh's own datacenters their identity in it.
func (m *Mesh) Identify() {
	for _, dc := range sortedKeys(m.areas) {
		a := m.areas[dc]
		if !m.own(a) {
			continue
		}
		for _, r := range a.Content.Services {
			if r.pod == nil {
				continue
			}
			w := r.pod.Workload
			w.Meshed = mesh.Of(true, r.Origin)
			w.Proxy, w.Telemetry = a.dataplane(w)
			if r.Kind == "" {
				w.Identity = a.identity(r.Name)
			}
		}
	}
}

// place is where a registration says that it runs, else what is known of its datacenter.
func (a *area) place(r *Registration) mesh.Locality {
	l := r.Locality
	if l.Region == "" {
		l.Region = a.Cluster.Region
		if len(a.Cluster.Zones) == 1 && l.Zone == "" {
			l.Zone = a.Cluster.Zones[0]
		}
	}
	return l
}

// address is that of a registration; one that leaves it to its node gets one made up, which is unique in the fleet.
func (a *area) address(r *Registration) string {
	return net.JoinHostPort(cmp.Or(r.Address, r.ID+"."+a.name), strconv.Itoa(r.Port))
}

// workload stands for all instances of a name in a datacenter, unless they are pods.
func (m *Mesh) workload(a *area, name string, r *Registration) *mesh.Workload {
	if r.pod != nil {
		return r.pod.Workload
	}
	place := a.place(r)
	w := a.workloads[name]
	if w == nil {
		w = &mesh.Workload{ID: a.name + "/" + namespace + "/ConsulService/" + name, Cluster: a.name, Namespace: namespace, Kind: "ConsulService", Name: name,
			Labels: r.Meta, Replicas: mesh.Of(0, r.Origin), Meshed: mesh.Of(true, r.Origin), Identity: a.identity(name), Network: a.Cluster.Network,
			Locality: mesh.Of(place, a.Cluster.Origin), Origin: r.Origin}
		a.workloads[name] = w
		if m.own(a) {
			m.workloads = append(m.workloads, w)
		}
	}
	w.Replicas.V++
	if w.Locality.IsKnown() && w.Locality.V != place {
		w.Locality = mesh.Value[mesh.Locality]{}
	}
	return w
}

// identity is the SPIFFE identity of a service, without scheme (sheet, section 4).
func (a *area) identity(service string) string {
	return a.group.trust + "/ns/" + namespace + "/dc/" + a.name + "/svc/" + service
}

// instance is the endpoint of an instance of a service.
func (m *Mesh) instance(a *area, service string, p *proxied) *mesh.Endpoint {
	r := a.catalogue.byID[p.instance]
	if r == nil { // the proxy of a service that is not registered
		r = a.catalogue.byID[p.id]
	}
	e := &mesh.Endpoint{Name: p.instance, Address: a.address(r), Port: r.Port, Locality: a.place(r), Cluster: a.name, Network: a.Cluster.Network,
		Security: mesh.MeshMTLS, MeshAble: true, Weight: uint32(p.weight), Labels: maps.Clone(p.meta), Workload: m.workload(a, service, r), Origin: p.origin}
	if e.Labels == nil {
		e.Labels = map[string]string{}
	}
	e.ZoneUnknown = e.Locality.Zone == "" && len(a.Cluster.Zones) > 1
	e.Misfit, _ = a.group.handshake(a.group, "")
	if r.pod != nil {
		e.Registry = &mesh.Registry{Readiness: true}
		e.Synthetic = r.pod.Synthetic
		e.Locality, e.ZoneUnknown = r.pod.Locality.Or(e.Locality), r.pod.ZoneUnknown
		if !r.pod.Ready {
			e.Health = mesh.Unhealthy
		}
		return e
	}
	e.Registry = a.catalogue.registry(p, r, a.name)
	if !healthy(a.catalogue.health(p, Faults{}), false, p.noWarn) {
		e.Health = mesh.Unhealthy
	}
	return e
}

// registry says which checks of an instance look at its program.
func (c *catalogue) registry(p *proxied, app *Registration, datacenter string) *mesh.Registry {
	out := &mesh.Registry{}
	add := func(check Check) {
		if check.OfNode {
			return
		}
		out.Checks = append(out.Checks, mesh.HealthCheck{By: "the agent in " + datacenter, Handler: check.Handler, Interval: check.Interval,
			Timeout: check.Timeout, Failure: check.Failures, Origin: check.Origin})
		switch check.Handler {
		case "script", "docker", "udp", "ttl", "":
			out.Doubt = fmt.Sprintf("what the check %s of %s looks at is not in the inputs", cmp.Or(check.Name, check.Handler), app.ID)
		}
	}
	if p.alias != "" {
		c.copied(p.alias, map[string]bool{}, add)
		return out
	}
	for _, check := range p.own {
		switch {
		case check.Alias != "":
			c.copied(check.Alias, map[string]bool{}, add)
		case p.native || p.id == app.ID:
			add(check)
		case check.Port != 0 && check.Port == app.Port:
			add(check)
		case check.Port == p.port || check.Handler == "tcp":
			// The sidecar's own listener: it lives on without its program.
		default:
			out.Doubt = "whether the sidecar's check of " + app.ID + " looks at the program is not known"
		}
	}
	return out
}

// copied are the checks that an alias of a service copies.
func (c *catalogue) copied(id string, seen map[string]bool, add func(Check)) {
	r := c.byID[id]
	if r == nil || seen[id] {
		return
	}
	seen[id] = true
	for _, list := range [][]Check{r.Checks, c.beside[id]} {
		for _, check := range list {
			if check.Alias != "" {
				c.copied(check.Alias, seen, add)
			} else {
				add(check)
			}
		}
	}
}
