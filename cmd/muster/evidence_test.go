package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/config"
	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
)

// drilledFleet is a copy of the fleet trio with the report of a drill, of the first day of 2027, on all its cells.
func drilledFleet(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	copyTree(t, "testdata/fleets/trio", root)
	cfg, err := config.Load(filepath.Join(root, "muster.yaml"), root)
	if err != nil {
		t.Fatal(err)
	}
	f, err := fleet.Load(t.Context(), fleet.Options{Config: cfg, Source: source.Options{Root: root}})
	if err != nil {
		t.Fatal(err)
	}
	m, err := failover.Compute(t.Context(), f.Graph, failover.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := audit.Report{APIVersion: audit.APIVersion, Kind: audit.Kind, Run: "r", Verdict: measure.Pass, Ended: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, c := range m.Cells {
		r.Cells = append(r.Cells, audit.Cell{Cell: c.ID(), Verdict: measure.Pass, Static: audit.Confirmed,
			Expected: plan.Expectation{Cell: c.ID(), Prediction: plan.Prediction(c)}})
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(root, "drills"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "drills", "r.json"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

func edit(t *testing.T, path, old, with string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || strings.Count(string(data), old) != 1 {
		t.Fatalf("%s: %v, %q", path, err, old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), old, with, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A drill speaks of today for as long as the prediction is the same, wherever its lines stand; then of another day.
func TestEvidenceFollowsThePrediction(t *testing.T) {
	for _, tc := range []struct {
		name, old, with string
		changed, speaks bool // some cell; the one that the objective promises, of which DR804 speaks
	}{
		{"nothing", "", "", false, false},
		{"lines", "apiVersion: networking.istio.io/v1\nkind: DestinationRule", "# moved\n\n\napiVersion: networking.istio.io/v1\nkind: DestinationRule", false, false},
		{"what does not decide", "maxEjectionPercent: 100", "maxEjectionPercent: 90", false, false},
		{"hangs are noticed later, which nobody promises", "timeout: 2s", "timeout: 10s", true, false},
		{"crashes are noticed later", "consecutive5xxErrors: 5", "consecutive5xxErrors: 50", true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := drilledFleet(t)
			if tc.old != "" {
				edit(t, filepath.Join(root, "all", "cart.yaml"), tc.old, tc.with)
			}
			var out, errs bytes.Buffer
			if code := run([]string{"matrix", root, "--evidence", filepath.Join(root, "drills"), "--as-of", "2027-01-15", "-o", "json"}, strings.NewReader(""), &out, &errs); code != 0 {
				t.Fatalf("exit %d: %s", code, errs.String())
			}
			var matrix struct {
				Matrix []struct {
					Cell     string
					Evidence *struct {
						State, Prediction string
						AgeDays           int
					}
				}
			}
			if err := json.Unmarshal(out.Bytes(), &matrix); err != nil {
				t.Fatal(err)
			}
			current, changed := 0, 0
			for _, c := range matrix.Matrix {
				switch {
				case c.Evidence == nil:
				case c.Evidence.State == "current" && c.Evidence.Prediction == "same" && c.Evidence.AgeDays == 14:
					current++
				case c.Evidence.State == "changed" && c.Evidence.Prediction == "other":
					changed++
				default:
					t.Errorf("%s: %+v", c.Cell, c.Evidence)
				}
			}
			if current+changed == 0 || (changed > 0) != tc.changed || !tc.changed && current != len(matrix.Matrix) {
				t.Errorf("%d of %d cells are current, %d are changed", current, len(matrix.Matrix), changed)
			}
			out.Reset()
			run([]string{"scan", root, "--evidence", filepath.Join(root, "drills"), "--as-of", "2027-01-15"}, strings.NewReader(""), &out, &errs)
			if told := strings.Contains(out.String(), "note DR804"); told != tc.speaks {
				t.Errorf("DR804 speaks: %t\n%s", told, out.String())
			}
			if !strings.Contains(out.String(), "1 of 1 promised cell drilled, oldest 14 days") {
				t.Errorf("%s", out.String())
			}
		})
	}
}
