package muster.rules.DR811_test

import data.muster.rules.DR811 as rule

found(service, labels) := f if f := rule.findings with input as {"targets": ["s"], "params": {"DR811": {"labels": labels}}}
	with data.graph as {"services": {"s": service}}

test_a_missing_label_is_found if {
	count(found({"name": "s", "labels": {}, "objective": {"survive": ["region"]}}, ["owner"])) == 1
	count(found({"name": "s", "labels": {"owner": ""}, "objective": {"survive": ["region"]}}, ["owner"])) == 1
}

test_all_labels_are_enough if count(found({"name": "s", "labels": {"owner": "pay"}, "objective": {"survive": ["region"]}}, ["owner"])) == 0

test_without_an_objective_nobody_has_to_answer if count(found({"name": "s", "labels": {}}, ["owner"])) == 0

test_without_the_parameter_it_is_silent if count(found({"name": "s", "labels": {}, "objective": {"survive": ["region"]}}, [])) == 0
