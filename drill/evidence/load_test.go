package evidence

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
)

const (
	crash = "m/k/ns/s|80||web|region=eu|crash"
	hang  = "m/k/ns/s|80||web|region=eu|hang"
)

var (
	asOf   = time.Date(2027, 1, 15, 0, 0, 0, 0, time.UTC)
	digest = "sha256:" + strings.Repeat("a", 64)
)

// cellOf is what one source saw of a cell.
func cellOf(id string, v measure.Verdict, s audit.Standing) audit.Cell {
	return audit.Cell{Cell: id, Verdict: v, Static: s, Expected: plan.Expectation{Cell: id, Prediction: digest}}
}

// reportOf is a drift report as an audit writes it.
func reportOf(run string, daysAgo int, v measure.Verdict, cells ...audit.Cell) *audit.Report {
	return &audit.Report{APIVersion: audit.APIVersion, Kind: audit.Kind, Run: run, ConfigDigest: "sha256:c", Verdict: v, Cells: cells,
		Ended: asOf.Add(-time.Duration(daysAgo) * 24 * time.Hour)}
}

func write(t *testing.T, dir, name string, v any) {
	t.Helper()
	data, is := v.(string)
	if !is {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		data = string(text)
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, dir string) *Evidence {
	t.Helper()
	e, err := Load(dir, Options{AsOf: asOf, Shown: "drills"})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// told are problems and notes as text.
func told(e *Evidence) []string {
	list := slices.Clone(e.Notes)
	for _, p := range e.Problems {
		list = append(list, p.Error())
	}
	return list
}

func TestReportsBecomeDrillsByCell(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "old.json", reportOf("one", 100, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed)))
	write(t, dir, "2027/new.json", reportOf("two", 10, measure.Fail, cellOf(crash, measure.Fail, audit.Refuted), cellOf(hang, measure.Pass, audit.Confirmed)))
	write(t, dir, "results.ndjson", "not of interest")
	write(t, dir, ".git/x.json", "{")
	e := load(t, dir)
	if len(told(e)) > 0 || e.Index.Reports != 2 || e.Index.Cells() != 2 {
		t.Fatalf("%v, %d reports, %d cells", told(e), e.Index.Reports, e.Index.Cells())
	}
	list := e.Index.Drills(crash)
	want := drilled.Drill{Cell: crash, Run: "two", Verdict: drilled.Fail, Static: drilled.Refuted, Ended: asOf.Add(-240 * time.Hour),
		Prediction: digest, Config: "sha256:c", File: "drills/2027/new.json"}
	if len(list) != 2 || !reflect.DeepEqual(*list[0], want) || list[1].Run != "one" {
		t.Errorf("%+v", list)
	}
	if n := e.Index.Bound(10); n < 0.25 || n > 0.27 {
		t.Errorf("10 green drills leave %g", n)
	}
}

func TestSourcesOfOneRunAreOneDrill(t *testing.T) {
	blocking := reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed))
	blocking.Drift = []audit.Drift{{Class: "D03", Blocks: true}}
	doubted := reportOf("r", 1, measure.Inconclusive, cellOf(crash, measure.Pass, audit.Confirmed))
	doubted.Doubts = []audit.Doubt{{Kind: "footer", Text: "the file has no end"}}
	for _, tc := range []struct {
		name    string
		reports []*audit.Report
		verdict drilled.Verdict
		static  drilled.Standing
	}{
		{"both pass", []*audit.Report{reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed), cellOf(crash, measure.Pass, audit.Untested))}, drilled.Pass, drilled.Confirmed},
		{"one saw too little, and the run passed", []*audit.Report{reportOf("r", 1, measure.Pass, cellOf(crash, measure.Inconclusive, audit.Untested), cellOf(crash, measure.Pass, audit.Confirmed))}, drilled.Pass, drilled.Confirmed},
		{"one saw too little, and the run did not pass", []*audit.Report{reportOf("r", 1, measure.Inconclusive, cellOf(crash, measure.Inconclusive, audit.Untested), cellOf(crash, measure.Pass, audit.Confirmed))}, drilled.Inconclusive, drilled.Confirmed},
		{"one saw a failure", []*audit.Report{reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed), cellOf(crash, measure.Fail, audit.Refuted))}, drilled.Fail, drilled.Refuted},
		{"the run is in doubt", []*audit.Report{doubted}, drilled.Inconclusive, drilled.Confirmed},
		{"something blocks the verdict", []*audit.Report{blocking}, drilled.Inconclusive, drilled.Confirmed},
		{"the run failed, and no cell did", []*audit.Report{reportOf("r", 1, measure.Fail, cellOf(crash, measure.Pass, audit.Confirmed))}, drilled.Fail, drilled.Confirmed},
		{"another cell failed", []*audit.Report{reportOf("r", 1, measure.Fail, cellOf(crash, measure.Pass, audit.Confirmed), cellOf(hang, measure.Fail, audit.Confirmed))}, drilled.Pass, drilled.Confirmed},
		{"a copy of a report", []*audit.Report{reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed)), reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed))}, drilled.Pass, drilled.Confirmed},
		{"an audit of more sources", []*audit.Report{reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed)), reportOf("r", 1, measure.Fail, cellOf(crash, measure.Fail, audit.Refuted))}, drilled.Fail, drilled.Refuted},
	} {
		dir := t.TempDir()
		for i, r := range tc.reports {
			write(t, dir, string(rune('a'+i))+".json", r)
		}
		e := load(t, dir)
		list := e.Index.Drills(crash)
		if len(told(e)) > 0 || len(list) != 1 || list[0].Verdict != tc.verdict || list[0].Static != tc.static {
			t.Errorf("%s: %v %+v; want %s, %s", tc.name, told(e), list, tc.verdict, tc.static)
		}
	}
}

