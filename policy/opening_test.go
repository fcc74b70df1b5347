package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/fleet"
)

// found evaluates a set, with all targets or with those that are hopeful, and returns what each policy finds, and at how many
// targets it looked.
func found(t *testing.T, f *fleet.Fleet, s *Set, settings map[string]analyzer.Setting, hopeful bool) (out map[string][]string, looked map[string]int) {
	t.Helper()
	e := s.begin(Options{Graph: f.Graph, Objects: f.Objects(s.Kinds()), Settings: settings, Deadline: 1e12, Most: 100_000, Memory: 1 << 40})
	txn, err := e.data.NewTransaction(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.txn = txn
	out, looked = map[string][]string{}, map[string]int{}
	for _, g := range e.groups() {
		if hopeful {
			g = e.hopeful(g)
		}
		if e.group(t.Context(), g); len(e.failed) > 0 {
			t.Fatal(e.failed)
		}
		for _, p := range g.policies {
			looked[p.ID] += len(g.targets)
		}
	}
	for p, list := range e.found {
		for _, finding := range list {
			out[p.ID] = append(out[p.ID], finding.String())
		}
		slices.Sort(out[p.ID])
	}
	return out, looked
}

// The built-in policies find in the targets that are left to them what they find in all.
func TestBuiltinPoliciesLookAtFewTargets(t *testing.T) {
	sources, err := Builtins()
	if err != nil {
		t.Fatal(err)
	}
	set := Compile(sources)
	settings := map[string]analyzer.Setting{"DR811": {Params: map[string]any{"labels": []any{"owner"}}}}
	all, left, findings := 0, 0, 0
	for name, f := range fleets(t) {
		want, every := found(t, f, set, settings, false)
		got, few := found(t, f, set, settings, true)
		for id, n := range every {
			all, left, findings = all+n, left+few[id], findings+len(want[id])
			if !slices.Equal(want[id], got[id]) {
				t.Errorf("%s: %s finds %s, and of all targets %s", name, id, got[id], want[id])
			}
		}
	}
	if findings < 50 || left*3 > all {
		t.Errorf("%d findings, %d of %d targets left", findings, left, all)
	}
}

// A condition that is understood leaves out what it does not hold for; all others leave it to OPA.
func TestOpenings(t *testing.T) {
	f := load(t, "../testdata/fleets/shop-broken")
	for condition, leavesOut := range map[string]bool{
		`data.graph.workloads[id].autoscale`:                                                      true,
		`data.graph.workloads[id].autoscale.max > 5`:                                              true,
		`data.graph.workloads[id].autoscale.max >= 6`:                                             true,
		`data.graph.workloads[id].autoscale.max < 3`:                                              true,
		`data.graph.workloads[id].autoscale.max <= 3`:                                             true,
		`data.graph.workloads[id].autoscale.max == 6`:                                             true,
		`data.graph.workloads[id].autoscale.max != 6`:                                             true,
		`data.graph.workloads[id].meshed == false`:                                                true,
		`data.graph.workloads[id].meshed`:                                                         true,
		`not data.graph.workloads[id].autoscale`:                                                  false,
		`count(data.graph.workloads[id].services) > 1`:                                            false,
		`6 == data.graph.workloads[id].autoscale.max`:                                             true,
		`some s in data.graph.workloads[id].services; data.graph.services[s].gap`:                 true,
		`some s in data.graph.workloads[id].services; data.graph.services[s].objective.rto < 40`:  true,
		`some i, s in data.graph.workloads[id].services; i > 0; data.graph.services[s].objective`: true,
		`data.graph.workloads[id].services[_] == "none"`:                                          true,
		`data.graph.services[data.graph.workloads[id].services[_]].gap`:                           false,
		`w := data.graph.workloads[id]; w.autoscale`:                                              false,
		`most := data.graph.workloads[id].autoscale.max; most > 5`:                                true,
		`scaled(id)`:                true,
		`scaled(id) > 5`:            true,
		`of_kind(id, "Deployment")`: false,
		`either(id)`:                true,
		`ceiling(id) > 5`:           false,
		`every s in data.graph.workloads[id].services { data.graph.services[s].objective }`:                  false,
		`["a", data.graph.workloads[id].autoscale][0] == "a"`:                                                false,
		`some kind in ["Deployment", "StatefulSet"]; data.graph.workloads[id].kind == kind`:                  false,
		`data.graph.workloads[id].autoscale.max == data.graph.workloads[id].autoscale.min`:                   true,
		`some id2 in input.targets; id2 != id; data.graph.workloads[id].autoscale; count(input.targets) > 0`: false,
	} {
		functions := `
scaled(id) := data.graph.workloads[id].autoscale.max
of_kind(id, kind) if data.graph.workloads[id].kind == kind
either(id) if data.graph.workloads[id].autoscale.max > 7
else if data.graph.workloads[id].autoscale.max < 3
default ceiling(_) := 9
ceiling(id) := data.graph.workloads[id].autoscale.max
`
		set := Compile([]Source{own("ACME_1", "findings contains {\"id\": id} if {\n\tsome id in input.targets\n\t"+condition+"\n}\n"+functions, "#   selector: {over: workloads}\n")})
		if text := refused(set); text != "" {
			t.Errorf("%s: %s", condition, text)
			continue
		}
		set.Policies[0].Builtin = true
		want, all := found(t, f, set, nil, false)
		got, left := found(t, f, set, nil, true)
		if !slices.Equal(want["ACME_1"], got["ACME_1"]) {
			t.Errorf("%s: finds\n\t%s\nand of all targets\n\t%s", condition, strings.Join(got["ACME_1"], "\n\t"), strings.Join(want["ACME_1"], "\n\t"))
		}
		if (left["ACME_1"] < all["ACME_1"]) != leavesOut {
			t.Errorf("%s: looks at %d of %d targets", condition, left["ACME_1"], all["ACME_1"])
		}
	}
}

// Objects are looked at as they are written; what they are about is worked out only if it can matter.
func TestOpeningsOfObjects(t *testing.T) {
	f := load(t, "../testdata/fleets/shop-broken")
	for condition, leavesOut := range map[string]bool{
		`data.objects[id].spec.http[_].retries.attempts > 0`:                                                 true,
		`some i, route in data.objects[id].spec.http; route.retries.perTryTimeout`:                           true,
		`some route in data.objects[id].spec.http; route.timeout == "nonsense"`:                              true,
		`data.objects[id].spec.hosts[0]`:                                                                     false,
		`data.objects[id].spec.hosts[7]`:                                                                     true,
		`data.objects[id].metadata.name == "cart"`:                                                           true,
		`data.objects[id].cluster == "nowhere"`:                                                              true,
		`some key in data.objects[id].services; data.graph.services[key].tries`:                              false,
		`some key in data.objects[id].services; some try in data.graph.services[key].tries; try.retries > 0`: true,
		`some key in data.objects[id].services; data.graph.services[key].drIntent`:                           false,
		`some key in data.objects[id].services; data.graph.services[key].objective.rto < 1`:                  true,
		`data.objects[id].spec.nothing`:                                                                      true,
		`some x in data.objects[id].spec.nothing; x == 1`:                                                    true,
		`data.objects[id]`: false,
	} {
		set := Compile([]Source{over("ACME_1", condition, "#   selector: {kinds: [VirtualService]}\n")})
		if text := refused(set); text != "" {
			t.Errorf("%s: %s", condition, text)
			continue
		}
		set.Policies[0].Builtin = true
		want, all := found(t, f, set, nil, false)
		got, left := found(t, f, set, nil, true)
		if !slices.Equal(want["ACME_1"], got["ACME_1"]) {
			t.Errorf("%s: finds %s, and of all targets %s", condition, got["ACME_1"], want["ACME_1"])
		}
		if (left["ACME_1"] < all["ACME_1"]) != leavesOut {
			t.Errorf("%s: looks at %d of %d targets", condition, left["ACME_1"], all["ACME_1"])
		}
	}
}
