package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/mesh"
	"github.com/passmuster/muster/rules"
)

func schema(t *testing.T, part string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join("..", "docs", "schema", "report.schema.json") + part)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return v
}

func asJSON(t *testing.T, r *Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := r.JSON(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestJSONFollowsItsSchema(t *testing.T) {
	s := schema(t, "")
	f := handFleet()
	m := f.compute(t, failover.Options{Services: func(*mesh.Service) bool { return true }, Traces: true})
	predicted := New(Scan{Version: "v1.2.3", Services: f.graph.Services, Matrix: m, Findings: analyzer.Run(f.graph, m, rules.All(), nil),
		Patterns: pattern.New(failover.NewModel(f.graph)).Of})
	empty := New(Scan{Matrix: &failover.Matrix{}})
	for name, r := range map[string]*Report{"by hand": f.report(), "predicted": predicted, "empty": empty} {
		if err := s.Validate(decode(t, asJSON(t, r))); err != nil {
			t.Errorf("%s report: %v", name, err)
		}
	}
}

// TestSchemaRefusesEveryRenamedMember proves that the schema knows each name of the contract.
func TestSchemaRefusesEveryRenamedMember(t *testing.T) {
	s := schema(t, "")
	data := asJSON(t, handFleet().report())
	names := map[string]bool{}
	collect(decode(t, data), names)
	if len(names) < 50 {
		t.Fatalf("only %d names in the report: %v", len(names), names)
	}
	for name := range names {
		renamed := bytes.ReplaceAll(data, []byte(`"`+name+`":`), []byte(`"`+name+`X":`))
		if s.Validate(decode(t, renamed)) == nil {
			t.Errorf("a report in which %q is called %qX is valid", name, name)
		}
	}
}

func collect(v any, names map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, child := range v {
			names[k] = true
			collect(child, names)
		}
	case []any:
		for _, child := range v {
			collect(child, names)
		}
	}
}

func TestJSONGolden(t *testing.T) {
	golden(t, "report.json", string(asJSON(t, handFleet().report())))
}

func TestJSONIsTheSameEveryTime(t *testing.T) {
	first := asJSON(t, handFleet().report())
	for range 5 {
		if !bytes.Equal(asJSON(t, handFleet().report()), first) {
			t.Fatal("equal inputs gave different bytes")
		}
	}
}

func TestJSONCountsWhatItLists(t *testing.T) {
	var got struct {
		Findings []struct{ Level string }
		Matrix   []struct{ Outcome string }
		Summary  struct {
			Error, Warning, Note int
			Cells                map[string]int
		}
	}
	if err := json.Unmarshal(asJSON(t, handFleet().report()), &got); err != nil {
		t.Fatal(err)
	}
	cells := map[string]int{}
	for _, c := range got.Matrix {
		cells[c.Outcome]++
	}
	for outcome, n := range got.Summary.Cells {
		if cells[outcome] != n {
			t.Errorf("summary says %d cells are %s, the matrix has %d", n, outcome, cells[outcome])
		}
	}
	if n := got.Summary.Error + got.Summary.Warning + got.Summary.Note; n != len(got.Findings) || n == 0 {
		t.Errorf("summary counts %d findings, the report lists %d", n, len(got.Findings))
	}
}

func TestUnreadableInputsAreSorted(t *testing.T) {
	r := New(Scan{Matrix: &failover.Matrix{}, Inputs: Inputs{Unreadable: []Unreadable{{"b", 2, 0, "x"}, {"b", 1, 3, "x"}, {"a", 9, 1, "x"}}}})
	want := `"unreadable":[{"file":"a","line":9,"column":1,"message":"x"},{"file":"b","line":1,"column":3,"message":"x"},{"file":"b","line":2,"column":0,"message":"x"}]`
	if got := string(asJSON(t, r)); !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMatrixJSONHasTheCellsOfAReport(t *testing.T) {
	var out bytes.Buffer
	if err := MatrixJSON(&out, "v1.2.3", handFleet().matrix().Cells, nil); err != nil {
		t.Fatal(err)
	}
	top, ok := decode(t, out.Bytes()).(map[string]any)
	if !ok || top["schema"] != MatrixSchema {
		t.Fatalf("schema is %v", top["schema"])
	}
	cells, _ := top["matrix"].([]any)
	cell := schema(t, "#/$defs/cell")
	for _, c := range cells {
		if err := cell.Validate(c); err != nil {
			t.Fatal(err)
		}
	}
	if len(cells) == 0 {
		t.Error("no cells")
	}
}

// A report whose cells end early is no document: nobody may take it for a whole one.
func TestAReportThatIsStoppedHasNoEnd(t *testing.T) {
	stop := errors.New("stopped")
	f := handFleet()
	m := f.matrix()
	r := New(Scan{Matrix: m, Cells: func(yield func(*failover.Cell, error) bool) {
		_ = yield(m.Cells[0], nil) && yield(nil, stop)
	}})
	for name, render := range map[string]func(io.Writer) error{"json": r.JSON, "jsonl": r.JSONL} {
		var out bytes.Buffer
		if err := render(&out); !errors.Is(err, stop) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(out.String(), "summary") {
			t.Errorf("%s has an end: %s", name, out.String())
		}
	}
}
