package fleet_test

import (
	"context"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Pods that nothing spreads may all stand in the zone that fails, or none of them: that is unknown in every version of
// Istio, whether endpoints that are not ready leave the list (before 1.31) or stay in it.
func TestPodsOfUnknownZonesAreUnknownInEveryVersion(t *testing.T) {
	for _, version := range []string{"1.29", "1.30", "1.31"} {
		for _, replicas := range []int{1, 3} {
			archive := strings.Replace(releaseShop, `"1.31"`, `"`+version+`"`, 1)
			archive = strings.Replace(archive, "zones: [a]", "zones: [a, b]", 1)
			f := loaded(t, unpack(t, archive+strings.TrimPrefix(pods("cart", "v1", replicas, ""), "---\n")))
			cart := serviceOf(t, f, "cart")
			m, err := failover.Compute(context.Background(), f.Graph, failover.Options{
				Services:  func(s *mesh.Service) bool { return s == cart },
				Scenarios: []failover.Scenario{failover.One(failover.Zone, "us-east-1/a")},
			})
			if err != nil || len(m.Cells) == 0 {
				t.Fatalf("%d cells, %v", len(m.Cells), err)
			}
			for _, c := range m.Cells {
				if c.Outcome != failover.Unknown || c.FailingShare > 0 || len(c.Causes) > 0 {
					t.Errorf("Istio %s, %d pods, %s: %s with share %.2f (%s), want unknown", version, replicas, c.Fault, c.Outcome, c.FailingShare, c.Reason)
				}
			}
		}
	}
}
