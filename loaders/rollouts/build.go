// Package rollouts reads what releases versions and takes them back: Flagger, Argo Rollouts, Argo CD and Flux. It
// answers whether a bad version goes back by itself, how long that takes, and who works against whom.
package rollouts

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// Input is the objects of one cluster, and what runs in it.
type Input struct {
	Docs      []*source.Document
	Inventory *kubernetes.Inventory
}

// Result is what the controllers of one cluster do.
type Result struct {
	Rollouts    []*mesh.Rollout // by controller, namespace, name and workload
	Facts       []*mesh.Fact
	Diagnostics []source.Diagnostic
}

// The API groups that Build reads.
const (
	groupFlagger   = "flagger.app"
	groupArgo      = "argoproj.io"
	groupHelm      = "helm.toolkit.fluxcd.io"
	groupKustomize = "kustomize.toolkit.fluxcd.io"
)

// kinds are the kinds that Build reads, by API group.
var kinds = map[string][]string{
	groupFlagger:   {"Canary"},
	groupArgo:      {"Rollout", "AnalysisTemplate", "ClusterAnalysisTemplate", "Application", "ApplicationSet"},
	groupHelm:      {"HelmRelease"},
	groupKustomize: {"Kustomization"},
}

// Handles reports whether Build reads objects of a kind.
func Handles(apiVersion, kind string) bool {
	return slices.Contains(kinds[groupOf(apiVersion)], kind)
}

func groupOf(apiVersion string) string {
	group, _, named := strings.Cut(apiVersion, "/")
	if !named {
		return ""
	}
	return group
}

// objectKey names an object of the cluster, whatever version it is written in.
type objectKey struct{ group, kind, namespace, name string }

func keyOf(d *source.Document) objectKey {
	k := objectKey{groupOf(d.APIVersion), d.Kind, cmp.Or(d.Namespace, "default"), d.Name}
	if k.kind == "ClusterAnalysisTemplate" {
		k.namespace = ""
	}
	return k
}

type builder struct {
	out     *Result
	cluster string
	// objects are the documents that matter here by key; of two definitions the first counts.
	objects   map[objectKey]*source.Document
	workloads map[objectKey]*mesh.Workload // without group
	templates map[objectKey]*template
	keepers   []*keeper
	places    places
	settings  map[string]string // of Argo CD: ConfigMap argocd-cm
	canaries  map[*mesh.Rollout]*canaryObject
	borrowed  map[*mesh.Rollout]string // the Deployment whose template a Rollout runs
}

// Build reads the rollout controllers' objects of one cluster. What cannot be read is reported, and makes what it
// decides unknown. Documents of other kinds only tell which objects exist.
func Build(in Input) *Result {
	b := &builder{out: &Result{}, cluster: in.Inventory.Cluster, objects: map[objectKey]*source.Document{},
		workloads: map[objectKey]*mesh.Workload{}, templates: map[objectKey]*template{},
		canaries: map[*mesh.Rollout]*canaryObject{}, borrowed: map[*mesh.Rollout]string{}}
	if !slices.ContainsFunc(in.Docs, func(d *source.Document) bool { return Handles(d.APIVersion, d.Kind) }) {
		return b.out
	}
	var own []*source.Document
	for _, d := range in.Docs {
		if d.Name == "" {
			continue
		}
		key := keyOf(d)
		if b.objects[key] != nil {
			continue
		}
		b.objects[key] = d
		if Handles(d.APIVersion, d.Kind) {
			own = append(own, d)
		}
	}
	for _, w := range in.Inventory.Workloads {
		b.workloads[objectKey{kind: w.Kind, namespace: w.Namespace, name: w.Name}] = w
	}
	for key, m := range in.Inventory.ConfigMaps {
		if key.Name == "argocd-cm" {
			b.settings = m.Data
		}
	}
	b.read(own)
	b.keep(in.Inventory.Workloads)
	b.contest()
	slices.SortStableFunc(b.out.Rollouts, func(x, y *mesh.Rollout) int {
		return cmp.Or(cmp.Compare(x.Controller, y.Controller), cmp.Compare(x.Namespace, y.Namespace), cmp.Compare(x.Name, y.Name),
			cmp.Compare(idOf(x.Workload), idOf(y.Workload)))
	})
	return b.out
}

func idOf(w *mesh.Workload) string {
	if w == nil {
		return ""
	}
	return w.ID
}

// read decodes the controllers' objects: templates first, which others refer to.
func (b *builder) read(docs []*source.Document) {
	for _, d := range docs {
		if strings.HasSuffix(d.Kind, "AnalysisTemplate") {
			b.readTemplate(d)
		}
	}
	for _, d := range docs {
		switch d.Kind {
		case "Canary":
			b.readCanary(d)
		case "Rollout":
			b.readRollout(d)
		case "Application":
			b.readApplication(d)
		case "ApplicationSet":
			b.readApplicationSet(d)
		case "HelmRelease":
			b.readHelmRelease(d)
		case "Kustomization":
			b.readKustomization(d)
		}
	}
}

// object decodes a document. A value of the wrong type is reported, and then the object is not whole: what its
// absence would mean is not known.
func object[T any](b *builder, d *source.Document) (v *T, whole bool) {
	v, diags := kubernetes.Read[T](d)
	b.out.Diagnostics = append(b.out.Diagnostics, diags...)
	return v, len(diags) == 0
}

// begin is a rollout that nothing is known of but its object.
func (b *builder) begin(c mesh.Controller, d *source.Document) *mesh.Rollout {
	r := &mesh.Rollout{Controller: c, Resource: d.Resource(), Origin: mesh.At(d, "")}
	r.Namespace, r.Cluster = cmp.Or(r.Namespace, "default"), b.cluster
	return r
}

func (b *builder) workload(kind, namespace, name string) *mesh.Workload {
	return b.workloads[objectKey{kind: kind, namespace: namespace, name: name}]
}

// resource names an object of the cluster.
func (b *builder) resource(kind, namespace, name string) mesh.Resource {
	return mesh.Resource{Kind: kind, Namespace: namespace, Name: name, Cluster: b.cluster}
}

// head is what an object says of itself.
type head struct {
	Labels          map[string]string `json:"labels"`
	Annotations     map[string]string `json:"annotations"`
	OwnerReferences []struct {
		Kind string `json:"kind"`
	} `json:"ownerReferences"`
}

// headOf reads labels, annotations and owners; those of an object that cannot be read are none.
func headOf(d *source.Document) head {
	var o struct {
		Metadata head `json:"metadata"`
	}
	for _, word := range []string{`"labels"`, `"annotations"`, `"ownerReferences"`} {
		if bytes.Contains(d.JSON, []byte(word)) {
			if json.Unmarshal(d.JSON, &o) != nil {
				return head{}
			}
			break
		}
	}
	return o.Metadata
}

// unknownField notes a field that the API does not know, and that therefore does nothing.
func (b *builder) unknownField(d *source.Document, path, message string) {
	r := d.Resource()
	r.Namespace, r.Cluster = cmp.Or(r.Namespace, "default"), b.cluster
	b.out.Facts = append(b.out.Facts, &mesh.Fact{Kind: mesh.FactUnknownField, Origin: mesh.At(d, path), Message: message, Resource: r})
}
