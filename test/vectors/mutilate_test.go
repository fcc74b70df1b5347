package main

import (
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report/resolution"
)

// Whatever stands in the files, a mesh is compiled and its clients are answered: values of recorded
// meshes are taken away or made nonsense of.
func TestMutilatedMeshesAreAnswered(t *testing.T) {
	vectors, err := find(recorded+"/istio", "")
	if err != nil {
		t.Fatal(err)
	}
	rounds := 3
	if testing.Short() {
		rounds = 1
	}
	for i, v := range vectors {
		t.Run(filepath.Base(v.dir), func(t *testing.T) {
			t.Parallel()
			q, whole := read(t, v.dir)
			for round := range rounds {
				r := rand.New(rand.NewPCG(uint64(i), uint64(round)))
				in := mutilate(t, r, whole, filepath.Join(v.dir, "input"))
				fleet := istio.Build(in)
				for _, asked := range q.Clients {
					c := asked.client(in)
					resolution.Of(fleet.Resolve(c), resolution.Options{Origins: true, Inbound: true})
					for _, s := range fleet.Services() {
						class, view := fleet.Class(s, c), fleet.View(s, c)
						if (class == "-") != (view == nil) {
							t.Errorf("%s for %s: class %q, view %v", s.ID.Host(), c.ID, class, view)
						}
					}
				}
			}
		})
	}
}

func mutilate(t *testing.T, r *rand.Rand, in istio.Input, dir string) istio.Input {
	t.Helper()
	docs := in.Docs
	in.Docs = nil
	for _, d := range docs {
		in.Docs = append(in.Docs, damaged(r, d)...)
	}
	inventories := in.Inventories
	in.Inventories = map[string]*kubernetes.Inventory{}
	for _, c := range in.Clusters {
		files, err := documents(filepath.Join(dir, "clusters", c.Name, "kubernetes.yaml"), c.Name)
		if err != nil {
			t.Fatal(err)
		}
		var list []*source.Document
		for _, d := range files {
			list = append(list, damaged(r, d)...)
		}
		in.Inventories[c.Name], _ = kubernetes.Build(c, list)
		if in.Inventories[c.Name] == nil {
			in.Inventories[c.Name] = inventories[c.Name]
		}
	}
	in.Mesh = &mesh.Mesh{Name: "vector", Kind: mesh.Istio, Version: []string{"1.29", "1.30", "1.31"}[r.IntN(3)]}
	return in
}

// damaged is a document with up to two values replaced, or as it was if it cannot be read so.
func damaged(r *rand.Rand, d *source.Document) []*source.Document {
	var object map[string]any
	if json.Unmarshal(d.JSON, &object) != nil {
		return []*source.Document{d}
	}
	for range r.IntN(3) {
		damage(r, object["spec"])
	}
	text, err := json.Marshal(object)
	if err != nil {
		return []*source.Document{d}
	}
	docs, _, _ := source.Parse(d.File, text, source.Options{})
	for _, other := range docs {
		other.Cluster = d.Cluster
	}
	return docs
}

// damage replaces one value at any depth.
func damage(r *rand.Rand, value any) {
	nonsense := []any{nil, "", "*", "~", ".", "a/b/c/d", "*.svc.cluster.local", 0, -1, 4294967295, true, []any{}, map[string]any{}, "1s", []any{"x"}}
	var places []func(any)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range sortedNames(v) {
				places = append(places, func(n any) { v[k] = n })
				walk(v[k])
			}
		case []any:
			for i, inner := range v {
				places = append(places, func(n any) { v[i] = n })
				walk(inner)
			}
		}
	}
	walk(value)
	if len(places) > 0 {
		places[r.IntN(len(places))](nonsense[r.IntN(len(nonsense))])
	}
}

// Nothing is taken from the order in which objects stand in the files.
func TestTheOrderOfObjectsDecidesNothing(t *testing.T) {
	vectors, err := find(recorded+"/istio", "")
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		q, in := read(t, v.dir)
		r := rand.New(rand.NewPCG(uint64(i), 0))
		other := in
		other.Docs = slices.Clone(in.Docs)
		r.Shuffle(len(other.Docs), func(i, j int) { other.Docs[i], other.Docs[j] = other.Docs[j], other.Docs[i] })
		one, two := istio.Build(in), istio.Build(other)
		for _, asked := range q.Clients {
			c := asked.client(in)
			a, b := apart(render(t, one.Resolve(c)), render(t, two.Resolve(c)))
			if a != b {
				t.Errorf("%s, %s:\n…%s…\n…%s…", v.dir, c.ID, a, b)
			}
		}
	}
}
