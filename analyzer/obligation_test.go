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
	if got := message(list[0]); !strings.HasPrefix(got, "Before any failure, 100 % of the requests to pay fail") {
		t.Error(got)
	}
	s.Objective = nil
	if list := breaches(&failover.Matrix{Cells: []*failover.Cell{c}}); len(list) != 0 {
		t.Errorf("nobody promised anything: %+v", list)
	}
}

// Bad releases: who asks for them gets errors, whoever only writes weights gets warnings, and what a
// rollout still mends is an error where the pattern is declared.
func TestPromisesAboutReleases(t *testing.T) {
	lost := func(kind failover.CauseKind) failover.Answer {
		return failover.Answer{Outcome: failover.Lost, FailingShare: 1, Causes: []failover.Cause{{Kind: kind}}}
	}
	mended := func(kind failover.CauseKind) failover.Answer {
		return failover.Answer{Outcome: failover.Survives, Causes: []failover.Cause{{Kind: kind}}}
	}
	const release = "release=shop/shop/shop/pay.shop.svc.cluster.local@v2"
	usual := []string{"crash", "hang", "partition"}
	for _, test := range []struct {
		name      string
		objective *mesh.Objective
		fault     failover.Fault
		answer    failover.Answer
		want      Level // "" = silence
	}{
		{"nobody promises, weights are written", nil, failover.Error, lost(failover.CauseNoRevision), Warning},
		{"what the mesh does alone promises nothing", nil, failover.Error, lost(failover.CauseNoDetection), ""},
		{"the other colour is missing", nil, failover.Crash, mended(failover.CauseSingleColour), Warning},
		{"an objective of another failure", &mesh.Objective{Survive: []string{"region"}}, failover.Crash, lost(failover.CauseNoRevision), Warning},
		{"releases are listed", &mesh.Objective{Survive: []string{"release"}, Faults: []string{"error"}}, failover.Error, lost(failover.CauseNoRevision), Error},
		{"this one is listed", &mesh.Objective{Survive: []string{release}}, failover.Error, lost(failover.CauseNoRevision), Error},
		{"the usual faults, and errors", &mesh.Objective{Survive: []string{"release"}, Faults: usual, UsualFaults: true}, failover.Error, lost(failover.CauseNoRevision), Error},
		{"other faults are listed", &mesh.Objective{Survive: []string{"release"}, Faults: usual}, failover.Error, lost(failover.CauseNoRevision), Warning},
		{"releases are listed, a rollout mends it", &mesh.Objective{Survive: []string{"release"}}, failover.Crash, mended(failover.CauseSingleColour), Warning},
		{"the pattern is declared", &mesh.Objective{Survive: []string{"region"}, Pattern: mesh.BlueGreen}, failover.Crash, mended(failover.CauseSingleColour), Error},
		{"another pattern is declared", &mesh.Objective{Survive: []string{"region"}, Pattern: mesh.ActiveActive}, failover.Crash, mended(failover.CauseSingleColour), Warning},
		{"capacity is a warning", &mesh.Objective{Survive: []string{"release"}}, failover.Crash, failover.Answer{Outcome: failover.Degraded, Causes: []failover.Cause{{Kind: failover.CauseShortOf}}}, Warning},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := cell(&mesh.Service{Name: "pay", Objective: test.objective}, test.fault, test.answer)
			c.Scenario, _ = failover.ParseScenario(release)
			list := breaches(&failover.Matrix{Cells: []*failover.Cell{c}})
			got := Level("")
			if len(list) > 0 {
				got = list[0].Level
			}
			if len(list) > 1 || got != test.want {
				t.Errorf("%+v, want %q", list, test.want)
			}
		})
	}
}

func TestMessagesAboutReleases(t *testing.T) {
	for kind, want := range map[failover.CauseKind]string{
		failover.CauseShortOf:      "If version v2 of pay.shop.svc.cluster.local answers errors, what requests to pay:80 go back to may not carry the load: x.",
		failover.CauseSingleColour: "If version v2 of pay.shop.svc.cluster.local answers errors, pay has no other colour to go back to: x.",
		failover.CauseCanaryAlone:  "If version v2 of pay.shop.svc.cluster.local answers errors, no stable version of pay is there to go back to: x.",
		failover.CauseNoRevision:   "If version v2 of pay.shop.svc.cluster.local answers errors, every request to pay:80 fails until someone acts: x.",
	} {
		c := cell(&mesh.Service{Name: "pay"}, failover.Error, failover.Answer{FailingShare: 1})
		c.Port, c.Scenario = 80, failover.One(failover.Release, "m/m/shop/pay.shop.svc.cluster.local@v2")
		if got := message(&Breach{Cell: c, Cause: &failover.Cause{Kind: kind, Detail: "x"}}); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
