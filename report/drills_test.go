package report

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
)

var drillDay = time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC)

// drillsOf are drills of the first failure of a matrix in each state, and of nothing else.
func drillsOf(cells []*failover.Cell) (x *drilled.Index, first *failover.Cell) {
	for _, c := range cells {
		if !c.Scenario.IsNone() {
			first = c
			break
		}
	}
	x = drilled.New("drills", drillDay, 2, []*drilled.Drill{
		{Cell: first.ID(), Run: "one", Verdict: drilled.Pass, Static: drilled.Confirmed, Ended: drillDay.AddDate(0, 0, -30), Prediction: today(first), File: "drills/one.json"},
		{Cell: first.ID(), Run: "two", Verdict: drilled.Pass, Static: drilled.Confirmed, Ended: drillDay.AddDate(0, 0, -3), Prediction: today(first), File: "drills/two.json", Signature: "valid"},
	})
	x.Bound, x.Prediction = func(n int) float64 { return 1 / float64(n+1) }, today
	return x, first
}

// today stands in for the digest of what is predicted today.
func today(*failover.Cell) string { return "sha256:today" }

// A matrix of which nobody knows drills is what it was before there were any.
func TestWithoutEvidenceNothingChanges(t *testing.T) {
	m := handFleet().matrix()
	var text, js bytes.Buffer
	if err := MatrixText(&text, Terminal{}, m.Cells, false, nil); err != nil {
		t.Fatal(err)
	}
	if err := MatrixJSON(&js, "v1", m.Cells, nil); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(text.String(), "drill") || strings.Contains(text.String(), "Drill") || strings.Contains(js.String(), "evidence") {
		t.Errorf("%s\n%s", text.String(), js.String())
	}
}

func TestEvidenceOfACellIsTold(t *testing.T) {
	m := handFleet().matrix()
	x, first := drillsOf(m.Cells)
	var text, js, told, silent bytes.Buffer
	if err := MatrixText(&text, Terminal{Width: 100}, m.Cells, false, x); err != nil {
		t.Fatal(err)
	}
	if want := "1 of "; !strings.Contains(text.String(), want) || !strings.Contains(text.String(), "1 passed") || !strings.Contains(text.String(), "3 days") {
		t.Errorf("%s", text.String())
	}
	if err := MatrixJSON(&js, "v1", m.Cells, x); err != nil {
		t.Fatal(err)
	}
	want := `"evidence":{"state":"current","verdict":"pass","static":"confirmed","prediction":"same","ended":"2027-01-12T00:00:00Z","ageDays":3,"run":"two","file":"drills/two.json","signature":"valid","drills":2,"green":2,"failureUpper95":0.3333}`
	if strings.Count(js.String(), `"evidence"`) != 1 || !strings.Contains(js.String(), want) {
		t.Errorf("%s", js.String())
	}
	if err := Explain(&told, Terminal{Width: 200}, first, x); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 days ago, on 2027-01-12: passed", "the prediction is confirmed", "run two, drills/two.json", "signature: valid", "2 drills passed since the last failure: it fails in at most 33.3 % of cases"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("%q is not in\n%s", want, told.String())
		}
	}
	if err := Explain(&silent, Terminal{}, first, nil); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(silent.String(), "drilled") {
		t.Errorf("%s", silent.String())
	}
}

func TestSummaryOfDrills(t *testing.T) {
	for want, tally := range map[string]analyzer.Tally{
		"0 of 1 promised cell drilled": {Promised: 1},
		"12 of 40 promised cells drilled, oldest 93 days, 3 on another configuration": {Promised: 40, Drilled: 12, OldestDays: 93, Changed: 3},
		"4 of 4 promised cells drilled, oldest 1 day, 1 failed, 1 refuted, 2 too old": {Promised: 4, Drilled: 4, OldestDays: 1, Failed: 1, Refuted: 1, Stale: 2},
	} {
		if got := drillSummaryOf(tally).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
