package analyzer

import (
	"fmt"
	"maps"
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Unasked is a failure that the objective of a service lists, and of which no cell tells anything: what
// nobody asked about is no pass.
type Unasked struct {
	Service *mesh.Service
	Text    string // "the loss of a region: every caller in the inputs is lost with it"
}

// Unasked lists these for the services that somebody calls, in the order of the graph. A fleet without
// gateways between networks, or a service without dependencies, has nothing to lose of that kind; callers
// that a failure leaves alive and untouched lose nothing in it; and where objectives of many services name
// one failure, it is enough that one of them has a cell of it.
func (p *Pass) Unasked() []Unasked {
	told, open := map[*mesh.Service]map[string]bool{}, map[*mesh.Service]bool{}
	for _, b := range p.Broken {
		open[b.Cell.Service] = open[b.Cell.Service] || b.Cell.Scenario.IsNone() // says enough
	}
	named := map[string]bool{}
	for _, sum := range p.Matrix.Summed() {
		s := sum.Service
		if s.Objective == nil || sum.Total() == 0 {
			continue
		}
		if told[s] == nil {
			told[s] = map[string]bool{}
		}
		for _, what := range s.Objective.Survive {
			if means(what, sum.Scenario) && covers(s.Objective, sum.Scenario, sum.Fault) {
				told[s][what], named[what] = true, true
			}
		}
	}
	var list []Unasked
	wrong := map[string]string{}
	for _, s := range p.Graph.Services {
		if s.Objective == nil || open[s] || slices.Contains(p.Matrix.Uncalled, s) {
			continue
		}
		for i, what := range s.Objective.Survive {
			if told[s][what] || named[what] && !isKind(what) || slices.Contains(s.Objective.Survive[:i], what) {
				continue
			}
			why, known := wrong[what]
			switch {
			case isKind(what):
				why = p.whyUnasked(s, what)
			case !known:
				why = p.nameless(what)
				wrong[what] = why
			}
			if why != "" {
				list = append(list, Unasked{s, why})
			}
		}
	}
	return list
}

// isKind reports whether an entry of an objective means any failure of a kind.
func isKind(what string) bool {
	named, err := failover.ParseScenario(what)
	return err != nil || named.IsNone()
}

// whyUnasked names a failure and says why no cell tells of it; "" where there is nothing to ask.
func (p *Pass) whyUnasked(s *mesh.Service, what string) string {
	if len(s.Endpoints) == 0 || s.External {
		return "" // what does not work on a normal day is told as such, and others' hosts are in no place of the fleet
	}
	switch failover.Target(what) {
	case failover.Zone, failover.Region, failover.Cluster:
		return p.oneDomain(s, failover.Target(what))
	case failover.Release:
		if faults := s.Objective.Faults; len(faults) > 0 && !slices.ContainsFunc(faults, func(f string) bool { return f != string(failover.Partition) }) {
			return "a bad release: it cannot be cut off, and the objective lists no other fault"
		}
		return "a bad release: no version of its pods is known"
	}
	return ""
}

// nameless says what of a failure that an objective names does not exist, or "".
func (p *Pass) nameless(what string) string {
	named, err := failover.ParseScenario(what)
	if err != nil {
		return ""
	}
	for _, part := range named.Parts {
		if !failover.Exists(p.Graph, part) {
			return fmt.Sprintf("%s: there is no %s %s in the fleet", what, part.Target, part.Value)
		}
	}
	return ""
}

// oneDomain says that all endpoints of a service and all its callers stand in one place, or that of no
// endpoint the place is known.
func (p *Pass) oneDomain(s *mesh.Service, kind failover.Target) string {
	place := func(cluster string, l mesh.Locality) string {
		c := p.Graph.Cluster(cluster)
		switch {
		case kind == failover.Cluster:
			return cluster
		case kind == failover.Zone && l.Zone != "":
			return l.Region + "/" + l.Zone
		case kind == failover.Zone:
			return ""
		case l.Region == "" && c != nil:
			return c.Region
		}
		return l.Region
	}
	places := map[string]bool{}
	for _, e := range s.Endpoints {
		places[place(e.Cluster, e.Locality)] = true
	}
	if len(places) == 1 && places[""] {
		return fmt.Sprintf("the loss of a %s: where its endpoints run is not known", kind)
	}
	for _, u := range p.Model.Usual(s).Uses {
		places[place(u.Client.Cluster, u.Client.Locality)] = true
	}
	if len(places) > 1 || places[""] {
		return ""
	}
	return fmt.Sprintf("the loss of a %s: all its endpoints and callers are in %s", kind, slices.Collect(maps.Keys(places))[0])
}
