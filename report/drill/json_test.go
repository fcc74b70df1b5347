package drillreport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/plan"
)

const schemaFile = "../../docs/schema/drift-report.schema.json"

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.FromSlash(schemaFile))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return v
}

func asJSON(t *testing.T, r *audit.Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := JSON(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// full is a value in which every member of the contract is there.
func full(t *testing.T, v reflect.Value) {
	t.Helper()
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)))
		return
	case v.Type() == reflect.TypeFor[*plan.Plan]():
		v.Set(reflect.ValueOf(handPlan()))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			full(t, v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		full(t, v.Index(0))
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		x := reflect.New(v.Type().Elem()).Elem()
		full(t, x)
		v.SetMapIndex(reflect.ValueOf("place"), x)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		full(t, v.Elem())
	case reflect.String:
		v.SetString("D01")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	default:
		t.Fatalf("the contract has a %s", v.Kind())
	}
}

// everything is a report that has every member.
func everything(t *testing.T) *audit.Report {
	r := &audit.Report{}
	full(t, reflect.ValueOf(r).Elem())
	r.APIVersion, r.Kind, r.Verdict = audit.APIVersion, audit.Kind, "fail"
	c := &r.Cells[0]
	c.Verdict, c.Static, c.Encryption.Proof, c.Expected.Outcome, c.Observed.Outcome = "fail", "refuted", "proven", "lost", "lost"
	c.Drift[0].Severity, r.Drift[0].Severity = "high", "low"
	return r
}

func TestJSONFollowsItsSchema(t *testing.T) {
	s := schema(t)
	all := fixtures()
	all["everything"], all["empty"] = everything(t), &audit.Report{APIVersion: audit.APIVersion, Kind: audit.Kind, Verdict: "inconclusive"}
	for name, r := range all {
		data := asJSON(t, r)
		if err := s.Validate(decode(t, data)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(data, asJSON(t, r)) {
			t.Errorf("%s: the bytes are not the same twice", name)
		}
		back, err := Parse(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !bytes.Equal(asJSON(t, back), data) {
			t.Errorf("%s: it is another one when it is read back", name)
		}
		if !IsReport(data[:min(len(data), 200)]) {
			t.Errorf("%s: it is not recognised", name)
		}
	}
	golden(t, "fail.json", string(asJSON(t, failing())))
	golden(t, "pass.json", string(asJSON(t, passing())))
	golden(t, "inconclusive.json", string(asJSON(t, undecided())))
	short := hostile()
	short.Reasons, short.Drift[0].Message, short.Cells[1].Reasons, short.Plan.Objective = []string{evil}, evil, []string{evil}, evil
	golden(t, "hostile.json", string(asJSON(t, short)))
}

func TestListsAreNeverNull(t *testing.T) {
	r := &audit.Report{Cells: []audit.Cell{{Drift: []audit.Drift{{}}, Timeline: []audit.Bucket{{}}}}, Sources: []audit.Source{{}}}
	for line := range bytes.Lines(asJSON(t, r)) {
		for _, member := range []string{"reasons", "cells", "drift", "doubts", "faults", "windows", "stages", "timeline", "evidence", "rule_ids", "notes", "shares", "peers", "places", "confirmed", "faults_done"} {
			if bytes.Contains(line, []byte(`"`+member+`":null`)) || bytes.Contains(line, []byte(`"`+member+`": null`)) {
				t.Errorf("%s is null", member)
			}
		}
	}
	if r.Cells[0].Windows != nil {
		t.Error("writing a report changes it")
	}
}

// Schema, types and parser know each name of the contract, and no other.
func TestEveryRenamedMemberIsRefused(t *testing.T) {
	s := schema(t)
	r := everything(t)
	r.Plan = nil
	data := asJSON(t, r)
	names := map[string]bool{}
	collect(decode(t, data), names)
	delete(names, "place") // of maps, and of shares
	if len(names) < 110 {
		t.Fatalf("only %d names", len(names))
	}
	for name := range names {
		for _, other := range []string{name + "X", strings.ToUpper(name)} {
			renamed := bytes.ReplaceAll(data, []byte(`"`+name+`":`), []byte(`"`+other+`":`))
			if s.Validate(decode(t, renamed)) == nil {
				t.Errorf("a report in which %q is called %q is valid", name, other)
			}
			if _, err := Parse(bytes.NewReader(renamed)); err == nil {
				t.Errorf("a report in which %q is called %q is read", name, other)
			}
		}
	}
	// And the schema names nothing that the types do not have.
	text, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	properties(decode(t, text), func(name string) {
		if !names[name] && name != "place" {
			t.Errorf("the schema has %q, and no report has", name)
		}
	})
}

func collect(v any, names map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			names[name] = true
			collect(x, names)
		}
	case []any:
		for _, x := range v {
			collect(x, names)
		}
	}
}

