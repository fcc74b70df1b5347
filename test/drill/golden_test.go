package drill

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/demo"
	"github.com/passmuster/muster/drill/record"
)

func TestGoldenPair(t *testing.T) {
	for i, s := range []demo.Settings{{Outlier: true}, {}} {
		name := "detection off"
		if s.Outlier {
			name = "detection on"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := demo.Start(t.Context(), demo.Options{Settings: s, Dir: t.TempDir(), Command: []string{os.Args[0]}, Env: []string{partEnv + "=1"}, Last: 2 + 2*i})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			timing := demo.DefaultTiming()
			modes, why := w.Modes()
			if why != nil {
				t.Log("no partition: ", why)
			}
			p, cells, err := w.Plan(t.Context(), predict, modes, timing)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range cells {
				t.Logf("%s: %s %s %v %v", c.ID(), c.Outcome, c.Reason, c.Recovery, p.Expect[i].Encryption)
			}
			rec, anchor, err := w.Record(p, "golden", "test", timing)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if err := w.Drill(t.Context(), p, timing, rec, anchor, func(s string) { t.Log(time.Since(began).Round(time.Millisecond), s) }); err != nil {
				t.Fatal(err)
			}
			if _, err := rec.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := record.ReadFile(w.RecordFile())
			if err != nil {
				t.Fatal(err)
			}
			list, err := demo.Compare(p, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range list {
				fb := "-"
				if c.Result.Failback != nil {
					fb = c.Result.Failback.String()
				}
				t.Logf("%s: predicted %s, saw %s, %v, recovery %s, outage %s, failback %s, doubts %v", c.Mode, c.Expected.Outcome, c.Observed, c.Answers, c.Result.Recovery, c.Result.Outage, fb, c.Doubts)
				for _, d := range c.Differs {
					t.Error(d)
				}
			}
		})
	}
	_ = context.Background
}
