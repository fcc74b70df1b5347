package source

import (
	"testing"

	"github.com/passmuster/muster/mesh"
)

// Positions of an object of a cluster are those of its YAML.
func TestLiveObjectsAreLocatedInTheirYAML(t *testing.T) {
	object := []byte(`{"spec":{"host":"cart","trafficPolicy":{"outlierDetection":{"interval":"10s"}}},"kind":"DestinationRule","apiVersion":"networking.istio.io/v1","metadata":{"name":"cart","namespace":"shop"}}`)
	d, err := Live("kube:east/DestinationRule/shop/cart", "east", object, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Cluster != "east" || d.Key() != "networking.istio.io/DestinationRule/shop/cart" {
		t.Errorf("cluster %s, key %s", d.Cluster, d.Key())
	}
	for path, want := range map[string]mesh.Position{
		// apiVersion, kind, metadata, name, namespace, spec, host, trafficPolicy, outlierDetection, interval
		"": {Line: 1, Column: 1},
		"/spec/trafficPolicy/outlierDetection/interval": {Line: 10, Column: 7},
		"/spec/host": {Line: 7, Column: 3},
	} {
		got := d.Locate(path)
		if got.File != d.File || got.Line != want.Line || got.Column != want.Column {
			t.Errorf("%s is at %v, want line %d column %d of %s", path, got, want.Line, want.Column, d.File)
		}
	}
	if _, writable := d.Stretch(); writable {
		t.Error("an object of a cluster stands in no file that could be edited")
	}
}

func TestLiveTakesOneObject(t *testing.T) {
	for name, text := range map[string]string{
		"no object":   `{"spec":{}}`,
		"a list":      `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}`,
		"broken JSON": `{"apiVersion":`,
	} {
		if d, err := Live("kube:east/x", "east", []byte(text), Options{}); err == nil {
			t.Errorf("%s was taken for %s", name, d.Key())
		}
	}
}
