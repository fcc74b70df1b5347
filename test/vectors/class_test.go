package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/report/resolution"
)

// Every recorded mesh is asked by clients in all its namespaces, clusters and networks, with and
// without labels: what Class calls equal must be equal, and View must say what Resolve says.
func TestClientsOfOneClassGetOneView(t *testing.T) {
	vectors, err := find(recorded+"/istio", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(filepath.Base(v.dir), func(t *testing.T) {
			t.Parallel()
			q, in := read(t, v.dir)
			fleet := istio.Build(in)
			probe := &mesh.Client{ID: "probe", Locality: mesh.ParseLocality("us-east1/b"), Kind: mesh.Sidecar}
			for _, s := range fleet.Services() {
				views := map[string]string{}
				for _, c := range q.everybody(in) {
					class := fleet.Class(s, c)
					view := fleet.View(s, c)
					if (class == "-") != (view == nil) {
						t.Fatalf("%s for %s: class %q, view %v", s.ID.Host(), c.ID, class, view)
					}
					if view == nil {
						continue
					}
					shown := render(t, &mesh.Resolution{Client: probe, Pools: view.Pools, Routes: view.Routes}) + lossesOf(view)
					if known, ok := views[class]; ok && known != shown {
						one, other := apart(known, shown)
						t.Fatalf("%s: class %q of %s has two views:\n…%s…\n…%s…", s.ID.Host(), class, c.ID, one, other)
					}
					views[class] = shown
				}
			}
		})
	}
}

// What is compiled service by service is what is compiled for one client at once.
func TestViewsAddUpToTheResolution(t *testing.T) {
	vectors, err := find(recorded+"/istio", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		q, in := read(t, v.dir)
		fleet := istio.Build(in)
		for _, asked := range q.Clients {
			c := asked.client(in)
			whole := map[string]string{}
			for _, p := range fleet.Resolve(c).Pools {
				whole[p.Host] += render(t, &mesh.Resolution{Client: c, Pools: []*mesh.Pool{p}})
			}
			for _, s := range fleet.Services() {
				view := fleet.View(s, c)
				if view == nil {
					continue
				}
				var parts string
				for _, p := range view.Pools {
					parts += render(t, &mesh.Resolution{Client: c, Pools: []*mesh.Pool{p}})
				}
				if one, other := apart(whole[s.ID.Host()], parts); one != other {
					t.Errorf("%s: %s for %s:\n…%s…\n…%s…", v.dir, s.ID.Host(), c.ID, one, other)
				}
				delete(whole, s.ID.Host())
			}
			for host := range whole {
				t.Errorf("%s: %s knows %s, which is no service", v.dir, c.ID, host)
			}
		}
	}
}

// everybody are clients in every namespace and cluster of a vector, and its own.
func (q *istioQuery) everybody(in istio.Input) []*mesh.Client {
	var out []*mesh.Client
	for _, c := range q.Clients {
		out = append(out, c.client(in))
	}
	namespaces := map[string]bool{"elsewhere": true, "istio-system": true}
	for _, d := range in.Docs {
		namespaces[d.Namespace] = true
	}
	for _, ns := range sortedNames(namespaces) {
		for cluster, at := range q.Clusters {
			for _, app := range []string{"", "web", "batch"} {
				for _, kind := range []mesh.ClientKind{mesh.Sidecar, mesh.GatewayPod} {
					out = append(out, &mesh.Client{
						ID: ns + " in " + cluster + " " + app, Mesh: "vector", Cluster: cluster, Namespace: ns,
						Labels: map[string]string{"app": app}, Network: at.Network, Kind: kind,
					})
				}
			}
		}
	}
	return out
}

func read(t *testing.T, dir string) (*istioQuery, istio.Input) {
	t.Helper()
	q := &istioQuery{}
	data, err := os.ReadFile(filepath.Join(dir, "query.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(data, q); err != nil {
		t.Fatal(err)
	}
	in, err := q.load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return q, in
}

func render(t *testing.T, r *mesh.Resolution) string {
	t.Helper()
	data, err := json.Marshal(resolution.Of(r, resolution.Options{Origins: true}))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// apart cuts two texts down to where they begin to differ.
func apart(a, b string) (string, string) {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	from := max(at-100, 0)
	return a[from:min(at+100, len(a))], b[from:min(at+100, len(b))]
}

func lossesOf(v *mesh.View) string {
	text := ""
	for _, l := range v.Losses {
		text += "\n" + string(l.Kind) + " " + l.Origin.String() + " " + l.Detail
	}
	return text
}
