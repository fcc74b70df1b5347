package consul

import (
	"cmp"
	"fmt"

	"github.com/passmuster/muster/mesh"
)

// judge notes what a server makes of the entries of a group: which act, which are refused, and which the inputs leave open.
func (m *Mesh) judge(g *federated, entries []*Entry) {
	refused := map[*Entry]bool{}
	ours := g.mesh == m.in.Mesh.Name
	for _, r := range g.fleet.Rejected() {
		refused[r.Entry] = true
		if !ours || r.Folder != "" {
			continue // told by the mesh whose entry it is
		}
		at := r.at()
		kind := resource(g, r.Entry)
		if r.Reason == "enterprise-only" && m.in.Edition != "community" {
			what := fmt.Sprintf("%s %s uses what only Consul Enterprise has, and what follows from it is not predicted", r.Entry.Kind, r.Entry.Name)
			if m.in.Edition == "" {
				what = fmt.Sprintf("%s %s uses what only Consul Enterprise has, and nobody declares the edition", r.Entry.Kind, r.Entry.Name)
			}
			m.facts = append(m.facts, &mesh.Fact{Kind: mesh.FactUnsupported, Origin: at, Resource: kind, Message: what + ": " + r.Message + "."})
			g.close(r.Entry, what, at)
			continue
		}
		if r.moves() {
			g.refused[r.Entry.Name] = append(g.refused[r.Entry.Name], r)
		}
		fact := mesh.FactInvalid
		if r.Reason == "unknown-key" {
			fact = mesh.FactUnknownField
		}
		m.facts = append(m.facts, &mesh.Fact{Kind: fact, Origin: at, Resource: kind,
			Message: fmt.Sprintf("Consul refuses the %s %s: %s. Nothing of it acts.", r.Entry.Kind, r.Entry.Name, r.Message)})
	}
	for _, e := range g.fleet.Unchecked() {
		g.close(e, fmt.Sprintf("the entries that reach %s %s are too entangled to be checked", e.Kind, e.Name), e.Origin)
	}
	for _, e := range entries {
		if refused[e] {
			continue
		}
		g.entries = append(g.entries, e)
		g.byName[[2]string{e.Kind, e.Name}] = e
		switch {
		case e.Mesh != nil:
			g.wide = e.Mesh
		case e.Kind == terminatingGateway:
			g.linked[e.Name] = e.Linked
		case e.Intentions != nil:
			g.intentions[e.Name] = append(g.intentions[e.Name], e)
		}
	}
	g.bind()
}

// close leaves open what an entry means for those whom it may concern.
func (g *federated) close(e *Entry, what string, at mesh.Origin) {
	name := e.Name
	if e.Resolver == nil && e.Splitter == nil && e.Router == nil && e.ServiceDefaults == nil && e.Kind != serviceResolver && e.Kind != serviceSplitter &&
		e.Kind != serviceRouter && e.Kind != serviceDefaults {
		name = ""
	}
	if e.Kind == exportedServices || e.Kind == intentions {
		name = cmp.Or(e.Name, "")
	}
	if e.Sameness != nil && e.Sameness.Default {
		name = "" // it holds for every service
	} else if e.Kind == samenessGroup || e.Kind == "control-plane-request-limit" {
		return // what uses one says so itself
	}
	if g.closed[name] == nil {
		g.closed[name] = &mesh.Gap{Cluster: g.primary, What: what, Origin: at}
	}
}

// gap is why it is not known what a chain's services obey; nil if it is.
func (g *federated) gap(c *Chain, service string) *mesh.Gap {
	if gap := g.closed[""]; gap != nil {
		return gap
	}
	if gap := g.closed[service]; gap != nil || c == nil {
		return gap
	}
	for _, id := range sortedKeys(c.Targets) {
		if gap := g.closed[c.Targets[id].Service]; gap != nil {
			return gap
		}
	}
	return nil
}

// resource names an entry for reports.
func resource(g *federated, e *Entry) mesh.Resource {
	return mesh.Resource{Kind: e.Kind, Namespace: namespace, Name: e.Name, Cluster: g.primary}
}

// namespace is the only one that the Community edition has.
const namespace = "default"
