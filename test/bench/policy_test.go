package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/policy"
	"github.com/passmuster/muster/test/generate"
)

// BenchmarkPolicies is thirty policies in Rego over a fleet: twenty that look at one service each, six that look at its
// workloads or callees, and four that look at all it depends on. It counts what a scan pays for them: compiling, the
// projection, and the evaluation. The budget is one second of CPU for 10,000 services.
func BenchmarkPolicies(b *testing.B) {
	dir := write(b, generate.Matrix(generate.Options{Services: *services, Seed: 1}))
	f := load(b.Context(), b, dir)
	sources := thirty()
	var found int
	var cpu time.Duration
	for b.Loop() {
		start := processor(b)
		set := policy.Compile(sources)
		if len(set.Refused) > 0 {
			b.Fatal(set.Refused[0])
		}
		r, err := set.Evaluate(b.Context(), policy.Options{Graph: f.Graph, Objects: f.Objects(set.Kinds()), Most: 1_000_000, Deadline: time.Minute})
		if err != nil || len(r.NotEvaluated) > 0 || len(r.Rules) != len(sources) {
			b.Fatal(err, r.NotEvaluated)
		}
		cpu += processor(b) - start
		found = len(r.Rules)
	}
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(float64(len(f.Graph.Services)), "services")
	b.ReportMetric(float64(found), "policies")
}

// BenchmarkPoliciesCompile is what every scan pays for policies, whatever the fleet.
func BenchmarkPoliciesCompile(b *testing.B) {
	sources, err := policy.Builtins()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if set := policy.Compile(sources); len(set.Refused) > 0 {
			b.Fatal(set.Refused[0])
		}
	}
}

// thirty are the policies of the benchmark.
func thirty() []policy.Source {
	conditions := []string{
		`s.name == "service-%d"`, `count(s.ports) > %d`, `s.endpoints.total > 100 + %d`, `s.labels.tier == "t%d"`, `count(s.regions) > 3 + %d`,
		`s.objective.rto > 86400 + %d`, `not s.labels.app; s.endpoints.total < -%d`, `startswith(s.namespace, "legacy-%d")`,
		`some p in s.ports; p.number == 70000 + %d`, `s.external; count(s.clusters) > %d`,
	}
	hops := []string{
		`some w in s.workloads; data.graph.workloads[w].replicas > 1000 + %d`,
		`some w in s.workloads; data.graph.workloads[w].name == "w%d"`,
		`some d in s.dependsOn; data.graph.services[d].endpoints.total > 1000 + %d`,
	}
	reach := []string{
		`count([d | some d in s.reach; not data.graph.services[d].objective]) > 100 + %d`,
		`some d in s.reach; count(data.graph.services[d].regions) > 5 + %d`,
	}
	var list []policy.Source
	add := func(condition string) {
		n := len(list)
		id := fmt.Sprintf("BENCH_%d", n)
		list = append(list, policy.Source{File: id + ".rego", Text: []byte(strings.ReplaceAll(`# METADATA
# title: A policy of the benchmark
# custom: {id: ID, severity: note}
package muster.rules.ID

findings contains {"id": id, "args": {"name": s.name}} if {
	some id in input.targets
	s := data.graph.services[id]
	`+fmt.Sprintf(condition, n)+`
}
`, "ID", id))})
	}
	for range 2 {
		for _, c := range conditions {
			add(c)
		}
		for _, c := range hops {
			add(c)
		}
		for _, c := range reach {
			add(c)
		}
	}
	return list
}
