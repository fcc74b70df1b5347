# METADATA
# title: Callers are admitted by addresses that a gateway hides
# custom:
#   id: DR341
#   severity: warning
#   selector: {kinds: [AuthorizationPolicy, ServerAuthorization]}
#   message: "{when}: {policy} admits callers by {blocks} and refuses them{unless}."
package muster.rules.DR341

findings contains {"id": id, "path": sprintf("/spec/rules/%d/from/%d/source/ipBlocks", [i, j]), "service": service.id, "args": {
	"when": sprintf("If %s fails over to another network, its requests come through an east-west gateway and have that gateway's address", [service.name]),
	"policy": sprintf("%s/%s", [policy.metadata.namespace, policy.metadata.name]),
	"blocks": blocks,
	"unless": unless,
}} if {
	some id in input.targets
	data.objects[id].spec.rules[_].from[_].source.ipBlocks[0] # of most policies nothing else has to be read
	some key in data.objects[id].services
	data.graph.services[key].drIntent
	count(data.graph.services[key].networks) > 1
	service := data.graph.services[key]
	policy := data.objects[id]
	object.get(policy.spec, "action", "ALLOW") == "ALLOW"
	some i, rule in policy.spec.rules
	some j, from in rule.from
	blocks := from.source.ipBlocks
	count(blocks) > 0
	every block in blocks { narrow(block) }
}

# In Linkerd the gateway of a cluster is a client of its own, with its identity and address, whoever sent what it hands on.
findings contains {"id": key, "field": sprintf("addressGuards.%d", [i]), "service": key, "args": {
	"when": sprintf("Requests of other clusters reach %s with the address of gateway %s", [service.name, guard.gateway]),
	"policy": guard.policy,
	"blocks": guard.networks,
	"unless": doubt[guard.refused],
}} if {
	some id in input.targets
	some key in data.objects[id].services
	some i, guard in data.graph.services[key].addressGuards
	guard.policy == sprintf("%s/%s", [data.objects[id].metadata.namespace, data.objects[id].metadata.name])
	hides(guard)
	service := data.graph.services[key]
}

unless := ", unless the gateway's pods are among these"

doubt := {true: "", false: unless}

hides(guard) if guard.refused

hides(guard) if {
	every network in guard.networks { narrow(network) }
}

# narrow leaves out blocks as large as a whole network of pods, which gateways are in, too.
narrow(block) if not contains(block, "/")

narrow(block) if {
	parts := split(block, "/")
	regex.match(`^[0-9]{1,3}$`, parts[1])
	to_number(parts[1]) > 16
}
