package bench

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkScan is a whole scan, files to the text report.
func BenchmarkScan(b *testing.B) { benchmarkScan(b, false) }

// BenchmarkScanJSON is a whole scan whose report shows every cell with its trace.
func BenchmarkScanJSON(b *testing.B) { benchmarkScan(b, true) }

func benchmarkScan(b *testing.B, whole bool) {
	var smaller growth
	for _, s := range sizes() {
		b.Run(s.name, func(b *testing.B) {
			dir := onDisk(b, s.resources)
			b.ReportAllocs()
			var last scanned
			var most uint64
			var cpu time.Duration
			for b.Loop() {
				b.StopTimer()
				stop, start := peak(), processor(b)
				b.StartTimer()
				last = scan(b.Context(), b, dir, whole)
				cpu += processor(b) - start
				most = max(most, stop())
			}
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
			perSecond(b, s.resources, "resources")
			b.ReportMetric(float64(len(last.fleet.Graph.Services)), "services")
			b.ReportMetric(float64(last.cells()), "cells")
			b.ReportMetric(float64(len(last.matrix.Cells)), "kept")
			b.ReportMetric(float64(len(last.findings)), "findings")
			b.ReportMetric(megabytes(most), "peak-MB")
			smaller = smaller.report(b, most)
		})
	}
}

// growth is what one size took, for the next size to compare itself with.
type growth struct {
	time time.Duration // of one run
	peak uint64
}

func (g growth) report(b *testing.B, peak uint64) growth {
	now := growth{b.Elapsed() / time.Duration(b.N), peak}
	if g.time > 0 {
		b.ReportMetric(now.time.Seconds()/g.time.Seconds(), "x-time")
		b.ReportMetric(float64(now.peak)/float64(g.peak), "x-peak")
	}
	return now
}

// BenchmarkScanProcess is the same by the built program: wall time from start to exit, and the
// most memory that it had resident.
func BenchmarkScanProcess(b *testing.B) {
	muster := filepath.Join(b.TempDir(), "muster")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", muster, "github.com/passmuster/muster/cmd/muster").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	var smaller growth
	for _, s := range sizes() {
		b.Run(s.name, func(b *testing.B) {
			dir := onDisk(b, s.resources)
			var most uint64
			for b.Loop() {
				most = max(most, run(b, muster, "scan", dir))
			}
			perSecond(b, s.resources, "resources")
			b.ReportMetric(megabytes(most), "peak-MB")
			smaller = smaller.report(b, most)
		})
	}
}

// run runs muster to its end and returns the peak of its resident memory. A scan that found
// something is a good scan.
func run(b *testing.B, muster string, args ...string) uint64 {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), muster, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ctx, ended := context.WithCancel(b.Context())
	most := make(chan uint64)
	go func() { most <- highWater(ctx, cmd.Process.Pid) }()
	err := cmd.Wait()
	ended()
	bytes := <-most
	if exit, ok := errors.AsType[*exec.ExitError](err); err != nil && (!ok || exit.ExitCode() != 1) {
		b.Fatalf("%v\n%s", err, stderr.String())
	}
	return bytes
}

// highWater follows the peak of a process's resident memory until ctx is done. The rusage of a
// child is no use: it starts out with the peak of its parent.
func highWater(ctx context.Context, pid int) (bytes uint64) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
		if _, tail, ok := strings.Cut(string(status), "VmHWM:"); ok && err == nil {
			if kb, err := strconv.ParseUint(strings.Fields(tail)[0], 10, 64); err == nil {
				bytes = kb << 10
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return bytes
		}
	}
}
