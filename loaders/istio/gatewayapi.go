package istio

import (
	"github.com/passmuster/muster/loaders/gateway"
	"github.com/passmuster/muster/loaders/source"
)

// ofGatewayAPI decodes an object of the Gateway API; ok is false for kinds that nobody reads.
func ofGatewayAPI(d *source.Document) (o decoded, ok bool) {
	if !gateway.Reads(d) {
		return o, false
	}
	read := gateway.Decode(d)
	o = decoded{diag: read.Diagnostic, noted: read.Facts}
	switch {
	case read.Route != nil:
		o.object = read.Route
	case read.Gateway != nil:
		o.object = read.Gateway
	case read.Class != nil:
		o.object = read.Class
	case read.Grant != nil:
		o.object = read.Grant
	case read.TLSPolicy != nil:
		o.object = read.TLSPolicy
	}
	return o, true
}

// metaOf is the metadata of an object of the Gateway API, as those of Istio have it.
func metaOf(m *gateway.Meta) Meta {
	return Meta{Name: m.Name, Namespace: m.Namespace, Cluster: m.Cluster, Labels: m.Labels, Annotations: m.Annotations, Created: m.Created, Doc: m.Doc}
}