func TestWhatIsWrongIsToldAtItsLine(t *testing.T) {
	good := reportOf("good", 1, measure.Pass, cellOf(hang, measure.Pass, audit.Confirmed))
	text := func(change func(*audit.Report)) string {
		r := reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed))
		change(r)
		data, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	whole := text(func(*audit.Report) {})
	const missing = "; what this report says of drills is missing"
	for _, tc := range []struct{ name, text, want string }{
		{"another kind", `{"kind": "DrillPlan"}`, "drills/x.json is no drift report, and is left out"},
		{"a kind that is no text", `{"kind": ["DriftReport"]}`, "drills/x.json is no drift report, and is left out"},
		{"no kind", "{}", "drills/x.json is no drift report, and is left out"},
		{"from the future", text(func(r *audit.Report) { r.Ended = asOf.Add(25 * time.Hour) }), "drills/x.json tells of a drill that ended after the day of the audit, and is left out"},
		{"a list", "[]", "drills/x.json:1: this is not the JSON of a report: want an object" + missing},
		{"empty", "", "drills/x.json:1: it ends too early" + missing},
		{"cut off", whole[:len(whole)/2], "it ends too early" + missing},
		{"more behind", whole + "\n{}", "there is more behind the end of the report" + missing},
		{"no JSON", "{\n\"kind\": nope}", "drills/x.json:2: this is not the JSON of a report: invalid character"},
		{"another version", text(func(r *audit.Report) { r.APIVersion = "passmuster.dev/v9" }), `drills/x.json:2: apiVersion: want passmuster.dev/v1, got "passmuster.dev/v9"` + missing},
		{"a kind twice", strings.Replace(whole, `"run"`, `"kind": "DriftReport", "run"`, 1), `drills/x.json:5: "kind" is there twice` + missing},
		{"no run", text(func(r *audit.Report) { r.Run = "" }), "run: there is none" + missing},
		{"no end", text(func(r *audit.Report) { r.Ended = time.Time{} }), "ended: there is no time" + missing},
		{"an end that is no time", strings.Replace(whole, `"2027-01-14T00:00:00Z"`, `"yesterday"`, 1), "ended: "},
		{"a verdict of its own", text(func(r *audit.Report) { r.Verdict = "great" }), `verdict: want pass, fail or inconclusive, got "great"` + missing},
		{"a verdict that is a number", strings.Replace(whole, `"verdict": "pass"`, `"verdict": 1`, 1), "verdict: number does not belong there" + missing},
		{"a cell's verdict", text(func(r *audit.Report) { r.Cells[0].Verdict = "" }), `verdict: want pass, fail or inconclusive, got ""` + missing},
		{"a cell's standing", text(func(r *audit.Report) { r.Cells[0].Static = "maybe" }), `static: want confirmed, refuted or untested, got "maybe"` + missing},
		{"a digest", text(func(r *audit.Report) { r.Cells[0].Expected.Prediction = "sha256:\x1b[2J" }), "expected.prediction: want a digest as sha256:…"},
		{"no id", text(func(r *audit.Report) { r.Cells[0].Cell = "web" }), `"web" is no cell`},
		{"a cell that is none", strings.Replace(whole, `"cells": [`, `"cells": [7, `, 1), "a cell: number does not belong there" + missing},
		{"cells that are no list", `{"apiVersion": "passmuster.dev/v1", "kind": "DriftReport", "run": "r", "ended": "2027-01-01T00:00:00Z", "verdict": "pass", "cells": {}}`, "drills/x.json:1: cells: want a list" + missing},
		{"no cells", `{"apiVersion": "passmuster.dev/v1", "kind": "DriftReport", "run": "r", "ended": "2027-01-01T00:00:00Z", "verdict": "pass"}`, "drills/x.json:1: cells is missing" + missing},
		{"deep", `{"kind": "DriftReport", "x": ` + strings.Repeat("[", 20_000), "exceeded max depth"},
	} {
		dir := t.TempDir()
		write(t, dir, "a.json", good)
		write(t, dir, "x.json", tc.text)
		e := load(t, dir)
		if list := told(e); len(list) != 1 || !strings.Contains(list[0], tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, list, tc.want)
		}
		if len(e.Index.Drills(hang)) != 1 || len(e.Index.Drills(crash)) != 0 {
			t.Errorf("%s: the other report counts %d times, this one %d times", tc.name, len(e.Index.Drills(hang)), len(e.Index.Drills(crash)))
		}
	}
}

