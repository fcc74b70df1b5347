# METADATA
# title: A service that has to survive does not say who answers for it
# custom:
#   id: DR811
#   severity: warning
#   selector: {over: services}
#   message: "If {service} breaks its objective, in a drill or at night, nobody knows whom to call: it has no label {labels}."
package muster.rules.DR811

# Without the parameter the rule is silent: which labels name an owner is for each organisation to say.
findings contains {"id": id, "args": {"service": service.name, "labels": missing}} if {
	count(input.params.DR811.labels) > 0
	some id in input.targets
	data.graph.services[id].objective
	service := data.graph.services[id]
	missing := [label | some label in input.params.DR811.labels; object.get(service.labels, label, "") == ""]
	count(missing) > 0
}
