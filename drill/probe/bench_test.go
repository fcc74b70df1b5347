//go:build unix

package probe

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// BenchmarkThousandPerSecond asks a server in the same process 1,000 times a second and records the answers.
// cpu-ms/s counts both sides; rss-MB is the resident set of all. load is the load average at the end, where /proc tells: what the
// rest of the machine does decides most of the lateness where others cannot be made to wait.
func BenchmarkThousandPerSecond(b *testing.B) {
	undo, how := Hurry()
	defer undo()
	b.Log("others wait:", how)
	m := newMesh(b)
	for name, to := range map[string]Target{
		"http1":      at(HTTP1, serve(b, nil), nil),
		"http1/kept": kept(at(HTTP1, serve(b, nil), nil)),
		"h2c/kept":   kept(at(HTTP2, serve(b, nil), nil)),
		"mTLS/kept":  kept(at(HTTP1, serve(b, m.server), &m.client)),
		"grpc/kept":  kept(at(GRPCHealth, serveGRPC(b, nil), nil)),
		"tcp":        at(TCP, serve(b, nil), nil),
	} {
		b.Run(name, func(b *testing.B) {
			const perRun = 2000 // two seconds
			to.Every, to.Timeout = time.Millisecond, time.Second
			var late []time.Duration
			dropped, bad := 0, 0
			before := processor(b)
			runs := 0
			for b.Loop() {
				runs++
				path := filepath.Join(b.TempDir(), strconv.Itoa(runs))
				anchor := time.Now()
				w, err := record.Create(path, record.Header{Run: "r", Prober: record.Prober{ID: "p", Mode: record.Open}, WallAnchor: anchor}, record.SyncFlushed)
				must(b, err)
				must(b, Run(b.Context(), []Target{to}, w, Options{Ticks: perRun, Anchor: anchor}))
				_, err = w.Close()
				must(b, err)
				r, err := record.ReadFile(path)
				must(b, err)
				for _, s := range r.Samples {
					late = append(late, s.Late.Duration())
					if !s.OK {
						bad++
					}
				}
				dropped += int(r.Footer.Dropped)
			}
			spent := processor(b) - before
			slices.SortFunc(late, func(x, y time.Duration) int { return cmp.Compare(x, y) })
			b.ReportMetric(float64(late[len(late)/2].Microseconds()), "late-p50-us")
			b.ReportMetric(float64(late[len(late)*99/100].Microseconds()), "late-p99-us")
			b.ReportMetric(float64(late[len(late)-1].Microseconds()), "late-max-us")
			b.ReportMetric(float64(dropped), "dropped")
			b.ReportMetric(float64(bad), "bad")
			b.ReportMetric(float64(len(late))/b.Elapsed().Seconds(), "requests/s")
			b.ReportMetric(float64(spent.Milliseconds())/b.Elapsed().Seconds(), "cpu-ms/s")
			b.ReportMetric(resident(b), "rss-MB")
			b.ReportMetric(load(b), "load")
		})
	}
}

func kept(t Target) Target {
	t.Keep = true
	return t
}

// load is how many threads ran or waited for a processor, on average of the last minute, where /proc tells.
func load(b *testing.B) float64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	text, err := os.ReadFile("/proc/loadavg")
	must(b, err)
	n, err := strconv.ParseFloat(string(bytes.Fields(text)[0]), 64)
	must(b, err)
	return n
}

// processor is the CPU time of this process.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is the memory of this process in MB, where /proc tells.
func resident(b *testing.B) float64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	status, err := os.ReadFile("/proc/self/statm")
	must(b, err)
	pages, err := strconv.Atoi(string(bytes.Fields(status)[1]))
	must(b, err)
	return float64(pages*os.Getpagesize()) / 1e6
}
