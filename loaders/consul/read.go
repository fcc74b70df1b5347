package consul

import (
	"fmt"
	"path"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Content is what a file holds of Consul's configuration.
type Content struct {
	Entries  []*Entry
	Services []*Registration
	Checks   []Check // that stand beside services and name them
	Agents   []Agent
	Queries  []*PreparedQuery
}

// group is the API group of the resources of consul-k8s.
const group = "consul.hashicorp.com"

// Parse reads one file: HCL 1, JSON or YAML, which its content tells where its name does not.
// What is no configuration of Consul is left out silently. A diagnostic is told for a document
// that cannot be read, and everything else is read. Of opts only Limits matter.
//
// An entry that Consul would refuse is no diagnostic: see Entry.Problem and Fleet.Rejected.
func Parse(file string, data []byte, opts source.Options) (*Content, []source.Diagnostic) {
	limits := opts.Limits
	for _, f := range []struct{ v, def *int }{
		{&limits.FileBytes, new(source.DefaultLimits().FileBytes)}, {&limits.Depth, new(source.DefaultLimits().Depth)},
		{&limits.Documents, new(source.DefaultLimits().Documents)}, {&limits.Values, new(source.DefaultLimits().Values)},
		{&limits.Problems, new(source.DefaultLimits().Problems)},
	} {
		if *f.v <= 0 {
			*f.v = *f.def
		}
	}
	r := &reader{file: file, limits: limits, out: &Content{}}
	switch {
	case len(data) > limits.FileBytes:
		r.tell(mesh.Position{File: file, Line: 1, Column: 1}, fmt.Sprintf("larger than %d bytes; it is not read. Split it into several files", limits.FileBytes))
	case isHCL(file, data):
		root, in, diag := readHCL(file, data, limits)
		if diag != nil {
			r.diags = append(r.diags, *diag)
			break
		}
		r.document(root, in)
	default:
		r.yaml(data)
	}
	if len(r.diags) > limits.Problems {
		next := r.diags[limits.Problems]
		next.Message = fmt.Sprintf("here and in %d more places of this file something cannot be read; mend what is told above first", len(r.diags)-limits.Problems-1)
		r.diags = append(r.diags[:limits.Problems:limits.Problems], next)
	}
	return r.out, r.diags
}

// isHCL decides by the name, except that HCL's files may hold JSON.
func isHCL(file string, data []byte) bool {
	return path.Ext(file) == ".hcl" && !strings.HasPrefix(strings.TrimSpace(string(data[:min(len(data), 4096)])), "{")
}

// reader collects what the documents of one file hold.
type reader struct {
	file   string
	limits source.Limits
	out    *Content
	diags  []source.Diagnostic
}

func (r *reader) tell(at mesh.Position, message string) {
	r.diags = append(r.diags, source.Diagnostic{Position: at, Message: message})
}

func (r *reader) yaml(data []byte) {
	docs, diags := source.ParseAny(r.file, data, source.Options{Limits: r.limits})
	r.diags = append(r.diags, diags...)
	for _, d := range docs {
		root, err := readJSON(d.JSON)
		if err != nil {
			r.tell(d.Locate(""), "cannot be read: "+err.Error())
			continue
		}
		r.document(root, d)
	}
}

// document finds the entries and registrations of a document.
func (r *reader) document(root *value, in mesh.Locator) {
	if root.kind == listValue {
		for _, e := range root.items {
			if e.kind == objectValue {
				r.document(e, in)
			}
		}
		return
	}
	if api := root.get("apiVersion"); api != nil {
		r.resource(root, in, api.text)
		return
	}
	if k := root.find("kind"); k != nil && k.kind == textValue {
		r.entry(root, in)
		return
	}
	if isQuery(root) {
		r.query(root, in)
		return
	}
	for _, block := range root.find("configentries").elements() {
		for _, e := range block.find("bootstrap").elements() {
			if e.kind == objectValue {
				r.entry(e, in)
			}
		}
	}
	r.agent(root, in)
	for _, name := range []string{"service", "services"} {
		for _, s := range root.find(name).elements() {
			r.service(s, in)
		}
	}
}

func (r *reader) full(in mesh.Locator, v *value) bool {
	n := len(r.out.Entries) + len(r.out.Services) + len(r.out.Queries)
	if n == r.limits.Documents {
		r.tell(in.Locate(v.path), fmt.Sprintf("more than %d entries; the rest of the file is not read. Split it into several files", n))
		r.limits.Documents = -1
	}
	return n >= r.limits.Documents
}

// entry takes a value as a config entry. One of a kind that Consul does not know is told as an
// entry, too: Consul refuses it.
func (r *reader) entry(v *value, in mesh.Locator) {
	d := &decoder{in: in}
	kind, name := d.text(v.find("kind")), d.text(v.find("name"))
	ofService := kind == "mesh-gateway" || kind == "connect-proxy" // a body for the agent's API
	if ofService || kinds[kind] == nil && !strings.Contains(kind, "-") || r.full(in, v) {
		return // some other tool's file with a kind
	}
	switch {
	case kind == proxyDefaults && name == "":
		name = "global"
	case kind == "mesh":
		name = "mesh"
	case d.problem != nil:
		r.tell(d.problem.Origin.Position(), d.problem.Message)
		return
	}
	in = &part{in, mesh.Resource{Kind: kind, Namespace: namespace, Name: name}}
	r.out.Entries = append(r.out.Entries, newEntry(kind, name, v, in, mesh.At(in, v.path)))
}

// resource takes a Kubernetes resource of consul-k8s as the entry of its kind.
func (r *reader) resource(v *value, in mesh.Locator, api string) {
	owner, _, _ := strings.Cut(api, "/")
	kind, known := resources[v.get("kind").string()]
	if owner != group || !known || r.full(in, v) {
		return
	}
	name, spec := v.get("metadata").get("name").string(), v.get("spec")
	if spec == nil || spec.kind == nullValue {
		spec = &value{kind: objectValue, path: v.path}
	}
	if spec.kind != objectValue || name == "" {
		r.tell(in.Locate(v.path), "a resource of Consul needs metadata.name and a spec")
		return
	}
	if kind == intentions {
		name = spec.get("destination").get("name").string()
		spec = without(spec, "destination")
	}
	e := newEntry(kind, name, spec, in, mesh.At(in, v.path))
	e.Resource = true
	r.out.Entries = append(r.out.Entries, e)
}

func (r *reader) service(v *value, in mesh.Locator) {
	if v.kind != objectValue {
		r.tell(in.Locate(v.path), "a service is expected here")
		return
	}
	if r.full(in, v) {
		return
	}
	in = &part{in, mesh.Resource{Kind: "service", Namespace: namespace, Name: v.find("name").string()}}
	s, p := newRegistration(v, in)
	if p != nil {
		r.tell(p.Origin.Position(), p.Message)
		return
	}
	r.out.Services = append(r.out.Services, s)
}

// part is an entry or a registration of a file that may hold several: what findings name, where the file has no object.
type part struct {
	mesh.Locator
	resource mesh.Resource
}

// Resource names it.
func (p *part) Resource() mesh.Resource { return p.resource }

// string is the text of v; "" if v is none.
func (v *value) string() string {
	if v == nil || v.kind != textValue {
		return ""
	}
	return v.text
}

func without(v *value, key string) *value {
	out := &value{kind: v.kind, path: v.path}
	for _, m := range v.members {
		if m.key != key {
			out.members = append(out.members, m)
		}
	}
	return out
}
