package bench

import (
	"runtime"
	"slices"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/test/generate"
)

// BenchmarkMatrixFull forces every cell of a fleet of *services services: every service, port and
// class of callers, each loss of a zone, a region or a cluster, under each fault. In "fresh" no
// view was compiled before, in "again" all were; in "guarded" a tenth of the services have an
// AuthorizationPolicy, so that callers differ by who they are.
func BenchmarkMatrixFull(b *testing.B) {
	b.Run("fresh", func(b *testing.B) {
		dir := write(b, generate.Matrix(generate.Options{Services: *services, Seed: 1}))
		var t failover.Tally
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			f := load(b.Context(), b, dir)
			runtime.GC()
			b.StartTimer()
			t = count(b, failover.NewModel(f.Graph))
		}
		reportTally(b, t)
	})
	b.Run("again", func(b *testing.B) {
		m := failover.NewModel(load(b.Context(), b, write(b, generate.Matrix(generate.Options{Services: *services, Seed: 1}))).Graph)
		t := count(b, m)
		b.ReportAllocs()
		start := processor(b)
		for b.Loop() {
			t = count(b, m)
		}
		b.ReportMetric((processor(b)-start).Seconds()/float64(b.N), "cpu-s")
		reportTally(b, t)
	})
	b.Run("guarded", func(b *testing.B) {
		if !*large {
			b.Skip("only with -large")
		}
		m := failover.NewModel(load(b.Context(), b, write(b, generate.Matrix(generate.Options{Services: *services, Guarded: 0.1, Seed: 1}))).Graph)
		t := count(b, m)
		b.ReportAllocs()
		for b.Loop() {
			t = count(b, m)
		}
		reportTally(b, t)
	})
}

// count forces the whole matrix.
func count(b *testing.B, m *failover.Model) failover.Tally {
	b.Helper()
	t, err := m.Count(b.Context(), failover.Options{
		Services:  func(*mesh.Service) bool { return true },
		Scenarios: slices.DeleteFunc(m.Failures(), func(s failover.Scenario) bool { return !isPlace(s) }),
	})
	if err != nil {
		b.Fatal(err)
	}
	if t.Total() == 0 {
		b.Fatal("the matrix is empty")
	}
	return t
}

// isPlace tells the loss of one zone, region or cluster.
func isPlace(s failover.Scenario) bool {
	switch s.Parts[0].Target {
	case failover.Zone, failover.Region, failover.Cluster:
		return true
	}
	return false
}

func reportTally(b *testing.B, t failover.Tally) {
	perSecond(b, t.Total(), "cells")
	b.ReportMetric(float64(t.Total()), "cells")
	b.ReportMetric(float64(t.Shapes), "shapes")
	b.ReportMetric(float64(t.Survives), "survives")
	b.ReportMetric(float64(t.Degraded), "degraded")
	b.ReportMetric(float64(t.Lost), "lost")
	b.ReportMetric(float64(t.Unknown), "unknown")
}

// BenchmarkGraphRetained is what a warm server keeps: the fleet after loading, and after every
// cell was asked for once. Time is that of loading and asking.
func BenchmarkGraphRetained(b *testing.B) {
	dir := write(b, generate.Matrix(generate.Options{Services: *services, Seed: 1}))
	var loaded, asked uint64
	for b.Loop() {
		before := live()
		f := load(b.Context(), b, dir)
		loaded = live() - before
		m := failover.NewModel(f.Graph)
		count(b, m)
		asked = live() - before
		runtime.KeepAlive(m)
	}
	b.ReportMetric(megabytes(loaded), "loaded-MB")
	b.ReportMetric(megabytes(asked), "asked-MB")
	b.ReportMetric(float64(asked)/float64(*services), "B/service")
}
