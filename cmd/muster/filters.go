package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// filters narrow a matrix.
type filters struct {
	Services, Scenarios, Faults, Clients, Outcomes []string
	AllServices                                    bool
}

func (s *filters) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&s.Services, "service", nil, "only services that match these `GLOB`s: name, namespace/name, host or id; with or without intent")
	f.StringArrayVar(&s.Scenarios, "scenario", nil, "only this `SCENARIO`, repeatable: a kind (region, release), a glob (zone=us-*), or any target=value joined with +")
	f.StringSliceVar(&s.Faults, "fault", nil, "only these `FAULT`s: crash, hang, partition, error")
	f.StringSliceVar(&s.Clients, "client", nil, "only callers that match these `GLOB`s: id, cluster, namespace or locality")
	f.StringSliceVar(&s.Outcomes, "outcome", nil, "only these `OUTCOME`s: survives, degraded, lost, unknown")
	f.BoolVar(&s.AllServices, "all-services", false, "services without an objective or intent, too")
	complete(cmd, "fault", "crash", "hang", "partition", "error")
	complete(cmd, "outcome", "survives", "degraded", "lost", "unknown")
}

// check finds mistakes that show without a fleet.
func (s *filters) check() error {
	for _, f := range s.Faults {
		if _, err := failover.ParseFault(f); err != nil {
			return usagef("--fault: %w", err)
		}
	}
	for _, o := range s.Outcomes {
		if !slices.Contains([]string{"survives", "degraded", "lost", "unknown"}, o) {
			return usagef("--outcome %q: want survives, degraded, lost or unknown", o)
		}
	}
	for _, glob := range slices.Concat(s.Services, s.Clients) {
		if _, err := path.Match(glob, ""); err != nil {
			return usagef("%q: not a glob: %w", glob, err)
		}
	}
	return nil
}

// narrow sets the filters to what a whole cell id says, and reports whether it is one: such a
// cell is worth computing even if the failure does not touch it.
func (s *filters) narrow(id string) bool {
	parts := strings.Split(id, "|")
	if len(parts) != 6 || s.Scenarios != nil || s.Faults != nil || s.Services != nil {
		return false
	}
	scenario, err := failover.ParseScenario(parts[4])
	if err != nil {
		return false
	}
	if _, err := failover.ParseFault(parts[5]); err != nil {
		return false
	}
	s.Services, s.Scenarios, s.Faults = []string{escapeGlob(parts[0])}, []string{scenario.String()}, []string{parts[5]}
	return true
}

// escapeGlob takes the meaning from what a glob would read as a pattern.
func escapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(s)
}

// options turns the filters into what to compute. A filter that matches nothing is a mistake.
func (s *filters) options(g *mesh.Graph) (failover.Options, error) {
	var o failover.Options
	for _, f := range s.Faults {
		o.Faults = append(o.Faults, failover.Fault(f))
	}
	slices.SortFunc(o.Faults, func(a, b failover.Fault) int {
		return slices.Index(failover.Faults[:], a) - slices.Index(failover.Faults[:], b)
	})
	o.Faults = slices.Compact(o.Faults)
	if s.AllServices {
		o.Services = func(*mesh.Service) bool { return true }
	}
	if len(s.Services) > 0 {
		for _, glob := range s.Services {
			if !slices.ContainsFunc(g.Services, func(svc *mesh.Service) bool { return matchesService(glob, svc) }) {
				return o, usagef("--service %s: there is no such service among %d", glob, len(g.Services))
			}
		}
		o.Services = func(svc *mesh.Service) bool {
			return slices.ContainsFunc(s.Services, func(glob string) bool { return matchesService(glob, svc) })
		}
	}
	if len(s.Clients) > 0 {
		o.Clients = func(c *mesh.Client) bool {
			return slices.ContainsFunc(s.Clients, func(glob string) bool {
				return matches(glob, c.ID, c.Cluster, c.Namespace, c.Locality.String())
			})
		}
	}
	return o, s.scenarios(g, &o)
}

func matchesService(glob string, s *mesh.Service) bool {
	return matches(glob, string(s.ID), s.Name, s.Namespace+"/"+s.Name) || matches(glob, s.Hosts...)
}

// matches holds texts against a glob whose * takes slashes too.
func matches(glob string, texts ...string) bool {
	const slash = "\x00"
	for _, text := range texts {
		if ok, err := path.Match(strings.ReplaceAll(glob, "/", slash), strings.ReplaceAll(text, "/", slash)); ok && err == nil {
			return true
		}
	}
	return false
}

// keeps is the filter on what comes out.
func (s *filters) keeps(c *failover.Cell) bool {
	return len(s.Outcomes) == 0 || slices.Contains(s.Outcomes, string(c.Outcome))
}

// scenarios reads --scenario: the name of a kind, a glob, or a scenario of one's own.
func (s *filters) scenarios(g *mesh.Graph, o *failover.Options) error {
	if len(s.Scenarios) == 0 {
		return nil
	}
	all := append([]failover.Scenario{failover.None}, failover.Scenarios(g)...)
	var list []failover.Scenario
	for _, text := range s.Scenarios {
		found := len(list)
		for _, sc := range all {
			if sc.String() == text || matches(text, sc.String()) || len(sc.Parts) == 1 && string(sc.Parts[0].Target) == text {
				list = append(list, sc)
			}
		}
		switch text {
		case "copy":
			o.Copies = true
			continue
		case "release":
			o.Releases = true
			continue
		}
		if len(list) > found {
			continue
		}
		sc, err := failover.ParseScenario(text)
		if err != nil {
			return usagef("--scenario: %w, or a kind such as region, copy for the loss of one region's pods of each service, or release for bad new versions", err)
		}
		if err := exists(g, all, sc); err != nil {
			return err
		}
		list = append(list, sc)
	}
	slices.SortStableFunc(list, func(a, b failover.Scenario) int { return rank(all, a) - rank(all, b) })
	o.Scenarios = slices.CompactFunc(list, func(a, b failover.Scenario) bool { return a.String() == b.String() })
	if o.Scenarios == nil {
		o.Scenarios = []failover.Scenario{}
	}
	return nil
}

func rank(all []failover.Scenario, s failover.Scenario) int {
	if i := slices.IndexFunc(all, func(x failover.Scenario) bool { return x.String() == s.String() }); i >= 0 {
		return i
	}
	return len(all)
}

// exists refuses a scenario about things that are not in the fleet: it would touch nothing, and
// look as if everything survived it.
func exists(g *mesh.Graph, all []failover.Scenario, s failover.Scenario) error {
	for _, p := range s.Parts {
		switch {
		case failover.Exists(g, p):
		case p.Target == failover.Release:
			return usagef("--scenario %s: there is no release %s in the fleet%s", s, p.Value, thereAre(failover.ReleaseNames(g, p.Value)))
		default:
			return usagef("--scenario %s: there is no %s %s in the fleet%s", s, p.Target, p.Value, known(all, p.Target))
		}
	}
	return nil
}

// known lists what there is of a kind.
func known(all []failover.Scenario, t failover.Target) string {
	var names []string
	for _, s := range all {
		if len(s.Parts) == 1 && s.Parts[0].Target == t {
			names = append(names, s.Parts[0].Value)
		}
	}
	return thereAre(names)
}

// thereAre lists a few names for whoever named something else.
func thereAre(names []string) string {
	if len(names) == 0 {
		return ""
	}
	const most = 8
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return "; there are " + strings.Join(names, ", ") + more
}
