package plan

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

func TestNewExpectsWhatTheMatrixPredicts(t *testing.T) {
	p := checkout(t)
	if got := p.Scenario.FaultModes; !slices.Equal(got, Modes) {
		t.Errorf("fault modes %v", got)
	}
	if p.Scenario.Type != "region-loss" || p.Scenario.Fail != "region=us-east-1" || p.Metadata.ID != "checkout-checkout-region-us-east-1" {
		t.Errorf("%+v %+v", p.Scenario, p.Metadata)
	}
	if len(p.Expect) != 3*4 { // callers in three zones of Europe, four faults; subsets are no expectations of their own
		t.Fatalf("%d expectations", len(p.Expect))
	}
	for i := range p.Expect {
		e := &p.Expect[i]
		cell, err := ParseCell(e.Cell)
		if err != nil || cell.Subset != "" {
			t.Errorf("%s: %v", e.Cell, err)
		}
		if e.Outcome != "survives" || e.By != "region" || e.Encryption != "mtls" || e.MaxAttempts != 3 ||
			!maps.Equal(e.Before, map[string]float64{"us-east-1": 1}) || !maps.Equal(e.During, map[string]float64{"us-west-2": 1}) || !maps.Equal(e.After, e.Before) {
			t.Errorf("%+v", e)
		}
		if want := []string{"spiffe://cluster.local/ns/checkout/sa/checkout"}; !slices.Equal(e.Peers["us-west-2"], want) {
			t.Errorf("peers %v", e.Peers)
		}
		if e.Recovery == nil || len(e.Recovery.Terms) == 0 || !strings.Contains(e.Recovery.Terms[0].At, "mesh/checkout.yaml:") {
			t.Errorf("recovery %+v", e.Recovery)
		}
		if e.Prediction != e.Digest() || !strings.HasPrefix(e.Prediction, "sha256:") {
			t.Errorf("prediction %s", e.Prediction)
		}
	}
	o := p.Objectives
	if o.RTO.Std() != 90*time.Second || o.Encryption != "mtls" || o.RPO != nil {
		t.Errorf("objectives %+v", o)
	}
	want := "After the loss of region us-east-1, checkout/checkout:8080 is answered by us-west-2 (100 %), mtls (crash, hang, partition, error; within 5s)."
	if p.Hypothesis != want {
		t.Errorf("hypothesis %q", p.Hypothesis)
	}
}

func TestNewAsksOftenEnoughAndLongEnough(t *testing.T) {
	p := checkout(t)
	if len(p.Probes) != 3 {
		t.Fatalf("%d probes, want one for each class of callers", len(p.Probes))
	}
	pr := &p.Probes[0]
	if pr.Protocol != "http1" || pr.Target != "" || pr.Rate != 10 || pr.Timeout.Std() != 2*time.Second || pr.Echo.Region == "" || !strings.HasSuffix(pr.Source, "@eu-west-1") {
		t.Errorf("%+v", pr)
	}
	if d := p.Fault.Duration.Std(); d < 90*time.Second+watch || d%(10*time.Second) != 0 {
		t.Errorf("the fault lasts %s", d)
	}
	var names []string
	for _, target := range p.Fault.Targets {
		names = append(names, target.Cluster+"/"+target.Name)
	}
	if want := []string{"us-east/checkout-v1", "us-east/checkout-v2"}; !slices.Equal(names, want) {
		t.Errorf("targets %v, want %v", names, want)
	}
	for _, problem := range Check(p, CheckOptions{}) {
		if problem.Level == LevelError && !strings.HasSuffix(problem.Path, "/target") && problem.Path != "/people/approvers" {
			t.Errorf("a new plan has an error: %+v", problem)
		}
	}
}

func TestRateFollowsTheRTO(t *testing.T) {
	for rto, want := range map[time.Duration]struct {
		rate    float64
		timeout time.Duration
	}{
		0:                      {10, 2 * time.Second},
		time.Minute:            {10, 2 * time.Second},
		time.Second:            {10, 400 * time.Millisecond},
		500 * time.Millisecond: {20, 200 * time.Millisecond},
		10 * time.Millisecond:  {100, 4 * time.Millisecond},
	} {
		if rate, timeout := rateFor(rto), timeoutFor(rto); rate != want.rate || timeout != want.timeout {
			t.Errorf("RTO %s: %g per second and %s, want %g and %s", rto, rate, timeout, want.rate, want.timeout)
		}
	}
}

func TestZonesAreNamedWhereRegionsDoNotDiffer(t *testing.T) {
	s := loadShop()
	p, err := New(Input{Graph: s.fleet.Graph, Cells: s.chosen(t, "checkout", "zone=us-east-1/us-east-1a")})
	if err != nil {
		t.Fatal(err)
	}
	e := &p.Expect[0]
	if e.By != "zone" || e.Before["us-east-1a"] == 0 || e.During["us-east-1a"] != 0 {
		t.Errorf("by %s: %v, then %v", e.By, e.Before, e.During)
	}
	if p.Scenario.Type != "zone-loss" || p.Safety.BlastRadius.MaxRegions != 1 {
		t.Errorf("%+v", p.Scenario)
	}
}

