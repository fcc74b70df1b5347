package muster.rules.DR243_test

import data.muster.rules.DR243 as rule

found(spec, intent) := f if f := rule.findings with input as {"targets": ["o"], "params": {}}
	with data.graph as {"services": {"s": {"name": "s", "drIntent": intent}}}
	with data.objects as {"o": {"services": ["s"], "cluster": "east", "spec": spec}}

test_published_pods_are_found if count(found({"publishNotReadyAddresses": true}, true)) == 1

test_the_default_is_not if {
	count(found({}, true)) == 0
	count(found({"publishNotReadyAddresses": false}, true)) == 0
}

test_headless_services_are_for_peers if count(found({"publishNotReadyAddresses": true, "clusterIP": "None"}, true)) == 0

test_without_intent_it_is_nobodys_concern if count(found({"publishNotReadyAddresses": true}, false)) == 0
