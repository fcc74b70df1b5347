package muster.rules.DR341_test

import data.muster.rules.DR341 as rule

found(policy, networks) := f if f := rule.findings with input as {"targets": ["o"], "params": {}}
	with data.graph as {"services": {"s": {"id": "s", "name": "s", "drIntent": true, "networks": networks}}}
	with data.objects as {"o": {"services": ["s"], "metadata": {"namespace": "n", "name": "p"}, "spec": policy}}

by(blocks) := {"rules": [{"from": [{"source": {"ipBlocks": blocks}}]}]}

test_narrow_blocks_are_found if {
	count(found(by(["10.4.7.0/24"]), ["a", "b"])) == 1
	count(found(by(["10.4.7.1"]), ["a", "b"])) == 1
}

test_wide_blocks_are_not if {
	count(found(by(["10.0.0.0/8"]), ["a", "b"])) == 0
	count(found(by(["10.4.7.0/24", "10.0.0.0/8"]), ["a", "b"])) == 0
	count(found(by(["10.4.7.0/no"]), ["a", "b"])) == 0
}

test_one_network_has_no_gateway_between if count(found(by(["10.4.7.0/24"]), ["a"])) == 0

test_denials_are_something_else if count(found(object.union(by(["10.4.7.0/24"]), {"action": "DENY"}), ["a", "b"])) == 0

guarded(networks, refused) := f if f := rule.findings with input as {"targets": ["o"], "params": {}}
	with data.graph as {"services": {"s": {"name": "s", "addressGuards": [{"policy": "n/p", "gateway": "g", "networks": networks, "refused": refused}]}}}
	with data.objects as {"o": {"services": ["s"], "metadata": {"namespace": "n", "name": "p"}, "spec": {}}}

test_networks_of_linkerd if {
	count(guarded(["10.4.7.0/24"], false)) == 1
	count(guarded(["10.0.0.0/8"], false)) == 0
	count(guarded(["10.0.0.0/8"], true)) == 1
}

test_policies_of_other_names if {
	f := rule.findings with input as {"targets": ["o"], "params": {}}
		with data.graph as {"services": {"s": {"name": "s", "addressGuards": [{"policy": "n/q", "gateway": "g", "networks": ["10.4.7.0/24"], "refused": true}]}}}
		with data.objects as {"o": {"services": ["s"], "metadata": {"namespace": "n", "name": "p"}, "spec": {}}}
	count(f) == 0
}
