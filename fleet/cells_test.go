package fleet_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/analyzer/failover"
)

// unpack writes a txtar archive into a folder of its own.
func unpack(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const twoClusters = `
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes:
  - {name: prod, kind: istio, version: "1.31", trustDomain: cluster.local, clusters: [east, west, north]}
clusters:
  - {name: east, region: us-east-1, zones: [a, b], sources: [{path: east}, {path: all}]}
  - {name: west, region: us-west-2, zones: [a, b], sources: [{path: west}, {path: all}]}
  - {name: north, region: eu-north-1, zones: [a, b], sources: [{path: north}, {path: web}]}
objectives:
  - match: {service: pay}
    survive: [region]
    faults: [hang]
-- all/pay.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: pay}
spec: {selector: {app: pay}, ports: [{name: http, port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: pay, namespace: pay}
spec:
  replicas: 3
  selector: {matchLabels: {app: pay}}
  template:
    metadata: {labels: {app: pay}}
    spec: {containers: [{name: c, image: x}]}
-- web/web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: x}]}
-- east/web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: x}]}
-- west/web.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: web, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: x}]}
-- east/policy.yaml --
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: pay, namespace: pay}
spec:
  host: pay.pay.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5, maxEjectionPercent: 100}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: pay, namespace: pay}
spec:
  hosts: [pay.pay.svc.cluster.local]
  http: [{route: [{destination: {host: pay.pay.svc.cluster.local}}], timeout: 2s}]
-- north/none.yaml --
apiVersion: v1
kind: Namespace
metadata: {name: pay, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: pay}
spec: {selector: {app: pay}, ports: [{name: http, port: 8080}]}
`

// A client obeys the objects of its own cluster's configuration: outlier detection in one of two
// clusters protects the callers there and nobody else.
func TestDetectionInOneClusterProtectsOnlyItsCallers(t *testing.T) {
	_, m, _ := audit(t, unpack(t, twoClusters))
	outcome := map[string]failover.Outcome{}
	for _, c := range m.Cells {
		if c.Fault == failover.Hang && (c.Scenario.String() == "region=us-east-1" || c.Scenario.String() == "region=us-west-2") {
			outcome[c.Client.Cluster+" "+c.Scenario.String()] = c.Outcome
		}
	}
	want := map[string]failover.Outcome{
		"east region=us-west-2":  "", // its own tier is untouched: no cell
		"west region=us-east-1":  failover.Degraded,
		"north region=us-east-1": failover.Degraded,
	}
	for k, w := range want {
		if outcome[k] != w {
			t.Errorf("%s: %q, want %q", k, outcome[k], w)
		}
	}
}

// Removing both timeouts of one route turns only its hang and partition cells.
func TestTimeoutsDecideHangAndPartitionOnly(t *testing.T) {
	_, before, _ := audit(t, filepath.Join(fleetsDir, "shop"))
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(fleetsDir, "shop"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "mesh", "catalog.yaml")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	timeout := regexp.MustCompile(`(?m)^\s*(perTryTimeout|timeout): .*\n`)
	if n := len(timeout.FindAll(data, -1)); n < 2 {
		t.Fatalf("mesh/catalog.yaml has %d timeouts, want both", n)
	}
	if err := os.WriteFile(path, timeout.ReplaceAll(data, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	_, after, _ := audit(t, dir)
	old := map[string]failover.Outcome{}
	for _, c := range before.Cells {
		old[c.ID()] = c.Outcome
	}
	turned := 0
	for _, c := range after.Cells {
		if old[c.ID()] == c.Outcome {
			continue
		}
		turned++
		if c.Service.Name != "catalog" || c.Fault != failover.Hang && c.Fault != failover.Partition {
			t.Errorf("%s: %s became %s", c.ID(), old[c.ID()], c.Outcome)
		}
	}
	if turned == 0 {
		t.Error("no cell turned")
	}
	if len(before.Cells) != len(after.Cells) {
		t.Errorf("%d cells before, %d after", len(before.Cells), len(after.Cells))
	}
	if !strings.Contains(string(data), "timeout") {
		t.Error("nothing to remove")
	}
}
