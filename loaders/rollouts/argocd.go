package rollouts

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

type applicationObject struct {
	Spec applicationSpec `json:"spec"`
}

type applicationSpec struct {
	Source      *applicationSource  `json:"source"`
	Sources     []applicationSource `json:"sources"`
	Destination struct {
		Server    string `json:"server"`
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"destination"`
	SyncPolicy *struct {
		Automated *struct {
			SelfHeal bool  `json:"selfHeal"`
			Prune    bool  `json:"prune"`
			Enabled  *bool `json:"enabled"`
		} `json:"automated"`
	} `json:"syncPolicy"`
	RevisionHistoryLimit *int64         `json:"revisionHistoryLimit"`
	IgnoreDifferences    []ignoredField `json:"ignoreDifferences"`
}

type applicationSource struct {
	Path           string `json:"path"`
	TargetRevision string `json:"targetRevision"`
	Directory      struct {
		Recurse bool `json:"recurse"`
	} `json:"directory"`
}

type ignoredField struct {
	Group     string `json:"group"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
}

type applicationSetObject struct {
	Spec struct {
		TemplatePatch string            `json:"templatePatch"`
		Template      applicationObject `json:"template"`
	} `json:"spec"`
}

func (b *builder) readApplication(d *source.Document) {
	if o, whole := object[applicationObject](b, d); o != nil {
		b.application(d, &o.Spec, "/spec", whole)
	}
}

// readApplicationSet reads what all of its Applications have in common. What a patch may change is not known.
func (b *builder) readApplicationSet(d *source.Document) {
	if o, whole := object[applicationSetObject](b, d); o != nil {
		b.application(d, &o.Spec.Template.Spec, "/spec/template/spec", whole && o.Spec.TemplatePatch == "")
	}
}

// application reads an Application. Argo CD refuses to roll back while it syncs by itself, and with selfHeal it undoes
// what anybody else changes (server/application/application.go, Rollback).
func (b *builder) application(d *source.Document, s *applicationSpec, path string, whole bool) {
	r := b.begin(mesh.ArgoCD, d)
	at := func(p string) mesh.Origin { return mesh.At(d, path+p) }
	r.History = count(s.RevisionHistoryLimit, 10, at("/revisionHistoryLimit"))
	automated := at("/syncPolicy/automated")
	r.Refuses, r.Reverts = mesh.Of(false, at("/syncPolicy")), mesh.Of(false, automated.Child("selfHeal"))
	if s.SyncPolicy != nil && s.SyncPolicy.Automated != nil {
		a := s.SyncPolicy.Automated
		r.Refuses, r.Reverts = mesh.Of(true, automated), mesh.Of(a.SelfHeal, automated.Child("selfHeal"))
		if a.Enabled != nil && !*a.Enabled {
			why := "automated sync is written and not enabled: older versions of Argo CD take it for enabled"
			r.Refuses, r.Reverts = mesh.UnknownOf[bool](why, automated.Child("enabled")), mesh.UnknownOf[bool](why, automated.Child("enabled"))
		}
	}
	if !whole {
		why := "part of the " + d.Kind + " cannot be read, or patched by a template"
		r.Refuses, r.Reverts = mesh.UnknownOf[bool](why, r.Origin), mesh.UnknownOf[bool](why, r.Origin)
	}
	none := mesh.Trigger{Automatic: mesh.Of(false, at("/syncPolicy")), Why: "Argo CD applies what Git says, and goes back when Git does"}
	r.Analysis, r.Deadline = none, none
	k := &keeper{rollout: r, ignored: s.IgnoreDifferences, app: d.Name}
	if s.Destination.Server != "https://kubernetes.default.svc" && s.Destination.Name != "in-cluster" {
		b.keepers = append(b.keepers, k) // which cluster it means, the inputs do not tell
		return
	}
	k.here = true
	for _, src := range append(slices.Clip(s.Sources), deref(s.Source)...) {
		b.places.add(src.Path, src.Directory.Recurse, k)
	}
	b.keepers = append(b.keepers, k)
}

func deref(s *applicationSource) []applicationSource {
	if s == nil {
		return nil
	}
	return []applicationSource{*s}
}

// ignores reports whether Argo CD is told to leave some field of an object alone, by the Application or for all of
// them (ConfigMap argocd-cm, resource.customizations.ignoreDifferences.GROUP_KIND).
func (b *builder) ignores(k *keeper, key objectKey) bool {
	for _, i := range k.ignored {
		if (i.Kind == "" || i.Kind == "*" || i.Kind == key.kind) && (i.Group == "" || i.Group == "*" || i.Group == key.group) &&
			(i.Name == "" || i.Name == key.name) && (i.Namespace == "" || i.Namespace == key.namespace) {
			return true
		}
	}
	for name := range b.settings {
		if rest, ok := strings.CutPrefix(name, "resource.customizations.ignoreDifferences."); ok && (rest == "all" || rest == key.group+"_"+key.kind) {
			return true
		}
	}
	return false
}
