// Package bench measures muster on generated fleets.
//
//	go test -run '^$' -bench . ./test/bench                        # a few minutes
//	go test -run '^$' -bench Scan ./test/bench -large              # with 100,000 resources
//	go test -run '^$' -bench Scan/10k ./test/bench -mesh consul    # or linkerd
//	go test -run '^$' -bench Scan/10k ./test/bench -cpuprofile cpu.out -memprofile mem.out
//
// Nothing here fails because it is slow. Growth from one size to the next is printed as the metrics
// x-time and x-peak.
package bench

import (
	"context"
	"flag"
	"io"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/report"
	"github.com/passmuster/muster/rules"
	"github.com/passmuster/muster/test/generate"
)

var (
	large      = flag.Bool("large", false, "benchmark 100,000 resources, and callers by identity, too")
	resources  = flag.Int("resources", 10_000, "resources of the fleet that single stages are measured on")
	services   = flag.Int("services", 10_000, "services of the full matrix")
	kind       = flag.String("mesh", "istio", "the kind of the mesh that is scanned: istio, linkerd or consul")
	namespaces = flag.Int("namespaces", 0, "namespaces of generated fleets (0: one for 500 resources)")
)

// size is a size of fleets to measure.
type size struct {
	name      string
	resources int
}

// sizes are those that were asked for, smallest first.
func sizes() []size {
	list := []size{{"1k", 1000}, {"10k", 10_000}}
	if *large {
		list = append(list, size{"100k", 100_000})
	}
	return list
}

// onDisk writes a mixed fleet and returns its directory.
func onDisk(b *testing.B, n int) string {
	b.Helper()
	of := map[string]func(generate.Options) map[string][]byte{"istio": generate.Fleet, "linkerd": generate.Linkerd, "consul": generate.Consul}[*kind]
	if of == nil {
		b.Fatalf("-mesh %s: want istio, linkerd or consul", *kind)
	}
	return write(b, of(generate.Options{Resources: n, Namespaces: *namespaces, Seed: 1}))
}

func write(b *testing.B, files map[string][]byte) string {
	b.Helper()
	dir := b.TempDir()
	if err := generate.Write(dir, files); err != nil {
		b.Fatal(err)
	}
	return dir
}

// load reads the fleet in a directory. Generated fleets are readable as a whole.
func load(ctx context.Context, b *testing.B, dir string) *fleet.Fleet {
	b.Helper()
	f, err := fleet.Load(ctx, fleet.Options{Config: configOf(b, dir)})
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range f.Inputs.Unreadable {
		b.Fatal(d.Error())
	}
	return f
}

func configOf(b *testing.B, dir string) *config.Config {
	b.Helper()
	c, err := config.Load(filepath.Join(dir, "muster.yaml"), dir)
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// scanned is one scan with everything that came of it.
type scanned struct {
	fleet    *fleet.Fleet
	model    *failover.Model
	matrix   *failover.Matrix
	findings []*analyzer.Finding
}

// scan does what `muster scan` does; whole, what `muster scan -o json` does.
func scan(ctx context.Context, b *testing.B, dir string, whole bool) scanned {
	b.Helper()
	s := scanned{fleet: load(ctx, b, dir)}
	s.model = failover.NewModel(s.fleet.Graph)
	s.matrix = matrix(ctx, b, s.model, whole)
	s.findings = analyzer.Run(s.fleet.Graph, s.matrix, append(rules.All(), policies(ctx, b, s.fleet)...), nil)
	s.report(b, whole)
	return s
}

// policies are what the built-in rules in Rego say.
func policies(ctx context.Context, b *testing.B, f *fleet.Fleet) []*analyzer.Rule {
	b.Helper()
	sources, err := policy.Builtins()
	if err != nil {
		b.Fatal(err)
	}
	set := policy.Compile(sources)
	said, err := set.Evaluate(ctx, policy.Options{Graph: f.Graph, Objects: f.Objects(set.Kinds()), Deadline: time.Minute})
	if err != nil || len(said.NotEvaluated) > 0 {
		b.Fatal(err, said.NotEvaluated)
	}
	return said.Rules
}

// matrix asks for all cells, kept as a text report needs them, or whole as JSON shows them.
func matrix(ctx context.Context, b *testing.B, model *failover.Model, whole bool) *failover.Matrix {
	b.Helper()
	o := failover.Options{Traces: whole}
	if !whole {
		o = analyzer.ForFindings(o)
	}
	m, err := model.Compute(ctx, o)
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// cells is how many were evaluated.
func (s scanned) cells() (n int) {
	for _, sum := range s.matrix.Sums {
		n += sum.Total()
	}
	return n
}

// report writes the report to nowhere.
func (s scanned) report(b *testing.B, whole bool) {
	b.Helper()
	in := s.fleet.Inputs
	r := report.New(report.Scan{
		Version:  "bench",
		Inputs:   report.Inputs{Files: in.Files, Documents: in.Documents, Resources: in.Resources, Ignored: len(in.Ignored)},
		Services: s.fleet.Graph.Services,
		Matrix:   s.matrix,
		Findings: s.findings,
		Patterns: pattern.New(s.model).Of,
	})
	write := func() error { return r.Text(io.Discard, report.Terminal{}, nil) }
	if whole {
		write = func() error { return r.JSON(io.Discard) }
	}
	if err := write(); err != nil {
		b.Fatal(err)
	}
}

// peak watches the heap until stop is called, which returns the most bytes that objects took, dead
// ones included that were not collected yet.
func peak() (stop func() uint64) {
	runtime.GC()
	done, result := make(chan struct{}), make(chan uint64)
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		most := uint64(0)
		for {
			metrics.Read(sample)
			most = max(most, sample[0].Value.Uint64())
			select {
			case <-tick.C:
			case <-done:
				result <- most
				return
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-result
	}
}

// processor is the CPU time that this process has used: on a busy machine it says more than the
// clock does.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// live is what is reachable now, in bytes.
func live() uint64 {
	runtime.GC()
	runtime.GC() // the first one only empties the pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func megabytes(n uint64) float64 { return float64(n) / 1e6 }

// perSecond reports n things a run as a rate.
func perSecond(b *testing.B, n int, of string) {
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), of+"/s")
}
