package consul

import (
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// FromDocuments reads the resources of consul-k8s among Kubernetes objects.
func FromDocuments(docs []*source.Document) (*Content, []source.Diagnostic) {
	r := &reader{limits: source.DefaultLimits(), out: &Content{}}
	r.limits.Documents = len(docs)
	for _, d := range docs {
		root, err := readJSON(d.JSON)
		if err != nil {
			r.tell(d.Locate(""), "cannot be read: "+err.Error())
			continue
		}
		r.resource(root, d, d.APIVersion)
	}
	return r.out, r.diags
}

// Join puts the contents of several files together, in their order.
func Join(list ...*Content) *Content {
	out := &Content{}
	for _, c := range list {
		out.Entries = append(out.Entries, c.Entries...)
		out.Services = append(out.Services, c.Services...)
		out.Checks = append(out.Checks, c.Checks...)
		out.Agents = append(out.Agents, c.Agents...)
		out.Queries = append(out.Queries, c.Queries...)
	}
	return out
}

// Size is the number of entries, registrations, and what else stands in agents' configuration.
func (c *Content) Size() int {
	return len(c.Entries) + len(c.Services) + len(c.Checks) + len(c.Agents) + len(c.Queries)
}

// FromJSON reads one document that is no file of its own, as Parse reads one in JSON. Positions are those that in gives.
func FromJSON(data []byte, in mesh.Locator) (*Content, []source.Diagnostic) {
	r := &reader{limits: source.DefaultLimits(), out: &Content{}}
	root, err := readJSON(data)
	if err != nil {
		r.tell(in.Locate(""), "cannot be read: "+err.Error())
		return r.out, r.diags
	}
	r.document(root, in)
	return r.out, r.diags
}
