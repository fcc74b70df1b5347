package policy

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/passmuster/muster/mesh"
)

// manifest is what the projection reads of an object to tell which services it is about: members of its spec.
type manifest struct {
	Host           string
	Hosts          []string
	Selector       json.RawMessage
	TargetRefs     []ref
	ScaleTargetRef ref
	ParentRefs     []ref
	Destination    ref // of ServiceIntentions
}

// manifestOf reads the spec of an object; false if a member has another type.
func manifestOf(js []byte) (m manifest, ok bool) {
	spec := valueAt(js, []string{"spec"})
	switch {
	case spec == nil || string(spec) == "null":
		return m, true
	case spec[0] != '{':
		return m, false
	}
	into := map[string]any{"host": &m.Host, "hosts": &m.Hosts, "selector": &m.Selector, "targetRefs": &m.TargetRefs,
		"scaleTargetRef": &m.ScaleTargetRef, "parentRefs": &m.ParentRefs, "destination": &m.Destination}
	ok = true
	eachMember(spec, 0, func(key []byte, value int) {
		if member := into[string(key[1:len(key)-1])]; member != nil && json.Unmarshal(spec[value:skipValue(spec, value)], member) != nil {
			ok = false
		}
	})
	return m, ok
}

type ref struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// objectTerm is an object as it is written, with id, cluster and the services that it is about. The contents of a
// Secret are left out. Nil if it is not JSON.
func (p *projection) objectTerm(o mesh.Object, services *ast.Term) *ast.Term {
	v, err := ast.ValueFromReader(bytes.NewReader(o.JSON))
	obj, ok := v.(ast.Object)
	if err != nil || !ok {
		return nil
	}
	if o.Kind == "Secret" {
		kept := ast.NewObject()
		obj.Foreach(func(k, v *ast.Term) {
			if key, ok := k.Value.(ast.String); ok && shownOfSecret(string(key)) {
				kept.Insert(k, v)
			}
		})
		obj = kept
	}
	obj.Insert(p.text("id"), p.text(o.ID))
	obj.Insert(p.text("cluster"), p.text(o.Cluster))
	obj.Insert(p.text("services"), services)
	return ast.NewTerm(obj)
}

// shownOfSecret reports whether policies see a member of a Secret: its contents they never do.
func shownOfSecret(key string) bool {
	return slices.Contains([]string{"apiVersion", "kind", "metadata", "type"}, key)
}

// about are the ids of the services that an object is about, sorted: those of the hosts, pods or workloads that it
// names, and of Linkerd's policies those whose gateway they may refuse by its address. None for an object that speaks of a whole namespace or mesh.
func (p *projection) about(o mesh.Object) []string {
	m, ok := manifestOf(o.JSON)
	if !ok {
		return nil
	}
	var ids []string
	add := func(list ...string) { ids = append(ids, list...) }
	if m.Host != "" {
		add(p.named(o, m.Host)...)
	}
	for _, h := range m.Hosts {
		add(p.named(o, h)...)
	}
	for _, r := range append(m.ParentRefs, m.TargetRefs...) {
		if r.Kind == "Service" {
			namespace := r.Namespace
			if namespace == "" {
				namespace = o.Namespace
			}
			add(p.named(o, r.Name+"."+namespace)...)
		}
	}
	for _, w := range p.workloads(o, m) {
		for _, id := range p.serving[w] {
			add(string(id))
		}
	}
	add(p.entry(o, m.Destination.Name)...)
	if strings.HasPrefix(o.APIVersion, "policy.linkerd.io/") {
		add(p.names().guarding[o.Cluster+"/"+o.Namespace+"/"+o.Name]...)
	}
	if o.Kind == "Service" {
		add(p.named(o, o.Name+"."+o.Namespace)...)
		add(p.registered(o)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// registered are the services of Consul that the pods of a Service are registered under, in its own datacenter. Where there are no
// namespaces, the graph has all of them in one.
func (p *projection) registered(o mesh.Object) []string {
	c := p.graph.Cluster(o.Cluster)
	if c == nil {
		return nil
	}
	if of := p.graph.Mesh(c.Mesh); of == nil || of.Kind != mesh.Consul {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.names().byName[c.Mesh+"|"+o.Name+".default"]), func(id string) bool {
		s := p.graph.Service(mesh.ServiceID(id))
		return s == nil || !slices.Contains(s.Clusters, o.Cluster)
	})
}

// entry are the services that an entry of Consul is about: those of its name in every datacenter that obeys the entries of its own.
func (p *projection) entry(o mesh.Object, destination string) []string {
	if group, _, _ := strings.Cut(o.APIVersion, "/"); group != "consul.hashicorp.com" {
		return nil
	}
	name := o.Name
	switch o.Kind {
	case "ServiceIntentions":
		name = destination
	case "ServiceDefaults", "ServiceResolver", "ServiceSplitter", "ServiceRouter":
	default:
		return nil
	}
	at := p.graph.Cluster(o.Cluster)
	if at == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.names().byName[at.Mesh+"|"+name+".default"]), func(id string) bool {
		s := p.graph.Service(mesh.ServiceID(id))
		return s == nil || !slices.ContainsFunc(s.Clusters, func(c string) bool {
			there := p.graph.Cluster(c)
			return there != nil && cmp.Or(there.ConfigCluster, there.Name) == cmp.Or(at.ConfigCluster, at.Name)
		})
	})
}

