package consul

import (
	"cmp"

	"github.com/passmuster/muster/mesh"
)

// target is the target that a reference names. The first one named with an ID is the one: of a
// peer's targets, whose IDs name no subset, it decides the filter.
func (c *compiler) target(ref Reference) *Target {
	t := &Target{Service: ref.Service, Subset: ref.Subset, Datacenter: ref.Datacenter, Peer: ref.Peer}
	if t.Peer != "" {
		t.Datacenter = ""
		t.ID = t.Service + "@" + t.Peer
	} else {
		t.Datacenter = cmp.Or(t.Datacenter, c.chain.Datacenter)
		t.ID = t.Service + "." + t.Datacenter
		if t.Subset != "" {
			t.ID = t.Subset + "." + t.ID
		}
	}
	if known := c.targets[t.ID]; known != nil {
		return known
	}
	c.targets[t.ID] = t
	return t
}

// changed is the target that a redirect or failover makes of one: fields that are given replace
// those it had, another service drops the subset, and a peer drops the datacenter. A peer is never
// taken over: what changes a peer's target without naming one leads back to the own datacenter.
func (c *compiler) changed(t *Target, by Reference) *Target {
	ref := Reference{Service: t.Service, Subset: t.Subset, Datacenter: t.Datacenter, Peer: by.Peer}
	if by.Service != "" && by.Service != ref.Service {
		ref.Service, ref.Subset = by.Service, ""
	}
	ref.Subset = cmp.Or(by.Subset, ref.Subset)
	ref.Datacenter = cmp.Or(by.Datacenter, ref.Datacenter)
	return c.target(ref)
}

// resolved is what a target comes down to after redirects and default subsets.
type resolved struct {
	target  *Target
	entry   *Resolver     // nil without one
	origins []mesh.Origin // of the redirects and default subsets
}

// settle follows redirects and default subsets of a target (sheet, section 3, 3a and 3b).
func (c *compiler) settle(t *Target) (*resolved, *Problem) {
	out := &resolved{target: t}
	seen := map[string]bool{}
	for {
		c.steps++
		c.touched[out.target.Service] = true
		if c.chain.Resolvers[resolverID(out.target.ID)] != nil {
			out.entry = c.in.resolvers[out.target.Service]
			return out, nil
		}
		t := out.target
		if t.Peer == "" {
			if p := c.speaks(t.Service); p != nil {
				return nil, p
			}
		}
		entry := c.in.resolvers[t.Service]
		out.entry = entry
		if seen[t.ID] {
			at := mesh.Origin{}
			if entry != nil {
				at = entry.Origin
			}
			return nil, &Problem{"circular-reference", "the redirects of " + t.Service + " lead back to it", at}
		}
		seen[t.ID] = true
		if entry == nil {
			break
		}
		if entry.Redirect != nil {
			if next := c.changed(t, entry.Redirect.Reference); next != t {
				out.target, out.origins = next, append(out.origins, entry.Redirect.Origin)
				continue
			}
		}
		if t.Subset != "" || entry.DefaultSubset == "" {
			break
		}
		out.target, out.origins = c.changed(t, Reference{Subset: entry.DefaultSubset}), append(out.origins, entry.DefaultAt)
	}
	if t := out.target; t.Subset != "" && (out.entry == nil || !out.entry.has(t.Subset)) {
		at := mesh.Origin{}
		if out.entry != nil {
			at = out.entry.Origin
		}
		return nil, &Problem{"unknown-subset", "the service " + t.Service + " has no subset " + t.Subset, at}
	}
	return out, c.define(out)
}

// define gives a settled target its subset and gateway mode, and makes it part of the chain.
func (c *compiler) define(r *resolved) *Problem {
	t := r.target
	if r.entry != nil {
		t.Definition = r.entry.Subsets[t.Subset]
	}
	if d := c.in.defaults[t.Service]; d != nil {
		t.MeshGateway, t.GatewayAt = d.MeshGateway, d.GatewayAt
		if d.ExternalSNI != "" {
			t.External = true
			if e := r.entry; e != nil && (e.Redirect != nil || len(e.Subsets) > 0 || len(e.Failover) > 0) {
				return &Problem{"external-sni", "the service " + t.Service + " has an external SNI, which goes with neither redirect nor subsets nor failover", e.Origin}
			}
		}
	}
	if p := c.in.proxy; p != nil && p.MeshGateway != "" {
		t.MeshGateway, t.GatewayAt = p.MeshGateway, p.GatewayAt
	}
	c.chain.Targets[t.ID] = t
	return nil
}

// resolver is the resolver's node of a target, with the targets that it fails over to. Their own
// failover does not count (sheet, section 3, 3e).
func (c *compiler) resolver(t *Target) (string, *Problem) {
	r, p := c.settle(t)
	if p != nil {
		return "", p
	}
	id := resolverID(r.target.ID)
	if c.chain.Resolvers[id] != nil {
		return id, nil
	}
	node := &ResolverNode{
		Targets: []TargetRef{{r.target.ID, r.origins}}, ConnectTimeout: defaultConnectTimeout,
		Default: true, Origin: mesh.Default("Consul"), ConnectAt: mesh.Default("Consul (ConnectTimeout)"),
	}
	c.chain.Resolvers[id] = node
	entry := r.entry
	if entry == nil {
		if f, ok := c.in.fallbackFor(r.target); ok {
			return id, c.failsOver(node, r.target, f)
		}
		return id, nil
	}
	node.Default, node.Origin = entry.isDefault(), entry.Origin
	node.RequestTimeout, node.RequestAt, node.LoadBalancer = entry.RequestTimeout, entry.RequestAt, entry.LoadBalancer
	if entry.ConnectTimeout > 0 {
		node.ConnectTimeout, node.ConnectAt = entry.ConnectTimeout, entry.ConnectAt
	}
	f, ok := entry.Failover[r.target.Subset]
	if !ok {
		f, ok = entry.Failover["*"]
	}
	if !ok {
		f, ok = c.in.fallbackFor(r.target)
	}
	if !ok {
		return id, nil
	}
	return id, c.failsOver(node, r.target, f)
}

// failsOver gives a node the targets of a failover.
func (c *compiler) failsOver(node *ResolverNode, first *Target, f Failover) *Problem {
	node.FailoverAt = f.Origin
	var next []*Target
	var origins []mesh.Origin
	for _, by := range f.list() {
		if to := c.changed(first, by.Reference); to != first { // itself is dropped silently
			next, origins = append(next, to), append(origins, by.Origin)
		}
	}
	for i, to := range next {
		settled, p := c.settle(to)
		if p != nil {
			return p
		}
		node.Targets = append(node.Targets, TargetRef{settled.target.ID, append([]mesh.Origin{origins[i]}, settled.origins...)})
	}
	return nil
}

// list is the targets of a failover in order, whichever of its forms it has.
func (f Failover) list() []FailoverTarget {
	var out []FailoverTarget
	switch {
	case len(f.Datacenters) > 0:
		for _, dc := range f.Datacenters {
			by := f.Reference
			by.Datacenter = dc
			out = append(out, FailoverTarget{by, f.ListAt})
		}
	case len(f.Targets) > 0:
		out = f.Targets
	default:
		out = []FailoverTarget{{f.Reference, f.Origin}}
	}
	return out
}

// isDefault reports whether an entry says nothing that Consul would not do without it.
func (r *Resolver) isDefault() bool {
	return r.DefaultSubset == "" && len(r.Subsets) == 0 && r.Redirect == nil && len(r.Failover) == 0 &&
		r.ConnectTimeout == 0 && r.RequestTimeout == 0 && r.LoadBalancer == nil
}
