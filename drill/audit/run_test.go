package audit_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/audit/audittest"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// text is the recording of a drill.
func text(t *testing.T, d *audittest.Drill) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := d.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// of audits recordings.
func of(t *testing.T, p *plan.Plan, files ...audit.File) *audit.Report {
	t.Helper()
	r, err := audit.Audit(t.Context(), audit.Input{Plan: p, Files: files, Tool: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNothingCountsFromTheLineThatWasChanged(t *testing.T) {
	p := audittest.Plan("hang")
	// Nothing fails over, and somebody makes a success of the last request of the fault.
	recording := text(t, &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{"hang": {Failover: audittest.Never, Hang: true}}})
	at := bytes.LastIndex(recording, []byte(`"ok":false,"err":"timeout"`))
	line := 1 + bytes.Count(recording[:at], []byte("\n"))
	changed := append(append(bytes.Clone(recording[:at]), `"ok":true,"code":200`...), recording[at+len(`"ok":false,"err":"timeout"`):]...)
	r := of(t, p, audittest.File("dir/results-p1.ndjson", changed))
	broken := r.Sources[0].Broken
	if r.Verdict != measure.Inconclusive || !strings.HasPrefix(broken, "dir/results-p1.ndjson: line ") || r.Sources[0].Complete || r.Sources[0].Lines == 0 {
		t.Errorf("%s, %+v", r.Verdict, r.Sources)
	}
	if !strings.Contains(broken, "line "+itoa(line)+":") || r.Reasons[0] == "" || len(r.Doubts) == 0 {
		t.Errorf("%q, want line %d; %q", broken, line, r.Reasons)
	}
	for _, c := range r.Cells {
		if c.Verdict != measure.Inconclusive || c.Static != audit.Untested {
			t.Errorf("%s, prediction %s", c.Verdict, c.Static)
		}
		for _, d := range c.Drift {
			for _, e := range d.Evidence {
				if e.Last >= line {
					t.Errorf("%s rests on line %d", d.Class, e.Last)
				}
			}
		}
	}
	if whole := of(t, p, audittest.File("results-p1.ndjson", recording)); whole.Verdict != measure.Fail {
		t.Errorf("as it was written: %s", whole.Verdict)
	}
}

func itoa(n int) string {
	b, _ := json.Marshal(n)
	return string(b)
}

func TestAKilledProberLeavesWhatItHas(t *testing.T) {
	p := audittest.Plan("crash", "hang")
	d := &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{"crash": good(), "hang": good()}, Cut: 42 * sec}
	f, err := d.File("results-p1.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	r := of(t, p, f)
	if r.Verdict != measure.Inconclusive || r.Sources[0].Complete || len(r.Cells) != 2 {
		t.Fatalf("%s, %+v", r.Verdict, r.Sources)
	}
	if got := r.Cells[0].Observed.During.Good; got < 300 {
		t.Errorf("%d good requests in the fault that was whole", got)
	}
	if !strings.Contains(strings.Join(r.Reasons, "\n"), "ends without a footer") {
		t.Errorf("%q", r.Reasons)
	}
}

func TestRunsThatGoOnAfterAnInterruption(t *testing.T) {
	p := audittest.Plan("hang")
	first := &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{}, Cut: 15900 * ms}
	f, err := first.File("results-p1.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	in, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	begin, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	rec, err := record.Read(bytes.NewReader(begin))
	if err != nil {
		t.Fatal(err)
	}
	second := &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{"hang": good()}, SkipNull: true, Prober: "p1#2", Header: func(h *record.Header) {
		h.Continues, h.WallAnchor = rec.Head, h.WallAnchor.Add(time.Minute)
	}}
	g := audittest.File("results-p1.2.ndjson", text(t, second))
	if r := of(t, p, f, g); r.Verdict != measure.Pass || len(r.Cells) != 1 || r.Cells[0].Prober != "p1#2" {
		t.Errorf("%s: %q", r.Verdict, r.Reasons)
	}
	if _, err := audit.Audit(t.Context(), audit.Input{Plan: p, Files: []audit.File{g}}); err == nil {
		t.Error("it goes on from a recording that is not there")
	}
}

func TestNullRoundsOfEarlierRuns(t *testing.T) {
	p := audittest.Plan("hang")
	p.Safety.NullMaxAge = plan.Duration(24 * time.Hour)
	run := audittest.File("results-p1.ndjson", text(t, &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{"hang": good()}, SkipNull: true}))
	for name, tc := range map[string]struct {
		age  time.Duration
		plan string
		want measure.Verdict
	}{
		"yesterday":       {20 * time.Hour, "", measure.Pass},
		"last week":       {7 * 24 * time.Hour, "", measure.Inconclusive},
		"of another plan": {time.Hour, "sha256:0ther", measure.Inconclusive},
	} {
		null := audittest.File("null-p1.ndjson", text(t, &audittest.Drill{Plan: p, Header: func(h *record.Header) {
			h.Run, h.WallAnchor = "run-0", h.WallAnchor.Add(-tc.age)
			if tc.plan != "" {
				h.PlanDigest = tc.plan
			}
		}}))
		r, err := audit.Audit(t.Context(), audit.Input{Plan: p, Files: []audit.File{run}, Null: []audit.File{null}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != tc.want || len(r.Sources) != 2 {
			t.Errorf("%s: %s, want %s: %q", name, r.Verdict, tc.want, r.Reasons)
		}
	}
}

func TestProbersAreJudgedOneByOne(t *testing.T) {
	p := audittest.Plan("hang")
	write := func(id string, w audittest.World, clock bool) audit.File {
		return audittest.File("results-"+id+".ndjson", text(t, &audittest.Drill{Plan: p, Prober: id, Worlds: map[string]audittest.World{"hang": w},
			Header: func(h *record.Header) {
				if !clock {
					h.Clock = nil
				}
			},
			Event: func(*record.Event) bool { return id == "p1" }}))
	}
	if r := of(t, p, write("p1", good(), true), write("p2", good(), true)); r.Verdict != measure.Pass || len(r.Cells) != 2 {
		t.Errorf("%s: %q", r.Verdict, r.Reasons)
	}
	r := of(t, p, write("p1", good(), true), write("p2", audittest.World{Failover: audittest.Never, Hang: true}, true))
	if got := strings.Join(drifts(r), " "); r.Verdict != measure.Fail || got != "D01 D04" || r.Static.Refuted == nil {
		t.Errorf("%s with %q: %q", r.Verdict, got, r.Reasons)
	}
	r = of(t, p, write("p1", good(), true), write("p2", good(), false))
	if got := strings.Join(drifts(r), " "); r.Verdict != measure.Inconclusive || got != "D22" {
		t.Errorf("%s with %q: %q", r.Verdict, got, r.Reasons)
	}
}

func TestFindingsAreConfirmedOrRefuted(t *testing.T) {
	finding := func(p *plan.Plan) {
		p.Findings = []plan.Finding{{Rule: "DR103", Fingerprint: "f1", Message: "needs outlier detection", At: "dr.yaml:9:5", Cells: []string{audittest.Cell("hang")}}}
	}
	lost := func(p *plan.Plan) {
		finding(p)
		e := &p.Expect[0]
		e.Outcome, e.During, e.Recovery, e.Encryption = "lost", nil, nil, ""
	}
	slow := func(p *plan.Plan) {
		finding(p)
		p.Expect[0].Recovery.Upper = plan.Duration(3 * sec)
	}
	for _, tc := range []struct {
		name   string
		change func(*plan.Plan)
		world  audittest.World
		drill  func(*audittest.Drill)
		want   audit.Standing
	}{
		{"lost as predicted", lost, audittest.World{Failover: audittest.Never, Hang: true}, nil, audit.Confirmed},
		{"lost as predicted, in doubt", lost, audittest.World{Failover: audittest.Never, Hang: true}, func(d *audittest.Drill) { d.SkipNull = true }, audit.Untested},
		{"did well", finding, good(), nil, audit.Refuted},
		{"predicted to be lost, and did well", lost, good(), nil, audit.Refuted},
		{"did well, in doubt", finding, good(), func(d *audittest.Drill) { d.SkipNull = true }, audit.Untested},
		{"too slow as predicted", slow, audittest.World{Failover: 2500 * ms, Hang: true}, nil, audit.Confirmed},
		{"failed in another way", finding, audittest.World{Failover: audittest.Never, Hang: true}, nil, audit.Untested},
	} {
		p := audittest.Plan("hang")
		tc.change(p)
		d := &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{"hang": tc.world}}
		if tc.drill != nil {
			tc.drill(d)
		}
		r := audited(t, d, nil)
		got := audit.Standing("nowhere")
		for standing, all := range map[audit.Standing][]audit.Statement{audit.Confirmed: r.Static.Confirmed, audit.Refuted: r.Static.Refuted, audit.Untested: r.Static.Untested} {
			for _, s := range all {
				if s.Rule == "DR103" {
					got = standing
				}
			}
		}
		if got != tc.want {
			t.Errorf("%s: %s, want %s (%+v)", tc.name, got, tc.want, r.Static)
		}
		for _, x := range allDrift(r) {
			if x.Class == "D01" && (len(x.Rules) != 1 || x.Rules[0] != "DR103" || x.At == "") {
				t.Errorf("%s: %+v names no rule", tc.name, x)
			}
		}
	}
}

func TestEqualInputsGiveEqualBytes(t *testing.T) {
	p := audittest.Plan("crash", "hang")
	p.Expect[0].During = map[string]float64{"eu-north": 0.5, "eu-south": 0.3, "us-east": 0.2}
	d := &audittest.Drill{Plan: p, Worlds: map[string]audittest.World{"crash": good(), "hang": {Failover: audittest.Never}}}
	report := audited(t, d, nil)
	first, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	report.Plan = nil
	bare, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, may := range []string{`"upper":null`, `"to_ms":null`, `"remove":null`, `"plan":null`} {
		bare = bytes.ReplaceAll(bare, []byte(may), nil)
	}
	if i := bytes.Index(bare, []byte(":null")); i >= 0 {
		t.Errorf("a list is null: %s", bare[max(0, i-40):i+5])
	}
	for range 5 {
		if again, _ := json.Marshal(audited(t, d, nil)); !bytes.Equal(first, again) {
			t.Fatal("another report of the same drill")
		}
	}
}

func TestEarlierReportsCount(t *testing.T) {
	d := &audittest.Drill{Plan: audittest.Plan("hang"), Worlds: map[string]audittest.World{"hang": good()}}
	one := audited(t, d, nil)
	if s := one.Statistics; s.Drills != 1 || s.Failures != 0 || s.FailureUpper95 != 0.95 {
		t.Errorf("%+v", s)
	}
	earlier := *one
	earlier.Run = "run-0"
	other := earlier
	other.Plan = &plan.Plan{Metadata: plan.Metadata{ID: "another"}}
	three := audited(t, d, func(in *audit.Input) { in.Previous = []*audit.Report{&earlier, one, &other} })
	if s := three.Statistics; s.Drills != 2 || s.FailureUpper95 < 0.776 || s.FailureUpper95 > 0.777 {
		t.Errorf("%+v", s)
	}
}