// named are the services that a host stands for in the cluster of an object: in full, or short as Kubernetes has it.
func (p *projection) named(o mesh.Object, name string) []string {
	if strings.Contains(name, "*") {
		return nil
	}
	c := p.graph.Cluster(o.Cluster)
	if c == nil {
		return nil
	}
	for _, key := range []string{name, name + "." + o.Namespace} {
		if list := p.names().byName[c.Mesh+"|"+key]; len(list) > 0 {
			return list
		}
	}
	return nil
}

// workloads are those that an object selects, scales or is.
func (p *projection) workloads(o mesh.Object, m manifest) []*mesh.Workload {
	at := o.Cluster + "/" + o.Namespace
	list := slices.Clone(p.names().byKind[at+"/"+o.Kind+"/"+o.Name])
	if m.ScaleTargetRef.Name != "" {
		list = append(list, p.names().byKind[at+"/"+m.ScaleTargetRef.Kind+"/"+m.ScaleTargetRef.Name]...)
	}
	if !isSelector(o.Kind) {
		return list
	}
	if wanted := selectorOf(m.Selector); len(wanted) > 0 {
		for _, w := range p.names().byPlace[at] {
			if hasAll(w.Labels, wanted) {
				list = append(list, w)
			}
		}
	}
	return list
}

// isSelector reports whether the selector of a kind is one of other objects' pods.
func isSelector(kind string) bool {
	switch kind {
	case "AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "PodDisruptionBudget", "Telemetry", "Sidecar", "WasmPlugin", "ProxyConfig", "EnvoyFilter":
		return true
	}
	return false
}

// selectorOf reads the labels of a selector, whichever way its kind writes it; nil if it has other conditions.
func selectorOf(text json.RawMessage) map[string]string {
	var s struct {
		MatchLabels      map[string]string `json:"matchLabels"`
		MatchExpressions []any             `json:"matchExpressions"`
	}
	if len(text) == 0 || json.Unmarshal(text, &s) != nil || len(s.MatchExpressions) > 0 {
		return nil
	}
	return s.MatchLabels
}

func hasAll(labels, wanted map[string]string) bool {
	for k, v := range wanted {
		if labels[k] != v {
			return false
		}
	}
	return true
}

// names are the look-ups that objects need.
type names struct {
	byName   map[string][]string         // ids of services by "mesh|host"
	guarding map[string][]string         // ids of services with address guards, by "cluster/namespace/policy"
	byPlace  map[string][]*mesh.Workload // by "cluster/namespace"
	byKind   map[string][]*mesh.Workload // by "cluster/namespace/Kind/name"
}

func namesOf(g *mesh.Graph) *names {
	n := &names{map[string][]string{}, map[string][]string{}, map[string][]*mesh.Workload{}, map[string][]*mesh.Workload{}}
	for _, s := range g.Services {
		id := string(s.ID)
		for _, name := range append([]string{s.Name + "." + s.Namespace, s.Name + "." + s.Namespace + ".svc"}, s.Hosts...) {
			key := s.Mesh + "|" + name
			if !slices.Contains(n.byName[key], id) {
				n.byName[key] = append(n.byName[key], id)
			}
		}
	}
	for _, s := range g.Services {
		for _, guard := range s.AddressGuards() {
			key := s.Clusters[0] + "/" + guard.Policy
			n.guarding[key] = append(n.guarding[key], string(s.ID))
		}
	}
	for _, w := range g.Workloads {
		at := w.Cluster + "/" + w.Namespace
		n.byPlace[at] = append(n.byPlace[at], w)
		key := at + "/" + w.Kind + "/" + w.Name
		n.byKind[key] = append(n.byKind[key], w)
	}
	return n
}
