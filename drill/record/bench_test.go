package record

import (
	"bytes"
	"testing"
)

// BenchmarkLines writes and reads ten thousand samples.
func BenchmarkLines(b *testing.B) {
	const lines = 10_000
	write := func() *bytes.Buffer {
		var out bytes.Buffer
		w, err := NewWriter(&out, header("p1"), SyncNever)
		check(b, err)
		for i := range int64(lines) {
			check(b, w.Sample(sample(i)))
		}
		_, err = w.Close()
		check(b, err)
		return &out
	}
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			write()
		}
		b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
	})
	b.Run("read", func(b *testing.B) {
		text := write().Bytes()
		b.ReportAllocs()
		for b.Loop() {
			_, err := Read(bytes.NewReader(text))
			check(b, err)
		}
		b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		b.ReportMetric(float64(len(text))/lines, "B/line")
	})
}
