package kubernetes

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Build reads the Kubernetes objects of one cluster. Documents of kinds that it does not handle
// are skipped. What cannot be read is reported, and everything else is in the inventory; of two
// definitions of one object the first counts, and the second is a Fact.
func Build(cluster *mesh.Cluster, docs []*source.Document) (*Inventory, []source.Diagnostic) {
	objects := make([]any, len(docs))
	diagnostics := make([][]source.Diagnostic, len(docs))
	each(len(docs), func(i int) { objects[i], diagnostics[i] = decode(docs[i]) })

	b := newBuilder(cluster)
	b.seen = make(map[workloadKey]*source.Document, len(docs))
	for i, doc := range docs {
		if objects[i] != nil {
			b.add(doc, objects[i])
		}
	}
	b.finish()
	return b.inv, slices.Concat(diagnostics...)
}

// builder puts an inventory together.
type builder struct {
	inv         *Inventory
	cluster     *mesh.Cluster
	seen        map[workloadKey]*source.Document
	nodes       []*Node // sorted by name
	sites       *sites
	manifests   []*workloadManifest
	pods        []*podManifest
	owned       map[workloadKey]ownerReference // ReplicaSets and Jobs, to who made them
	endpoints   map[Key][]*Slice
	autoscalers map[scaleTarget]*mesh.Autoscale
	budgets     budgets
}

func newBuilder(cluster *mesh.Cluster) *builder {
	return &builder{
		inv: &Inventory{
			Cluster:         cluster.Name,
			Namespaces:      map[string]*Namespace{},
			Nodes:           map[string]*Node{},
			Services:        map[Key]*Service{},
			Slices:          map[Key][]*Slice{},
			ConfigMaps:      map[Key]*ConfigMap{},
			ServiceAccounts: map[Key]*ServiceAccount{},
			DependsOn:       map[string][]mesh.Value[string]{},
		},
		cluster:     cluster,
		owned:       map[workloadKey]ownerReference{},
		endpoints:   map[Key][]*Slice{},
		autoscalers: map[scaleTarget]*mesh.Autoscale{},
		budgets:     budgets{map[labelKey][]*disruptionBudget{}, map[string][]*disruptionBudget{}},
	}
}

// add takes in one decoded object.
func (b *builder) add(doc *source.Document, object any) {
	if b.isRepeated(doc) {
		return
	}
	inv := b.inv
	switch o := object.(type) {
	case *Service:
		inv.Services[o.Key] = o
	case ofService:
		to := inv.Slices
		if doc.Kind == "Endpoints" {
			to = b.endpoints
		}
		if o.service.Name != "" {
			to[o.service] = append(to[o.service], o.slices...)
		}
	case *Node:
		inv.Nodes[o.Name] = o
		b.nodes = append(b.nodes, o)
	case *Namespace:
		inv.Namespaces[o.Name] = o
	case *ServiceAccount:
		inv.ServiceAccounts[o.Key] = o
	case *ConfigMap:
		inv.ConfigMaps[o.Key] = o
	case *Ingress:
		inv.Ingresses = append(inv.Ingresses, o)
	case *autoscaler:
		if b.autoscalers[o.target] == nil {
			b.autoscalers[o.target] = &o.Autoscale
		}
	case *disruptionBudget:
		b.budgets.add(o)
	case *podManifest:
		b.pods = append(b.pods, o)
	case *workloadManifest:
		if o.owner.Kind != "" && (o.kind == "ReplicaSet" || o.kind == "Job") {
			b.owned[workloadKey{o.kind, o.key}] = o.owner
			return
		}
		b.manifests = append(b.manifests, o)
	}
}

