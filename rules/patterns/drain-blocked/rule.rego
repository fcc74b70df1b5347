# METADATA
# title: A disruption budget lets no pod be moved
# custom:
#   id: DR541
#   severity: warning
#   selector: {over: workloads}
#   message: "If a zone has to be emptied before it fails, or a node for an upgrade, the drain hangs: the budget of {workload} ({budget}) lets none of its {pods} pods go."
package muster.rules.DR541

findings contains {"id": id, "field": sprintf("disruption.%s", [budget[0]]), "service": service, "args": {
	"workload": sprintf("%s %s in %s", [workload.kind, workload.name, workload.cluster]),
	"budget": concat(" ", budget),
	"pods": most,
}} if {
	some id in input.targets
	disruption := data.graph.workloads[id].disruption
	some service in data.graph.workloads[id].services
	data.graph.services[service].objective
	most := pods(id)
	most > 0
	budget := blocking(disruption, most)
	workload := data.graph.workloads[id]
}

# pods is the most that the workload ever has: with fewer, a budget blocks all the more.
pods(id) := data.graph.workloads[id].autoscale.max

pods(id) := data.graph.workloads[id].replicas if not data.graph.workloads[id].autoscale

blocking(budget, _) := ["maxUnavailable", budget.maxUnavailable] if budget.maxUnavailable in {"0", "0%"}

blocking(budget, _) := ["minAvailable", "100%"] if budget.minAvailable == "100%"

blocking(budget, most) := ["minAvailable", budget.minAvailable] if {
	regex.match(`^[0-9]{1,9}$`, budget.minAvailable)
	to_number(budget.minAvailable) >= most
}

# Kubernetes rounds up: 67% of three pods are three.
blocking(budget, most) := ["minAvailable", budget.minAvailable] if {
	regex.match(`^[0-9]{1,2}%$`, budget.minAvailable)
	ceil((to_number(trim_suffix(budget.minAvailable, "%")) * most) / 100) >= most
}
