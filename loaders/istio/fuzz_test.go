package istio_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// FuzzBuild compiles whatever documents parse and asks for everything that a sidecar and a
// gateway would know. Nothing in an input may make it panic.
func FuzzBuild(f *testing.F) {
	seeds, err := filepath.Glob("../../testdata/vectors/istio/cases/*/input/mesh.yaml")
	if err != nil || len(seeds) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, path := range seeds {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 3000 {
			f.Add(data)
		}
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		docs, _, _ := source.Parse("mesh.yaml", data, source.Options{})
		if len(docs) > 20 {
			return
		}
		for _, d := range docs {
			d.Cluster = "c"
		}
		cluster := &mesh.Cluster{Name: "c", ConfigCluster: "c", Region: "r"}
		inv, _ := kubernetes.Build(cluster, docs)
		fleet := istio.Build(istio.Input{Mesh: &mesh.Mesh{Name: "m", Version: "1.31"}, Clusters: []*mesh.Cluster{cluster},
			Inventories: map[string]*kubernetes.Inventory{"c": inv}, Docs: docs})
		for _, kind := range []mesh.ClientKind{mesh.Sidecar, mesh.GatewayPod, mesh.Waypoint} {
			c := &mesh.Client{Mesh: "m", Cluster: "c", Namespace: "shop", Kind: kind, Labels: map[string]string{"app": "web"}, Locality: mesh.Locality{Region: "r"}}
			for _, p := range fleet.Resolve(c).Pools {
				p.Tiering.Arrange(c, p)
			}
			for _, s := range fleet.Services() {
				if fleet.Class(s, c) != "-" {
					fleet.View(s, c)
				}
			}
		}
	})
}
