# METADATA
# title: Retries wait for a failure that a lost endpoint does not show
# custom:
#   id: DR242
#   severity: warning
#   selector: {kinds: [VirtualService, ServiceRouter]}
#   message: "If an endpoint of {host} dies, no request to it is tried again: retries wait for {on}, and a dead endpoint shows none of that."
package muster.rules.DR242

# What a proxy sees of an endpoint that is gone or failing (Envoy: x-envoy-retry-on and x-envoy-retry-grpc-on).
shown := {
	"5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "refused-stream", "retriable-status-codes",
	"retriable-headers", "http3-post-connect-failure", "unavailable", "internal", "deadline-exceeded",
}

findings contains {"id": id, "path": retries.path, "service": service, "args": {"host": host, "on": retries.on}} if {
	some id in input.targets
	retried(id)
	some retries in written(id)
	not helps(retries.words)
	some host, service in about(data.objects[id])
}

# about is one service of each host that an object is about. A service-router of what speaks no HTTP is refused.
about(o) := {host: min(ids) |
	host := data.graph.services[o.services[_]].host
	ids := {id |
		some id in o.services
		service := data.graph.services[id]
		service.host == host
		service.drIntent
		speaks(o, service)
	}
	count(ids) > 0
}

speaks(o, _) if o.kind == "VirtualService"

speaks(o, service) if {
	o.kind == "ServiceRouter"
	service.ports[_].protocol in {"HTTP", "HTTP2", "GRPC"}
}

# Most objects have no retries, and nothing else of these has to be read.
retried(id) if data.objects[id].spec.http[_].retries.retryOn

retried(id) if data.objects[id].kind == "ServiceRouter"

# written are the retries of an object: what they wait for, and where that stands.
written(id) := [{"path": sprintf("/spec/http/%d/retries/retryOn", [i]), "on": on, "words": words} |
	some i, route in data.objects[id].spec.http
	route.retries.attempts > 0
	on := route.retries.retryOn
	words := {word | some part in split(on, ","); word := trim_space(part); word != ""}
	count(words) > 0
] if data.objects[id].kind == "VirtualService"

# Without a condition a service-router retries nothing, whatever number it names, and has no default
# (Consul: getRetryPolicyForDestination).
written(id) := [{"path": sprintf("/spec/routes/%d/destination/%s", [i, field]), "on": on, "words": words} |
	some i, route in data.objects[id].spec.routes
	to := route.destination
	codes := {code | some n in to.retryOnStatusCodes; code := sprintf("%v", [n])}
	words := ({word | some word in to.retryOn} | codes) | {"connect-failure" | to.retryOnConnectFailure}
	field := decides(to)
	on := concat(", ", [["no failure that is named"], sort(words)][min([count(words), 1])])
] if data.objects[id].kind == "ServiceRouter"

decides(to) := "retryOn" if count(to.retryOn) > 0

else := "retryOnStatusCodes" if count(to.retryOnStatusCodes) > 0

else := "numRetries" if to.numRetries > 0

helps(words) if count(words & shown) > 0

# Status codes stand among the conditions.
helps(words) if {
	some word in words
	regex.match(`^5[0-9]{2}$`, word)
}
