package report

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/mesh"
)

// patterns tells what the services of a report run.
type patterns struct {
	services []*mesh.Service
	infer    func(*mesh.Service) pattern.Inferred
}

func declaredPattern(s *mesh.Service) Pattern {
	out := Pattern{Evidence: []Evidence{}}
	if s.Objective != nil {
		out.Declared = string(s.Objective.Pattern)
	}
	return out
}

// fill adds what a service runs. "none" is said only of services of which somebody expects more.
func (x patterns) fill(p *Pattern, s *mesh.Service) {
	if x.infer == nil {
		return
	}
	i := x.infer(s)
	p.Inferred, p.Rollout = string(i.Pattern()), string(i.Versions)
	if i.Pattern() == mesh.NoPattern && !failover.HasIntent(s) {
		p.Inferred = ""
		return
	}
	if i.Pattern() == "" {
		p.Evidence = append(p.Evidence, Evidence{What: i.Unknown})
	}
	for _, e := range i.Evidence {
		p.Evidence = append(p.Evidence, Evidence{e.What, Position{e.Origin}})
	}
}

// each yields services as they are, with what they run.
func (x patterns) each(list []Service) iter.Seq[Service] {
	return func(yield func(Service) bool) {
		for i := range list {
			s := list[i]
			x.fill(&s.Pattern, x.services[i])
			if !yield(s) {
				return
			}
		}
	}
}

// label names what runs in one phrase: "active-active, canary". It is "" where that is nothing and
// nobody would take it for something.
func (p Pattern) label() string {
	switch {
	case p.Inferred == "" && len(p.Evidence) > 0:
		return "not known"
	case p.Inferred == string(mesh.NoPattern) && len(p.Evidence) == 0:
		return ""
	case p.Rollout != "" && p.Rollout != p.Inferred:
		return p.Inferred + ", " + p.Rollout
	}
	return p.Inferred
}

// mostPatterns bounds the services that a text asks about: it is a summary, and `muster graph` has
// the rest.
const mostPatterns = 40

// patternList names the services that run each pattern: those of the survival table first, and as
// many of the others as there is room for.
func (p *pen) patternList(x patterns, all []survival, n names) {
	if x.infer == nil {
		return
	}
	order := x.order(all, n)
	asked := order[:min(len(order), mostPatterns)]
	by := map[string][]string{}
	for _, s := range asked {
		run := Pattern{}
		x.fill(&run, s)
		if label := run.label(); label != "" {
			by[label] = append(by[label], n.of(string(s.ID)))
		}
	}
	if len(by) == 0 {
		return
	}
	labels := slices.SortedFunc(maps.Keys(by), comparePatterns)
	wide := 0
	for _, l := range labels {
		wide = max(wide, len(l))
	}
	p.line(p.t.paint(bold, "Patterns"))
	for _, l := range labels {
		slices.Sort(by[l])
		p.paragraph("  "+pad(l, wide)+"  ", strings.Join(by[l], ", "))
	}
	if more := len(order) - len(asked); more > 0 {
		p.line(fmt.Sprintf("  of %s that were asked; muster graph tells about all %d", count(len(asked), "service"), len(order)))
	}
}

// order lists the services of the survival table, the worst first, then the others.
func (x patterns) order(all []survival, n names) []*mesh.Service {
	shown, _ := split(all, n)
	rank := make(map[string]int, len(all))
	for _, s := range slices.Concat(shown, all) {
		if _, ok := rank[s.service]; !ok {
			rank[s.service] = len(rank)
		}
	}
	place := func(s *mesh.Service) int {
		if at, ok := rank[string(s.ID)]; ok {
			return at
		}
		return len(rank)
	}
	return slices.SortedStableFunc(slices.Values(x.services), func(a, b *mesh.Service) int { return cmp.Compare(place(a), place(b)) })
}

// comparePatterns orders labels: patterns over places first.
func comparePatterns(a, b string) int {
	rank := func(label string) int {
		switch {
		case strings.HasPrefix(label, string(mesh.ActiveActive)), strings.HasPrefix(label, string(mesh.ActivePassive)):
			return 0
		case label == string(mesh.NoPattern):
			return 2
		case label == "not known":
			return 3
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}
