package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

// written is a report that went through its JSON.
func written(t *testing.T, r *Report, cells bool) *Report {
	t.Helper()
	back, err := Parse(bytes.NewReader(asJSON(t, r)), cells)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestAReportSurvivesItsJSON(t *testing.T) {
	for name, r := range map[string]*Report{"by hand": handFleet().report(), "clean": clean(), "empty": New(Scan{Matrix: &failover.Matrix{}})} {
		back := written(t, r, true)
		if got, want := asJSON(t, back), asJSON(t, r); !bytes.Equal(got, want) {
			t.Errorf("%s: JSON became\n%s\nwant\n%s", name, got, want)
		}
		if got, want := text(t, back, Terminal{}), text(t, r, Terminal{}); got != want {
			t.Errorf("%s: text became\n%s\nwant\n%s", name, got, want)
		}
	}
}

func TestTheMatrixIsKeptOnlyIfAskedFor(t *testing.T) {
	back := written(t, handFleet().report(), false)
	for range back.Cells {
		t.Fatal("a cell was kept")
	}
	if got, want := back.Summary, handFleet().report().Summary; got != want {
		t.Errorf("summary %+v, want %+v", got, want)
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	good := string(asJSON(t, handFleet().report()))
	for _, tc := range []struct{ from, to, want string }{
		{`"schema": "muster.report/v1"`, `"schema": "muster.report/v2"`, `schema: want muster.report/v1, got "muster.report/v2"`},
		{`"schema": "muster.report/v1",`, ``, "schema: there is none"},
		{`"level":"error"`, `"level":"::error"`, `findings: element 0: level: want error, warning or note, got "::error"`},
		{`{"rule":"DR103"`, `{"rule":"<b>"`, `findings: element 0: rule: want an id such as DR103, got "<b>"`},
		{`"outcome":"survives"`, `"outcome":"fine"`, `matrix: element 0: outcome: want survives, degraded, lost or unknown, got "fine"`},
		{`"fault":"hang","outcome"`, `"fault":"fire","outcome"`, "matrix: element 1: "},
		{`"findings": [`, `"findings": {`, "findings: want [, got {"},
		{"\n}\n", "\n", "unexpected EOF"},
		{"\n}\n", "\n}\n{}", "there is more behind the end"},
	} {
		bad := strings.Replace(good, tc.from, tc.to, 1)
		if bad == good {
			t.Fatalf("the report has no %s", tc.from)
		}
		if _, err := Parse(strings.NewReader(bad), true); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %s", tc.to, err, tc.want)
		}
	}
	for _, bad := range []string{"", "[]", "null", "{", "rubbish", `{"schema":`} {
		if _, err := Parse(strings.NewReader(bad), true); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"schema":"muster.report/v1","findings":[],"matrix":[]}`))
	f.Add([]byte(`{"schema":"muster.report/v1","findings":[{"rule":"DR101","level":"note","message":"x","position":{"file":"a","line":-1}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(bytes.NewReader(data), true)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := r.JSON(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(&out, true); err != nil {
			t.Errorf("what was read cannot be read again: %v", err)
		}
	})
}
