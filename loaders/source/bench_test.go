package source

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// manifest is number n of a fleet's objects, about thirty lines long.
func manifest(n int) string {
	return strings.ReplaceAll(`apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: checkout-N
  namespace: payments
  labels:
    app.kubernetes.io/part-of: shop
spec:
  host: checkout-N.payments.svc.cluster.local
  trafficPolicy:
    connectionPool:
      tcp: {maxConnections: 100}
    loadBalancer:
      localityLbSetting:
        enabled: true
        failover:
          - from: us-east-1
            to: us-west-2
    outlierDetection:
      consecutive5xxErrors: 5
      interval: 10s
      baseEjectionTime: 30s
      maxEjectionPercent: 100
    tls:
      mode: ISTIO_MUTUAL
  subsets:
    - name: v1
      labels:
        version: v1
    - name: v2
      labels:
        version: v2
`, "N", fmt.Sprint(n))
}

// fleet writes documents to files and returns their directory and size.
func fleet(b *testing.B, files, perFile int, render func(docs []string) string) (string, int64) {
	b.Helper()
	dir, size := b.TempDir(), int64(0)
	for i := range files {
		docs := make([]string, perFile)
		for j := range docs {
			docs[j] = manifest(i*perFile + j)
		}
		text := render(docs)
		write(b, filepath.Join(dir, fmt.Sprintf("f%03d.yaml", i)), []byte(text))
		size += int64(len(text))
	}
	return dir, size
}

func stream(docs []string) string { return "---\n" + strings.Join(docs, "---\n") }

// BenchmarkLoad reads 10,000 documents in the shapes that repositories and clusters have them.
func BenchmarkLoad(b *testing.B) {
	for _, bb := range []struct {
		name           string
		files, perFile int
		render         func([]string) string
	}{
		{"20files", 20, 500, stream},
		{"200files", 200, 50, stream},
		{"10000files", 10000, 1, stream},
		// One file, as kubectl get -o yaml writes it.
		{"list", 1, 10000, func(docs []string) string {
			var text bytes.Buffer
			text.WriteString("apiVersion: v1\nitems:\n")
			for _, d := range docs {
				text.WriteString("- " + strings.TrimSuffix(strings.ReplaceAll(d, "\n", "\n  "), "  "))
			}
			text.WriteString("kind: List\nmetadata:\n  resourceVersion: \"\"\n")
			return text.String()
		}},
		// An escape in every document: the full parser reads them all.
		{"full-parser", 20, 500, func(docs []string) string {
			return strings.ReplaceAll(stream(docs), "part-of: shop", `part-of: "sh\x6fp"`)
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			dir, size := fleet(b, bb.files, bb.perFile, bb.render)
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				res, err := Load(b.Context(), []Input{{Path: "."}}, Options{Root: dir})
				if err != nil || len(res.Docs) != 10000 || len(res.Diagnostics) > 0 {
					b.Fatal(err, len(res.Docs), res.Diagnostics)
				}
			}
		})
	}
}

// BenchmarkLocate is what the first position in a document costs.
func BenchmarkLocate(b *testing.B) {
	text := []byte(manifest(1))
	b.ReportAllocs()
	for b.Loop() {
		docs, _, _ := Parse("f.yaml", text, Options{})
		if docs[0].Locate("/spec/trafficPolicy/tls/mode").Line != 25 {
			b.Fatal("not found")
		}
	}
}
