package failover

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/passmuster/muster/mesh"
)

// Model is a graph together with what all predictions about it share: who calls which service,
// what depends on what, and which failures there are. It fills as it is asked, and is safe for
// concurrent use. Whoever asks more than once keeps it.
type Model struct {
	graph   *mesh.Graph
	deps    *dependencies
	callers *callers

	scenarios func() []Scenario
	blasts    sync.Map // text of a scenario -> *Blast
	asked     sync.Map // *mesh.Service -> []*asked
	copied    sync.Map // *mesh.Service -> []*Blast
}

// NewModel prepares predictions about a graph.
func NewModel(g *mesh.Graph) *Model {
	return &Model{
		graph: g, deps: newDependencies(g), callers: newCallers(g),
		scenarios: sync.OnceValue(func() []Scenario { return Scenarios(g) }),
	}
}

// Compute evaluates a matrix of the graph in parallel. It stops early when ctx is done and returns
// its error.
func Compute(ctx context.Context, g *mesh.Graph, o Options) (*Matrix, error) {
	return NewModel(g).Compute(ctx, o)
}

// Count counts the cells of a matrix of the graph.
func Count(ctx context.Context, g *mesh.Graph, o Options) (Tally, error) {
	return NewModel(g).Count(ctx, o)
}

// Failures lists every single failure of the fleet; the list is the caller's own.
func (m *Model) Failures() []Scenario { return slices.Clone(m.scenarios()) }

// blast is the radius of a scenario, made once.
func (m *Model) blast(s Scenario) *Blast {
	key := s.String()
	if b, ok := m.blasts.Load(key); ok {
		return b.(*Blast)
	}
	b, _ := m.blasts.LoadOrStore(key, NewBlast(m.graph, s))
	return b.(*Blast)
}

// questions lists what to ask about a service: each port for each class of callers, and each
// subset that a route names.
func (m *Model) questions(s *mesh.Service) []*asked {
	if known, ok := m.asked.Load(s); ok {
		return known.([]*asked)
	}
	var list []*asked
	groups := m.callers.of(s)
	for _, p := range s.Ports {
		if p.Protocol == mesh.UDP {
			continue
		}
		for _, c := range groups {
			if c.view == nil || c.view.Pool(p.Number, "") == nil {
				continue
			}
			q := c.ask(Question{Service: s, Port: p.Number})
			list = append(list, q)
			for _, name := range subsetsOf(q) {
				list = append(list, c.ask(Question{Service: s, Port: p.Number, Subset: name}))
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *asked) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), strings.Compare(a.Subset, b.Subset), strings.Compare(a.Client.ID, b.Client.ID))
	})
	m.asked.Store(s, list)
	return list
}

func (c caller) ask(q Question) *asked {
	q.Client = c.Client
	return &asked{Question: q, view: c.view, rules: rulesFor(c.view, q)}
}

// subsetsOf are the subsets of the service itself that the routes of a question name, sorted.
func subsetsOf(q *asked) []string {
	var names []string
	for _, r := range q.rules {
		for i := range r.To {
			to := &r.To[i]
			if to.Subset != "" && to.Weight > 0 && to.Service != nil && to.Service.ID == q.Service.ID && to.Port == q.Port && !to.Missing && !slices.Contains(names, to.Subset) {
				names = append(names, to.Subset)
			}
		}
	}
	slices.Sort(names)
	return names
}

// copies are the failures that locality configuration is written for: one region's copy of the
// service is lost, while its callers in that region live on.
func (m *Model) copies(s *mesh.Service) []*Blast {
	if known, ok := m.copied.Load(s); ok {
		return known.([]*Blast)
	}
	parts := map[string][]Part{}
	for _, e := range s.Endpoints {
		p := Part{Endpoint, e.Address}
		if e.Workload != nil {
			p = Part{Workload, e.Workload.ID}
		}
		if r := e.Locality.Region; r != "" && !slices.Contains(parts[r], p) {
			parts[r] = append(parts[r], p)
		}
	}
	list := make([]*Blast, 0, len(parts))
	for _, r := range slices.Sorted(maps.Keys(parts)) {
		slices.SortFunc(parts[r], comparePart)
		b := NewBlast(m.graph, Scenario{Parts: parts[r]})
		b.local = true
		list = append(list, b)
	}
	m.copied.Store(s, list)
	return list
}
