package istio

import (
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Labels by which a workload can say itself where it is.
var localityLabels = []string{"topology.istio.io/locality", "istio-locality"}

// ClientLocality is where istiod takes a client to be: where its pod is known to be (nil if there is
// none), else what its labels say, else what its proxy sent.
// Istio: xds.setTopologyLabels.
func ClientLocality(pod *kubernetes.Pod, labels map[string]string, sent mesh.Locality) mesh.Locality {
	if pod != nil {
		if l, ok := pod.Locality.Get(); ok && !l.IsZero() {
			return l
		}
	}
	own := mesh.Locality{Region: labels[mesh.LabelRegion], Zone: labels[mesh.LabelZone], Subzone: labels[mesh.LabelSubzone]}
	if !own.IsZero() {
		return own
	}
	for _, label := range localityLabels {
		if text := labels[label]; text != "" {
			return mesh.ParseLocality(dottedLocality(text))
		}
	}
	return sent
}

// dottedLocality is a locality of a label, where "." can stand for "/".
func dottedLocality(text string) string {
	if strings.Contains(text, "/") {
		return text
	}
	return strings.ReplaceAll(text, ".", "/")
}
