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

// manifest is what the projection reads of an object to tell which services it is about.
type manifest struct {
	Spec struct {
		Host           string          `json:"host"`
		Hosts          []string        `json:"hosts"`
		Selector       json.RawMessage `json:"selector"`
		TargetRefs     []ref           `json:"targetRefs"`
		ScaleTargetRef ref             `json:"scaleTargetRef"`
		ParentRefs     []ref           `json:"parentRefs"`
		Destination    ref             `json:"destination"` // of ServiceIntentions
	} `json:"spec"`
}

type ref struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

// objectTerm is an object as it is written, with id, cluster and the services that it is about. The contents of a
// Secret are left out. Nil if it is not JSON.
func (p *projection) objectTerm(o mesh.Object) *ast.Term {
	v, err := ast.ValueFromReader(bytes.NewReader(o.JSON))
	obj, ok := v.(ast.Object)
	if err != nil || !ok {
		return nil
	}
	if o.Kind == "Secret" {
		kept := ast.NewObject()
		for _, key := range []string{"apiVersion", "kind", "metadata", "type"} {
			if t := obj.Get(p.text(key)); t != nil {
				kept.Insert(p.text(key), t)
			}
		}
		obj = kept
	}
	obj.Insert(p.text("id"), p.text(o.ID))
	obj.Insert(p.text("cluster"), p.text(o.Cluster))
	obj.Insert(p.text("services"), p.texts(p.about(o)))
	return ast.NewTerm(obj)
}

// about are the ids of the services that an object is about, sorted: those of the hosts, pods or workloads that it
// names, and of Linkerd's policies those whose gateway they may refuse by its address. None for an object that speaks of a whole namespace or mesh.
func (p *projection) about(o mesh.Object) []string {
	var m manifest
	if json.Unmarshal(o.JSON, &m) != nil {
		return nil
	}
	var ids []string
	add := func(list ...string) { ids = append(ids, list...) }
	if m.Spec.Host != "" {
		add(p.named(o, m.Spec.Host)...)
	}
	for _, h := range m.Spec.Hosts {
		add(p.named(o, h)...)
	}
	for _, r := range append(m.Spec.ParentRefs, m.Spec.TargetRefs...) {
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
	add(p.entry(o, m.Spec.Destination.Name)...)
	if strings.HasPrefix(o.APIVersion, "policy.linkerd.io/") {
		p.index()
		add(p.guarding[o.Cluster+"/"+o.Namespace+"/"+o.Name]...)
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
	p.index()
	return slices.DeleteFunc(slices.Clone(p.byName[c.Mesh+"|"+o.Name+".default"]), func(id string) bool {
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
	p.index()
	return slices.DeleteFunc(slices.Clone(p.byName[at.Mesh+"|"+name+".default"]), func(id string) bool {
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
	p.index()
	for _, key := range []string{name, name + "." + o.Namespace} {
		if list := p.byName[c.Mesh+"|"+key]; len(list) > 0 {
			return list
		}
	}
	return nil
}

// workloads are those that an object selects, scales or is.
func (p *projection) workloads(o mesh.Object, m manifest) []*mesh.Workload {
	p.index()
	var list []*mesh.Workload
	wanted := selectorOf(m.Spec.Selector)
	for _, w := range p.byPlace[o.Cluster+"/"+o.Namespace] {
		switch {
		case w.Kind == o.Kind && w.Name == o.Name,
			m.Spec.ScaleTargetRef.Name != "" && w.Kind == m.Spec.ScaleTargetRef.Kind && w.Name == m.Spec.ScaleTargetRef.Name,
			isSelector(o.Kind) && len(wanted) > 0 && hasAll(w.Labels, wanted):
			list = append(list, w)
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

// index builds the look-ups that objects need, on first use.
func (p *projection) index() {
	if p.byName != nil {
		return
	}
	p.byName, p.byPlace = map[string][]string{}, map[string][]*mesh.Workload{}
	for _, s := range p.graph.Services {
		id := string(s.ID)
		for _, name := range append([]string{s.Name + "." + s.Namespace, s.Name + "." + s.Namespace + ".svc"}, s.Hosts...) {
			key := s.Mesh + "|" + name
			if !slices.Contains(p.byName[key], id) {
				p.byName[key] = append(p.byName[key], id)
			}
		}
	}
	p.guarding = map[string][]string{}
	for _, s := range p.graph.Services {
		for _, g := range s.AddressGuards() {
			key := s.Clusters[0] + "/" + g.Policy
			p.guarding[key] = append(p.guarding[key], string(s.ID))
		}
	}
	for _, w := range p.graph.Workloads {
		at := w.Cluster + "/" + w.Namespace
		p.byPlace[at] = append(p.byPlace[at], w)
	}
}
