# METADATA
# title: The version that comes up is whatever the tag means then
# custom:
#   id: TWIN_403
#   severity: warning
#   params:
#   - {name: tags, type: strings, default: [latest], description: Tags that are moved from one version to the next.}
package muster.rules.TWIN_403

findings contains {"id": w, "field": sprintf("containers.%d.image", [i]), "service": id, "message": message} if {
	some id in input.targets
	service := data.graph.services[id]
	service.drIntent
	some w in service.workloads
	workload := data.graph.workloads[w]
	some i, container in workload.containers
	why := moves(container.image)
	message := sprintf(
		"If pods of %s start anew, as in a standby after a failover, they may be of another version than those that were lost: container %s of %s %s in %s %s.",
		[service.name, container.name, workload.kind, workload.name, workload.cluster, why],
	)
}

moves(image) := "has an image without a tag, which is whatever is the latest" if {
	image.repository
	not image.digest
	not image.tag
}

moves(image) := sprintf("has an image with the tag %s, which moves", [image.tag]) if {
	image.repository
	not image.digest
	image.tag in input.params.TWIN_403.tags
}