func TestTheLineOfACellIsItsOwn(t *testing.T) {
	text := "{\"apiVersion\": \"passmuster.dev/v1\", \"kind\": \"DriftReport\", \"run\": \"r\",\n\"ended\": \"2027-01-01T00:00:00Z\", \"verdict\": \"pass\",\n\"cells\": [\n" +
		"{\"cell\": \"" + crash + "\", \"verdict\": \"pass\", \"static\": \"untested\"},\n{\"cell\": \"x\"}\n]}"
	dir := t.TempDir()
	write(t, dir, "x.json", text)
	if list := told(load(t, dir)); len(list) != 1 || !strings.HasPrefix(list[0], "drills/x.json:5: \"x\" is no cell") {
		t.Errorf("%q", list)
	}
}

func TestMembersOfLaterVersionsAreNoProblem(t *testing.T) {
	data, err := json.Marshal(reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed)))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write(t, dir, "x.json", strings.Replace(string(data), `"run"`, `"weather": {"rain": [1]}, "run"`, 1))
	if e := load(t, dir); len(told(e)) > 0 || len(e.Index.Drills(crash)) != 1 {
		t.Errorf("%v", told(e))
	}
}

func TestNoLinkLeadsOutOfTheFolder(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "evidence")
	write(t, top, "secret.json", reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed)))
	write(t, dir, "a.json", reportOf("s", 1, measure.Pass, cellOf(hang, measure.Pass, audit.Confirmed)))
	for name, to := range map[string]string{"out.json": "../secret.json", "abs.json": filepath.Join(top, "secret.json"), "in.json": "a.json", "folder": ".."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	e := load(t, dir)
	if len(e.Index.Drills(crash)) != 0 || len(e.Index.Drills(hang)) != 1 {
		t.Errorf("a report outside is read, or one inside is not: %v", told(e))
	}
	if list := told(e); len(list) != 2 || !strings.HasPrefix(list[0], "drills/abs.json: it cannot be read") || !strings.HasPrefix(list[1], "drills/out.json: it cannot be read") {
		t.Errorf("%q", list)
	}
	if _, err := Load(filepath.Join(top, "nowhere"), Options{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := Load(filepath.Join(top, "secret.json"), Options{}); err == nil {
		t.Error("a file is taken for a folder")
	}
}

func TestSignaturesAreLookedAtWithAKeyOnly(t *testing.T) {
	dir := t.TempDir()
	for i, run := range []string{"a", "b", "c"} {
		write(t, dir, run+".json", reportOf(run, i+1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed)))
	}
	envelope := `{"payloadType": "application/vnd.in-toto+json", "payload": "", "signatures": []}`
	write(t, dir, "a.dsse.json", envelope)
	write(t, dir, "b.json.dsse", "forged")
	if e := load(t, dir); len(told(e)) > 0 || e.Index.Drills(crash)[0].Signature != "" {
		t.Errorf("without a key: %v, %+v", told(e), e.Index.Drills(crash)[0])
	}
	e, err := Load(dir, Options{AsOf: asOf, Verify: func(_, got []byte) error {
		if string(got) != envelope {
			return errors.New("no key signed it")
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range e.Index.Drills(crash) {
		got = append(got, d.Run+" "+d.Signature)
	}
	if want := []string{"a valid", "b no key signed it", "c missing"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func FuzzParse(f *testing.F) {
	data, err := json.Marshal(reportOf("r", 1, measure.Pass, cellOf(crash, measure.Pass, audit.Confirmed), cellOf(hang, measure.Fail, audit.Refuted)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"kind": "DriftReport", "cells": [null]}`))
	f.Add([]byte("{\"kind\":\n\"x\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parse(data)
		if err != nil {
			wrong, is := errors.AsType[*lineError](err)
			if !is || wrong.line < 1 || wrong.line > 1+strings.Count(string(data), "\n") {
				t.Fatalf("%v", err)
			}
			return
		}
		for id := range r.byCell() {
			if _, err := plan.ParseCell(id); err != nil {
				t.Fatal(err)
			}
		}
	})
}
