package report

import (
	"bytes"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

func TestMatrixGolden(t *testing.T) {
	m := handFleet().matrix(t, failover.Options{Services: func(*mesh.Service) bool { return true }})
	var out bytes.Buffer
	if err := MatrixText(&out, Terminal{}, m.Cells, false); err != nil {
		t.Fatal(err)
	}
	golden(t, "matrix.txt", out.String())
	out.Reset()
	for _, c := range m.Cells {
		if c.Scenario.String() == "region=us-west" && c.Fault == failover.Crash && c.Client.Cluster == "east" && c.Service.Name != "mail" && c.Port == 8080 {
			if err := Explain(&out, Terminal{}, c); err != nil {
				t.Fatal(err)
			}
			out.WriteByte('\n')
		}
	}
	golden(t, "explain.txt", out.String())
}
