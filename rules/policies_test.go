package rules_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/policy"
)

// The built-in rules in Rego compile with the types of what they see, and nothing of their METADATA is wrong.
func TestPoliciesAreInOrder(t *testing.T) {
	set := builtin()
	for _, p := range set.Refused {
		t.Error(p)
	}
	for _, e := range catalogueOf(t) {
		i := slices.IndexFunc(set.Policies, func(p *policy.Policy) bool { return p.ID == e.ID })
		if e.Rego != (i >= 0) {
			t.Errorf("%s: in Rego %v, in the set %v", e.Dir(), e.Rego, i >= 0)
		}
		if i < 0 {
			continue
		}
		p := set.Policies[i]
		if p.Severity != e.Levels[0] || p.Message == "" || len(p.Metadata.Params) > 0 {
			t.Errorf("%s: METADATA has severity %s, message %q and parameters %v; want %s, one, and none, which rule.yaml has",
				e.Dir(), p.Severity, p.Message, p.Metadata.Params, e.Levels[0])
		}
		text := read(t, e.Dir()+"/rule.rego")
		var parts []string
		for _, part := range []string{"clusters", "dependencies", "gateways", "services", "workloads"} {
			if strings.Contains(text, "data.graph."+part) {
				parts = append(parts, part)
			}
		}
		if strings.Contains(text, "data.objects") {
			parts = append(parts, "objects")
		}
		same(t, e.Dir()+": reads.graph", e.Reads.Graph, parts)
	}
}

// Each of them passes its own tests, which reach all of its lines.
func TestPoliciesPassTheirTests(t *testing.T) {
	var tests []policy.Source
	for _, p := range builtin().Policies {
		name := strings.TrimSuffix(strings.TrimPrefix(p.File, "rules/"), ".rego") + "_test.rego"
		tests = append(tests, policy.Source{File: "rules/" + name, Text: []byte(read(t, name))})
	}
	report, problems, err := builtin().Test(t.Context(), tests, policy.TestOptions{Coverage: true})
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	if len(report.Results) < len(tests) {
		t.Errorf("%d tests of %d rules", len(report.Results), len(tests))
	}
	for _, r := range report.Results {
		if r.Outcome != "pass" {
			t.Errorf("%s: %s %s: %s", r.Position, r.Name, r.Outcome, r.Message)
		}
	}
	for _, at := range report.Uncovered {
		t.Errorf("%s: no test reaches it", at)
	}
}
