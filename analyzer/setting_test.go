package analyzer

import (
	"testing"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// A config can make a rule louder, quieter or silent for some findings, and leave it as it is elsewhere.
func TestScopesDecideAboutSomeFindings(t *testing.T) {
	payments, other := &mesh.Service{ID: "m/m/payments/pay", Namespace: "payments"}, &mesh.Service{ID: "m/m/shop/cart", Namespace: "shop"}
	in := func(namespace, level string) Scope {
		return Scope{Level: level, Covers: func(s *mesh.Subject) bool { return s.Service != nil && s.Service.Namespace == namespace }}
	}
	for name, test := range map[string]struct {
		setting         Setting
		optIn           bool
		payments, other Level // "" = nothing is told
	}{
		"as it comes":                     {Setting{}, false, Warning, Warning},
		"louder in one place":             {Setting{Scopes: []Scope{in("payments", "error")}}, false, Error, Warning},
		"off in one place":                {Setting{Scopes: []Scope{in("payments", "off")}}, false, "", Warning},
		"only in one place":               {Setting{Level: "off", Scopes: []Scope{in("payments", "note")}}, false, Note, ""},
		"the first scope that covers it":  {Setting{Level: "note", Scopes: []Scope{in("payments", "error"), in("payments", "off")}}, false, Error, Note},
		"one that nobody asked for":       {Setting{Scopes: []Scope{in("payments", "error")}}, true, Error, ""},
		"one that is switched on":         {Setting{Level: "note", Scopes: []Scope{in("payments", "error")}}, true, Error, Note},
		"off, and no scope says anything": {Setting{Level: "off", Scopes: []Scope{in("payments", "off")}}, false, "", ""},
	} {
		rule := &Rule{ID: "DR999", OptIn: test.optIn, Run: func(p *Pass) {
			p.Report(Finding{Level: Warning, Service: payments, Message: "a"})
			p.Report(Finding{Level: Warning, Service: other, Message: "b"})
		}}
		got := map[*mesh.Service]Level{}
		for _, f := range Run(&mesh.Graph{}, &failover.Matrix{}, []*Rule{rule}, map[string]Setting{"DR999": test.setting}) {
			got[f.Service] = f.Level
		}
		if got[payments] != test.payments || got[other] != test.other {
			t.Errorf("%s: %q and %q, want %q and %q", name, got[payments], got[other], test.payments, test.other)
		}
		if silent := test.payments == "" && test.other == ""; test.setting.Silent() != silent {
			t.Errorf("%s: silent %v", name, !silent)
		}
	}
}
