package muster.rules.DR441_test

import data.muster.rules.DR441 as rule

found(strategy, intent) := f if f := rule.findings with input as {"targets": ["w"], "params": {}}
	with data.graph as {
		"services": {"s": {"name": "s", "drIntent": intent}},
		"workloads": {"w": {"kind": "StatefulSet", "name": "w", "cluster": "east", "services": ["s"], "update": strategy}},
	}

test_on_delete_is_found if count(found({"strategy": "OnDelete"}, true)) == 1

test_other_strategies_are_not if {
	count(found({"strategy": "RollingUpdate"}, true)) == 0
	count(found({}, true)) == 0
}

test_without_intent_it_is_nobodys_concern if count(found({"strategy": "OnDelete"}, false)) == 0
