package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every part of a Consul answer is compared: a recorded value that is changed is a difference.
func TestADifferentConsulAnswerIsShown(t *testing.T) {
	for _, c := range []struct{ vector, change, to, want string }{
		{"sample-datacenter-failover", `"firstUsable": "v1.payments.dc2"`, `"firstUsable": ""`, "payments-resolver.hcl:13:7"},
		{"sample-datacenter-failover", `"healthy": true`, `"healthy": false`, "targets"},
		{"sample-datacenter-failover", `"defaultSubset": "v1",`, ``, "defaultSubset"},
		{"sample-datacenter-failover", `"onlyPassing": true,`, ``, "targets"},
		{"sample-router-splitter", `"weight": 80`, `"weight": 81`, "splitters"},
		{"sample-router-splitter", `"requestTimeout": "3s"`, `"requestTimeout": "4s"`, "routes"},
		{"circular-redirect-rejected", `"name": "loop-c"`, `"name": "loop-b"`, "rejected"},
	} {
		dir := filepath.Join(t.TempDir(), "consul", "case")
		if err := os.CopyFS(dir, os.DirFS(recorded+"/consul/cases/"+c.vector)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "expect.json")
		expect, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(expect), c.change) {
			t.Fatalf("%s has no %s (%v)", c.vector, c.change, err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(expect), c.change, c.to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		ok, err := check(&out, dir, "", false)
		if err != nil || ok || !strings.Contains(out.String(), c.want) || !strings.Contains(out.String(), "consul: agree 0 of 1") {
			t.Errorf("%s, %s: %v %v\n%s", c.vector, c.change, ok, err, out.String())
		}
	}
}
