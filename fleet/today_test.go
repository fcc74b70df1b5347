package fleet_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules"
)

// Who is refused on a normal day calls nobody, and so has no rows; but a fault that turns all
// callers away must not end in silence.
func TestFaultsThatTurnAllCallersAwayAreFound(t *testing.T) {
	for _, tt := range []struct{ name, file, old, now, rule, at string }{
		{"the mesh's mTLS switched off", "mesh/istio-system.yaml", "mode: STRICT", "mode: DISABLE", "DR302", "mode: DISABLE"},
		{"plaintext to a service that admits by identity", "mesh/payments.yaml", "  trafficPolicy:\n", "  trafficPolicy:\n    tls: {mode: DISABLE}\n", "DR303", "tls: {mode: DISABLE}"},
		{"the only caller misspelt", "mesh/payments.yaml", "sa/checkout", "sa/chekout", "DR110", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(filepath.Join(fleetsDir, "shop"))); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, filepath.FromSlash(tt.file))
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			edited := strings.Replace(string(text), tt.old, tt.now, 1)
			if edited == string(text) {
				t.Fatalf("%s does not hold %q", tt.file, tt.old)
			}
			if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
				t.Fatal(err)
			}
			_, _, findings := audit(t, dir)
			if !slices.ContainsFunc(findings, func(f *analyzer.Finding) bool {
				p := f.Position()
				return f.Rule.ID == tt.rule && f.Level.AtLeast(analyzer.Warning) &&
					(tt.at == "" || p.File == tt.file && p.Line == lineOf(t, file, tt.at))
			}) {
				t.Errorf("no %s at %q: %v", tt.rule, tt.at, loud(findings, analyzer.Warning))
			}
		})
	}
}

// A matrix that holds only what findings are made of makes the same findings.
func TestFindingsNeedOnlyBrokenPromises(t *testing.T) {
	for _, tree := range slices.Concat(clean, broken) {
		t.Run(tree, func(t *testing.T) {
			t.Parallel()
			f, whole, want := audit(t, filepath.Join(fleetsDir, tree))
			m, err := failover.Compute(context.Background(), f.Graph, analyzer.ForFindings(failover.Options{}))
			if err != nil {
				t.Fatal(err)
			}
			got := analyzer.Run(f.Graph, m, rules.All(), nil)
			if !slices.EqualFunc(got, want, func(a, b *analyzer.Finding) bool {
				return render(a) == render(b) && a.Message == b.Message && slices.Equal(a.Cells.IDs(), b.Cells.IDs())
			}) {
				t.Errorf("the findings differ: %d, and %d of the whole matrix", len(got), len(want))
			}
			if len(whole.Cells) <= len(m.Cells) && len(whole.Cells) > 0 {
				t.Errorf("%d of %d cells are kept", len(m.Cells), len(whole.Cells))
			}
		})
	}
}

// Only labels that something asks for tell callers apart, and a selector of a namespace only there.
func TestLabelsThatNobodyAsksForDoNotMatter(t *testing.T) {
	docs, _, diags := source.Parse("rules.yaml", []byte(`
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: pay, namespace: shop}
spec:
  host: pay.shop.svc.cluster.local
  workloadSelector: {matchLabels: {app: web, tier: ""}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: pay, namespace: shop}
spec:
  hosts: [pay.shop.svc.cluster.local]
  http:
  - match: [{sourceLabels: {version: v2}}]
    route: [{destination: {host: pay.shop.svc.cluster.local}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec:
  host: cart.shop.svc.cluster.local
  trafficPolicy: {loadBalancer: {localityLbSetting: {failoverPriority: [rack]}}}
`), source.Options{})
	if len(docs) != 3 || len(diags) > 0 {
		t.Fatal(diags)
	}
	for _, d := range docs {
		d.Cluster = "east"
	}
	c := &mesh.Cluster{Name: "east", Mesh: "m"}
	inv, _ := kubernetes.Build(c, nil)
	l := istio.Build(istio.Input{Mesh: &mesh.Mesh{Name: "m", Kind: mesh.Istio}, Clusters: []*mesh.Cluster{c},
		Inventories: map[string]*kubernetes.Inventory{"east": inv}, Docs: docs}).ClientLabels()
	for _, tt := range []struct {
		namespace, key, value string
		want                  bool
	}{
		{"shop", "app", "web", true}, {"shop", "app", "cart", false}, {"other", "app", "web", false},
		{"shop", "tier", "back", true}, // "" is met only by callers without the label
		{"other", "version", "v2", true}, {"other", "version", "v1", false},
		{"other", "rack", "7", true}, {"shop", "pod-template-hash", "x", false},
	} {
		if got := l.Matter(tt.namespace, tt.key, tt.value); got != tt.want {
			t.Errorf("%s=%s of callers in %s matters: %v, want %v", tt.key, tt.value, tt.namespace, got, tt.want)
		}
	}
}
