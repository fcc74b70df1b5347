# METADATA
# title: An autoscaler that cannot add a pod
# custom:
#   id: DR542
#   severity: note
#   selector: {over: workloads}
#   message: "If another region of {service} is lost, {workload} gets its load and stays at {pods} pods: the autoscaler's least and most are the same."
package muster.rules.DR542

findings contains {"id": id, "field": "autoscale.max", "service": service.id, "args": {
	"service": service.name,
	"workload": sprintf("%s %s in %s", [workload.kind, workload.name, workload.cluster]),
	"pods": workload.autoscale.max,
}} if {
	some id in input.targets
	data.graph.workloads[id].autoscale.min == data.graph.workloads[id].autoscale.max
	some key in data.graph.workloads[id].services
	data.graph.services[key].objective
	count(data.graph.services[key].regions) > 1
	service := data.graph.services[key]
	workload := data.graph.workloads[id]
}
