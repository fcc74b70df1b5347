package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/passmuster/muster/config"
)

func TestKnownRules(t *testing.T) {
	known := knownRules(nil)
	read := func(text string) *config.Config {
		c, problems := config.Parse("muster.yaml", []byte("apiVersion: passmuster.dev/v1\n"+text))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return c
	}
	for _, tc := range []struct {
		name, base, head string
		changes, weaken  int
	}{
		{"a rule by its slug", "suppress: [{rule: DR104}]", "suppress: [{rule: policy-discarded}]", 0, 0},
		{"lower than the rule itself", "", "rules: {DR104: note}", 1, 1},
		{"as loud as the rule itself at its loudest", "", "rules: {DR131: warning}", 1, 0},
		{"a default, written as another duration", "rules: {DR446: {params: {decision: 300s}}}", "", 0, 0},
		{"another duration", "rules: {DR446: {params: {decision: 301s}}}", "", 1, 1},
	} {
		changes := known.Changes(read(tc.base), read(tc.head))
		weaken := len(slices.DeleteFunc(slices.Clone(changes), func(c config.Change) bool { return !c.Weakens }))
		if len(changes) != tc.changes || weaken != tc.weaken {
			t.Errorf("%s: %d changes, %d weaken; want %d and %d: %v", tc.name, len(changes), weaken, tc.changes, tc.weaken, changes)
		}
	}
}

func TestPolicyChanges(t *testing.T) {
	at := func(folder, text string) *config.Config {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, folder, "a.rego"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return &config.Config{Dir: dir, Policies: []string{folder}}
	}
	const text = "package muster.rules.ACME_001\nimport rego.v1\ndeny if input.x == 1\n"
	if got := policyChanges(at("a", text), at("b", "# moved\n"+text)); len(got) > 0 {
		t.Errorf("a policy that is moved is told: %v", got)
	}
	got := policyChanges(at("a", text), at("a", text[:len(text)-2]+"2\n"))
	if len(got) != 1 || !got[0].Weakens || got[0].Kind != config.KindPolicy || got[0].What != "The policy muster.rules.ACME_001 says something else." {
		t.Errorf("a policy that says something else: %v", got)
	}
	if got := policyChanges(at("a", text), nil); len(got) != 1 || !got[0].Weakens {
		t.Errorf("a policy that is gone: %v", got)
	}
}
