package policy

import (
	"slices"
	"testing"
)

const one = `# METADATA
# title: One
# custom: {since: 2027-01-01}
package muster.rules.ACME_001

import rego.v1

deny contains "x" if {
	input.kind == "Service"
	input.name != "a"
}
`

func TestChangesOfPolicies(t *testing.T) {
	src := func(file, text string) Source { return Source{File: file, Text: []byte(text)} }
	const reformatted = "# METADATA\n# title: One\n# custom:\n#   since: 2027-01-01\npackage muster.rules.ACME_001\nimport rego.v1\n# why\ndeny contains \"x\" if { input.kind == \"Service\"; input.name != \"a\" }\n"
	const weaker = "# METADATA\n# title: One\n# custom: {since: 2027-01-01}\npackage muster.rules.ACME_001\nimport rego.v1\ndeny contains \"x\" if {input.kind == \"None\"; input.name != \"a\"}\n"
	const louder = "# METADATA\n# title: One\n# custom: {since: 2027-01-01, severity: note}\npackage muster.rules.ACME_001\nimport rego.v1\ndeny contains \"x\" if {input.kind == \"Service\"; input.name != \"a\"}\n"
	for _, tc := range []struct {
		name       string
		base, head []Source
		want       []string
	}{
		{"nothing", []Source{src("a.rego", one)}, []Source{src("a.rego", one)}, nil},
		{"another file and format", []Source{src("a.rego", one)}, []Source{src("b/c.rego", reformatted)}, nil},
		{"a test", []Source{src("a.rego", one)}, []Source{src("a.rego", one), src("a_test.rego", "package x\n")}, nil},
		{"another condition", []Source{src("a.rego", one)}, []Source{src("a.rego", weaker)}, []string{"changed muster.rules.ACME_001 true"}},
		{"other metadata", []Source{src("a.rego", one)}, []Source{src("a.rego", louder)}, []string{"changed muster.rules.ACME_001 true"}},
		{"a module less", []Source{src("a.rego", one)}, nil, []string{"removed muster.rules.ACME_001 true"}},
		{"a module more", nil, []Source{src("a.rego", one)}, []string{"added muster.rules.ACME_001 false"}},
		{"no Rego any more", []Source{src("a.rego", one)}, []Source{src("a.rego", "package")}, []string{"removed muster.rules.ACME_001 true", "added a.rego false"}},
		{"no Rego in both", []Source{src("a.rego", "package")}, []Source{src("a.rego", "package ")}, []string{"changed a.rego true"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, c := range Changes(tc.base, tc.head) {
				weak := " false"
				if c.Weakens() {
					weak = " true"
				}
				if c.Base.IsZero() && c.Head.IsZero() {
					t.Errorf("%v stands nowhere", c)
				}
				got = append(got, c.Change+" "+c.Package+weak)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
