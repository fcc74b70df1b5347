package linkerd

import (
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/labels"

	"github.com/passmuster/muster/mesh"
)

// danglingFacts are policies that name what is not there, and so do nothing.
func (c *Cluster) danglingFacts() []*mesh.Fact {
	var out []*mesh.Fact
	unused := func(m *Meta, path, message string) {
		out = append(out, &mesh.Fact{Kind: mesh.FactRuleUnused, Origin: m.At(path), Resource: m.Doc.Resource(),
			Message: m.Doc.Kind + " " + m.Namespace + "/" + m.Name + " does nothing: " + message})
	}
	known := c.knownNamespaces()
	for _, ns := range slices.Sorted(maps.Keys(c.ServerAuthorizations)) {
		for _, a := range c.ServerAuthorizations[ns] {
			switch {
			case slices.ContainsFunc(c.Servers[ns], a.selects):
			case a.Server != "":
				unused(&a.Meta, "/spec/server/name", "there is no Server "+ns+"/"+a.Server)
			default:
				unused(&a.Meta, "/spec/server/selector", "no Server of namespace "+ns+" has the labels that it selects")
			}
		}
	}
	for _, ns := range slices.Sorted(maps.Keys(c.Policies)) {
		for _, p := range c.Policies[ns] {
			switch {
			case p.Kind == TargetNamespace && len(c.Servers[ns]) == 0:
				unused(&p.Meta, "/spec/targetRef", "it is for the Servers of namespace "+ns+", and there are none; ports without a Server obey the default-inbound-policy alone")
			case p.Kind == TargetServer && !slices.ContainsFunc(c.Servers[ns], func(s *Server) bool { return s.Name == p.Target }):
				unused(&p.Meta, "/spec/targetRef/name", "there is no Server "+ns+"/"+p.Target)
			case (p.Kind == TargetHTTPRoute || p.Kind == TargetGRPCRoute) && !slices.ContainsFunc(c.Routes[ns], p.isFor):
				unused(&p.Meta, "/spec/targetRef/name", "no "+string(p.Kind)+" "+ns+"/"+p.Target+" is attached to a Server")
			}
			out = append(out, c.missingAuthentications(p, known)...)
		}
	}
	subjects := map[string][]*Subject{}
	for _, s := range c.subjects() {
		subjects[s.Namespace] = append(subjects[s.Namespace], s)
	}
	for _, ns := range slices.Sorted(maps.Keys(c.Servers)) {
		for _, s := range c.Servers[ns] {
			if f := s.unnamedPort(subjects[ns]); f != nil {
				out = append(out, f)
			}
		}
	}
	return out
}

// knownNamespaces are those of which the inputs hold something: what they lack of others may merely be elsewhere.
func (c *Cluster) knownNamespaces() map[string]bool {
	out := map[string]bool{}
	for key := range c.Subjects {
		out[key.Namespace] = true
	}
	for key := range c.MeshTLS {
		out[key.Namespace] = true
	}
	for key := range c.Networks {
		out[key.Namespace] = true
	}
	for namespace := range c.Servers {
		out[namespace] = true
	}
	return out
}

// missingAuthentications: Linkerd ignores a policy that requires what does not exist, so it admits nobody.
func (c *Cluster) missingAuthentications(p *AuthorizationPolicy, known map[string]bool) []*mesh.Fact {
	var out []*mesh.Fact
	for _, ref := range p.Refs {
		if ref.Namespace != p.Namespace && !known[ref.Namespace] || c.wasRefused(ref.Kind, ref.Key) {
			continue
		}
		if ref.Kind == kindMeshTLS && c.MeshTLS[ref.Key] != nil || ref.Kind == kindNetworks && c.Networks[ref.Key] != nil || ref.Kind == kindServiceAccount {
			continue
		}
		out = append(out, &mesh.Fact{Kind: mesh.FactInvalid, Origin: ref.Origin, Resource: p.Doc.Resource(),
			Message: "AuthorizationPolicy " + p.Namespace + "/" + p.Name + " requires " + ref.Kind + " " + ref.Namespace + "/" + ref.Name +
				", which is not in the inputs; where it does not exist, Linkerd ignores the policy, and it admits nobody"})
	}
	return out
}

// unnamedPort: a Server for a named port is for no port of pods that have none of that name, and they obey the
// default-inbound-policy in its stead.
func (s *Server) unnamedPort(among []*Subject) *mesh.Fact {
	if s.PortName == "" || s.Refused || s.External != nil {
		return nil
	}
	var selected *Subject
	for _, subject := range among {
		if subject.Kind == kindExternalWorkload || !s.Selector.Matches(labels.Set(subject.Labels)) {
			continue
		}
		if len(subject.named(s.PortName)) > 0 {
			return nil
		}
		selected = subject
	}
	if selected == nil {
		return nil
	}
	return &mesh.Fact{Kind: mesh.FactRuleUnused, Origin: s.At("/spec/port"), Resource: s.Doc.Resource(),
		Related: []mesh.Evidence{{What: "pods that it selects", Origin: selected.At("/spec/containers")}},
		Message: "Server " + s.Namespace + "/" + s.Name + " does nothing: no pod that it selects has a TCP port named " + quoted(s.PortName) +
			"; their ports obey the default-inbound-policy in its stead"}
}
