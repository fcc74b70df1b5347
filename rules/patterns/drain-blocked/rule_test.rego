package muster.rules.DR541_test

import data.muster.rules.DR541 as rule

found(budget, pods) := f if f := rule.findings with input as {"targets": ["w"], "params": {}}
	with data.graph as {
		"services": {"s": {"objective": {"survive": ["zone"]}}},
		"workloads": {"w": {"kind": "Deployment", "name": "w", "cluster": "east", "services": ["s"], "replicas": pods, "disruption": budget}},
	}

test_budgets_that_let_no_pod_go if {
	every budget in [{"maxUnavailable": "0"}, {"maxUnavailable": "0%"}, {"minAvailable": "100%"}, {"minAvailable": "3"}, {"minAvailable": "67%"}] {
		count(found(budget, 3)) == 1
	}
}

test_budgets_that_let_one_go if {
	every budget in [{"maxUnavailable": "1"}, {"maxUnavailable": "1%"}, {"minAvailable": "2"}, {"minAvailable": "66%"}, {"minAvailable": "many"}] {
		count(found(budget, 3)) == 0
	}
}

test_an_autoscaler_may_add_pods if {
	count(found({"minAvailable": "3"}, 3)) == 1
	count(rule.findings) == 0 with input as {"targets": ["w"], "params": {}}
		with data.graph as {
			"services": {"s": {"objective": {"survive": ["zone"]}}},
			"workloads": {"w": {"kind": "Deployment", "name": "w", "cluster": "east", "services": ["s"], "replicas": 3, "autoscale": {"min": 3, "max": 6}, "disruption": {"minAvailable": "3"}}},
		}
}

test_no_pods_no_drain if count(found({"maxUnavailable": "0"}, 0)) == 0
