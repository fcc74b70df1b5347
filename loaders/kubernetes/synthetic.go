package kubernetes

import (
	"maps"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// maxSynthetic is how many synthetic pods one workload yields. The real count stays on the
// workload; no prediction needs more to tell shares apart.
const maxSynthetic = 200

// synthesize makes the pods of a workload that has none in the inputs. Repositories hold
// Deployments, not Pods.
func (b *builder) synthesize(w *workload, taken map[Key]bool) []*Pod {
	if w.present || w.lent || w.Kind == "Job" || w.Kind == "CronJob" {
		return nil
	}
	places, zoneUnknown := b.places(w)
	ports := w.template.ports()
	pods := make([]*Pod, len(places))
	for i, place := range places {
		key := Key{w.Namespace, w.Name + "-" + strconv.Itoa(i)}
		if taken[key] {
			key.Name = w.Name + "-" + strings.ToLower(w.Kind) + "-" + strconv.Itoa(i)
		}
		taken[key] = true
		pods[i] = &Pod{
			Key:            key,
			Labels:         w.podLabels(key.Name, i),
			Annotations:    w.template.annotations,
			IP:             b.madeUp(key),
			ServiceAccount: w.ServiceAccount,
			Ports:          ports,
			Meshed:         w.Meshed,
			Ambient:        w.member.ambient,
			Locality:       place.locality,
			Node:           place.node,
			ZoneUnknown:    zoneUnknown,
			Ready:          true,
			Synthetic:      true,
			Workload:       w.Workload,
			Doc:            w.template.doc,
		}
	}
	return pods
}

// podPlace is where one synthetic pod runs.
type podPlace struct {
	locality mesh.Value[mesh.Locality]
	node     string // of a DaemonSet's pod
}

// places lists where the pods of a workload run, one entry for each, and whether their zone is
// undecided. A DaemonSet has a pod on every node; without Nodes it stands for one in every zone.
func (b *builder) places(w *workload) (places []podPlace, zoneUnknown bool) {
	if w.Kind == "DaemonSet" && len(b.nodes) > 0 {
		nodes := b.nodesFor(w.template)
		for _, n := range nodes[:min(len(nodes), maxSynthetic)] {
			places = append(places, podPlace{mesh.Of(n.Locality, n.localityOrigin()), n.Name})
		}
		return places, false
	}
	n := w.podCount()
	zones, origin := w.place.zones, w.place.origin
	spread, forced := forcedZones(w.Spread, n, len(zones))
	switch {
	case w.Kind == "DaemonSet":
		n = max(len(zones), 1)
	case forced:
		origin = spread.Origin
	default:
		zones = nil
	}
	places = make([]podPlace, 0, max(0, min(n, maxSynthetic)))
	for i := range min(n, maxSynthetic) {
		locality := w.Locality
		if len(zones) > 0 && locality.IsKnown() {
			locality = mesh.Of(zones[i%len(zones)], origin)
		}
		places = append(places, podPlace{locality: locality})
	}
	return places, len(zones) == 0 && w.Locality.V.Zone == ""
}

// podCount is how many pods the workload certainly has. An autoscaler's lower bound replaces the
// count that is written, except that zero switches it off. One pod if the count is unknown.
func (w *workload) podCount() int {
	n, known := w.Replicas.Get()
	switch {
	case known && n == 0:
		return 0
	case w.Autoscale != nil:
		return w.Autoscale.Min
	case known:
		return n
	}
	return 1
}

// podLabels are the template's; a StatefulSet's pods also have their name and number.
func (w *workload) podLabels(name string, i int) map[string]string {
	if w.Kind != "StatefulSet" {
		return w.Labels
	}
	labels := maps.Clone(w.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[podNameLabel], labels[podIndexLabel] = name, strconv.Itoa(i)
	return labels
}
