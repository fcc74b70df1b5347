package kubernetes

// Parked are pods that nobody runs: one of each workload that is scaled to zero, and would be made from its template as soon
// as somebody scales it up. An autoscaler does not, once the count is zero.
func (inv *Inventory) Parked() []*Pod {
	var out []*Pod
	for _, t := range inv.templates {
		w := t.workload
		if n, known := w.Replicas.Get(); !known || n != 0 || w.Autoscale != nil {
			continue
		}
		out = append(out, &Pod{
			Key: Key{w.Namespace, w.Name}, Labels: w.Labels, Annotations: t.annotations, ServiceAccount: w.ServiceAccount, Ports: t.ports(),
			Meshed: w.Meshed, Locality: w.Locality, Synthetic: true, Workload: w, Doc: t.doc,
		})
	}
	return out
}
