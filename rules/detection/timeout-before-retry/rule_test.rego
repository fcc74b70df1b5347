package muster.rules.DR241_test

import data.muster.rules.DR241 as rule

found(timeout, per_try, attempts) := f if f := rule.findings with input as {"targets": ["o"], "params": {}}
	with data.graph as {"services": {"s": {"host": "s", "drIntent": true}}}
	with data.objects as {"o": {"services": ["s"], "spec": {"http": [{"timeout": timeout, "retries": {"attempts": attempts, "perTryTimeout": per_try}}]}}}

test_no_time_for_a_retry if {
	count(found("2s", "2s", 2)) == 1
	count(found("1500ms", "2s", 1)) == 1
	count(found("1.5s", "1m", 1)) == 1
}

test_time_for_a_retry if {
	count(found("4s", "2s", 2)) == 0
	count(found("2500ms", "2s", 2)) == 0
}

test_no_retries_and_no_timeout if {
	count(found("2s", "2s", 0)) == 0
	count(found("0s", "2s", 2)) == 0
	count(found("soon", "2s", 2)) == 0
}

tried(per_try, timeout, retries) := f if f := rule.findings with input as {"targets": ["o"], "params": {}}
	with data.graph as {"services": {"s": {"host": "s", "drIntent": true, "tries": [{"perTry": per_try, "timeout": timeout, "retries": retries}]}}}
	with data.objects as {"o": {"services": ["s"]}}

test_tries_of_a_service if {
	count(tried(2, 2, 1)) == 1
	count(tried(0.5, 0.3, 1)) == 1
	count(tried(0.3, 0.5, 1)) == 0
	count(tried(2, 2, 0)) == 0
}

test_tries_without_any_intent if {
	f := rule.findings with input as {"targets": ["o"], "params": {}}
		with data.graph as {"services": {
			"s": {"host": "s", "drIntent": false, "tries": [{"perTry": 2, "timeout": 2, "retries": 1, "copied": false}]},
			"t": {"host": "t", "drIntent": false, "tries": [{"perTry": 2, "timeout": 2, "retries": 1, "copied": true}]},
		}}
		with data.objects as {"o": {"services": ["s", "t"]}}
	{x.id | some x in f} == {"t"}
}
