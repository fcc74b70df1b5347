package istio

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// TestPools reads testdata/pools/*.txtar: a mesh of clusters, each with the objects of its own
// folder; callers in "clients" ("name namespace cluster locality [kind] [label=value ...]"; all obey
// the first cluster's objects); and in "want" where their requests go, what of the configuration is
// lost on them, and the facts.
func TestPools(t *testing.T) {
	files, err := filepath.Glob("testdata/pools/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
			if want < 0 {
				t.Fatal("no want")
			}
			got := describeFleet(t, a)
			if *update {
				a.Files[want].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if string(a.Files[want].Data) != got {
				t.Errorf("got:\n%s\nwant:\n%s", got, a.Files[want].Data)
			}
		})
	}
}

func describeFleet(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	f := clustersOf(t, a)
	var b strings.Builder
	for _, file := range a.Files {
		if file.Name != "clients" {
			continue
		}
		for line := range strings.Lines(string(file.Data)) {
			c := callerOf(line)
			fmt.Fprintf(&b, "# %s\n", c.ID)
			for _, p := range f.Resolve(c).Pools {
				describePool(&b, c, p)
			}
		}
	}
	for _, fact := range f.Facts() {
		harm := ""
		if fact.Harm {
			harm = " (harm)"
		}
		fmt.Fprintf(&b, "fact %s at %s%s: %s\n", fact.Kind, fact.Origin.Position().Short(), harm, fact.Message)
	}
	return b.String()
}

// clustersOf builds the mesh of an archive, with one cluster for each folder.
func clustersOf(t *testing.T, a *txtar.Archive) *Fleet {
	t.Helper()
	in := Input{Mesh: &mesh.Mesh{Name: "m", Kind: mesh.Istio, Version: "1.31"}, Inventories: map[string]*kubernetes.Inventory{}}
	docs := map[string][]*source.Document{}
	for _, file := range a.Files {
		cluster, _, ok := strings.Cut(file.Name, "/")
		if !ok {
			continue
		}
		parsed, _, diags := source.Parse(file.Name, file.Data, source.Options{})
		for _, d := range diags {
			t.Fatal(d)
		}
		if !slices.Contains(in.Mesh.Clusters, cluster) {
			in.Mesh.Clusters = append(in.Mesh.Clusters, cluster)
		}
		for _, d := range parsed {
			d.Cluster = cluster
			if Reads(d) {
				in.Docs = append(in.Docs, d)
			} else {
				docs[cluster] = append(docs[cluster], d)
			}
		}
	}
	for _, name := range in.Mesh.Clusters {
		c := &mesh.Cluster{Name: name, Mesh: "m", ConfigCluster: in.Mesh.Clusters[0]}
		in.Clusters = append(in.Clusters, c)
		in.Inventories[name], _ = kubernetes.Build(c, docs[name])
	}
	f := Build(in)
	for _, d := range f.Diagnostics() {
		t.Fatal(d)
	}
	return f
}

func callerOf(line string) *mesh.Client {
	fields := strings.Fields(line)
	c := &mesh.Client{ID: fields[0], Mesh: "m", Namespace: fields[1], Cluster: fields[2],
		Locality: mesh.ParseLocality(fields[3]), Kind: mesh.Sidecar, Labels: map[string]string{}}
	for _, f := range fields[4:] {
		if k, v, ok := strings.Cut(f, "="); !ok {
			c.Kind = mesh.ClientKind(f)
		} else if k == "network" {
			c.Network = v
		} else {
			c.Labels[k] = v
		}
	}
	return c
}

func describePool(b *strings.Builder, c *mesh.Client, p *mesh.Pool) {
	name := fmt.Sprintf("%s:%d", strings.TrimSuffix(p.Host, ".svc.cluster.local"), p.Port)
	if p.Subset != "" {
		name += "/" + p.Subset
	}
	detects := "detects nothing"
	if o := p.Targets[0].Detection.Outlier; o != nil {
		detects = fmt.Sprintf("detects %d errors, ejects %d%% (%s)", o.Consecutive5xx.V, o.MaxEjectionPercent.V, o.Origin.Position().Short())
	}
	rule := "no rule"
	if p.Rule != "" {
		rule = "rule " + p.Rule
	}
	fmt.Fprintf(b, "%s %s %s, %s, %s\n", name, p.Discovery, p.TLS.Mode, rule, detects)
	for i, tier := range p.Tiering.Arrange(c, p).Tiers {
		fmt.Fprintf(b, "  %d:", i)
		for _, g := range tier.Groups {
			for _, e := range g.Endpoints {
				fmt.Fprintf(b, " %s(%s)", strings.TrimSuffix(e.Address, ":8080"), e.Locality)
			}
		}
		b.WriteByte('\n')
	}
	for _, l := range p.Losses {
		fmt.Fprintf(b, "  lost %s: %s at %s", l.Kind, takesText(l.Takes), l.Origin.Position().Short())
		if l.Of.In != nil {
			fmt.Fprintf(b, " of %s", l.Of.Position().Short())
		}
		for _, e := range l.Endpoints {
			fmt.Fprintf(b, " %s", strings.TrimSuffix(e.Address, ":8080"))
		}
		fmt.Fprintf(b, ": %s\n", l.Detail)
	}
}

func takesText(t mesh.Takes) string {
	var out []string
	for i, name := range []string{"detection", "tiering", "endpoints", "reachability", "route"} {
		if t&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, "+")
}
