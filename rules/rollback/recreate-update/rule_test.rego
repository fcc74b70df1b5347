package muster.rules.DR442_test

import data.muster.rules.DR442 as rule

found(strategy, service) := f if f := rule.findings with input as {"targets": ["w"], "params": {}}
	with data.graph as {
		"services": {"s": service},
		"workloads": {"w": {"kind": "Deployment", "name": "w", "cluster": "east", "services": ["s"], "update": strategy}},
	}

test_recreate_is_found if count(found({"strategy": "Recreate"}, {"name": "s", "objective": {"survive": ["region"]}})) == 1

test_rolling_is_not if {
	count(found({"strategy": "RollingUpdate"}, {"name": "s", "objective": {"survive": ["region"]}})) == 0
	count(found({}, {"name": "s", "objective": {"survive": ["region"]}})) == 0
}

test_without_an_objective_it_is_not if count(found({"strategy": "Recreate"}, {"name": "s"})) == 0
