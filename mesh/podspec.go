package mesh

import (
	"slices"
	"strings"
	"time"
)

// PodSpec is how the pods of a workload run, and how its controller replaces them. A value that
// nobody wrote is absent, and its Origin is where it would stand; what Kubernetes takes instead is
// said beside each.
type PodSpec struct {
	// Containers are the application's: no proxies, and no init containers.
	Containers []Container
	// Startup is the startup probe; nil if there is none. Until it succeeds the other probes wait.
	Startup *Probe
	// TerminationGrace is how long a pod may take to stop; absent = 30 s.
	TerminationGrace Value[time.Duration]
	PriorityClass    Value[string] // absent = the cluster's default
	ServiceAccount   Value[string] // absent = "default"
	Labels           Origin        // of the pods' labels
	Update           Update
}

// Container is one container of the application.
type Container struct {
	Name   string
	Image  Value[Image]
	CPU    Amount
	Memory Amount
	// Ports are those that it declares, of any protocol. Nothing keeps it from serving others.
	Ports []int
	// Readiness, Liveness and Startup are its own probes; nil if it has none.
	Readiness, Liveness, Startup *Probe
	Origin                       Origin
}

// Serving is the container that answers on a port of the pod: the one that declares it, or the only
// one there is; nil if that is not known.
func (s *PodSpec) Serving(port int) *Container {
	var found *Container
	for i := range s.Containers {
		if c := &s.Containers[i]; len(s.Containers) == 1 || slices.Contains(c.Ports, port) {
			if found != nil {
				return nil
			}
			found = c
		}
	}
	return found
}

// Amount is what a container asks for of one resource, and what it may use at most, as written
// ("500m", "512Mi"). Absent = nothing is set aside, and no limit.
type Amount struct {
	Request, Limit Value[string]
}

// Update is how a controller replaces pods.
type Update struct {
	// Strategy is RollingUpdate, Recreate or OnDelete, or for an Argo Rollout Canary or BlueGreen;
	// absent = RollingUpdate.
	Strategy Value[string]
	// MaxUnavailable and MaxSurge are as written ("1", "25%"); absent = 25% for a Deployment, and
	// 1 and 0 for a DaemonSet and a StatefulSet.
	MaxUnavailable, MaxSurge Value[string]
	Partition                Value[int]           // of a StatefulSet: pods of a lower number are left alone; absent = 0
	MinReady                 Value[time.Duration] // how long a new pod has to be ready before it counts; absent = 0
	ProgressDeadline         Value[time.Duration] // until an update counts as failed; absent = 10 min
	Order                    Value[string]        // of a StatefulSet: OrderedReady or Parallel; absent = OrderedReady
	History                  Value[int]           // revisions that are kept to go back to; absent = 10
}

// PodTemplate is implemented by what loaders keep of a workload.
type PodTemplate interface {
	// PodSpec works out what it says on first use, and keeps it. Any goroutine may ask.
	PodSpec() *PodSpec
}

// PodSpec makes a PodSpec its own template, for graphs that are built by hand.
func (s *PodSpec) PodSpec() *PodSpec { return s }

// Spec is how the pods run, worked out on first use. It is empty, and never nil, where nothing is
// known.
func (w *Workload) Spec() *PodSpec {
	if w.Template == nil {
		return &PodSpec{}
	}
	return w.Template.PodSpec()
}

// Label is the Origin of one of the pods' labels.
func (s *PodSpec) Label(key string) Origin {
	return s.Labels.Child(pointerEscapes.Replace(key))
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")
