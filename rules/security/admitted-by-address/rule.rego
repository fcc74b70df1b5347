# METADATA
# title: Callers are admitted by addresses that a gateway hides
# custom:
#   id: DR341
#   severity: warning
#   selector: {kinds: [AuthorizationPolicy]}
#   message: "If {service} fails over to another network, its requests come through an east-west gateway and have that gateway's address: {policy} admits callers by {blocks} and refuses them, unless the gateway's pods are among these."
package muster.rules.DR341

findings contains {"id": id, "path": sprintf("/spec/rules/%d/from/%d/source/ipBlocks", [i, j]), "service": service.id, "args": {
	"service": service.name,
	"policy": sprintf("%s/%s", [policy.metadata.namespace, policy.metadata.name]),
	"blocks": blocks,
}} if {
	some id in input.targets
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

# narrow leaves out blocks as large as a whole network of pods, which gateways are in, too.
narrow(block) if not contains(block, "/")

narrow(block) if {
	parts := split(block, "/")
	regex.match(`^[0-9]{1,3}$`, parts[1])
	to_number(parts[1]) > 16
}
