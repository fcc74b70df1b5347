package bench

import (
	"runtime"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/istio"
	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/test/generate"
)

// BenchmarkLoadOnly is what happens before the first question is asked: source reads and parses
// the files, kubernetes and istio are the loaders on parsed documents, graph is all of it.
func BenchmarkLoadOnly(b *testing.B) {
	dir := onDisk(b, *resources)
	loaded := load(b.Context(), b, dir)
	inputs := inputsOf(b, dir)
	docs := parsed(b, inputs)

	b.Run("source", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := source.Load(b.Context(), inputs, source.Options{}); err != nil {
				b.Fatal(err)
			}
		}
		perSecond(b, *resources, "resources")
	})
	b.Run("kubernetes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			inventories(loaded, docs)
		}
	})
	b.Run("istio", func(b *testing.B) {
		in := istio.Input{Mesh: loaded.Graph.Meshes[0], Clusters: loaded.Graph.Clusters, Inventories: inventories(loaded, docs)}
		for _, c := range loaded.Graph.Clusters {
			for _, d := range docs[c.Name] {
				if istio.Reads(d) {
					in.Docs = append(in.Docs, d)
				}
			}
		}
		b.ReportAllocs()
		for b.Loop() {
			istio.Build(in)
		}
		b.ReportMetric(float64(len(in.Docs)), "objects")
	})
	b.Run("graph", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			load(b.Context(), b, dir)
		}
		perSecond(b, *resources, "resources")
	})
}

// BenchmarkJudge is what comes behind: the matrix of a fresh graph (views compiled) and of one
// that was asked before, the rules, and the report.
func BenchmarkJudge(b *testing.B) {
	dir := onDisk(b, *resources)
	done := scan(b.Context(), b, dir, false)
	model := failover.NewModel(done.fleet.Graph)

	b.Run("matrix-fresh", func(b *testing.B) {
		b.ReportAllocs()
		var cpu time.Duration
		for b.Loop() {
			b.StopTimer()
			f := load(b.Context(), b, dir)
			runtime.GC()
			start := processor(b)
			b.StartTimer()
			matrix(b.Context(), b, failover.NewModel(f.Graph), false)
			cpu += processor(b) - start
		}
		b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
	})
	b.Run("matrix-again", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			matrix(b.Context(), b, model, false)
		}
		perSecond(b, done.cells(), "cells")
	})
	b.Run("rules", func(b *testing.B) { runRules(b, done.fleet.Graph, done.matrix) })
	b.Run("report", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			done.report(b, false)
		}
	})
}

// BenchmarkRules is all rules on *services services, a third of which have an objective or intent.
func BenchmarkRules(b *testing.B) {
	f := load(b.Context(), b, write(b, generate.Matrix(generate.Options{Services: *services, Guarded: 0.1, Seed: 1})))
	runRules(b, f.Graph, matrix(b.Context(), b, failover.NewModel(f.Graph), false))
}

func runRules(b *testing.B, g *mesh.Graph, m *failover.Matrix) {
	b.Helper()
	b.ReportAllocs()
	start, findings := processor(b), 0
	for b.Loop() {
		findings = len(analyzer.Run(g, m, rules.All(), nil))
	}
	b.ReportMetric((processor(b)-start).Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(float64(findings), "findings")
	perSecond(b, len(g.Services), "services")
}

func inputsOf(b *testing.B, dir string) []source.Input {
	b.Helper()
	c := configOf(b, dir)
	var inputs []source.Input
	for _, cluster := range c.Clusters {
		for _, s := range cluster.Sources {
			inputs = append(inputs, source.Input{Path: c.Resolve(s.Path), Cluster: cluster.Name})
		}
	}
	return inputs
}

// parsed reads inputs into documents by cluster.
func parsed(b *testing.B, inputs []source.Input) map[string][]*source.Document {
	b.Helper()
	read, err := source.Load(b.Context(), inputs, source.Options{})
	if err != nil {
		b.Fatal(err)
	}
	docs := map[string][]*source.Document{}
	for _, d := range read.Docs {
		docs[d.Cluster] = append(docs[d.Cluster], d)
	}
	return docs
}

func inventories(f *fleet.Fleet, docs map[string][]*source.Document) map[string]*kubernetes.Inventory {
	all := map[string]*kubernetes.Inventory{}
	for _, c := range f.Graph.Clusters {
		all[c.Name], _ = kubernetes.Build(&mesh.Cluster{Name: c.Name, Mesh: c.Mesh, Region: c.Region, Zones: c.Zones, Network: c.Network}, docs[c.Name])
	}
	return all
}
