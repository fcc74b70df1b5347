package rules_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/rules/catalogue"
)

// drillsFile is where the drills of a fixture or a mutation stand in its folder, as a list of catalogue.Drill.
const drillsFile = "drills.yaml"

// drills are what the drills of a folder have shown of a fleet; nil = there is no folder of evidence.
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
	var all []*drilled.Drill
	for i, d := range list {
		all = append(all, drillsOf(t, d, fmt.Sprintf("run-%d", i+1), matrix.Cells)...)
	}
	x := drilled.New("drills", asOf, len(list), all)
	x.Prediction = today
	e, err := analyzer.Gather(t.Context(), m, x)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// today stands in for the digest of what is predicted today.
func today(*failover.Cell) string { return "sha256:" + strings.Repeat("1", 64) }

// drillsOf are what a run says of the cells that an entry names.
func drillsOf(t *testing.T, d catalogue.Drill, run string, cells []*failover.Cell) (list []*drilled.Drill) {
	t.Helper()
	ended, err := time.Parse(time.DateOnly, d.Ended)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(d.Cells), `\*`, ".*") + "$")
	for _, c := range cells {
		if !form.MatchString(c.ID()) {
			continue
		}
		prediction, known := map[string]string{"": today(c), "other": "sha256:" + strings.Repeat("0", 64), "unknown": ""}[d.Prediction]
		if !known {
			t.Fatalf("prediction %q: want other or unknown", d.Prediction)
		}
		list = append(list, &drilled.Drill{Cell: c.ID(), Run: run, Ended: ended, Prediction: prediction, File: "drills/" + run + ".json",
			Verdict: cmp.Or(drilled.Verdict(d.Verdict), drilled.Pass), Static: cmp.Or(drilled.Standing(d.Static), drilled.Confirmed)})
	}
	if len(list) == 0 {
		t.Errorf("%q names no cell; there are such as %s", d.Cells, cells[len(cells)-1].ID())
	}
	return list
}
