package fleet_test

import (
	"context"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
)

// The standby of pay in two needs a ledger that stands in one alone: pay survives the loss of one only where it does not.
func TestConsulStandbyThatNeedsTheLostDatacenter(t *testing.T) {
	ledger := map[string]string{
		"one/ledger.hcl":     registered("ledger", "one", httpCheck, "", "", 2),
		"two/pay.hcl":        registered("pay", "two", httpCheck, "", "ledger", 2),
		"entries/ledger.hcl": "Kind = \"service-resolver\"\nName = \"ledger\"\nRedirect { Service = \"ledger\", Datacenter = \"one\" }\n",
	}
	for _, c := range []struct {
		name string
		more map[string]string
		want failover.Outcome
	}{
		{"no ledger", nil, failover.Survives},
		{"ledger in one", ledger, failover.Lost},
	} {
		f := federation{passive: true, more: c.more}
		g := f.load(t).Graph
		m, err := failover.Compute(context.Background(), g, failover.Options{})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, cell := range m.Cells {
			if cell.ID() == "bank/three/default/pay|8080||three/default@r3|cluster=one|crash" {
				found = true
				if cell.Outcome != c.want {
					t.Errorf("%s: %s (%s), want %s", c.name, cell.Outcome, cell.Reason, c.want)
				}
			}
		}
		if !found {
			t.Errorf("%s: no cell", c.name)
		}
	}
}
