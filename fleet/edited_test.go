package fleet

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/source"
)

// A fleet with another content of one file is the fleet that a load of that content gives.
func TestWithFilesEqualsLoad(t *testing.T) {
	for _, tc := range []struct{ file, old, now string }{
		{"mesh/search.yaml", "        connectTimeout: 2s\n", "        connectTimeout: 2s\n    # one line more\n    outlierDetection: {maxEjectionPercent: 100}\n"},
		{"mesh/returns.yaml", "outlierDetecton", "outlierDetection"},
		{"mesh/quotes.yaml", "  - name: default\n", "  - name: default\n    timeout: 5s\n"},
		{"clusters/ap/istio-system/eastwest-service.yaml", "    istio: eastwestgateway\nspec:", "    istio: eastwestgateway\n    topology.istio.io/network: ap-net\nspec:"},
		{"clusters/us-west/support/escalations.yaml", "replicas: 0", "replicas: 3"},
		{"clusters/us-east/fulfilment/routing.yaml", "replicas: 2", "replicas: 3"},
	} {
		root, err := filepath.Abs("../testdata/fleets/shop-broken")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(root, tc.file))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), tc.old) {
			t.Fatalf("%s does not hold %q", tc.file, tc.old)
		}
		data := []byte(strings.Replace(string(text), tc.old, tc.now, 1))
		cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
		if err != nil {
			t.Fatal(err)
		}
		want, err := Load(t.Context(), Options{Config: cfg, Source: source.Options{Root: root, Overlay: map[string][]byte{tc.file: data}}})
		if err != nil {
			t.Fatal(err)
		}
		old := load(t, "shop-broken")
		got, ok, err := old.WithFiles(t.Context(), map[string][]byte{tc.file: data})
		if err != nil || !ok {
			t.Fatalf("%s: %v, %v", tc.file, ok, err)
		}
		compare(t, tc.file, dump(t, got), dump(t, want))
		if strings.Join(dump(t, old), "\n") == strings.Join(dump(t, got), "\n") {
			t.Errorf("%s: the edit changes nothing, so this shows nothing", tc.file)
		}
	}
}

// Where comments of the file suppress something, lines matter, and only a load is right.
func TestWithFilesLeavesSuppressionsToALoad(t *testing.T) {
	f := load(t, "shop-broken")
	for _, tc := range []struct{ name, file, text string }{
		{"a comment that suppresses", "mesh/search.yaml", "# muster:ignore DR103\n"},
		{"no object is left", "mesh/search.yaml", "# nothing\n"},
		{"no file of the fleet", "mesh/nothing.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"},
	} {
		if _, ok, err := f.WithFiles(t.Context(), map[string][]byte{tc.file: []byte(tc.text)}); ok || err != nil {
			t.Errorf("%s: %v, %v", tc.name, ok, err)
		}
	}
}
