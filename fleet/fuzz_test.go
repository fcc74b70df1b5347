package fleet

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules"
)

// fileBreak separates the files of a fuzzed fleet.
const fileBreak = "\n%%%%\n"

// mostFuzzed is how large a fuzzed fleet may be: the target asks for a second, whatever it is.
const mostFuzzed = 32 << 10

// parsed reads a fuzzed fleet in memory; its files belong to three clusters in turn.
func parsed(data []byte) *source.Result {
	read := &source.Result{}
	for i, file := range bytes.SplitN(data, []byte(fileBreak), 4) {
		docs, ignored, diags := source.Parse(fmt.Sprintf("f%d.yaml", i), file, source.Options{})
		cluster := [...]string{"east", "west", "eu"}[i%3]
		for _, d := range docs {
			d.Cluster = cluster
		}
		read.Files++
		read.Documents += len(docs) + len(ignored)
		read.Docs = append(read.Docs, docs...)
		read.Ignored = append(read.Ignored, ignored...)
		read.Diagnostics = append(read.Diagnostics, diags...)
	}
	return read
}

// FuzzBytesToGraph goes the whole way that hostile bytes can go: documents, graph, matrix,
// findings. Nothing may panic or take long, and every place that is told has to be one.
func FuzzBytesToGraph(f *testing.F) {
	for _, seed := range fuzzSeeds(f) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > mostFuzzed {
			t.Skip()
		}
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		fl := assemble(Options{Strict: true}, &reading{Result: parsed(data)})
		lines := bytes.Count(data, []byte{'\n'}) + 1
		for _, d := range fl.Inputs.Unreadable {
			if d.Message == "" || d.Position.File == "" || d.Position.Line > lines {
				t.Fatalf("unreadable at %v of %d lines: %q", d.Position, lines, d.Message)
			}
		}
		for _, n := range fl.Inputs.NotUnderstood {
			if at := n.Origin.Position(); n.Message == "" || at.Line < 1 || at.Line > lines {
				t.Fatalf("not understood at %v of %d lines: %q", at, lines, n.Message)
			}
		}
		m, err := failover.Compute(ctx, fl.Graph, failover.Options{
			Services:  func(*mesh.Service) bool { return true },
			Scenarios: fuzzScenarios(fl.Graph), Faults: []failover.Fault{failover.Crash, failover.Hang},
		})
		if err != nil {
			t.Fatalf("%d bytes: %v", len(data), err)
		}
		for _, c := range m.Cells {
			if c.FailingShare < 0 || c.FailingShare > 1 || c.Outcome == failover.Unknown && c.Reason == "" {
				t.Fatalf("cell %s: failing %v, %s because of %q", c.ID(), c.FailingShare, c.Outcome, c.Reason)
			}
		}
		for _, x := range analyzer.Run(fl.Graph, m, rules.All(), nil) {
			if x.Message == "" {
				t.Fatalf("%s says nothing at %v", x.Rule.ID, x.Position())
			}
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Fatalf("%d bytes took %v", len(data), took)
		}
	})
}

// fuzzScenarios are a normal day and the first of each kind of failure.
func fuzzScenarios(g *mesh.Graph) []failover.Scenario {
	list := []failover.Scenario{failover.None}
	seen := map[failover.Target]bool{}
	for _, s := range failover.Scenarios(g) {
		if target := s.Parts[0].Target; !seen[target] {
			seen[target] = true
			list = append(list, s)
		}
	}
	return list
}

// fuzzSeeds are small pieces of the example fleets and of the recorded vectors.
func fuzzSeeds(f *testing.F) (seeds [][]byte) {
	f.Helper()
	add := func(pattern string, most int) {
		paths, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil || len(paths) == 0 {
			f.Fatalf("no seeds at %s (%v)", pattern, err)
		}
		slices.Sort(paths)
		var files [][]byte
		for _, p := range paths {
			data, err := os.ReadFile(p)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 3000 && !strings.Contains(p, "query") {
				files = append(files, data)
			}
		}
		for i := 0; i < len(files) && len(seeds) < most; i += 3 {
			seeds = append(seeds, bytes.Join(files[i:min(i+3, len(files))], []byte(fileBreak)))
		}
	}
	add("../testdata/fleets/shop-broken/*/*.yaml", 15)
	add("../testdata/vectors/istio/cases/*/input/*.yaml", 60)
	for _, s := range []string{
		"a: [", "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Service, metadata: {name: a}}]\n",
		"apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: a}\n" + fileBreak + "apiVersion: apps/v9\nkind: Deployment\nmetadata: {name: b}\n",
		"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    defaultConfig: {}\n  meshNetworks: 'networks: {n: {endpoints: [{fromRegistry: east}]}}'\n",
	} {
		seeds = append(seeds, []byte(s))
	}
	return seeds
}
