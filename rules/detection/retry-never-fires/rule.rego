# METADATA
# title: Retries wait for a failure that a lost endpoint does not show
# custom:
#   id: DR242
#   severity: warning
#   selector: {kinds: [VirtualService]}
#   message: "If an endpoint of {host} dies, no request to it is tried again: retries wait for {on}, and a dead endpoint shows none of that."
package muster.rules.DR242

# What a proxy sees of an endpoint that is gone or failing (Envoy: x-envoy-retry-on and x-envoy-retry-grpc-on).
shown := {
	"5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "refused-stream", "retriable-status-codes",
	"retriable-headers", "http3-post-connect-failure", "unavailable", "internal", "deadline-exceeded",
}

findings contains {"id": id, "path": sprintf("/spec/http/%d/retries/retryOn", [i]), "service": service, "args": {
	"host": data.graph.services[service].host,
	"on": on,
}} if {
	some id in input.targets
	some service in data.objects[id].services
	data.graph.services[service].drIntent
	some i, route in data.objects[id].spec.http
	route.retries.attempts > 0
	on := route.retries.retryOn
	words := {word | some part in split(on, ","); word := trim_space(part); word != ""}
	count(words) > 0
	not helps(words)
}

helps(words) if count(words & shown) > 0

# Istio takes status codes among the conditions.
helps(words) if {
	some word in words
	regex.match(`^5[0-9]{2}$`, word)
}