// isRepeated reports whether an object of the same key came before, and notes it as a Fact.
func (b *builder) isRepeated(doc *source.Document) bool {
	if doc.Name == "" {
		return false // the API server makes up a new name each time
	}
	key := workloadKey{doc.Kind, Key{doc.Namespace, doc.Name}}
	if !isClusterScoped(doc.Kind) {
		key.Namespace = cmp.Or(doc.Namespace, "default")
	} else {
		key.Namespace = ""
	}
	first := b.seen[key]
	if first == nil {
		b.seen[key] = doc
		return false
	}
	if first.File == doc.File && first.Index == doc.Index && first.Line == doc.Line {
		return true // the same text, included twice
	}
	name := key.Name
	if key.Namespace != "" {
		name = key.Namespace + "/" + name
	}
	place := mesh.Position{File: first.File, Line: first.Line}
	b.inv.Facts = append(b.inv.Facts, &mesh.Fact{
		Kind:    mesh.FactDuplicate,
		Origin:  mesh.At(doc, ""),
		Related: []mesh.Evidence{{What: "the definition that counts", Origin: mesh.At(first, "")}},
		Message: doc.Kind + " " + name + " is defined twice in cluster " + b.cluster.Name +
			"; the definition at " + place.String() + " counts, and this one is left out: remove one of them",
		Resource: mesh.Resource{Kind: doc.Kind, Namespace: key.Namespace, Name: key.Name, Cluster: b.cluster.Name},
	})
	return true
}

// finish relates the objects to each other, once all are known.
func (b *builder) finish() {
	inv := b.inv
	slices.SortFunc(b.nodes, func(n, m *Node) int { return cmp.Compare(n.Name, m.Name) })
	slices.SortFunc(inv.Ingresses, func(in, other *Ingress) int { return compareKeys(in.Key, other.Key) })
	for service, subsets := range b.endpoints {
		if inv.Slices[service] == nil {
			inv.Slices[service] = subsets
		}
	}
	b.sites = newSites(b.cluster, b.nodes)

	lent := b.lend()
	workloads := make([]*workload, len(b.manifests))
	each(len(workloads), func(i int) {
		m := b.manifests[i]
		workloads[i] = b.fromManifest(m)
		workloads[i].lent = m.kind == "Deployment" && lent[m.key]
	})

	pods, absent := b.listPods()
	inv.pods = newPodIndex(inv.Pods)
	workloads = slices.Concat(workloads, b.attach(workloads, pods, absent))
	b.addSynthetic(workloads)

	slices.SortFunc(workloads, func(w, v *workload) int { return cmp.Compare(w.ID, v.ID) })
	for _, w := range workloads {
		w.settle()
		inv.Workloads = append(inv.Workloads, w.Workload)
		inv.templates = append(inv.templates, workloadTemplate{w.Workload, w.template})
		if len(w.depends) > 0 {
			inv.DependsOn[w.ID] = w.depends
		}
	}
}

// listPods describes the pods of the inputs that somebody can reach, sorted, and returns the
// manifests of those that nobody can.
func (b *builder) listPods() (pods []listedPod, absent []*podManifest) {
	for _, m := range b.pods {
		if m.absent {
			absent = append(absent, m)
		} else {
			pods = append(pods, listedPod{manifest: m})
		}
	}
	slices.SortStableFunc(pods, func(p, q listedPod) int { return compareKeys(p.manifest.key, q.manifest.key) })
	each(len(pods), func(i int) { pods[i].Pod = b.newPod(pods[i].manifest) })
	for _, p := range pods {
		b.inv.Pods = append(b.inv.Pods, p.Pod)
	}
	return pods, absent
}

// addSynthetic adds the pods of the workloads that have none in the inputs.
func (b *builder) addSynthetic(workloads []*workload) {
	taken := make(map[Key]bool, len(b.pods))
	for _, m := range b.pods {
		taken[m.key] = true
	}
	listed := len(b.inv.Pods)
	for _, w := range workloads {
		b.inv.Pods = append(b.inv.Pods, b.synthesize(w, taken)...)
	}
	if len(b.inv.Pods) > listed {
		slices.SortStableFunc(b.inv.Pods, func(p, q *Pod) int { return compareKeys(p.Key, q.Key) })
		b.inv.pods = newPodIndex(b.inv.Pods)
	}
}

func compareKeys(a, b Key) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// each calls do for 0..n-1 on all processors, in batches.
func each(n int, do func(int)) {
	const batch = 32
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+batch-1)/batch) {
		wg.Go(func() {
			for {
				from := int(next.Add(batch)) - batch
				if from >= n {
					return
				}
				for i := from; i < min(from+batch, n); i++ {
					do(i)
				}
			}
		})
	}
	wg.Wait()
}
