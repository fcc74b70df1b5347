package report

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
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

// small is a report that fits a page: one service, one scenario.
func (f *hand) small(t *testing.T) *Report {
	t.Helper()
	s, err := failover.ParseScenario("region=us-west")
	if err != nil {
		t.Fatal(err)
	}
	m := f.matrix(t, failover.Options{
		Scenarios: []failover.Scenario{s}, Faults: []failover.Fault{failover.Crash, failover.Hang},
		Services: func(s *mesh.Service) bool { return s.Name != "mail" },
	})
	return New(Scan{Version: "v1.2.3", Services: f.graph.Services, Matrix: m, Findings: everyShape(f, m)})
}

// everyShape makes findings whose members are filled in all the ways that there are.
func everyShape(f *hand, m *failover.Matrix) []*analyzer.Finding {
	rule := &analyzer.Rule{ID: "DR103", Slug: "failover-inert"}
	deciding := mesh.At(f.rule, "/spec/trafficPolicy/outlierDetection")
	return []*analyzer.Finding{
		{
			Rule: rule, Level: analyzer.Error, Message: "If us-west crashes, half of the requests to catalog fail.", Service: f.graph.Services[0],
			Resource: f.rule.resource, Origin: deciding, Scenario: "region=us-west", Fault: "crash", Cells: []string{m.Cells[0].ID()},
			Related: []mesh.Evidence{
				{What: "the rule is written for another port", Origin: mesh.At(f.rule, "/survive")},
				{What: "nobody wrote the interval", Origin: mesh.Default("Istio 1.31")},
			},
		},
		{Rule: rule, Level: analyzer.Warning, Message: "A rule <b> & \"c\" \x1b[31m is unused.", Origin: mesh.Origin{}},
	}
}

func TestJSONFollowsItsSchema(t *testing.T) {
	s := schema(t, "")
	empty := New(Scan{Matrix: &failover.Matrix{}})
	for name, r := range map[string]*Report{"full": handFleet().report(t), "small": handFleet().small(t), "empty": empty} {
		if err := s.Validate(decode(t, asJSON(t, r))); err != nil {
			t.Errorf("%s report: %v", name, err)
		}
	}
}

// TestSchemaRefusesEveryRenamedMember proves that the schema knows each name of the contract.
func TestSchemaRefusesEveryRenamedMember(t *testing.T) {
	s := schema(t, "")
	data := asJSON(t, handFleet().report(t))
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
	golden(t, "report.json", string(asJSON(t, handFleet().small(t))))
}

func TestJSONIsTheSameEveryTime(t *testing.T) {
	first := asJSON(t, handFleet().report(t))
	for range 5 {
		if !bytes.Equal(asJSON(t, handFleet().report(t)), first) {
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
	if err := json.Unmarshal(asJSON(t, handFleet().report(t)), &got); err != nil {
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
	r := New(Scan{Matrix: &failover.Matrix{}, Inputs: Inputs{Unreadable: []Unreadable{{"b", 2, "x"}, {"b", 1, "x"}, {"a", 9, "x"}}}})
	want := `"unreadable":[{"file":"a","line":9,"message":"x"},{"file":"b","line":1,"message":"x"},{"file":"b","line":2,"message":"x"}]`
	if got := string(asJSON(t, r)); !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestMatrixJSONHasTheCellsOfAReport(t *testing.T) {
	var out bytes.Buffer
	if err := MatrixJSON(&out, "v1.2.3", handFleet().matrix(t, failover.Options{}).Cells); err != nil {
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
