package rollouts

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// groups are the API groups of the objects whose weights controllers write.
var groups = map[string]string{
	"VirtualService": "networking.istio.io", "HTTPRoute": "gateway.networking.k8s.io", "TrafficSplit": "split.smi-spec.io", "Service": "",
}

// contest finds the objects that two controllers write against each other.
func (b *builder) contest() {
	writers := map[mesh.Resource]*mesh.Rollout{}
	targets := map[mesh.Resource]*mesh.Rollout{}
	splits := b.failovers()
	for _, r := range b.out.Rollouts {
		if !r.Controller.Progressive() {
			continue
		}
		if first := targets[r.Target]; first != nil {
			r.Contests = append(r.Contests, mesh.Contest{Resource: r.Target, With: first.Title(), Origin: r.Origin,
				What:    "both scale it and take it back, each by its own plan",
				Related: []mesh.Evidence{{What: "the other controller", Origin: first.Origin}}})
		} else {
			targets[r.Target] = r
		}
		for _, w := range r.Writes {
			if first := writers[w.Resource]; first != nil && first != r {
				r.Contests = append(r.Contests, mesh.Contest{Resource: w.Resource, With: first.Title(), Origin: w.Origin,
					What:    "each overwrites the " + w.What + " of the other",
					Related: []mesh.Evidence{{What: "the other controller", Origin: first.Origin}}})
			} else if first == nil {
				writers[w.Resource] = r
			}
			b.reverted(r, w)
		}
		b.failsOver(r, splits)
		b.scaled(r)
	}
}

// reverted notes the keepers that undo the weights which a rollout writes. What a controller made itself stands in no
// Git.
func (b *builder) reverted(r *mesh.Rollout, w mesh.Written) {
	if w.What != "weights" {
		return // labels that Argo Rollouts adds to a selector are left alone: Git does not name them
	}
	key := objectKey{groups[w.Kind], w.Kind, w.Namespace, w.Name}
	d := b.objects[key]
	if d == nil {
		return
	}
	for _, o := range headOf(d).OwnerReferences {
		if o.Kind == "Canary" {
			return
		}
	}
	for _, k := range b.keepersOf(d) {
		if !k.rollout.Reverts.Or(false) || b.ignores(k, key) {
			continue
		}
		r.Contests = append(r.Contests, mesh.Contest{Resource: w.Resource, With: k.rollout.Title(), Origin: k.rollout.Reverts.Origin,
			What: fmt.Sprintf("%s puts the weights back that stand in Git, whatever step the release is at", k.rollout.Controller),
			Related: []mesh.Evidence{{What: "the weights in Git", Origin: mesh.At(d, "/spec")},
				{What: "who else writes them", Origin: w.Origin}}})
	}
}

// failoverLabel marks a TrafficSplit that linkerd-failover writes.
const failoverLabel = "failover.linkerd.io/controlled-by"

// failovers are the TrafficSplits of linkerd-failover by namespace and apex Service.
func (b *builder) failovers() map[objectKey]*source.Document {
	list := map[objectKey]*source.Document{}
	for key, d := range b.objects {
		var o struct {
			Spec struct {
				Service string `json:"service"`
			} `json:"spec"`
		}
		if key.kind != "TrafficSplit" || headOf(d).Labels[failoverLabel] == "" || json.Unmarshal(d.JSON, &o) != nil || o.Spec.Service == "" {
			continue
		}
		apex := objectKey{kind: "Service", namespace: key.namespace, name: o.Spec.Service}
		if first := list[apex]; first == nil || d.Name < first.Name {
			list[apex] = d
		}
	}
	return list
}

// failsOver notes that a Canary and linkerd-failover split the same Service.
func (b *builder) failsOver(r *mesh.Rollout, splits map[objectKey]*source.Document) {
	d := splits[objectKey{kind: "Service", namespace: r.Namespace, name: r.Apex.Or("")}]
	if d == nil || r.Controller != mesh.Flagger || len(r.Writes) == 0 {
		return
	}
	if kind := r.Writes[0].Kind; kind != "TrafficSplit" && kind != "HTTPRoute" {
		return
	}
	r.Contests = append(r.Contests, mesh.Contest{Resource: b.resource("TrafficSplit", cmp.Or(d.Namespace, "default"), d.Name), With: "linkerd-failover",
		Origin: r.Writes[0].Origin, What: "one splits its requests by version and the other by health, and only one of the two is obeyed",
		Related: []mesh.Evidence{{What: "the split of linkerd-failover", Origin: mesh.At(d, "")}}})
}

// scaled notes autoscalers that count the pods of something which the controller scales itself.
func (b *builder) scaled(r *mesh.Rollout) {
	w := r.Workload
	switch r.Controller {
	case mesh.Flagger:
		d := b.canaries[r]
		if w == nil || w.Autoscale == nil || d == nil || d.Spec.AutoscalerRef != nil {
			return
		}
		r.Contests = append(r.Contests, mesh.Contest{Resource: r.Target, With: "its HorizontalPodAutoscaler", Origin: mesh.At(r.Origin.In, "/spec/autoscalerRef"),
			What:    "without autoscalerRef the autoscaler stays with the new version, which Flagger scales to zero, and the primary, which takes the requests, keeps a fixed number of pods",
			Related: []mesh.Evidence{{What: "the autoscaler", Origin: w.Autoscale.Origin}}})
	case mesh.ArgoRollouts:
		lent := b.workload("Deployment", r.Namespace, b.borrowed[r])
		if lent == nil || lent.Autoscale == nil {
			return
		}
		r.Contests = append(r.Contests, mesh.Contest{Resource: b.resource("Deployment", lent.Namespace, lent.Name), With: "its HorizontalPodAutoscaler", Origin: mesh.At(r.Origin.In, "/spec/workloadRef"),
			What:    "the autoscaler scales the Deployment, which the Rollout scales to zero, and the Rollout's own pods are never scaled",
			Related: []mesh.Evidence{{What: "the autoscaler", Origin: lent.Autoscale.Origin}}})
	}
}

// counted notes a number of pods in Git that a keeper puts back after each decision of an autoscaler.
func (b *builder) counted(k *keeper, r *mesh.Rollout, d *source.Document) {
	at := r.Workload.Replicas.Origin
	if at.In == nil || !r.Workload.Replicas.IsKnown() || !k.rollout.Reverts.Or(false) || b.ignores(k, keyOf(d)) {
		return
	}
	r.Contests = append(r.Contests, mesh.Contest{Resource: r.Target, With: "its HorizontalPodAutoscaler", Origin: at,
		What: fmt.Sprintf("%s puts back the %d replicas that stand in Git, whatever the autoscaler needs", r.Controller, r.Workload.Replicas.V),
		Related: []mesh.Evidence{{What: "the autoscaler", Origin: r.Workload.Autoscale.Origin},
			{What: "what is put back", Origin: k.rollout.Reverts.Origin}}})
}
