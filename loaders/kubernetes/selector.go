package kubernetes

import (
	"slices"
	"strconv"
)

// labelSelector is metav1.LabelSelector. A nil selector selects nothing, an empty one everything.
type labelSelector struct {
	MatchLabels      map[string]string `json:"matchLabels"`
	MatchExpressions []requirement     `json:"matchExpressions"`
}

// requirement is a term of a label selector or of a node selector.
type requirement struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
}

func (s *labelSelector) matches(labels map[string]string) bool {
	return s != nil && subset(s.MatchLabels, labels) && matchAll(s.MatchExpressions, labels)
}

func (s *labelSelector) isEmpty() bool {
	return s == nil || len(s.MatchLabels)+len(s.MatchExpressions) == 0
}

func matchAll(requirements []requirement, labels map[string]string) bool {
	for _, r := range requirements {
		if !r.matches(labels) {
			return false
		}
	}
	return true
}

// matches evaluates the operators of label selectors and of node selectors (Gt, Lt). An operator
// that Kubernetes does not know matches nothing.
func (r requirement) matches(labels map[string]string) bool {
	v, present := labels[r.Key]
	switch r.Operator {
	case "In":
		return present && slices.Contains(r.Values, v)
	case "NotIn":
		return !present || !slices.Contains(r.Values, v)
	case "Exists":
		return present
	case "DoesNotExist":
		return !present
	case "Gt", "Lt":
		if len(r.Values) != 1 {
			return false
		}
		have, err := strconv.Atoi(v)
		limit, err2 := strconv.Atoi(r.Values[0])
		return err == nil && err2 == nil && (r.Operator == "Gt" && have > limit || r.Operator == "Lt" && have < limit)
	}
	return false
}

func subset(selector, labels map[string]string) bool {
	for k, v := range selector {
		if have, ok := labels[k]; !ok || have != v {
			return false
		}
	}
	return true
}

// labelKey is one label in one namespace.
type labelKey struct{ namespace, key, value string }

// podIndex finds pods by name, namespace and label.
type podIndex struct {
	byName      map[Key]*Pod
	byNamespace map[string][]*Pod
	byLabel     map[labelKey][]*Pod
}

// newPodIndex indexes pods that are sorted by namespace and name.
func newPodIndex(pods []*Pod) podIndex {
	x := podIndex{
		byName:      make(map[Key]*Pod, len(pods)),
		byNamespace: map[string][]*Pod{},
		byLabel:     make(map[labelKey][]*Pod, len(pods)),
	}
	for _, p := range pods {
		x.byName[p.Key] = p
		x.byNamespace[p.Namespace] = append(x.byNamespace[p.Namespace], p)
		for k, v := range p.Labels {
			at := labelKey{p.Namespace, k, v}
			x.byLabel[at] = append(x.byLabel[at], p)
		}
	}
	return x
}

// candidates are the pods that have the rarest label of a selector: a superset of what it
// selects. With no label to look up, all pods of the namespace.
func (x podIndex) candidates(namespace string, selector map[string]string) []*Pod {
	best := x.byNamespace[namespace]
	for k, v := range selector {
		if pods := x.byLabel[labelKey{namespace, k, v}]; len(pods) < len(best) {
			best = pods
		}
	}
	return best
}

func (x podIndex) selected(namespace string, s *labelSelector) []*Pod {
	var out []*Pod
	for _, p := range x.candidates(namespace, s.MatchLabels) {
		if s.matches(p.Labels) {
			out = append(out, p)
		}
	}
	return out
}

// PodsIn returns the pods of a namespace.
func (inv *Inventory) PodsIn(namespace string) []*Pod { return inv.pods.byNamespace[namespace] }

// Pod returns the pod with a name, or nil.
func (inv *Inventory) Pod(key Key) *Pod { return inv.pods.byName[key] }

// SelectPods returns the pods that a Service's selector selects, sorted by name. An empty
// selector selects nothing, as for Services.
func (inv *Inventory) SelectPods(namespace string, selector map[string]string) []*Pod {
	if len(selector) == 0 {
		return nil
	}
	var out []*Pod
	for _, p := range inv.pods.candidates(namespace, selector) {
		if subset(selector, p.Labels) {
			out = append(out, p)
		}
	}
	return out
}
