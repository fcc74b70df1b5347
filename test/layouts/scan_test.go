package layouts

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules"
)

// scan audits a tree as the program does.
func scan(t *testing.T, tree string, cfg *config.Config) *fleet.Fleet {
	t.Helper()
	o := fleet.Options{Config: cfg, Source: source.Options{Root: tree}}
	if cfg == nil {
		o.Inputs = []source.Input{{Path: "."}}
	}
	f, err := fleet.Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := failover.Compute(context.Background(), f.Graph, failover.Options{Services: func(*mesh.Service) bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range analyzer.Run(f.Graph, m, rules.All(), nil) {
		// The trees are sound, apart from how far they are protected; what is said of objects themselves is a mistake.
		if strings.HasPrefix(x.Rule.ID, "DR6") && x.Rule.ID != siblingRule {
			t.Errorf("%s %s: %s", x.Rule.ID, x.Position(), x.Message)
		}
	}
	for _, d := range f.Inputs.Unreadable {
		t.Error(d.Error())
	}
	for _, d := range f.Inputs.Missing {
		t.Errorf("%s: %s is missing", d.Position, d.What)
	}
	return f
}

// siblingRule says that folders look like environments.
const siblingRule = "DR602"

func count(f *fleet.Fleet, kind mesh.FactKind) int {
	n := 0
	for _, x := range f.Graph.Facts {
		if x.Kind == kind {
			n++
		}
	}
	return n
}

// services lists the Services that stand in files as they are.
func services(t *testing.T, tree string) []string {
	t.Helper()
	res, err := source.Load(context.Background(), []source.Input{{Path: "."}}, source.Options{Root: tree})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, d := range res.Docs {
		if d.Kind == "Service" && d.APIVersion == "v1" && !strings.Contains(d.File, "/templates/") {
			list = append(list, d.Name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// charts lists the folders of charts that are no parts of others.
func charts(t *testing.T, tree string) []string {
	t.Helper()
	files, _, err := source.Find(context.Background(), []source.Input{{Path: "."}}, source.Options{Root: tree}, ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range files {
		if dir := filepath.ToSlash(filepath.Dir(f.Path)); filepath.Base(f.Path) == "Chart.yaml" && !strings.Contains(dir, "/charts/") {
			list = append(list, dir)
		}
	}
	return list
}

func TestScanWithoutConfigIsQuiet(t *testing.T) {
	each(t, func(t *testing.T, w *want, tree string) {
		f := scan(t, tree, nil)
		if n := count(f, mesh.FactDuplicate); n != *w.Scan.Duplicates {
			t.Errorf("%d duplicates, want %d", n, *w.Scan.Duplicates)
		}
		notes := 0
		if *w.Scan.Siblings {
			notes = 1
		}
		if n := count(f, mesh.FactSiblingOverlays); n != notes {
			t.Errorf("%d notes of siblings, want %d", n, notes)
		}
		for _, name := range services(t, tree) {
			if !slices.ContainsFunc(f.Graph.Services, func(s *mesh.Service) bool { return s.Name == name }) {
				t.Errorf("service %s was not audited", name)
			}
		}
		for _, dir := range charts(t, tree) {
			if !slices.ContainsFunc(f.Inputs.Rendered, func(r fleet.Rendered) bool { return r.Dir == dir && r.Objects > 0 }) {
				t.Errorf("chart %s was not rendered", dir)
			}
		}
		if len(f.Graph.Services) == 0 || f.Inputs.Resources == 0 {
			t.Error("nothing was audited")
		}
	})
}

func TestScanWithTheProposalReadsEverySource(t *testing.T) {
	each(t, func(t *testing.T, _ *want, tree string) {
		text := propose(t, tree)
		file := filepath.Join(tree, "muster.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := config.Load(file, tree)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		f := scan(t, tree, cfg)
		if n := count(f, mesh.FactDuplicate) + count(f, mesh.FactSiblingOverlays); n != 0 {
			t.Errorf("%d duplicates or notes of siblings\n%s", n, text)
		}
		for _, c := range cfg.Clusters {
			for _, s := range c.Sources {
				if dir := s.Kustomize + s.Helm; dir != "" && !slices.ContainsFunc(f.Inputs.Rendered, func(r fleet.Rendered) bool {
					return r.Dir == dir && r.Cluster == c.Name && r.Objects > 0
				}) {
					t.Errorf("%s of %s was not rendered", dir, c.Name)
				}
			}
			if !slices.ContainsFunc(f.Graph.Workloads, func(w *mesh.Workload) bool { return w.Cluster == c.Name }) {
				t.Errorf("cluster %s runs nothing", c.Name)
			}
		}
	})
}
