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
	*kept
}

// kept is what models before and after an update share.
type kept struct {
	places    *mesh.Graph // clusters and gateways alone: all that a scenario looks at
	scenarios func() []Scenario
	sites     func() []site
	blasts    sync.Map  // text of a scenario -> *Blast
	called    sync.Map  // *mesh.Service -> []caller
	asked     sync.Map  // *mesh.Service -> []*asked
	copied    sync.Map  // *mesh.Service -> []*Blast
	released  sync.Map  // *mesh.Service -> []*Blast
	usuals    sync.Pool // of *evaluator, whose memory serves one service after the other
}

// NewModel prepares predictions about a graph.
func NewModel(g *mesh.Graph) *Model {
	places := &mesh.Graph{Clusters: slices.Clone(g.Clusters), Gateways: slices.Clone(g.Gateways)}
	places.Index()
	callers := newCallers(g)
	return &Model{
		graph: g, deps: newDependencies(g, callers), callers: callers,
		kept: &kept{places: places, scenarios: sync.OnceValue(func() []Scenario { return Scenarios(g) }),
			sites: sync.OnceValue(func() []site { return sitesOf(g) })},
	}
}

// Next prepares predictions about the graph that an update has made out of the model's. Where only
// services were compiled anew, everything else is taken over, answers included; both models stay
// valid.
func (m *Model) Next(g *mesh.Graph) *Model {
	changed, ok := changedServices(m.graph, g)
	if !ok {
		return NewModel(g)
	}
	for _, old := range changed {
		m.called.Delete(old)
		m.asked.Delete(old)
		m.copied.Delete(old)
		m.released.Delete(old)
	}
	callers := m.callers.next(g)
	return &Model{graph: g, deps: m.deps.next(g, callers, changed), callers: callers, kept: m.kept}
}

// changedServices lists the services of a graph, as they were, that another one has compiled anew.
// It returns false if the graphs differ in more than that.
func changedServices(old, now *mesh.Graph) (map[mesh.ServiceID]*mesh.Service, bool) {
	if !same(old.Meshes, now.Meshes) || !same(old.Clusters, now.Clusters) || !same(old.Gateways, now.Gateways) || !same(old.Clients, now.Clients) ||
		!same(old.Workloads, now.Workloads) || !same(old.Dependencies, now.Dependencies) || len(old.Services) != len(now.Services) {
		return nil, false
	}
	changed := map[mesh.ServiceID]*mesh.Service{}
	for i, s := range now.Services {
		was := old.Services[i]
		if s == was {
			continue
		}
		if s.ID != was.ID || !same(s.Endpoints, was.Endpoints) || !same(s.Ports, was.Ports) {
			return nil, false
		}
		changed[s.ID] = was
	}
	return changed, true
}

// same reports whether two lists are one.
func same[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
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
	if s.names(Release) { // what it means depends on views, which an update changes
		return m.newBlast(s)
	}
	key := s.String()
	if b, ok := m.blasts.Load(key); ok {
		return b.(*Blast)
	}
	b, _ := m.blasts.LoadOrStore(key, NewBlast(m.places, s))
	return b.(*Blast)
}

// callersOf are the classes of callers of a service.
func (m *Model) callersOf(s *mesh.Service) []caller {
	if known, ok := m.called.Load(s); ok {
		return known.([]caller)
	}
	list := m.callers.of(s)
	m.called.Store(s, list)
	return list
}

// questions lists what to ask about a service: each port for each class of callers, and each
// subset that a route names.
func (m *Model) questions(s *mesh.Service) []*asked {
	if known, ok := m.asked.Load(s); ok {
		return known.([]*asked)
	}
	var list []*asked
	known := map[*mesh.View][]*asked{}
	groups := m.callersOf(s)
	for _, p := range s.Ports {
		if p.Protocol == mesh.UDP {
			continue
		}
		clear(known)
		var plain []*mesh.RouteRule // of those whose view has no route
		for _, c := range groups {
			if c.view == nil || c.view.Pool(p.Number, "") == nil {
				continue
			}
			told := known[c.view]
			if told == nil { // rules are the same for all who share a view
				first := c.askOn(s, p.Number, &plain)
				told = append(told, first)
				for _, name := range subsetsOf(first) {
					told = append(told, c.ask(Question{Service: s, Port: p.Number, Subset: name}))
				}
				known[c.view] = told
			}
			for _, q := range told {
				one := *q
				one.Client = c.Client
				list = append(list, &one)
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

// askOn asks about a port. Clients whose views have no route for it meet one plain rule.
func (c caller) askOn(s *mesh.Service, port int, plain *[]*mesh.RouteRule) *asked {
	q := Question{Service: s, Port: port, Client: c.Client}
	if r := c.view.Route(port); r != nil && len(r.Rules) > 0 {
		return c.ask(q)
	}
	if *plain == nil {
		*plain = rulesFor(c.view, q)
	}
	return &asked{Question: q, view: c.view, rules: *plain}
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

// mostCopies bounds the copies of a service that are asked about. No cloud has as many regions.
const mostCopies = 500

// copyKey is a copy of a service: its own endpoints of one region, or those of another service that stands in for it.
type copyKey struct {
	region string
	owner  mesh.ServiceID // "" = the service itself
}

func (k copyKey) compare(o copyKey) int {
	return cmp.Or(cmp.Compare(k.region, o.region), cmp.Compare(k.owner, o.owner))
}

// copies are the failures that locality configuration is written for: one region's copy of the
// service is lost, while its callers in that region live on.
func (m *Model) copies(s *mesh.Service) []*Blast {
	if known, ok := m.copied.Load(s); ok {
		return known.([]*Blast)
	}
	parts := map[copyKey][]Part{}
	owners := map[string]int{} // by region
	for _, e := range s.Endpoints {
		p := Part{Endpoint, e.Address}
		if e.Workload != nil {
			p = Part{Workload, e.Workload.ID}
		} else if e.Gateway != nil {
			continue // the copy is what is behind it
		}
		k := copyKey{region: e.Locality.Region}
		if owner := ownerOf(e); owner != nil && owner != s {
			k.owner = owner.ID
		}
		if k.region == "" || slices.Contains(parts[k], p) {
			continue
		}
		if parts[k] == nil {
			owners[k.region]++
		}
		parts[k] = append(parts[k], p)
	}
	list := make([]*Blast, 0, len(parts))
	if len(parts) > mostCopies {
		parts = nil
	}
	for _, k := range slices.SortedFunc(maps.Keys(parts), copyKey.compare) {
		slices.SortFunc(parts[k], comparePart)
		b := NewBlast(m.places, Scenario{Parts: parts[k]})
		b.local = true
		if owners[k.region] == 1 {
			b.copyOf = k.region
		}
		list = append(list, b)
	}
	m.copied.Store(s, list)
	return list
}
