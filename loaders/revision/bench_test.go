package revision

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// used is the processor time of this process and of the runs of git that ended.
func used(b *testing.B) time.Duration {
	var all time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		all += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return all
}

// BenchmarkOpen writes 10,000 files of 1 kB in 500 folders, as a clone has them: in one pack.
func BenchmarkOpen(b *testing.B) {
	r := newRepo(b)
	for i := range 10_000 {
		name := fmt.Sprintf("clusters/%d/team-%d/service-%d.yaml", i/1000, i/20, i)
		r.write(name, strings.Repeat(fmt.Sprintf("name: service-%d\n", i), 1000/21))
	}
	r.commit()
	r.git("repack", "-q", "-a", "-d")
	temp := b.TempDir()
	b.ResetTimer()
	before := used(b)
	for b.Loop() {
		tree, err := Open(b.Context(), r.dir, "HEAD", Options{Temp: temp})
		if err != nil {
			b.Fatal(err)
		}
		if err := tree.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((used(b)-before).Seconds()/float64(b.N), "cpu-s/op")
}
