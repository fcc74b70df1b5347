package linkerd

import (
	"cmp"
	"maps"
	"slices"
	"strconv"

	"github.com/passmuster/muster/mesh"
)

// InboundFacts is what is worth saying about meshing and inbound policy without any failure: what admission
// refuses, values that Linkerd drops, references that lead nowhere, Servers that contend for a port, and probes
// that policies refuse. They are sorted by place of the object.
func (c *Cluster) InboundFacts() []*mesh.Fact {
	out := slices.Clone(c.Refused)
	for _, name := range slices.Sorted(maps.Keys(c.Namespaces)) {
		ns := c.Namespaces[name]
		if ns.Doc == nil {
			continue
		}
		out = append(out, annotationFacts(ns.Annotations, func(key string) mesh.Origin { return ns.At(annotationPath(key)) }, ns.Doc.Resource())...)
	}
	contended := map[string]bool{}
	out = append(out, c.contendingFacts(contended)...)
	for _, s := range c.subjects() {
		if s.Kind != kindExternalWorkload {
			for _, f := range annotationFacts(s.Annotations, s.annotation, s.doc.Resource()) {
				if s.Kind != kindPod || f.Origin.Path != annotationPath(annotationSkipInbound) { // of a pod it is told when it is read
					out = append(out, f)
				}
			}
		}
		if f := c.misplaced(s); f != nil {
			out = append(out, f)
		}
		out = append(out, c.contended(s, contended)...)
		out = append(out, c.probeFacts(s)...)
	}
	return append(out, c.danglingFacts()...)
}

// subjects are all of them, sorted.
func (c *Cluster) subjects() []*Subject {
	return slices.SortedFunc(maps.Values(c.Subjects), compareSubjects)
}

func compareSubjects(a, b *Subject) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}

// contendingFacts are Servers of which admission takes only the first: those for the same port, as written, of
// the same pods, as written, or of all (linkerd2 policy-controller admission.rs).
func (c *Cluster) contendingFacts(told map[string]bool) []*mesh.Fact {
	var out []*mesh.Fact
	for _, namespace := range slices.Sorted(maps.Keys(c.Servers)) {
		first := map[string]*Server{}
		for _, s := range c.Servers[namespace] {
			if s.Refused {
				continue
			}
			port := s.PortName + "/" + strconv.Itoa(s.PortNumber) + "/" + strconv.FormatBool(s.External != nil)
			selector := s.Selector
			if s.External != nil {
				selector = s.External
			}
			if _, selects := selector.Requirements(); !selects {
				continue // it is malformed, which is told elsewhere
			}
			other := first[port+"="+selector.String()]
			if other == nil {
				other = first[port+"="] // one that selects everything
			}
			if other == nil && selector.Empty() {
				other = first[port]
			}
			if first[port] == nil {
				first[port] = s
			}
			if other == nil {
				first[port+"="+selector.String()] = s
				continue
			}
			told[namespace+"/"+other.Name+"/"+s.Name] = true
			out = append(out, &mesh.Fact{Kind: mesh.FactInvalid, Origin: s.At("/spec"), Resource: s.Doc.Resource(),
				Related: []mesh.Evidence{{What: "the other Server", Origin: other.At("/spec")}},
				Message: "Linkerd refuses one of the Servers " + other.Namespace + "/" + other.Name + " and " + s.Namespace + "/" + s.Name +
					", whichever is applied second: both are for the same port of the same pods"})
		}
	}
	return out
}

// contended are ports of a subject that several Servers are for, which admission does not notice.
func (c *Cluster) contended(s *Subject, told map[string]bool) []*mesh.Fact {
	var out []*mesh.Fact
	first := map[int]*Server{}
	for _, server := range c.Servers[s.Namespace] {
		for _, port := range server.ports(s) {
			other := first[port]
			if other == nil {
				first[port] = server
				continue
			}
			key := s.Namespace + "/" + other.Name + "/" + server.Name
			if told[key] {
				continue
			}
			told[key] = true
			out = append(out, &mesh.Fact{Kind: mesh.FactTwoRules, Origin: server.At("/spec"), Resource: server.Doc.Resource(),
				Related: []mesh.Evidence{{What: "the other Server", Origin: other.At("/spec")}, {What: "the pods", Origin: s.At("")}},
				Message: "The Servers " + other.Namespace + "/" + other.Name + " and " + server.Namespace + "/" + server.Name + " are both for port " + strconv.Itoa(port) + " of " + s.Kind + " " +
					s.Name + "; one of them counts, and nothing written decides which"})
		}
	}
	return out
}

// probeFacts are probes that the kubelet loses because a route is attached to the Server of their port: without
// routes Linkerd lets them through.
func (c *Cluster) probeFacts(s *Subject) []*mesh.Fact {
	if len(s.Probes) == 0 || len(c.Routes[s.Namespace]) == 0 || !c.meshed(s).Or(false) {
		return nil
	}
	var out []*mesh.Fact
	var in *mesh.Inbound
	for _, p := range s.Probes {
		var by []*Server
		for _, server := range c.Servers[s.Namespace] {
			if slices.Contains(server.ports(s), p.Port) {
				by = append(by, server)
			}
		}
		if len(by) != 1 || !by[0].sees(TargetHTTPRoute) || len(c.routesOf(by[0])) == 0 {
			continue
		}
		if in == nil {
			in = c.InboundOf(s)
		}
		if v, _ := in.Authorization.Decide(mesh.Caller{Port: p.Port}); v != mesh.Denied {
			continue
		}
		route := c.routesOf(by[0])[0]
		out = append(out, &mesh.Fact{Kind: mesh.FactInvalid, Origin: p.Origin, Resource: s.doc.Resource(), Harm: true,
			Related: []mesh.Evidence{{What: "the route", Origin: route.At("/spec/parentRefs")}, {What: "the Server", Origin: by[0].At("/spec")}},
			Message: "The kubelet's probe of port " + strconv.Itoa(p.Port) + " is refused: with a route, Server " + by[0].Namespace + "/" + by[0].Name +
				" no longer lets probes through, and nothing admits callers without an identity"})
	}
	return out
}