func TestNewInventsNothing(t *testing.T) {
	s := loadShop()
	if _, err := New(Input{Graph: s.fleet.Graph}); !errors.Is(err, ErrNoCells) {
		t.Errorf("no cells: %v", err)
	}
	mixed := append(s.chosen(t, "checkout", "region=us-east-1"), s.chosen(t, "checkout", "cluster=us-east")...)
	if _, err := New(Input{Graph: s.fleet.Graph, Cells: mixed}); err == nil || !strings.Contains(err.Error(), "several scenarios") {
		t.Errorf("two scenarios: %v", err)
	}
	copies := "workload=us-east/catalog/Deployment/catalog"
	apart := slices.Clone(s.chosen(t, "catalog", copies))
	other := *s.chosen(t, "checkout", "region=us-east-1")[0]
	other.Scenario = apart[0].Scenario
	if _, err := New(Input{Graph: s.fleet.Graph, Cells: append(apart, &other)}); err == nil || !strings.Contains(err.Error(), "different objectives") {
		t.Errorf("two objectives: %v", err)
	}
}

func TestUnknownAndLostCellsExpectNothingOfPlaces(t *testing.T) {
	s := loadShop()
	one := *s.chosen(t, "checkout", "region=us-east-1", failover.Hang)[0]
	answer := *one.Answer
	one.Answer = &answer
	answer.Outcome, answer.Reason = failover.Unknown, "nobody knows"
	e := Expect(s.fleet.Graph, &one)
	if e.During != nil || e.Recovery != nil || e.Flags != nil || e.Encryption != "" {
		t.Errorf("unknown: %+v", e)
	}
	p, err := New(Input{Graph: s.fleet.Graph, Cells: []*failover.Cell{&one}})
	if err != nil || !slices.ContainsFunc(p.Scenario.Assumptions, func(a string) bool { return strings.Contains(a, "is not known (nobody knows)") }) {
		t.Errorf("%v: %v", p.Scenario.Assumptions, err)
	}
	answer.Outcome, answer.FailingShare = failover.Lost, 1
	if e := Expect(s.fleet.Graph, &one); e.During != nil || e.Recovery != nil || e.FailingShare != 1 || e.Before == nil || e.After == nil {
		t.Errorf("lost: %+v", e)
	}
}

func TestPredictionDigestIgnoresLinesAndOrder(t *testing.T) {
	e := checkout(t).Expect[0]
	digest := e.Digest()
	moved := e
	moved.Recovery = &Bound{Lower: e.Recovery.Lower, Upper: e.Recovery.Upper, Terms: slices.Clone(e.Recovery.Terms)}
	moved.Recovery.Terms[0].At = "elsewhere.yaml:1:1"
	moved.Reason, moved.Cell, moved.Flags = "in other words", "x", nil
	if moved.Digest() != digest {
		t.Error("a line, words or flags change the digest")
	}
	for name, change := range map[string]func(*Expectation){
		"outcome":    func(e *Expectation) { e.Outcome = "lost" },
		"share":      func(e *Expectation) { e.During = map[string]float64{"us-west-2": 0.9, "eu-west-1": 0.1} },
		"failing":    func(e *Expectation) { e.FailingShare = 0.1 },
		"encryption": func(e *Expectation) { e.Encryption = "plaintext" },
		"bound":      func(e *Expectation) { e.Recovery = &Bound{Upper: 1, Terms: e.Recovery.Terms} },
		"no bound":   func(e *Expectation) { e.Recovery = nil },
		"a term":     func(e *Expectation) { r := *e.Recovery; r.Terms = nil; e.Recovery = &r },
	} {
		other := e
		change(&other)
		if other.Digest() == digest {
			t.Errorf("%s: the digest stays", name)
		}
	}
}

func TestFindingsSpeakOfExpectedCells(t *testing.T) {
	s := loadShop()
	cells := s.chosen(t, "checkout", "region=us-east-1")
	elsewhere := s.chosen(t, "checkout", "cluster=us-east")
	rule := &analyzer.Rule{ID: "DR103"}
	p, err := New(Input{Graph: s.fleet.Graph, Cells: cells, Findings: []*analyzer.Finding{
		{Rule: rule, Message: "here", Cells: analyzer.Spoils(cells[0], elsewhere[0])},
		{Rule: rule, Message: "there", Cells: analyzer.Spoils(elsewhere[0])},
		{Rule: rule, Message: "accepted", Cells: analyzer.Spoils(cells[0]), Suppressed: &mesh.Suppression{}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Findings) != 1 || p.Findings[0].Message != "here" || !slices.Equal(p.Findings[0].Cells, []string{cells[0].ID()}) || p.Findings[0].Rule != "DR103" {
		t.Errorf("%+v", p.Findings)
	}
}

func TestOwnersAreReadFromLabels(t *testing.T) {
	s := &mesh.Service{Labels: map[string]string{"team": "pay", "owner": ""}}
	if got := ownerOf(s, []string{"owner", "team"}); got != "pay" {
		t.Errorf("owner %q", got)
	}
	if got := ownerOf(&mesh.Service{}, []string{"owner"}); got != "" {
		t.Errorf("an owner was invented: %q", got)
	}
}

func TestIdentitiesThatNobodyKnowsAreLeftOut(t *testing.T) {
	bank := loadFleet("bank")
	c := bank.chosen(t, "hsm", "cluster=east", failover.Crash)[0]
	if e := Expect(bank.fleet.Graph, c); e.Encryption != "mtls" || e.Peers != nil {
		t.Errorf("Consul makes up its trust domain: %v", e.Peers)
	}
	bank.fleet.Graph.Mesh(c.Service.Mesh).Kind = mesh.Istio // of which the domain would be told
	if e := Expect(bank.fleet.Graph, c); len(e.Peers) == 0 {
		t.Error("no peers")
	}
}
