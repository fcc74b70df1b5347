# METADATA
# title: An update, or the way back, stops a whole copy first
# custom:
#   id: DR442
#   severity: warning
#   selector: {over: workloads}
#   message: "If a version of {service} has to be replaced in a failure, all pods of {workload} stop before the first new one starts, so that this copy answers nothing meanwhile (Recreate)."
package muster.rules.DR442

findings contains {"id": id, "field": "update.strategy", "service": service, "args": {
	"service": data.graph.services[service].name,
	"workload": sprintf("%s %s in %s", [workload.kind, workload.name, workload.cluster]),
}} if {
	some id in input.targets
	data.graph.workloads[id].update.strategy == "Recreate"
	workload := data.graph.workloads[id]
	some service in workload.services
	data.graph.services[service].objective
}
