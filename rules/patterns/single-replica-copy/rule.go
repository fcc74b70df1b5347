// Package singlereplicacopy speaks for regions to which a service can fail over, and in which one pod is all there is.
package singlereplicacopy

import (
	"fmt"
	"maps"
	"slices"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Rule is what the rule does; rule.yaml says what it is.
var Rule = &analyzer.Rule{Run: run}

func run(p *analyzer.Pass) {
	for _, s := range p.Graph.Services {
		if !failover.HasIntent(s) || p.Graph.Gap(s) != nil {
			continue
		}
		copies, known := podsByRegion(s)
		if !known || len(copies) < 2 {
			continue
		}
		for _, region := range slices.Sorted(maps.Keys(copies)) {
			if len(copies[region]) == 1 {
				for _, w := range copies[region] {
					report(p, s, w, region)
				}
			}
		}
	}
}

func report(p *analyzer.Pass, s *mesh.Service, w *mesh.Workload, region string) {
	n, known := w.Replicas.Get()
	at := w.Replicas.Origin
	if w.Autoscale != nil {
		n, known, at = w.Autoscale.Min, true, w.Autoscale.Origin
	}
	if !known || n != 1 {
		return
	}
	if at.In == nil {
		at = w.Origin
	}
	level := analyzer.Note
	if s.Objective != nil {
		level = analyzer.Warning
	}
	p.Report(analyzer.Finding{Level: level, Service: s, Origin: at,
		Message: fmt.Sprintf("If requests to %s fail over to %s, they find one pod, and fail each time it is replaced, until the next one is ready: %s %s in %s runs 1 replica.",
			s.Name, region, w.Kind, w.Name, w.Cluster)})
}

type pod struct{ cluster, name string }

// podsByRegion are the pods of a service, or false if it is not known of each endpoint what it is and where.
func podsByRegion(s *mesh.Service) (map[string]map[pod]*mesh.Workload, bool) {
	regions := map[string]map[pod]*mesh.Workload{}
	for _, e := range s.Endpoints {
		if e.Workload == nil || e.Locality.Region == "" {
			return nil, false
		}
		pods := regions[e.Locality.Region]
		if pods == nil {
			pods = map[pod]*mesh.Workload{}
			regions[e.Locality.Region] = pods
		}
		pods[pod{e.Cluster, e.Name}] = e.Workload
	}
	return regions, true
}
