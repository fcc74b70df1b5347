package muster.rules.DR543_test

import data.muster.rules.DR543 as rule

found(more) := f if f := rule.findings with input as {"targets": ["w"], "params": {}}
	with data.graph as {
		"services": {"s": {"name": "s", "drIntent": true}},
		"workloads": {"w": object.union({"kind": "Deployment", "name": "w", "cluster": "east", "services": ["s"], "meshed": true}, more)},
	}

test_less_than_the_default_drain if {
	some f in found({"terminationGrace": 2})
	f.field == "terminationGrace"
}

test_a_drain_longer_than_the_default_grace if {
	some f in found({"proxy": {"terminationDrain": 45}})
	f.field == "proxy.terminationDrain"
}

test_time_enough if {
	count(found({})) == 0
	count(found({"terminationGrace": 60, "proxy": {"terminationDrain": 45}})) == 0
	count(found({"terminationGrace": 5})) == 0
}

test_unknown_is_no_finding if count(found({"unknown": ["terminationGrace"], "proxy": {"terminationDrain": 45}})) == 0

test_without_a_proxy_nothing_drains if count(found({"terminationGrace": 2, "meshed": false})) == 0
