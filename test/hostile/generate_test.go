//go:build unix

package hostile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// write writes one file of the tree.
func write(t *testing.T, dir, name, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// app is a service with its workload, in one zone.
func app(name, zone string) string {
	return strings.NewReplacer("NAME", name, "ZONE", zone).Replace(`apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME-ZONE, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: NAME, zone: ZONE}}
  template:
    metadata: {labels: {app: NAME, zone: ZONE, sidecar.istio.io/inject: "true"}}
    spec:
      nodeSelector: {topology.kubernetes.io/zone: ZONE}
      containers: [{name: app, image: shop/NAME, readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 2}}]
`)
}

func service(name string) string {
	return strings.ReplaceAll(`apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: shop}
spec: {selector: {app: NAME}, ports: [{name: http, port: 8080}]}
`, "NAME", name)
}

const rule = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec:
  host: cart.shop.svc.cluster.local
  trafficPolicy:
    outlierDetection: {consecutive5xxErrors: 5, interval: 2s, baseEjectionTime: 30s, maxEjectionPercent: 100}
    loadBalancer: {localityLbSetting: {enabled: true, failover: [{from: us-east-1, to: us-west-2}]}}
`

const (
	soundObjects  = 17 // what the tree holds that a loader understands
	soundServices = 5
)

// sound writes what has to be audited whatever stands beside it: a small application in two
// regions, partly in files that are unusual and correct.
func sound(t *testing.T, dir string) {
	t.Helper()
	node := func(name, region, zone string) string {
		return fmt.Sprintf("apiVersion: v1\nkind: Node\nmetadata: {name: %s, labels: {topology.kubernetes.io/region: %s, topology.kubernetes.io/zone: %s}}\n", name, region, zone)
	}
	list := func(docs ...string) string { return strings.Join(docs, "---\n") }
	write(t, dir, "sound/nodes.yaml", list(node("n1", "us-east-1", "us-east-1a"), node("n2", "us-west-2", "us-west-2a"))) // 2
	write(t, dir, "sound/cart.yaml", list(service("cart"), app("cart", "us-east-1a"), app("cart", "us-west-2a"), rule))   // 4
	write(t, dir, "sound/web.yaml", list(service("web"), app("web", "us-east-1a")))                                       // 2
	// Windows line ends; a byte order mark; a kubectl dump.
	write(t, dir, "sound/windows.yaml", strings.ReplaceAll(list(service("win"), app("win", "us-west-2a")), "\n", "\r\n")) // 2
	write(t, dir, "sound/bom.yaml", "\ufeff"+service("marked"))                                                           // 1
	items := "apiVersion: v1\nkind: List\nitems:\n"
	for _, doc := range []string{service("listed"), app("listed", "us-east-1a")} { // 2
		items += "- " + strings.TrimSuffix(strings.ReplaceAll(doc, "\n", "\n  "), "  ")
	}
	write(t, dir, "sound/list.yaml", items)
	// Sound documents around a broken one.
	write(t, dir, "broken.yaml", list("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n", // 1
		"apiVersion: v1\nkind: Service\nmetadata: {name: broken}\nspec:\n\tports: []\n",
		"apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa, namespace: shop}\n")) // 1
	// A name that steers terminals, and one that pipelines obey.
	write(t, dir, "evil/esc\x1b[31m\n::error::.yaml", "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: esc, namespace: shop}\n")                  // 1
	write(t, dir, "evil/tag.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: tag, namespace: shop}\ndata: {x: !!python/object:os.system ls}\n") // 1
	write(t, dir, "crds/crd.yaml", crd())
	write(t, dir, "site.yml", "- hosts: all\n  tasks: []\n")
}

// crd is a CustomResourceDefinition of 3 MB.
func crd() string {
	var b strings.Builder
	b.WriteString("apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: bigs.example.com}\nspec:\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        properties:\n")
	for i := 0; b.Len() < 3<<20; i++ {
		fmt.Fprintf(&b, "          field%d:\n            description: 'what it is: %s'\n            type: string\n", i, strings.Repeat("x", 60))
	}
	return b.String()
}

// bad writes what cannot be audited.
func bad(t *testing.T, dir, outside string) {
	t.Helper()
	write(t, outside, "secret.yaml", service("secret"))
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.Symlink(filepath.Join(outside, "secret.yaml"), filepath.Join(dir, "leak.yaml")))
	check(os.Symlink(".", filepath.Join(dir, "loop")))
	check(syscall.Mkfifo(filepath.Join(dir, "fifo.yaml"), 0o666))

	bomb := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := range 30 {
		bomb += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	write(t, dir, "bomb.yaml", bomb)
	write(t, dir, "brackets.yaml", strings.Repeat("[", 100_000))
	write(t, dir, "brackets.json", strings.Repeat(`{"a":`, 100_000))
	write(t, dir, "log.yaml", "")
	line := []byte("2026-01-01T00:00:00Z INFO nothing to see: {here} [at all]\n")
	file, err := os.OpenFile(filepath.Join(dir, "log.yaml"), os.O_WRONLY, 0)
	check(err)
	block := bytes.Repeat(line, 1<<14)
	for size := 0; size < 50<<20; size += len(block) {
		_, err := file.Write(block)
		check(err)
	}
	check(file.Close())
	write(t, dir, "template.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Release.Name }}\n")
	write(t, dir, "star.yaml", "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: star, namespace: shop}\nspec:\n  hosts:\n  - *.example.com\n")
	write(t, dir, "utf16.yaml", "\xff\xfea\x00:\x00")
	write(t, dir, "nul.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: \x00}\n")
	write(t, dir, "latin1.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: caf\xe9}\n")
	write(t, dir, "mapkey.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: mk}\nspec:\n  {{a: b}: c}\n")
	write(t, dir, "many.yaml", "apiVersion: v1\nkind: List\nitems:\n"+strings.Repeat("- a\n", 50_000))
	write(t, dir, "dense.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: dense}\nx: ["+strings.Repeat("a,", 3<<20)+"]\n")
	write(t, dir, "longname.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: "+strings.Repeat("n", 1<<20)+"}\n")

	// What is rendered rather than read.
	write(t, dir, "chart/Chart.yaml", "apiVersion: v2\nname: pay\nversion: 1.0.0\ndependencies:\n- {name: redis, version: 1.x, repository: https://charts.invalid}\n")
	write(t, dir, "chart/values.yaml", "replicas: 1\n")
	write(t, dir, "chart/templates/pay.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: {{ .Release.Name }}}\n")
	write(t, dir, "remote/kustomization.yaml", "resources:\n- https://github.invalid/owner/repo//base?ref=main\n")
}
