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

func declaredPattern(s *mesh.Service) Pattern {
	out := Pattern{Evidence: []Evidence{}}
	if s.Objective != nil {
		out.Declared = string(s.Objective.Pattern)
	}
	return out
}

// infer adds what a service runs. "none" is said only of services of which somebody expects more.
func (p *Pattern) infer(s *mesh.Service, i pattern.Inferred) {
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

// services yields the services with what they run.
func (r *Report) services() iter.Seq[Service] {
	return func(yield func(Service) bool) {
		for i := range r.Services {
			if !yield(r.service(i)) {
				return
			}
		}
	}
}

func (r *Report) service(i int) Service {
	s := r.Services[i]
	if r.pattern != nil {
		r.pattern(i, &s.Pattern)
	}
	return s
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
// many of the others as there is room for. weak is what split makes of the survival.
func (p *pen) patternList(r *Report, weak []survival, n names) {
	order := byWorst(r.Services, r.survival, weak)
	asked := order[:min(len(order), mostPatterns)]
	services := make([]Service, len(asked))
	parallel(len(asked), func(i int) { services[i] = r.service(asked[i]) })
	by := map[string][]string{}
	for _, s := range services {
		if label := Printable(s.Pattern.label()); label != "" {
			by[label] = append(by[label], n.of(s.ID))
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

// byWorst lists the services of the survival table, the worst first, then the others, by index.
func byWorst(services []Service, all, shown []survival) []int {
	rank := make(map[string]int, len(all))
	for _, s := range slices.Concat(shown, all) {
		if _, ok := rank[s.service]; !ok {
			rank[s.service] = len(rank)
		}
	}
	places, order := make([]int, len(services)), make([]int, len(services))
	for i := range order {
		order[i], places[i] = i, len(rank)
		if at, ok := rank[services[i].ID]; ok {
			places[i] = at
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(places[a], places[b]) })
	return order
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
