package kubernetes

import (
	"cmp"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// podManifest is a pod as it stands in the inputs: exported from a cluster, or written by hand.
type podManifest struct {
	key      Key
	doc      *source.Document
	owner    ownerReference
	template *template
	ip       string
	node     string
	absent   bool // finished, or waiting for an address: nobody can reach it
	ready    bool
	deleted  bool
	depends  []mesh.Value[string]
}

func newPodManifest(r *reading, o *podObject) *podManifest {
	m := &podManifest{
		key:     r.key,
		doc:     r.doc,
		owner:   controller(o.Metadata.OwnerReferences),
		ip:      o.Status.PodIP,
		node:    o.Spec.NodeName,
		deleted: o.Metadata.DeletionTimestamp != "",
		depends: dependsOn(o.Metadata.Annotations, mesh.At(r.doc, "/metadata/annotations")),
		template: &template{
			doc:         r.doc,
			namespace:   r.key.Namespace,
			labels:      o.Metadata.Labels,
			annotations: o.Metadata.Annotations,
			spec:        &o.Spec,
			bad:         r.bad,
		},
	}
	switch o.Status.Phase {
	case "", "Running", "Unknown":
	case "Succeeded", "Failed":
		m.absent = true
	default:
		m.absent = m.ip == ""
	}
	m.ready = !m.deleted
	for _, c := range o.Status.Conditions {
		if c.Type == "Ready" && c.Status != "True" {
			m.ready = false
		}
	}
	return m
}

// newPod describes a pod of the inputs; its workload is found later.
func (b *builder) newPod(m *podManifest) *Pod {
	member := m.template.membership(b.inv.Namespaces[m.key.Namespace], m.ip != "")
	p := &Pod{
		Key:            m.key,
		Labels:         m.template.labels,
		Annotations:    m.template.annotations,
		IP:             cmp.Or(m.ip, b.madeUp(m.key)),
		Node:           m.node,
		ServiceAccount: m.template.serviceAccount(),
		Ports:          m.template.ports(),
		Meshed:         member.meshed,
		Ambient:        member.ambient,
		Ready:          m.ready,
		Terminating:    m.deleted,
		Doc:            m.doc,
	}
	p.Locality, p.ZoneUnknown = b.locality(m)
	return p
}

// madeUp is the address of a pod that has none in the inputs. It is unique in the fleet.
func (b *builder) madeUp(pod Key) string {
	return pod.Name + "." + pod.Namespace + "." + b.cluster.Name
}

// Pod labels that name a place and win over the Node's (Istio: getPodLocality).
const (
	localityLabel    = "topology.istio.io/locality"
	oldLocalityLabel = "istio-locality"
)

// locality is where a pod is, and whether its zone is undecided: by its own label, by its Node's
// labels, and if the Node is not in the inputs by what its template says.
func (b *builder) locality(m *podManifest) (l mesh.Value[mesh.Locality], zoneUnknown bool) {
	if l := m.template.localityLabel(); l.IsKnown() {
		return l, false
	}
	if n := b.inv.Nodes[m.node]; n != nil {
		return mesh.Of(n.Locality, n.localityOrigin()), false
	}
	at := b.sites.place(m.template)
	return at.locality, at.locality.V.Zone == ""
}

// localityLabel reads the label that names a place; known only if there is one. Labels cannot
// hold slashes, so dots may separate the parts, unless there are slashes.
func (t *template) localityLabel() mesh.Value[mesh.Locality] {
	for _, label := range []string{localityLabel, oldLocalityLabel} {
		if v := t.labels[label]; v != "" {
			if !strings.Contains(v, "/") {
				v = strings.ReplaceAll(v, ".", "/")
			}
			return mesh.Of(mesh.ParseLocality(v), t.label(label))
		}
	}
	return mesh.Value[mesh.Locality]{}
}
