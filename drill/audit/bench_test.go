package audit_test

import (
	"io"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/audit/audittest"
	"github.com/passmuster/muster/drill/plan"
)

// BenchmarkAudit audits a drill of 1,000 requests a second as it is written: 236,000 of them.
// An hour has 15 times as many.
func BenchmarkAudit(b *testing.B) {
	p := audittest.Plan("hang")
	p.Fault.Duration, p.Fault.Before, p.Fault.After = plan.Duration(200*time.Second), plan.Duration(10*time.Second), plan.Duration(10*time.Second)
	d := &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{"hang": {Failover: 1420 * time.Millisecond, Back: time.Second, Hang: true}}, Every: time.Millisecond}
	var recording []byte
	f, err := d.File("results-p1.ndjson")
	if err != nil {
		b.Fatal(err)
	}
	in, err := f.Open()
	if err != nil {
		b.Fatal(err)
	}
	if recording, err = io.ReadAll(in); err != nil {
		b.Fatal(err)
	}
	f = audittest.File("results-p1.ndjson", recording)
	for b.Loop() {
		r, err := audit.Audit(b.Context(), audit.Input{Plan: p, Files: []audit.File{f}})
		if err != nil || r.Cells[0].Observed.During.Good < 100_000 {
			b.Fatal(err, r.Cells[0].Observed.During)
		}
	}
}
