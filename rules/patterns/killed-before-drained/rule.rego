# METADATA
# title: Pods are killed before their proxies have drained
# custom:
#   id: DR543
#   severity: warning
#   selector: {over: workloads}
#   message: "If pods of {service} are stopped, in a drain or on the way back to an earlier version, requests break off: {workload} is killed after {grace} s, and its proxies drain for {drain} s."
package muster.rules.DR543

findings contains {"id": id, "field": field, "service": service, "args": {
	"service": data.graph.services[service].name,
	"workload": sprintf("%s %s in %s", [workload.kind, workload.name, workload.cluster]),
	"grace": grace,
	"drain": drain,
}} if {
	some id in input.targets
	workload := data.graph.workloads[id]
	workload.meshed
	known(workload)
	grace := object.get(workload, "terminationGrace", 30)
	drain := object.get(workload, ["proxy", "terminationDrain"], 5)
	grace < drain
	field := decides(workload)
	some service in workload.services
	data.graph.services[service].drIntent
}

# Absent and unknown differ: what is absent has its default, of what is unknown nothing follows.
known(workload) if {
	unknown := object.get(workload, "unknown", [])
	not "terminationGrace" in unknown
	not "proxy.terminationDrain" in unknown
}

decides(workload) := "terminationGrace" if {
	workload.terminationGrace >= 0
} else := "proxy.terminationDrain"
