package muster.rules.DR242_test

import data.muster.rules.DR242 as rule

found(on) := f if f := rule.findings with input as {"targets": ["o"], "params": {}}
	with data.graph as {"services": {"s": {"host": "s", "drIntent": true}}}
	with data.objects as {"o": {"services": ["s"], "spec": {"http": [{"retries": {"attempts": 2, "retryOn": on}}]}}}

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
