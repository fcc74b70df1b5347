package analyzer

import (
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

func cell(s *mesh.Service, f failover.Fault, a failover.Answer) *failover.Cell {
	return &failover.Cell{Service: s, Client: &mesh.Client{}, Scenario: failover.One(failover.Region, "us-east-1"), Fault: f, Answer: &a}
}

// Inferred intent: what only a hang shows is a warning at most; the same in an error is an error.
func TestHangsAreWarningsUnderInferredIntent(t *testing.T) {
	s := &mesh.Service{Name: "pay", Intent: mesh.Intent{Evidence: []mesh.Evidence{{What: "failover", Mechanism: true}}}}
	for f, want := range map[failover.Fault]Level{failover.Hang: Warning, failover.Error: Error} {
		m := &failover.Matrix{Cells: []*failover.Cell{cell(s, f, failover.Answer{Outcome: failover.Lost, FailingShare: 1, Causes: []failover.Cause{{Kind: failover.CauseInert}}})}}
		if list := breaches(m); len(list) != 1 || list[0].Level != want {
			t.Errorf("%s: %v, want one %s", f, list, want)
		}
	}
	m := &failover.Matrix{Cells: []*failover.Cell{cell(s, failover.Error, failover.Answer{Outcome: failover.Degraded, FailingShare: 0.5, Causes: []failover.Cause{{Kind: failover.CausePanic}}})}}
	if len(breaches(m)) != 1 {
		t.Error("panic is silent")
	}
}

// Declared objectives: encryption that nobody knows is not proven, and plaintext is an error whether
// or not the cell is known.
func TestDemandedEncryption(t *testing.T) {
	s := &mesh.Service{Name: "pay", Objective: &mesh.Objective{Survive: []string{"region"}, Encryption: "mtls"}}
	m := &failover.Matrix{Cells: []*failover.Cell{cell(s, failover.Crash, failover.Answer{Outcome: failover.Survives,
		Destinations: []failover.Destination{{Cluster: "west", Share: 1, Encryption: "unknown"}}})}}
	if list := breaches(m); len(list) != 1 || !list[0].Unproven {
		t.Errorf("%v, want one that is not proven", list)
	}
	m = &failover.Matrix{Cells: []*failover.Cell{cell(s, failover.Crash, failover.Answer{Outcome: failover.Unknown, Reason: "x", Causes: []failover.Cause{{Kind: failover.CauseExposed}}})}}
	if list := breaches(m); len(list) != 2 || !list[0].Unproven || list[1].Level != Error {
		t.Errorf("%v, want not proven and an error", list)
	}
}

// A named failure is the same in whatever order its parts are written.
func TestNamedFailuresInAnyOrder(t *testing.T) {
	s := &mesh.Service{Name: "pay", Objective: &mesh.Objective{Survive: []string{"region=b+region=a"}}}
	c := cell(s, failover.Crash, failover.Answer{Outcome: failover.Lost, FailingShare: 1})
	c.Scenario, _ = failover.ParseScenario("region=a+region=b")
	if !promised(s, c.Scenario, c.Fault) {
		t.Error("not promised")
	}
}

// What an objective speaks of has to work before any failure: one reason why it does not is told.
func TestWhatIsBrokenTodaySurvivesNothing(t *testing.T) {
	s := &mesh.Service{Name: "pay", Objective: &mesh.Objective{Survive: []string{"region"}}}
	c := cell(s, failover.Crash, failover.Answer{Outcome: failover.Lost, FailingShare: 1,
		Causes: []failover.Cause{{Kind: failover.CauseBrokenBefore}, {Kind: failover.CauseTLSMismatch}, {Kind: failover.CauseRefused}}})
	c.Scenario = failover.None
	list := breaches(&failover.Matrix{Cells: []*failover.Cell{c}})
	if len(list) != 1 || list[0].Cause.Kind != failover.CauseTLSMismatch || list[0].Level != Error {
		t.Errorf("%+v", list)
	}
	if got := message(list[0]); !strings.HasPrefix(got, "Before any failure, 100 % of the requests to pay:") {
		t.Error(got)
	}
	s.Objective = nil
	if list := breaches(&failover.Matrix{Cells: []*failover.Cell{c}}); len(list) != 0 {
		t.Errorf("nobody promised anything: %+v", list)
	}
}
