package linkerd_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/linkerd"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// FuzzBuild compiles whatever documents parse, as two clusters that may link to each other, and asks everything twice. Nothing in
// an input may make it panic, or answer differently.
func FuzzBuild(f *testing.F) {
	for _, pattern := range []string{"../../testdata/vectors/linkerd/*/*/input/*.yaml", "../../testdata/fleets/video*/clusters/*/*/*.yaml"} {
		seeds, err := filepath.Glob(pattern)
		if err != nil || len(seeds) == 0 {
			f.Fatal("no seeds", err)
		}
		for _, path := range seeds {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 6000 {
				f.Add(data)
			}
		}
	}
	f.Add([]byte("apiVersion: multicluster.linkerd.io/v1alpha3\nkind: Link\nmetadata: {name: a, namespace: l}\nspec: {targetClusterName: b, gatewayAddress: '1.2.3.4,x', selector: {matchLabels: {a: b}}, federatedServiceSelector: {matchLabels: {a: b}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: w, namespace: s, labels: {a: b}, annotations: {multicluster.linkerd.io/remote-discovery: 'w@b,w@a,w', mirror.linkerd.io/remote-svc-fq-name: x}}\nspec: {selector: {a: b}, ports: [{port: 80}, {port: 80}, {port: 0}]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		docs, _, _ := source.Parse("k.yaml", data, source.Options{})
		if len(docs) > 40 {
			return
		}
		if one, two := compiled(docs), compiled(docs); one != two {
			t.Errorf("%s\nthen\n%s", one, two)
		}
	})
}

// compiled is all that a mesh of two clusters with the same documents has to say.
func compiled(docs []*source.Document) string {
	in := linkerd.Input{Mesh: &mesh.Mesh{Name: "m", Kind: mesh.Linkerd}, Inventories: map[string]*kubernetes.Inventory{}, Docs: map[string][]*source.Document{}}
	for _, name := range []string{"a", "b"} {
		c := &mesh.Cluster{Name: name, Region: "r-" + name, Mesh: "m"}
		in.Clusters = append(in.Clusters, c)
		in.Inventories[name], _ = kubernetes.Build(c, docs)
		in.Docs[name] = docs
	}
	f := linkerd.Build(in)
	out := fmt.Sprintln(len(f.Facts()), f.Diagnostics(), len(f.Gateways()))
	for _, s := range f.Services() {
		out += fmt.Sprintln(s.ID, len(s.Endpoints), s.Gap != nil, len(f.Intents(s)))
		for _, namespace := range []string{s.Namespace, "elsewhere"} {
			c := &mesh.Client{Mesh: "m", Cluster: s.Clusters[0], Namespace: namespace, Kind: mesh.Sidecar}
			v := f.View(s, c)
			out += f.Class(s, c)
			for _, p := range v.Pools {
				out += fmt.Sprintln(p.Host, p.Port, p.Subset, len(p.Targets), p.Losses, len(p.Tiering.Arrange(c, p).Tiers))
			}
			for _, r := range v.Routes {
				for _, rule := range r.Rules {
					out += fmt.Sprintln(rule.Name, rule.Match, len(rule.Sends()), rule.Timeout.V, rule.Retries.Attempts)
				}
			}
		}
	}
	return out
}
