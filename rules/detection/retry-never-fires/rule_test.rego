package muster.rules.DR242_test

import data.muster.rules.DR242 as rule

found(on) := f if f := rule.findings with input as {"targets": ["o"], "params": {}}
	with data.graph as {"services": {"s": {"host": "s", "drIntent": true}}}
	with data.objects as {"o": {"kind": "VirtualService", "services": ["s"], "spec": {"http": [{"retries": {"attempts": 2, "retryOn": on}}]}}}

test_conditions_that_a_lost_endpoint_never_meets if {
	count(found("retriable-4xx")) == 1
	count(found("cancelled, resource-exhausted")) == 1
	count(found("409")) == 1
}

test_one_that_it_meets_is_enough if {
	count(found("retriable-4xx,connect-failure")) == 0
	count(found("cancelled, unavailable")) == 0
	count(found("503")) == 0
}

test_nothing_written_is_the_default if count(found("")) == 0

routed(destination, protocol) := f if f := rule.findings with input as {"targets": ["o"], "params": {}}
	with data.graph as {"services": {
		"a/s": {"host": "s", "drIntent": true, "ports": [{"protocol": protocol}]},
		"b/s": {"host": "s", "drIntent": true, "ports": [{"protocol": protocol}]},
	}}
	with data.objects as {"o": {"kind": "ServiceRouter", "services": ["a/s", "b/s"], "spec": {"routes": [{"destination": destination}]}}}

test_a_router_of_several_datacenters_is_told_once if {
	some f in routed({"retryOn": ["retriable-4xx"], "retryOnStatusCodes": [409]}, "HTTP")
	f.service == "a/s"
	f.path == "/spec/routes/0/destination/retryOn"
	f.args.on == "409, retriable-4xx"
	count(routed({"retryOn": ["retriable-4xx"]}, "HTTP")) == 1
}

test_status_codes_of_the_client if {
	some f in routed({"numRetries": 2, "retryOnStatusCodes": [409, 425]}, "GRPC")
	f.path == "/spec/routes/0/destination/retryOnStatusCodes"
}

test_a_number_without_a_condition_retries_nothing if {
	some f in routed({"numRetries": 3, "retryOnConnectFailure": false}, "HTTP2")
	f.path == "/spec/routes/0/destination/numRetries"
	f.args.on == "no failure that is named"
}

test_a_router_that_retries if {
	count(routed({"numRetries": 3, "retryOnConnectFailure": true}, "HTTP")) == 0
	count(routed({"retryOn": ["retriable-4xx"], "retryOnConnectFailure": true}, "HTTP")) == 0
	count(routed({"retryOnStatusCodes": [503]}, "HTTP")) == 0
	count(routed({"retryOn": ["reset"]}, "HTTP")) == 0
}

test_a_router_without_retries_and_one_that_is_refused if {
	count(routed({"requestTimeout": "2s"}, "HTTP")) == 0
	count(routed({"numRetries": 0}, "HTTP")) == 0
	count(routed({"retryOn": ["retriable-4xx"]}, "TCP")) == 0
}
