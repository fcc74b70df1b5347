package rules_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	drift "github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/evidence"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/rules/catalogue"
)

// drillsFile is where the drills of a fixture or a mutation stand in its folder, as a list of catalogue.Drill.
const drillsFile = "drills.yaml"

// drills are what the drills of a folder have shown of a fleet; nil = there is no folder of evidence. They go the whole way,
// through the drift reports of audits.
func drills(t *testing.T, root string, m *failover.Model) *analyzer.Evidence {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, drillsFile))
	if os.IsNotExist(err) {
		return nil
	} else if err != nil {
		t.Fatal(err)
	}
	var list []catalogue.Drill
	if err := yaml.UnmarshalStrict(text, &list); err != nil {
		t.Fatalf("%s: %v", drillsFile, err)
	}
	matrix, err := m.Compute(t.Context(), failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i, d := range list {
		data, err := json.Marshal(reportOf(t, d, fmt.Sprintf("run-%d", i+1), matrix.Cells))
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, fmt.Sprintf("run-%d.json", i+1)), string(data))
	}
	e, err := evidence.Load(dir, evidence.Options{AsOf: asOf, Shown: "drills"})
	if err != nil || len(e.Problems)+len(e.Notes) > 0 {
		t.Fatal(err, e.Problems, e.Notes)
	}
	x, err := analyzer.Gather(t.Context(), m, e.Index)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// reportOf is the drift report of a drill.
func reportOf(t *testing.T, d catalogue.Drill, run string, cells []*failover.Cell) *drift.Report {
	t.Helper()
	ended, err := time.Parse(time.DateOnly, d.Ended)
	if err != nil {
		t.Fatal(err)
	}
	verdict, static := measure.Verdict(d.Verdict), drift.Standing(d.Static)
	if verdict == "" {
		verdict = measure.Pass
	}
	if static == "" {
		static = drift.Confirmed
	}
	r := &drift.Report{APIVersion: drift.APIVersion, Kind: drift.Kind, Run: run, Ended: ended, Verdict: verdict}
	form := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(d.Cells), `\*`, ".*") + "$")
	for _, c := range cells {
		if !form.MatchString(c.ID()) {
			continue
		}
		e := plan.Expectation{Cell: c.ID(), Outcome: string(c.Outcome)}
		switch d.Prediction {
		case "":
			e.Prediction = plan.Prediction(c)
		case "other":
			e.Prediction = "sha256:" + strings.Repeat("0", 64)
		case "unknown":
		default:
			t.Fatalf("prediction %q: want other or unknown", d.Prediction)
		}
		r.Cells = append(r.Cells, drift.Cell{Cell: c.ID(), Verdict: verdict, Static: static, Expected: e})
	}
	if len(r.Cells) == 0 {
		t.Errorf("%q names no cell; there are such as %s", d.Cells, cells[len(cells)-1].ID())
	}
	return r
}
