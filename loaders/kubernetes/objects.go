package kubernetes

import (
	"cmp"

	"github.com/passmuster/muster/mesh"
)

// Labels that say where a Node is. The beta ones are what clusters before Kubernetes 1.17 set;
// Istio still reads them first.
const (
	regionLabel     = "topology.kubernetes.io/region"
	zoneLabel       = "topology.kubernetes.io/zone"
	betaRegionLabel = "failure-domain.beta.kubernetes.io/region"
	betaZoneLabel   = "failure-domain.beta.kubernetes.io/zone"
	subzoneLabel    = "topology.istio.io/subzone"
)

func newNode(r *reading, o *object) *Node {
	labels := o.Metadata.Labels
	return &Node{
		Name: r.key.Name,
		Locality: mesh.Locality{
			Region:  cmp.Or(labels[betaRegionLabel], labels[regionLabel]),
			Zone:    cmp.Or(labels[betaZoneLabel], labels[zoneLabel]),
			Subzone: labels[subzoneLabel],
		},
		Labels: labels,
		Doc:    r.doc,
	}
}

// localityOrigin is the label that names the node's place most exactly.
func (n *Node) localityOrigin() mesh.Origin {
	for _, label := range []string{betaZoneLabel, zoneLabel, betaRegionLabel, regionLabel} {
		if n.Labels[label] != "" {
			return mesh.At(n.Doc, "/metadata/labels/"+escape(label))
		}
	}
	return mesh.At(n.Doc, "/metadata/labels")
}

func newNamespace(r *reading, o *object) *Namespace {
	return &Namespace{Name: r.key.Name, Labels: o.Metadata.Labels, Annotations: o.Metadata.Annotations, Doc: r.doc}
}

func newServiceAccount(r *reading, o *object) *ServiceAccount {
	return &ServiceAccount{Key: r.key, Labels: o.Metadata.Labels, Annotations: o.Metadata.Annotations, Doc: r.doc}
}

func newConfigMap(r *reading, o *configMapObject) *ConfigMap {
	return &ConfigMap{Key: r.key, Data: o.Data, Doc: r.doc}
}
