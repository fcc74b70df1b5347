package kubernetes

import (
	"maps"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// workloadKey names a workload of the cluster.
type workloadKey struct {
	kind string
	Key
}

// listedPod is a pod of the inputs with its manifest.
type listedPod struct {
	*Pod
	manifest *podManifest
}

// attach finds the workload of every pod that the inputs hold: by its owner, by a workload whose
// selector matches, or as a workload of its own. It returns the workloads that only their pods
// tell of.
func (b *builder) attach(workloads []*workload, pods []listedPod, absent []*podManifest) []*workload {
	byKey := make(map[workloadKey]*workload, len(workloads))
	for _, w := range workloads {
		byKey[workloadKey{w.Kind, Key{w.Namespace, w.Name}}] = w
	}
	for _, m := range absent {
		if owner, owned := b.owner(m, byKey); owned && byKey[owner] != nil {
			byKey[owner].present = true
		}
	}
	var implied []*workload
	owned := make([]bool, len(pods))
	for i, p := range pods {
		owner, ok := b.owner(p.manifest, byKey)
		if !ok {
			continue
		}
		owned[i] = true
		w := byKey[owner]
		if w == nil {
			w = b.newWorkload(owner.kind, owner.Key, p.Doc, p.manifest.template.withoutHashes())
			w.Replicas = mesh.Of(0, mesh.Origin{Note: "pods in the inputs"})
			w.depends = p.manifest.depends
			implied = append(implied, w)
			byKey[owner] = w
		}
		w.adopt(p.Pod)
	}
	for _, w := range implied {
		w.Replicas.V = len(w.pods)
	}
	b.attachBySelector(workloads)
	for i, p := range pods {
		if owned[i] || p.Workload != nil {
			continue
		}
		w := b.newWorkload("Pod", p.Key, p.Doc, p.manifest.template)
		w.Replicas = mesh.Of(1, mesh.At(p.Doc, ""))
		w.depends = p.manifest.depends
		w.adopt(p.Pod)
		implied = append(implied, w)
	}
	return implied
}

// attachBySelector gives pods without an owner to the first workload that selects them. A
// workload that selects any pod at all is present in the inputs.
func (b *builder) attachBySelector(workloads []*workload) {
	for _, w := range workloads {
		if w.selector.isEmpty() {
			continue
		}
		for _, p := range b.inv.pods.selected(w.Namespace, w.selector) {
			w.present = true
			if p.Workload == nil {
				w.adopt(p)
			}
		}
	}
}

func (w *workload) adopt(p *Pod) {
	w.present, p.Workload = true, w.Workload
	w.pods = append(w.pods, p)
}

// owner is the workload that a pod's owner reference leads to. Deployments and CronJobs own their
// pods through a ReplicaSet or Job, which a fleet's files seldom contain: its name is the owner's
// name and a suffix.
func (b *builder) owner(m *podManifest, known map[workloadKey]*workload) (workloadKey, bool) {
	ref := m.owner
	if ref.Kind == "" || ref.Kind == "Node" { // a static pod belongs to its Node
		return workloadKey{}, false
	}
	key := workloadKey{ref.Kind, Key{m.key.Namespace, ref.Name}}
	if above, ok := b.owned[key]; ok {
		return workloadKey{above.Kind, Key{m.key.Namespace, above.Name}}, true
	}
	if known[key] != nil {
		return key, true
	}
	base, _ := cutLast(ref.Name, '-')
	above := func(kind string) workloadKey { return workloadKey{kind, Key{m.key.Namespace, base}} }
	switch ref.Kind {
	case "ReplicaSet":
		for _, kind := range []string{"Deployment", "Rollout"} {
			if known[above(kind)] != nil {
				return above(kind), true
			}
		}
		if hash := m.template.labels["rollouts-pod-template-hash"]; hash != "" && strings.HasSuffix(ref.Name, "-"+hash) {
			return above("Rollout"), true
		}
		if hash := m.template.labels["pod-template-hash"]; hash != "" && strings.HasSuffix(ref.Name, "-"+hash) {
			return above("Deployment"), true
		}
	case "Job":
		if known[above("CronJob")] != nil {
			return above("CronJob"), true
		}
	}
	return key, true
}

func cutLast(s string, sep byte) (before string, found bool) {
	if i := strings.LastIndexByte(s, sep); i > 0 {
		return s[:i], true
	}
	return s, false
}

// hashLabels are what controllers add to the labels of a template.
var hashLabels = []string{
	"pod-template-hash", "rollouts-pod-template-hash", "controller-revision-hash", "pod-template-generation",
	podNameLabel, podIndexLabel,
	"controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name",
}

// Labels by which a Service can select one pod of a StatefulSet.
const (
	podNameLabel  = "statefulset.kubernetes.io/pod-name"
	podIndexLabel = "apps.kubernetes.io/pod-index"
)

// withoutHashes is the template that a controller made a pod from, as far as the pod shows it.
func (t *template) withoutHashes() *template {
	made := *t
	made.labels = maps.Clone(t.labels)
	for _, label := range hashLabels {
		delete(made.labels, label)
	}
	return &made
}
