package muster.rules.DR542_test

import data.muster.rules.DR542 as rule

found(least, most, regions) := f if f := rule.findings with input as {"targets": ["w"], "params": {}}
	with data.graph as {
		"services": {"s": {"id": "s", "name": "s", "objective": {"survive": ["region"]}, "regions": regions}},
		"workloads": {"w": {"kind": "Deployment", "name": "w", "cluster": "east", "services": ["s"], "autoscale": {"min": least, "max": most}}},
	}

test_no_room_is_found if count(found(3, 3, ["a", "b"])) == 1

test_room_is_not if count(found(3, 4, ["a", "b"])) == 0

test_one_region_gets_nobodys_load if count(found(3, 3, ["a"])) == 0
