package istio

import (
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

func TestWhatTheRegistryKnowsOfAClientsPlaceGoesBeforeWhatItSays(t *testing.T) {
	known := &kubernetes.Pod{Locality: mesh.Of(mesh.ParseLocality("us/a/r"), mesh.Origin{})}
	nowhere := &kubernetes.Pod{Locality: mesh.Of(mesh.Locality{}, mesh.Origin{})}
	region := map[string]string{mesh.LabelRegion: "eu", "istio-locality": "asia.x"}
	label := map[string]string{"istio-locality": "asia.x"}
	for _, test := range []struct {
		name   string
		pod    *kubernetes.Pod
		labels map[string]string
		want   string
	}{
		{"the pod's node", known, region, "us/a/r"},
		{"labels of the place", nowhere, region, "eu"},
		{"a label for it all", nil, label, "asia/x"},
		{"what the proxy sent", nil, nil, "mars/1"},
	} {
		if got := ClientLocality(test.pod, test.labels, mesh.ParseLocality("mars/1")); got.String() != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
