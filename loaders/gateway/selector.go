package gateway

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Selector chooses namespaces by their labels. A nil Selector chooses none, an empty one all.
type Selector struct {
	labels map[string]string
	terms  []metav1.LabelSelectorRequirement
}

func newSelector(s *metav1.LabelSelector) *Selector {
	if s == nil {
		return nil
	}
	return &Selector{labels: s.MatchLabels, terms: s.MatchExpressions}
}

// Matches reports whether the selector chooses what has these labels. An operator that Kubernetes does not know chooses nothing.
func (s *Selector) Matches(labels map[string]string) bool {
	if s == nil {
		return false
	}
	for k, v := range s.labels {
		if have, ok := labels[k]; !ok || have != v {
			return false
		}
	}
	return !slices.ContainsFunc(s.terms, func(t metav1.LabelSelectorRequirement) bool { return !holds(t, labels) })
}

func holds(t metav1.LabelSelectorRequirement, labels map[string]string) bool {
	v, present := labels[t.Key]
	switch t.Operator {
	case metav1.LabelSelectorOpIn:
		return present && slices.Contains(t.Values, v)
	case metav1.LabelSelectorOpNotIn:
		return !present || !slices.Contains(t.Values, v)
	case metav1.LabelSelectorOpExists:
		return present
	case metav1.LabelSelectorOpDoesNotExist:
		return !present
	}
	return false
}
