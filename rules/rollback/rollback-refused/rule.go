// Package rollbackrefused speaks for ways back by hand that a controller refuses, or undoes.
package rollbackrefused

import (
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	served := p.Graph.Served()
	for _, r := range p.Graph.Rollouts {
		what, at := judge(r)
		if what == "" || r.Workload == nil || goesBack(p.Graph.RolloutsOf(r.Workload)) {
			continue
		}
		for _, s := range served.Of(r) {
			if failover.PromisesReleases(s) {
				p.Report(analyzer.Finding{Level: analyzer.Note, Service: s, Origin: at, Message: fmt.Sprintf(
					"If a new version of %s turns out to be bad, %s %s in %s goes back by a change in Git alone: %s.",
					s.Name, r.Workload.Kind, r.Workload.Name, r.Workload.Cluster, what)})
			}
		}
	}
}

// judge says what the controller does with a rollback by hand, and the line that decides.
func judge(r *mesh.Rollout) (string, mesh.Origin) {
	switch {
	case r.Controller == mesh.ArgoCD && r.Refuses.Or(false) && r.Reverts.Or(false):
		return r.Title() + " refuses to roll back while it syncs by itself, and undoes what is rolled back with kubectl", r.Refuses.Origin
	case r.Controller == mesh.ArgoCD && r.Refuses.Or(false):
		return r.Title() + " refuses to roll back while it syncs by itself, and its next sync undoes what is rolled back with kubectl", r.Refuses.Origin
	case r.Controller == mesh.FluxKustomization && r.Reverts.Or(false):
		return r.Title() + " has no way back of its own, and undoes what is rolled back with kubectl", r.Origin
	}
	return "", mesh.Origin{}
}

// goesBack reports whether a controller takes the workload back by itself, or may: nobody has to do it by hand then.
func goesBack(list []*mesh.Rollout) bool {
	for _, r := range list {
		if a := r.Analysis.Automatic; r.Controller.Progressive() && (a.Or(false) || a.State == mesh.Unknown) {
			return true
		}
	}
	return false
}