func properties(v any, see func(name string)) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if list, ok := x.(map[string]any); ok && name == "properties" {
				for p := range list {
					see(p)
				}
			}
			properties(x, see)
		}
	case []any:
		for _, x := range v {
			properties(x, see)
		}
	}
}

func TestReportsOfStrangersAreRefused(t *testing.T) {
	good := string(asJSON(t, failing()))
	for name, tc := range map[string]struct{ text, want string }{
		"empty":            {"", "unexpected end"},
		"torn":             {good[:len(good)/2], "unexpected end"},
		"more":             {good + "{}", "after top-level value"},
		"another kind":     {strings.Replace(good, "DriftReport", "DrillPlan", 1), "want passmuster.dev/v1, DriftReport"},
		"unknown member":   {strings.Replace(good, `"tool"`, `"x": 1, "tool"`, 1), `unknown field "x"`},
		"verdict":          {strings.Replace(good, `"verdict": "fail"`, `"verdict": "fine"`, 1), "verdict: want one of"},
		"passes and fails": {strings.Replace(good, `"verdict": "fail"`, `"verdict": "pass"`, 1), "verdict: it is pass, and cell 1 failed"},
		"share":            {strings.Replace(good, `"failing_share":1`, `"failing_share":2`, 1), "is no share"},
		"count":            {strings.Replace(good, `"good":240`, `"good":-1`, 1), "is no count"},
		"huge count":       {strings.Replace(good, `"good":240`, `"good":99999999999999`, 1), "is no count"},
		"interval":         {strings.Replace(good, `{"lower":"7s","upper":"7.04s"}`, `{"lower":"8s","upper":"7.04s"}`, 1), "lower is 8s"},
		"duration":         {strings.Replace(good, `"lower":"7s"`, `"lower":"-7s"`, 1), "is no duration"},
		"class":            {strings.Replace(good, `"class":"D01"`, `"class":"DR101"`, 1), "want D01 to D25"},
		"severity":         {strings.Replace(good, `"severity":"high"`, `"severity":"loud"`, 1), "severity: want one of"},
		"time":             {strings.Replace(good, `"at_ms":35000`, `"at_ms":3e300`, 1), "is no time"},
		"null list":        {strings.Replace(good, `"notes":[]`, `"notes":null`, 1), "want a list"},
		"twice":            {strings.Replace(good, `"run":`, `"Run": "x", "run":`, 1), `member "Run"`},
		"ends early":       {strings.Replace(good, `"ended": "2026-11-20T10:01:05Z"`, `"ended": "2025-11-20T10:01:05Z"`, 1), "ended: it is before began"},
	} {
		if tc.text == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := Parse(strings.NewReader(tc.text)); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	if _, err := Parse(strings.NewReader(strings.Repeat(" ", Limit+1))); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("a long text: %v", err)
	}
}

func TestWhatIsNoNumberIsAnError(t *testing.T) {
	r := passing()
	r.Cells[0].Observed.Before.P50 = math.NaN()
	if err := JSON(&bytes.Buffer{}, r); err == nil {
		t.Error("NaN was written")
	}
}

func FuzzParse(f *testing.F) {
	for _, r := range fixtures() {
		var out bytes.Buffer
		if err := JSON(&out, r); err != nil {
			f.Fatal(err)
		}
		f.Add(out.Bytes())
	}
	f.Add([]byte(`{"apiVersion":"passmuster.dev/v1","kind":"DriftReport"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Parse(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, format := range Formats(Options{}) {
			if err := format.Write(&bytes.Buffer{}, r, terminal); err != nil {
				t.Errorf("%s: %v", format.Name, err)
			}
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, fmt.Errorf("broken pipe") }

func TestEveryFormatSaysThatItCannotWrite(t *testing.T) {
	for _, f := range Formats(Options{}) {
		if f.Write(brokenPipe{}, passing(), terminal) == nil {
			t.Errorf("%s: no error", f.Name)
		}
	}
}

func TestFormatsAreThoseThatAreNamed(t *testing.T) {
	var names []string
	for _, f := range Formats(Options{}) {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, Names) {
		t.Errorf("formats %q, names %q", names, Names)
	}
}

// A format that is given a report twice, or one that was read back, writes the same bytes.
func TestEveryFormatIsStable(t *testing.T) {
	for name, r := range fixtures() {
		before := asJSON(t, r)
		back, err := Parse(bytes.NewReader(before))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range Formats(Options{}) {
			var a, b bytes.Buffer
			if err := f.Write(&a, r, terminal); err != nil {
				t.Fatal(err)
			}
			if err := f.Write(&b, back, terminal); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%s as %s differs once it is read back", name, f.Name)
			}
		}
		if !bytes.Equal(before, asJSON(t, r)) {
			t.Errorf("%s: a format changed the report", name)
		}
	}
}

var _ json.Marshaler = plan.Duration(0)
