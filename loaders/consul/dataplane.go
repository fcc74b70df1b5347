package consul

import (
	"maps"
	"strconv"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Annotations of consul-k8s about the proxy of a pod (docs "annotations and labels" of consul-k8s).
const (
	annotationLifecycle = annotation + "enable-sidecar-proxy-lifecycle"
	annotationDrain     = annotation + "sidecar-proxy-lifecycle-shutdown-grace-period-seconds"
	annotationMetrics   = annotation + "enable-metrics"
)

// dataplane is what the annotations of a workload's pods say about their proxies. How long a proxy drains that no annotation tells
// of is a value of the chart, and not known; what it reports is told only where it is switched off.
func (a *area) dataplane(w *mesh.Workload) (*mesh.ProxySettings, *mesh.Telemetry) {
	if a.Inventory == nil {
		return nil, nil
	}
	settings := &mesh.ProxySettings{TerminationDrain: mesh.UnknownOf[time.Duration]("the chart of Consul decides how long proxies drain", w.Origin)}
	text, at := a.Inventory.PodAnnotation(w, annotationDrain)
	managed, _ := a.Inventory.PodAnnotation(w, annotationLifecycle)
	if on, err := strconv.ParseBool(managed); managed == "" || err == nil && on {
		if n, err := strconv.ParseUint(text, 10, 31); err == nil {
			settings.TerminationDrain = mesh.Of(time.Duration(n)*time.Second, at)
		}
	}
	text, at = a.Inventory.PodAnnotation(w, annotationMetrics)
	if on, err := strconv.ParseBool(text); err != nil || on {
		return settings, nil
	}
	off := mesh.Reporting{MetricsOff: mesh.Of(true, at)}
	return settings, &mesh.Telemetry{Server: off, Client: off}
}

// named gives a service the labels of the Services of Kubernetes that its pods are registered by, and of what agents register the
// meta; of several instances the first that says something counts.
func (e *entity) named() {
	labels := map[string]string{}
	add := func(more map[string]string) {
		for _, key := range sortedKeys(more) {
			if _, said := labels[key]; !said {
				labels[key] = more[key]
			}
		}
	}
	for _, p := range e.area.catalogue.inMesh[e.name] {
		r := e.area.catalogue.byID[p.instance]
		switch {
		case r == nil:
			add(p.meta)
		case r.pod == nil:
			add(r.Meta)
		default:
			for _, s := range selecting(e.area.Inventory, r.pod) {
				if name := consulName(s); name == r.Name || r.pod.Annotations[annotationService] != "" {
					add(s.Labels)
				}
			}
		}
	}
	if len(labels) > 0 {
		e.Labels = maps.Clone(labels)
	}
}
