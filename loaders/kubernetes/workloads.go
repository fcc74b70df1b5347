package kubernetes

import (
	"cmp"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// workloadManifest is what an object with a pod template says.
type workloadManifest struct {
	key      Key
	kind     string
	doc      *source.Document
	owner    ownerReference // zero if nobody made it from a template of theirs
	selector *labelSelector // nil if none is written
	replicas mesh.Value[int]
	template *template // nil if it stands in the Deployment named by borrows
	borrows  string
	update   updates
	depends  []mesh.Value[string]
}

func newWorkloadManifest(r *reading, o *workloadObject) *workloadManifest {
	m := &workloadManifest{
		key:     r.key,
		kind:    r.doc.Kind,
		doc:     r.doc,
		owner:   controller(o.Metadata.OwnerReferences),
		depends: dependsOn(o.Metadata.Annotations, mesh.At(r.doc, "/metadata/annotations")),
	}
	spec, path := o.Spec, "/spec"
	if m.kind == "CronJob" && spec.JobTemplate != nil {
		spec, path = spec.JobTemplate.Spec, "/spec/jobTemplate/spec"
	}
	switch m.kind {
	case "Job", "CronJob":
		m.replicas = r.replicas(spec.Parallelism, path+"/parallelism")
	case "DaemonSet": // one for each Node
	default:
		m.replicas = r.replicas(spec.Replicas, path+"/replicas")
	}
	m.selector = spec.Selector
	m.update = updates{updateSpec: spec.updateSpec, doc: r.doc, path: path, bad: r.bad}
	if m.kind == "Rollout" && spec.Template == nil && spec.WorkloadRef.Kind == "Deployment" {
		m.borrows = spec.WorkloadRef.Name
		return m
	}
	if spec.Template == nil {
		spec.Template = &podTemplate{}
	}
	m.template = &template{
		doc:         r.doc,
		path:        path + "/template",
		namespace:   r.key.Namespace,
		labels:      spec.Template.Metadata.Labels,
		annotations: spec.Template.Metadata.Annotations,
		spec:        &spec.Template.Spec,
		bad:         r.bad,
	}
	if m.selector.isEmpty() && m.kind != "Job" && m.kind != "CronJob" {
		// Kubernetes before apps/v1 took the template's labels.
		m.selector = &labelSelector{MatchLabels: m.template.labels}
	}
	m.depends = append(m.depends, dependsOn(m.template.annotations, m.template.at("/metadata/annotations"))...)
	return m
}

// replicas is a count as written; Kubernetes runs one pod if there is none.
func (r *reading) replicas(n *int32, at string) mesh.Value[int] {
	origin := mesh.At(r.doc, at)
	switch {
	case r.isBad(at):
		return mesh.UnknownOf[int]("the value is not a number", origin)
	case n == nil:
		return mesh.Of(1, mesh.Default("Kubernetes"))
	case *n < 0:
		r.fail(at, "the number of pods cannot be negative")
		return mesh.UnknownOf[int]("the value is negative", origin)
	}
	return mesh.Of(int(*n), origin)
}

// controller is the owner that made an object, or zero.
func controller(owners []ownerReference) ownerReference {
	for _, o := range owners {
		if o.Controller {
			return o
		}
	}
	if len(owners) > 0 {
		return owners[0]
	}
	return ownerReference{}
}

// workload is a mesh.Workload in the making.
type workload struct {
	*mesh.Workload
	template *template
	told     *controlled
	selector *labelSelector
	depends  []mesh.Value[string]
	member   membership
	place    placement
	pods     []*Pod // those of the inputs, sorted by name
	present  bool   // some of its pods are in the inputs, even if they have finished
	lent     bool   // a Rollout runs its template instead of it
}

// newWorkload describes the pods of a template. Where they run and whether they are meshed is
// what the template alone decides; settle corrects it by the pods that are in the inputs.
func (b *builder) newWorkload(kind string, key Key, doc *source.Document, t *template) *workload {
	w := &workload{template: t, told: &controlled{template: t}, place: b.sites.place(t)}
	if l := t.localityLabel(); l.IsKnown() {
		w.place = placement{locality: l}
	}
	w.member = t.membership(b.inv.Namespaces[key.Namespace], false)
	w.Workload = &mesh.Workload{
		ID:             b.cluster.Name + "/" + key.Namespace + "/" + kind + "/" + key.Name,
		Cluster:        b.cluster.Name,
		Namespace:      key.Namespace,
		Kind:           kind,
		Name:           key.Name,
		Labels:         t.labels,
		Autoscale:      b.autoscalers[scaleTarget{key.Namespace, kind, key.Name}],
		Disruption:     b.budgets.of(key.Namespace, t.labels),
		Spread:         t.spread(),
		Readiness:      t.probe("readinessProbe", func(c *container) *probeManifest { return c.ReadinessProbe }),
		Liveness:       t.probe("livenessProbe", func(c *container) *probeManifest { return c.LivenessProbe }),
		Meshed:         w.member.meshed,
		SkipPorts:      t.skipPorts(),
		ServiceAccount: t.serviceAccount(),
		Locality:       w.place.locality,
		Network:        cmp.Or(t.labels[networkLabel], b.cluster.Network),
		Template:       w.told,
		Origin:         mesh.At(doc, ""),
	}
	return w
}

const networkLabel = "topology.istio.io/network"

// fromManifest describes a workload that has a manifest of its own.
func (b *builder) fromManifest(m *workloadManifest) *workload {
	w := b.newWorkload(m.kind, m.key, m.doc, m.template)
	w.selector, w.depends, w.Replicas = m.selector, m.depends, m.replicas
	w.told.updates = m.update
	if m.kind == "DaemonSet" {
		w.Replicas = mesh.UnknownOf[int]("a DaemonSet runs on every node, and no Nodes are in the inputs", mesh.At(m.doc, "/spec"))
		if len(b.nodes) > 0 {
			w.Replicas = mesh.Of(len(b.nodesFor(m.template)), mesh.Origin{Note: "Nodes in the inputs"})
		}
	}
	return w
}

func (b *builder) nodesFor(t *template) []*Node {
	var out []*Node
	for _, n := range b.nodes {
		if t.runsOn(n) {
			out = append(out, n)
		}
	}
	return out
}

// lend gives Rollouts that refer to a Deployment its template. The Deployment then runs nothing
// itself: Argo Rollouts scales it down.
func (b *builder) lend() (lent map[Key]bool) {
	lent = map[Key]bool{}
	deployments := map[Key]*workloadManifest{}
	for _, m := range b.manifests {
		if m.kind == "Deployment" {
			deployments[m.key] = m
		}
	}
	for _, m := range b.manifests {
		if m.template != nil {
			continue
		}
		lender := Key{m.key.Namespace, m.borrows}
		if d := deployments[lender]; d != nil {
			m.template, lent[lender] = d.template, true
			if m.selector.isEmpty() {
				m.selector = d.selector
			}
			continue
		}
		m.template = &template{doc: m.doc, path: "/spec/template", namespace: m.key.Namespace, spec: &podSpec{}}
	}
	return lent
}

// settle corrects a workload by its pods of the inputs: what runs counts more than what the
// template says.
func (w *workload) settle() {
	if len(w.pods) == 0 {
		return
	}
	first := w.pods[0]
	w.Locality, w.Meshed = first.Locality, first.Meshed
	for _, p := range w.pods[1:] {
		if w.Meshed.IsKnown() && p.Meshed.IsKnown() && p.Meshed.V != w.Meshed.V {
			w.Meshed = mesh.UnknownOf[bool]("some of its pods have a proxy and some have none", p.Meshed.Origin)
		}
		if !p.Locality.IsKnown() || !w.Locality.IsKnown() {
			continue
		}
		w.Locality.V = common(w.Locality.V, p.Locality.V)
	}
}

// common is the smallest place that holds both.
func common(l, m mesh.Locality) mesh.Locality {
	switch {
	case l.Region != m.Region:
		return mesh.Locality{}
	case l.Zone != m.Zone:
		return mesh.Locality{Region: l.Region}
	case l.Subzone != m.Subzone:
		return mesh.Locality{Region: l.Region, Zone: l.Zone}
	}
	return l
}
