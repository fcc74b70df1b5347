# METADATA
# title: Pods that are not ready keep getting requests
# custom:
#   id: DR243
#   severity: warning
#   selector: {kinds: [Service]}
#   message: "If pods of {service} in {cluster} fail their readiness probe, they get requests all the same: publishNotReadyAddresses keeps them among the endpoints."
package muster.rules.DR243

findings contains {"id": id, "path": "/spec/publishNotReadyAddresses", "service": key, "args": {
	"service": data.graph.services[key].name,
	"cluster": service.cluster,
}} if {
	some id in input.targets
	data.objects[id].spec.publishNotReadyAddresses == true
	service := data.objects[id]
	object.get(service.spec, "clusterIP", "") != "None"
	some key in service.services
	data.graph.services[key].drIntent
}
