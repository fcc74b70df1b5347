package kubernetes

import (
	"github.com/passmuster/muster/mesh"
)

// scaleTarget names what an autoscaler scales.
type scaleTarget struct{ namespace, kind, name string }

type autoscaler struct {
	target scaleTarget
	mesh.Autoscale
}

func newAutoscaler(r *reading, o *autoscalerObject) *autoscaler {
	spec := o.Spec
	a := &autoscaler{target: scaleTarget{r.key.Namespace, spec.ScaleTargetRef.Kind, spec.ScaleTargetRef.Name}}
	a.Min, a.Max = 1, int(max(spec.MaxReplicas, 0))
	a.Origin, a.MaxOrigin = mesh.At(r.doc, "/spec/minReplicas"), mesh.At(r.doc, "/spec/maxReplicas")
	if spec.MinReplicas != nil {
		a.Min = int(max(*spec.MinReplicas, 0))
	}
	switch {
	case spec.TargetCPU != nil:
		a.Utilisation = int(*spec.TargetCPU)
	case len(spec.Metrics) == 0:
		a.Utilisation = 80 // Kubernetes: the metric of an autoscaler that names none
	}
	for _, m := range spec.Metrics {
		if m.Resource.Name == "cpu" {
			a.Utilisation = int(max(m.Resource.Target.AverageUtilization, m.Resource.TargetAverageUtilization))
		}
	}
	return a
}

type disruptionBudget struct {
	key      Key
	selector *labelSelector
	mesh.DisruptionBudget
}

func newDisruptionBudget(r *reading, o *disruptionBudgetObject) *disruptionBudget {
	b := &disruptionBudget{key: r.key, selector: o.Spec.Selector}
	b.MinAvailable, b.MaxUnavailable = o.Spec.MinAvailable.text, o.Spec.MaxUnavailable.text
	b.Origin = mesh.At(r.doc, "/spec")
	if r.doc.APIVersion == "policy/v1beta1" && b.selector.isEmpty() {
		b.selector = nil // before policy/v1 an empty selector selected nothing
	}
	return b
}

// budgets finds the disruption budgets of pods by one label that each of them asks for; those
// that ask for none are kept by namespace.
type budgets struct {
	byLabel map[labelKey][]*disruptionBudget
	others  map[string][]*disruptionBudget
}

func (x *budgets) add(b *disruptionBudget) {
	if b.selector == nil {
		return
	}
	if len(b.selector.MatchLabels) == 0 {
		x.others[b.key.Namespace] = append(x.others[b.key.Namespace], b)
		return
	}
	var rarest labelKey // the longest value is the least likely to be shared by a whole namespace
	for k, v := range b.selector.MatchLabels {
		if len(v) > len(rarest.value) || len(v) == len(rarest.value) && k > rarest.key {
			rarest = labelKey{b.key.Namespace, k, v}
		}
	}
	x.byLabel[rarest] = append(x.byLabel[rarest], b)
}

// of is the budget that selects pods with the given labels: the first by name if there are
// several (Kubernetes then refuses every eviction), nil if there is none.
func (x *budgets) of(namespace string, labels map[string]string) *mesh.DisruptionBudget {
	var found *disruptionBudget
	look := func(candidates []*disruptionBudget) {
		for _, b := range candidates {
			if (found == nil || b.key.Name < found.key.Name) && b.selector.matches(labels) {
				found = b
			}
		}
	}
	look(x.others[namespace])
	for k, v := range labels {
		look(x.byLabel[labelKey{namespace, k, v}])
	}
	if found == nil {
		return nil
	}
	return &found.DisruptionBudget
}
