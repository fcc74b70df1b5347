package report

import (
	"bytes"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

func TestMatrixGolden(t *testing.T) {
	var out bytes.Buffer
	if err := MatrixText(&out, Terminal{}, handFleet().matrix().Cells, true, nil); err != nil {
		t.Fatal(err)
	}
	golden(t, "matrix.txt", out.String())
}

func TestExplainGolden(t *testing.T) {
	var out bytes.Buffer
	seen := map[failover.Outcome]bool{}
	for _, c := range handFleet().matrix().Cells {
		if !seen[c.Outcome] {
			seen[c.Outcome] = true
			if err := Explain(&out, Terminal{}, c, nil); err != nil {
				t.Fatal(err)
			}
			out.WriteByte('\n')
		}
	}
	golden(t, "explain.txt", out.String())
}

func TestWideMatricesAreSplit(t *testing.T) {
	f := handFleet()
	m := &failover.Matrix{}
	for _, r := range []string{"eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "us-east-1", "us-west-2", "us-west-3"} {
		for _, fault := range failover.Faults {
			m.Cells = append(m.Cells, f.cell(f.graph.Services[0], 8080, failover.One(failover.Region, r), fault, failover.Lost))
			for _, z := range []string{"a", "b"} {
				m.Cells = append(m.Cells, f.cell(f.graph.Services[0], 8080, failover.One(failover.Zone, r+"/"+r+z), fault, failover.Lost))
			}
		}
	}
	var out bytes.Buffer
	if err := MatrixText(&out, Terminal{}, m.Cells, false, nil); err != nil {
		t.Fatal(err)
	}
	golden(t, "matrix-wide.txt", out.String())
}

func TestMatrixWithoutCellsSaysWhatThatMayMean(t *testing.T) {
	var out bytes.Buffer
	if err := MatrixText(&out, Terminal{}, nil, false, nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out.Bytes(), []byte("--all-services")) {
		t.Errorf("got %q", out.String())
	}
}
