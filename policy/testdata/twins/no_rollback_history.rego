# METADATA
# title: No earlier revision is kept to roll back to
# custom:
#   id: TWIN_402
#   severity: warning
package muster.rules.TWIN_402

findings contains {"id": w, "field": "update.history", "service": id, "message": message} if {
	some id in input.targets
	service := data.graph.services[id]
	service.drIntent
	some w in service.workloads
	workload := data.graph.workloads[w]
	workload.kind in {"Deployment", "StatefulSet", "DaemonSet"}
	workload.update.history <= 0
	message := sprintf(
		"If a new version of %s turns out to be bad, `kubectl rollout undo` finds nothing to go back to: %s %s in %s keeps no earlier revision.",
		[service.name, workload.kind, workload.name, workload.cluster],
	)
}
