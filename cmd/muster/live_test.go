package main

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/loaders/cluster/clustertest"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/report"
)

// clusters serves each cluster of a fleet's config by an API server of its own, and returns those and a kubeconfig.
func clusters(t *testing.T, cfg *config.Config) (map[string]*clustertest.API, string) {
	t.Helper()
	apis := map[string]*clustertest.API{}
	var text strings.Builder
	text.WriteString("apiVersion: v1\nkind: Config\nclusters:\n")
	var contexts strings.Builder
	for i := range cfg.Clusters {
		c := &cfg.Clusters[i]
		var inputs []source.Input
		for _, s := range c.Sources {
			inputs = append(inputs, source.Input{Path: cfg.Resolve(s.Path)})
		}
		read, err := source.Load(t.Context(), inputs, source.Options{})
		if err != nil {
			t.Fatal(err)
		}
		api, err := clustertest.Of(read.Docs)
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(api)
		t.Cleanup(server.Close)
		apis[c.Name] = api
		fmt.Fprintf(&text, "- {name: %s, cluster: {server: %q}}\n", c.Name, server.URL)
		fmt.Fprintf(&contexts, "- {name: %s, context: {cluster: %s}}\n", c.Name, c.Name)
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(file, []byte(text.String()+"contexts:\n"+contexts.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return apis, file
}

// audited is what a scan finds, without the places where it is written.
func audited(t *testing.T, args ...string) (findings []string, cells map[string]string) {
	t.Helper()
	var out, told bytes.Buffer
	if code := run(append([]string{"scan", "-o", "json", "--fail-on", "none"}, args...), nil, &out, &told); code != exitClean {
		t.Fatalf("exit code %d\n%s", code, told.String())
	}
	r, err := report.Parse(&out, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		findings = append(findings, f.Rule+" "+f.Service+" "+f.Resource.Kind+" "+f.Resource.Name+" "+strings.Join(f.Cells, ","))
	}
	slices.Sort(findings)
	cells = map[string]string{}
	for c := range r.Cells {
		cells[c.ID] = fmt.Sprint(c.Outcome, c.FailingShare, c.Destinations, c.Recovery.Lower, c.Recovery.Upper)
	}
	return findings, cells
}

// What a scan of files finds, a scan of clusters that hold these objects finds, cell by cell.
func TestALiveScanEqualsTheScanOfTheSameObjects(t *testing.T) {
	for _, name := range []string{"shop", "shop-broken", "video-broken"} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("..", "..", "testdata", "fleets", name, "muster.yaml")
			cfg, err := config.Load(file, ".")
			if err != nil {
				t.Fatal(err)
			}
			_, kubeconfig := clusters(t, cfg)
			args := []string{"--config", file, "--kubeconfig", kubeconfig}
			for i := range cfg.Clusters {
				args = append(args, "--kube-context", cfg.Clusters[i].Name)
			}
			wantFindings, wantCells := audited(t, "--config", file)
			gotFindings, gotCells := audited(t, args...)
			for _, f := range gotFindings {
				if !slices.Contains(wantFindings, f) {
					t.Errorf("only live: %.300s", f)
				}
			}
			for _, f := range wantFindings {
				if !slices.Contains(gotFindings, f) {
					t.Errorf("only in files: %.300s", f)
				}
			}
			if len(gotCells) != len(wantCells) || len(wantCells) == 0 {
				t.Errorf("%d cells, want %d", len(gotCells), len(wantCells))
			}
			for id, want := range wantCells {
				if gotCells[id] != want {
					t.Fatalf("%s: %s, want %s", id, gotCells[id], want)
				}
			}
		})
	}
}

// What a cluster does not show is unknown: never a finding, and never a pass.
func TestWhatMayNotBeReadIsUnknown(t *testing.T) {
	file := filepath.Join("..", "..", "testdata", "fleets", "shop-broken", "muster.yaml")
	cfg, err := config.Load(file, ".")
	if err != nil {
		t.Fatal(err)
	}
	apis, kubeconfig := clusters(t, cfg)
	apis["us-west"].Refuse["/apis/networking.istio.io/v1/destinationrules"] = 403
	args := []string{"scan", "-o", "json", "--config", file, "--kubeconfig", kubeconfig}
	for i := range cfg.Clusters {
		args = append(args, "--kube-context", cfg.Clusters[i].Name)
	}
	var out, told bytes.Buffer
	if code := run(args, nil, &out, &told); code != exitFindings {
		t.Errorf("exit code %d, want %d for the faults that show all the same\n%s", code, exitFindings, told.String())
	}
	r, err := report.Parse(&out, true)
	if err != nil {
		t.Fatal(err)
	}
	unknown := 0
	for c := range r.Cells {
		if c.Client.Cluster != "us-west" {
			continue
		}
		if c.Outcome != "unknown" {
			t.Fatalf("%s is %s, and nobody knows the rules of us-west", c.ID, c.Outcome)
		}
		unknown++
	}
	if unknown == 0 {
		t.Error("no cell of us-west")
	}
	const want = "DestinationRule.networking.istio.io: may not be listed (forbidden), in cluster us-west"
	if !slices.ContainsFunc(r.Inputs.Missing, func(m report.Missing) bool { return m.What == want }) {
		t.Errorf("missing: %+v", r.Inputs.Missing)
	}
}

// What would be if a directory were applied.
func TestAnOverlayTakesThePlaceOfObjects(t *testing.T) {
	fleets := filepath.Join("..", "..", "testdata", "fleets")
	file := filepath.Join(fleets, "shop", "muster.yaml")
	cfg, err := config.Load(file, ".")
	if err != nil {
		t.Fatal(err)
	}
	_, kubeconfig := clusters(t, cfg)
	dir := t.TempDir()
	rule := `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: checkout, namespace: checkout}
spec:
  host: checkout.checkout.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5, interval: 5s, baseEjectionTime: 1m, maxEjectionPercent: 100}
    portLevelSettings:
    - port: {number: 8080}
      connectionPool: {tcp: {connectTimeout: 1s}}
`
	if err := os.WriteFile(filepath.Join(dir, "rule.yaml"), []byte(rule), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"--config", file, "--kubeconfig", kubeconfig}
	for i := range cfg.Clusters {
		args = append(args, "--kube-context", cfg.Clusters[i].Name, "--overlay", cfg.Clusters[i].Name+"="+dir)
	}
	findings, _ := audited(t, args...)
	if len(findings) == 0 {
		t.Error("the port drops outlier detection, and nothing was found")
	}
	for _, f := range findings {
		if !strings.Contains(f, "checkout") {
			t.Errorf("beside the rule that was laid over: %.200s", f)
		}
	}
}
