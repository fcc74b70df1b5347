package policy

import (
	"testing"

	"github.com/passmuster/muster/mesh"
)

// Whatever somebody calls a policy, it is compiled or refused at its file, and evaluating it ends.
func FuzzCompile(f *testing.F) {
	f.Add("package a")
	f.Add(string(good().Text))
	f.Add("# METADATA\n# title: x\n# custom: {id: ACME_1, severity: note, params: [{name: a, type: integer, default: 1}], selector: {kinds: [Service]}}\npackage muster.rules.ACME_1\n\nfindings contains {\"id\": 1} if true\n")
	f.Add("# METADATA\n# custom: [")
	f.Fuzz(func(t *testing.T, text string) {
		s := Compile([]Source{{File: "p.rego", Text: []byte(text)}, good()})
		for _, p := range s.Refused {
			if p.Position.File != "p.rego" || p.Message == "" {
				t.Errorf("%+v", p)
			}
		}
		if len(s.Policies) == 0 {
			t.Error("the policy that is in order is gone, too")
		}
		g := &mesh.Graph{Services: []*mesh.Service{{ID: "m/m/n/h", Name: "h"}}}
		g.Index()
		if _, err := s.Evaluate(t.Context(), Options{Graph: g, Deadline: 50_000_000, Memory: 64 << 20}); err != nil {
			t.Error(err)
		}
	})
}
