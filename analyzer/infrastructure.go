package analyzer

import (
	"iter"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// RecordLosses are the losses of one kind in records that are written to lead callers elsewhere when an answer is gone.
func (p *Pass) RecordLosses(kind mesh.LossKind) iter.Seq2[*mesh.Record, mesh.Loss] {
	return func(yield func(*mesh.Record, mesh.Loss) bool) {
		for _, r := range p.Graph.Records {
			if !r.Moves() {
				continue
			}
			for _, l := range r.Losses {
				if l.Kind == kind && !yield(r, l) {
					return
				}
			}
		}
	}
}

// ReportRecords tells of each loss of a kind what becomes of callers. Where a promised cell breaks of it, that is told in its place.
func (p *Pass) ReportRecords(kind mesh.LossKind, message func(*mesh.Record, mesh.Loss) string) {
	for r, l := range p.RecordLosses(kind) {
		p.Report(Finding{Level: Error, Service: p.Graph.Service(r.Service), Origin: l.Origin, Message: message(r, l)})
	}
}

// Stakes is what somebody promises of an environment.
type Stakes int

// What may be promised of an environment.
const (
	NoStakes Stakes = iota
	Inferred        // services that stand in several places, or move between them
	Declared        // an objective that lists the loss of a place
)

// Stakes tells what is promised about the loss of a place, of services in the clusters of an environment and of its records.
func (p *Pass) Stakes(environment string) Stakes {
	clusters := []string{}
	for _, e := range p.Graph.Environments {
		if e.Name == environment {
			clusters = e.Clusters
		}
	}
	ours := map[mesh.ServiceID]bool{}
	for _, r := range p.Graph.Records {
		if r.Environment == environment && r.Service != "" {
			ours[r.Service] = true
		}
	}
	most := NoStakes
	for _, s := range p.Graph.Services {
		if !ours[s.ID] && !slices.ContainsFunc(s.Clusters, func(c string) bool { return slices.Contains(clusters, c) }) {
			continue
		}
		switch {
		case s.Objective != nil && slices.ContainsFunc(s.Objective.Survive, ofPlace):
			return Declared
		case failover.HasIntent(s):
			most = Inferred
		}
	}
	return most
}

// ofPlace reports whether an entry of an objective speaks of a region or a cluster.
func ofPlace(what string) bool {
	kind, _, _ := strings.Cut(what, "=")
	return kind == "region" || kind == "cluster" || kind == "datacenter"
}

// Loud is the level of what costs data or the way back in an environment: an error under an objective, a warning under intent.
func (s Stakes) Loud() Level {
	if s == Declared {
		return Error
	}
	return Warning
}
