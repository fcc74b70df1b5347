package audittest

import (
	"time"

	"github.com/passmuster/muster/drill/plan"
)

// Cell is the id of a cell of the plan that Plan makes.
func Cell(mode string) string {
	return "istio/mesh/shop/pay.shop.svc.cluster.local|80||web|region=eu-west|" + mode
}

// Plan is one for the loss of eu-west, with a recovery within 2 s and a way back within 5 s. It expects that eu-north takes
// over within 1 to 2 s in each fault mode.
func Plan(modes ...string) *plan.Plan {
	p := &plan.Plan{
		APIVersion: plan.APIVersion, Kind: plan.Kind,
		Metadata:   plan.Metadata{ID: "pay-eu-west-loss", Owner: "team-pay", Universe: []string{"shop"}},
		Objective:  "pay survives the loss of eu-west",
		Scenario:   plan.Scenario{Type: "region-loss", Fail: "region=eu-west", FaultModes: modes},
		Objectives: plan.Objectives{RTO: plan.Duration(2 * time.Second), Failback: plan.Duration(5 * time.Second), Latency: plan.Duration(250 * time.Millisecond)},
		Config:     plan.Config{Digest: "sha256:c0ffee"},
		Probes: []plan.Probe{{
			Name: "pay", Service: "istio/mesh/shop/pay.shop.svc.cluster.local", Port: 80, Protocol: "http1", Target: "https://pay.example/echo",
			Rate: 50, Timeout: plan.Duration(time.Second), TLS: &plan.TLS{CA: "ca.pem"},
		}},
		Fault:  plan.Fault{Driver: "nft", Duration: plan.Duration(8 * time.Second), Before: plan.Duration(4 * time.Second), After: plan.Duration(8 * time.Second)},
		Safety: plan.Safety{AbortOn: []plan.Abort{{Metric: "file", Path: "stop"}}}, People: plan.People{Approvers: []string{"team-sre"}},
		Rollback: plan.Rollback{Steps: []string{"restore eu-west"}},
	}
	for _, mode := range modes {
		p.Expect = append(p.Expect, plan.Expectation{
			Cell: Cell(mode), Outcome: "survives", By: "region",
			Before: map[string]float64{"eu-west": 1}, During: map[string]float64{"eu-north": 1}, After: map[string]float64{"eu-west": 1},
			Encryption: "mtls",
			Peers: map[string][]string{
				"eu-west": {"spiffe://eu-west.mesh/ns/shop/sa/pay"}, "eu-north": {"spiffe://eu-north.mesh/ns/shop/sa/"},
			},
			Recovery: &plan.Bound{Lower: plan.Duration(time.Second), Upper: plan.Duration(2 * time.Second), Terms: []plan.Term{
				{Name: "health checks", Lower: plan.Duration(time.Second), Upper: plan.Duration(2 * time.Second), At: "haproxy.yaml:12:3"},
			}},
			Prediction: "sha256:" + mode,
		})
	}
	return p
}
