//go:build fleetupdate

package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// BenchmarkUpdate changes one DestinationRule among 10,000 resources and asks for the cells of
// its service again: what a webhook does for one request. The rule goes to and fro between two
// forms, so that each run changes something.
func BenchmarkUpdate(b *testing.B) {
	dir := onDisk(b, *resources)
	f := load(b.Context(), b, dir)
	change := detectionChange(b, dir)
	affected := func(s *mesh.Service) bool {
		return s.Namespace == change.Old.Namespace && s.Name == change.Old.Name
	}
	cells := 0
	b.ReportAllocs()
	for b.Loop() {
		next, err := f.Update(b.Context(), []fleet.Change{change})
		if err != nil {
			b.Fatal(err)
		}
		m, err := failover.Compute(b.Context(), next.Graph, failover.Options{Services: affected})
		if err != nil {
			b.Fatal(err)
		}
		f, cells = next, len(m.Cells)
		change.Old, change.New = change.New, change.Old
	}
	if cells == 0 {
		b.Fatal("the changed rule's service has no cells")
	}
	b.ReportMetric(float64(cells), "cells")
}

// detectionChange is a change of the ejection bound in the first rule with failover.
func detectionChange(b *testing.B, dir string) fleet.Change {
	b.Helper()
	bound := regexp.MustCompile(`maxEjectionPercent: \d+`)
	paths, err := filepath.Glob(filepath.Join(dir, "clusters", "*", "*", "*.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		cluster := filepath.Base(filepath.Dir(filepath.Dir(path)))
		before, after := documents(path, cluster, text), documents(path, cluster, bound.ReplaceAll(text, []byte("maxEjectionPercent: 90")))
		for i, d := range before {
			changed := !bytes.Equal(d.JSON, after[i].JSON)
			if d.Kind == "DestinationRule" && changed && !strings.HasSuffix(d.Name, "-partner") && bytes.Contains(d.JSON, []byte(`"failover"`)) {
				return fleet.Change{Cluster: cluster, Old: d, New: after[i]}
			}
		}
	}
	b.Fatal("no rule has an ejection bound to change")
	return fleet.Change{}
}

func documents(path, cluster string, text []byte) []*source.Document {
	docs, _, _ := source.Parse(path, text, source.Options{})
	for _, d := range docs {
		d.Cluster = cluster
	}
	return docs
}
