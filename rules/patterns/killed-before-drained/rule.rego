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
	tight(id)
	data.graph.workloads[id].meshed
	grace := grace_of(id)
	drain := drain_of(id)
	grace < drain
	some service in data.graph.workloads[id].services
	data.graph.services[service].drIntent
	workload := data.graph.workloads[id]
	known(workload)
	field := decides(workload)
}

# By default pods have much more time than their proxies need: one of both has to be written.
tight(id) if data.graph.workloads[id].terminationGrace < 30

tight(id) if data.graph.workloads[id].proxy.terminationDrain > 5

default grace_of(_) := 30

grace_of(id) := data.graph.workloads[id].terminationGrace

default drain_of(_) := 5

drain_of(id) := data.graph.workloads[id].proxy.terminationDrain

# Absent and unknown differ: what is absent has its default, of what is unknown nothing follows.
known(workload) if {
	unknown := object.get(workload, "unknown", [])
	not "terminationGrace" in unknown
	not "proxy.terminationDrain" in unknown
}

decides(workload) := "terminationGrace" if {
	workload.terminationGrace >= 0
} else := "proxy.terminationDrain"
