# METADATA
# title: The timeout ends a request before its first retry
# custom:
#   id: DR241
#   severity: warning
#   selector: {kinds: [VirtualService, Service]}
#   message: "If an endpoint of {host} hangs, requests that reach it fail without a retry: the first try may take {try}, and the whole request ends after {timeout}."
package muster.rules.DR241

findings contains {"id": id, "path": sprintf("/spec/http/%d/retries/perTryTimeout", [i]), "service": service, "args": {
	"host": data.graph.services[service].host,
	"try": route.retries.perTryTimeout,
	"timeout": route.timeout,
}} if {
	some id in input.targets
	some i, route in data.objects[id].spec.http
	route.retries.attempts > 0
	whole := span(route.timeout)
	whole > 0
	span(route.retries.perTryTimeout) >= whole
	some service in data.objects[id].services
	data.graph.services[service].drIntent
}

# Linkerd writes both in annotations of the Service or of its routes, and what ends a request is never tried again.
findings contains {"id": key, "field": sprintf("tries.%d.perTry", [i]), "service": key, "args": {
	"host": service.host,
	"try": sprintf("%vs", [try.perTry]),
	"timeout": sprintf("%vs", [try.timeout]),
}} if {
	some id in input.targets
	some key in data.objects[id].services
	some i, try in data.graph.services[key].tries
	service := data.graph.services[key]
	intended(service, try)
	try.retries > 0
	try.perTry >= try.timeout
}

intended(service, _) if service.drIntent

intended(_, try) if try.copied

# span is a duration in nanoseconds; undefined for what is none.
span(text) := time.parse_duration_ns(text) if regex.match(`^([0-9]{1,6}(\.[0-9]{1,6})?(h|m|s|ms))+$`, text)
