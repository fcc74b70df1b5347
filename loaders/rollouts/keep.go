package rollouts

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// keeper is a controller that applies objects which somebody else writes: out of Git, or out of a chart.
type keeper struct {
	rollout *mesh.Rollout
	here    bool // it applies to the cluster that it stands in
	ignored []ignoredField
	app     string // Argo CD: its name in the marks of objects
	release string // Helm: the name of the release
	into    string // Helm: its namespace
}

// places are the directories that keepers apply.
type places map[string][]place

type place struct {
	*keeper
	recursive bool
}

// deepest bounds how many directories of a path are looked at.
const deepest = 24

// add notes the directory of a keeper. One that some program fills in, or that is the root, tells nothing.
func (p *places) add(dir string, recursive bool, k *keeper) {
	dir = strings.Trim(path.Clean(strings.TrimPrefix(dir, "./")), "/")
	if dir == "." || dir == "" || strings.HasPrefix(dir, "..") || placeholder(dir) {
		return
	}
	if *p == nil {
		*p = places{}
	}
	(*p)[dir] = append((*p)[dir], place{k, recursive})
}

// mostKeepers bounds how many controllers are taken to apply one object.
const mostKeepers = 8

// of are the keepers whose directory holds a file. Paths of Git begin at its root, and the inputs may lie deeper: a directory
// of two names or more may begin anywhere.
func (p places) of(file string) []*keeper {
	var list []*keeper
	names := strings.Split(path.Dir(file), "/")
	if len(p) == 0 || len(names) > deepest {
		return nil
	}
	for from := range names {
		for to := from + 1; to <= len(names); to++ {
			if from > 0 && to-from < 2 {
				continue
			}
			for _, at := range p[strings.Join(names[from:to], "/")] {
				if (at.recursive || to == len(names)) && len(list) < mostKeepers && !slices.Contains(list, at.keeper) {
					list = append(list, at.keeper)
				}
			}
		}
	}
	return list
}

// Marks that controllers leave on what they apply.
const (
	argoInstance = "argocd.argoproj.io/instance"
	argoTracking = "argocd.argoproj.io/tracking-id"
	fluxName     = "kustomize.toolkit.fluxcd.io/name"
	fluxSpace    = "kustomize.toolkit.fluxcd.io/namespace"
	helmName     = "helm.toolkit.fluxcd.io/name"
	helmSpace    = "helm.toolkit.fluxcd.io/namespace"
	fluxMode     = "kustomize.toolkit.fluxcd.io/reconcile"
	fluxApply    = "kustomize.toolkit.fluxcd.io/ssa"
	releaseName  = "meta.helm.sh/release-name"
	releaseSpace = "meta.helm.sh/release-namespace"
	managedBy    = "app.kubernetes.io/managed-by" // what charts write by convention
	instance     = "app.kubernetes.io/instance"
)

// keepersOf are the controllers that apply an object: by the marks that it carries, else by the file that it stands in.
func (b *builder) keepersOf(d *source.Document) []*keeper {
	h := headOf(d)
	app, _, _ := strings.Cut(h.Annotations[argoTracking], ":")
	if app == "" {
		app = h.Labels[argoInstance]
	}
	byHelm := h.Annotations[releaseName]
	if h.Labels[managedBy] == "Helm" {
		byHelm = cmp.Or(byHelm, h.Labels[instance])
	}
	var list []*keeper
	for _, k := range b.keepers {
		if len(list) == mostKeepers || app+h.Labels[fluxName]+h.Labels[helmName]+byHelm == "" {
			break
		}
		r := k.rollout
		marked := false
		switch r.Controller {
		case mesh.ArgoCD:
			marked = app != "" && (app == k.app || app == r.Namespace+"_"+k.app) && r.Kind == "Application"
		case mesh.FluxKustomization:
			marked = h.Labels[fluxName] == r.Name && h.Labels[fluxSpace] == r.Namespace
		case mesh.FluxHelm:
			marked = h.Labels[helmName] == r.Name && h.Labels[helmSpace] == r.Namespace ||
				byHelm == k.release && cmp.Or(h.Annotations[releaseSpace], d.Namespace) == k.into
		}
		if marked && k.here {
			list = append(list, k)
		}
	}
	if len(list) == 0 {
		list = b.places.of(d.File)
	}
	if h.Annotations[fluxMode] == "disabled" || h.Annotations[fluxApply] != "" {
		list = slices.DeleteFunc(list, func(k *keeper) bool { return k.rollout.Controller == mesh.FluxKustomization })
	}
	return list
}

// mostRollouts bounds what is made of one cluster.
const mostRollouts = 50_000

// keep lists what each keeper applies of the workloads, one rollout for each; one without any is listed by itself.
func (b *builder) keep(workloads []*mesh.Workload) {
	if len(b.keepers) == 0 {
		return
	}
	kept := map[*keeper]bool{}
	for _, w := range workloads {
		d, ok := w.Origin.In.(*source.Document)
		if !ok || len(b.out.Rollouts) > mostRollouts {
			continue
		}
		for _, k := range b.keepersOf(d) {
			one := *k.rollout
			one.Workload, one.Target = w, b.resource(w.Kind, w.Namespace, w.Name)
			if w.Autoscale != nil {
				b.counted(k, &one, d)
			}
			b.out.Rollouts = append(b.out.Rollouts, &one)
			kept[k] = true
		}
	}
	for _, k := range b.keepers {
		if !kept[k] {
			b.out.Rollouts = append(b.out.Rollouts, k.rollout)
		}
	}
}
