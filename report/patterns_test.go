package report

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/mesh"
)

func TestWhatAServiceRunsInOnePhrase(t *testing.T) {
	shown := []mesh.Evidence{{What: "weight 0 makes no standby"}}
	for _, test := range []struct {
		name                     string
		in                       pattern.Inferred
		intent                   bool
		inferred, rollout, label string
	}{
		{"places alone", pattern.Inferred{Places: mesh.ActivePassive}, true, "active-passive", "", "active-passive"},
		{"places before versions", pattern.Inferred{Places: mesh.ActiveActive, Versions: mesh.BlueGreen}, true, "active-active", "blue-green", "active-active, blue-green"},
		{"versions alone", pattern.Inferred{Versions: mesh.AB}, false, "a-b", "a-b", "a-b"},
		{"none where more is expected", pattern.Inferred{}, true, "none", "", ""},
		{"none where something looks like one", pattern.Inferred{Evidence: shown}, true, "none", "", "none"},
		{"nothing is expected", pattern.Inferred{Evidence: shown}, false, "", "", ""},
		{"not known", pattern.Inferred{Unknown: "a base is missing"}, true, "", "", "not known"},
		{"a known part of what is not known", pattern.Inferred{Places: mesh.ActiveActive, Unknown: "weights differ"}, true, "active-active", "", "active-active"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := &mesh.Service{}
			if test.intent {
				s.Objective = &mesh.Objective{}
			}
			p := declaredPattern(s)
			p.infer(s, test.in)
			if p.Inferred != test.inferred || p.Rollout != test.rollout || p.label() != test.label {
				t.Errorf("%q, %q, %q", p.Inferred, p.Rollout, p.label())
			}
		})
	}
}

// The text asks about as many services as it shows, those that do not survive everything first.
func TestTextAsksAboutFewServices(t *testing.T) {
	f := handFleet()
	var services []*mesh.Service
	for i := range 100 {
		services = append(services, &mesh.Service{ID: mesh.ServiceID(fmt.Sprintf("prod/prod/shop/a%02d.shop.svc", i))})
	}
	var asked atomic.Int64
	r := New(Scan{Services: append(services, f.graph.Services...), Matrix: f.matrix(), Patterns: func(s *mesh.Service) pattern.Inferred {
		asked.Add(1)
		return f.patterns(s)
	}})
	got := text(t, r, Terminal{})
	if n := asked.Load(); n != mostPatterns {
		t.Errorf("asked about %d services", n)
	}
	for _, want := range []string{"\nPatterns\n  active-active, canary  shop/catalog\n  not known              shop/ledger\n",
		"  of 40 services that were asked; muster graph tells about all 103\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if got := text(t, New(Scan{Services: services, Matrix: &failover.Matrix{}, Patterns: f.patterns}), Terminal{}); strings.Contains(got, "Patterns") {
		t.Errorf("a list of nothing:\n%s", got)
	}
}
