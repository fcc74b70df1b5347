# METADATA
# title: An update, or the way back, reaches a pod only when somebody deletes it
# custom:
#   id: DR441
#   severity: note
#   selector: {over: workloads}
#   message: "If a new version of {service} turns out to be bad, going back changes no pod by itself: {workload} replaces a pod only after somebody has deleted it (OnDelete)."
package muster.rules.DR441

findings contains {"id": id, "field": "update.strategy", "service": service, "args": {
	"service": data.graph.services[service].name,
	"workload": sprintf("%s %s in %s", [workload.kind, workload.name, workload.cluster]),
}} if {
	some id in input.targets
	data.graph.workloads[id].update.strategy == "OnDelete"
	workload := data.graph.workloads[id]
	some service in workload.services
	data.graph.services[service].drIntent
}
