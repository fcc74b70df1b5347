package failover

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Cell is one prediction: what happens to the requests of one class of clients to one service
// in one scenario under one fault.
type Cell struct {
	Service  *mesh.Service
	Port     int
	Subset   string
	Client   *mesh.Client
	Scenario Scenario
	Fault    Fault
	*Answer
}

// ID is the identity that diffs, drill plans and drift reports use verbatim:
// service|port|subset|client|scenario|fault.
func (c *Cell) ID() string {
	var b strings.Builder
	c.writeID(&b, c.Scenario.String())
	return b.String()
}

// writeID adds the id to a text.
func (c *Cell) writeID(b *strings.Builder, scenario string) {
	var port [20]byte
	b.WriteString(string(c.Service.ID))
	b.WriteByte('|')
	b.Write(strconv.AppendInt(port[:0], int64(c.Port), 10))
	for _, part := range [...]string{c.Subset, c.Client.ID, scenario, string(c.Fault)} {
		b.WriteByte('|')
		b.WriteString(part)
	}
}

// IDs are the ids of cells, in their order. Cells of one matrix have the parts of their scenarios in common: a
// text is made once for each. All ids stand in one text.
func IDs(cells []*Cell) []string {
	type parts struct {
		first *Part
		n     int
	}
	texts := map[parts]string{}
	var all strings.Builder
	ends := make([]int, len(cells))
	for i, c := range cells {
		k := parts{n: len(c.Scenario.Parts)}
		if k.n > 0 {
			k.first = &c.Scenario.Parts[0]
		}
		text, known := texts[k]
		if !known {
			text = c.Scenario.String()
			texts[k] = text
		}
		if i == 0 {
			all.Grow(len(cells) * (len(c.Service.ID) + len(c.Client.ID) + len(text) + 24))
		}
		c.writeID(&all, text)
		ends[i] = all.Len()
	}
	ids, from := make([]string, len(cells)), 0
	for i, end := range ends {
		ids[i], from = all.String()[from:end], end
	}
	return ids
}

// Options narrow a matrix. The zero value asks for the cells of all services with DR intent,
// every single failure of the fleet, bad releases, and all faults.
type Options struct {
	// Services selects; nil = those with an objective or inferred intent.
	Services func(*mesh.Service) bool
	// Scenarios to evaluate; nil = Scenarios(g).
	Scenarios []Scenario
	Faults    []Fault // nil = all
	Clients   func(*mesh.Client) bool
	// Asks selects among the questions about the services, by what the clients know of the service; nil = all.
	Asks func(Question, *mesh.View) bool
	// Copies adds, for each service, the loss of one region's copy of it.
	Copies bool
	// Releases adds, for each service, its new versions, each to be bad.
	Releases bool
	// Traces adds to every cell the story of how its answer came about.
	Traces bool
	// Forced evaluates also the cells whose traffic a scenario does not touch.
	Forced bool
	// Explain selects the failures whose cells get causes and recovery bounds; nil = all. Cells of
	// the others are only summed up.
	Explain func(*mesh.Service, Scenario, Fault) bool
	// Keep selects among the explained cells those that the matrix holds; nil = all. The others are
	// only summed up. It may not hold on to a cell.
	Keep func(*Cell) bool
	// Spare tells, with Keep, that cells of which this much is known would not be kept: they need no
	// explanation. nil = none.
	Spare   func(*mesh.Service, Scenario, Fault, Glance) bool
	Workers int // 0 = GOMAXPROCS

	asked []Scenario // the caller's own list; nil = every single failure
}

// Glance is what is known of a cell before it is explained.
type Glance struct {
	Outcome Outcome
	// Exposed: some requests may go over with less protection than they should. Hidden: what protects
	// some of them is not known. Either may be set where a closer look finds nothing.
	Exposed, Hidden bool
	Upper           time.Duration // of the recovery, for a service with an RTO
	// Share of the requests that fails, 0 to 1, and what protects the least protected of the others: for a survey only.
	Share      float64
	Encryption string
}

// Matrix is the cells of a fleet, sorted by id parts. It is sparse: cells that a scenario cannot
// touch are not in it.
type Matrix struct {
	Cells []*Cell
	// Sums add up all cells that were evaluated, those included that were not kept; nil = Cells are
	// all there are.
	Sums []Sum
	// Model is what the matrix was asked of, for whoever asks on; nil for a matrix made by hand.
	Model *Model
	// Uncalled are services with an objective to which no client of the inputs gets through on a
	// normal day: nothing is known of what they survive.
	Uncalled []*mesh.Service
}

// Sum counts the cells of one service in one scenario under one fault, over ports and callers.
type Sum struct {
	Service  *mesh.Service
	Scenario Scenario
	Fault    Fault
	Outcomes
}

// Outcomes counts cells by outcome.
type Outcomes struct {
	Survives int `json:"survives"`
	Degraded int `json:"degraded"`
	Lost     int `json:"lost"`
	Unknown  int `json:"unknown"`
}

// Add counts n cells of an outcome.
func (o *Outcomes) Add(outcome Outcome, n int) {
	switch outcome {
	case Survives:
		o.Survives += n
	case Degraded:
		o.Degraded += n
	case Lost:
		o.Lost += n
	case Unknown:
		o.Unknown += n
	}
}

// Merge adds other counts.
func (o *Outcomes) Merge(p Outcomes) {
	o.Survives += p.Survives
	o.Degraded += p.Degraded
	o.Lost += p.Lost
	o.Unknown += p.Unknown
}

// Total is the number of cells.
func (o Outcomes) Total() int { return o.Survives + o.Degraded + o.Lost + o.Unknown }

// Worst is the worst outcome that was counted, or "": lost, degraded, unknown, survives.
func (o Outcomes) Worst() Outcome {
	switch {
	case o.Lost > 0:
		return Lost
	case o.Degraded > 0:
		return Degraded
	case o.Unknown > 0:
		return Unknown
	case o.Survives > 0:
		return Survives
	}
	return ""
}

// Summed returns the sums of a matrix, service by service in the order of cells.
func (m *Matrix) Summed() []Sum {
	if m.Sums != nil {
		return m.Sums
	}
	type key struct {
		service  *mesh.Service
		scenario string
		fault    Fault
	}
	at := map[key]int{}
	var sums []Sum
	for _, c := range m.Cells {
		k := key{c.Service, c.Scenario.String(), c.Fault}
		i, ok := at[k]
		if !ok {
			i = len(sums)
			at[k] = i
			sums = append(sums, Sum{Service: c.Service, Scenario: c.Scenario, Fault: c.Fault})
		}
		sums[i].Add(c.Outcome, 1)
	}
	return sums
}

// HasIntent reports whether anything asks the service to survive something.
func HasIntent(s *mesh.Service) bool { return s.Objective != nil || s.Intent.Declared() }

// Scenarios lists every single failure of the fleet: zones, regions, clusters, gateways, and
// services (for their dependents).
func Scenarios(g *mesh.Graph) []Scenario {
	seen := map[Part]bool{}
	var list []Scenario
	add := func(t Target, v string) {
		if p := (Part{t, v}); v != "" && !seen[p] {
			seen[p] = true
			list = append(list, One(t, v))
		}
	}
	for _, c := range g.Clusters {
		add(Cluster, c.Name)
		add(Region, c.Region)
		for _, z := range c.Zones {
			if c.Region != "" {
				add(Zone, c.Region+"/"+z)
			}
		}
	}
	for _, s := range g.Services {
		for _, e := range s.Endpoints {
			if s.External {
				continue // the fleet's own places only; an external host's region is its owner's
			}
			add(Region, e.Locality.Region)
			if e.Locality.Zone != "" && e.Locality.Region != "" {
				add(Zone, e.Locality.Region+"/"+e.Locality.Zone)
			}
		}
	}
	for _, gw := range g.Gateways {
		if gw.Role == mesh.EastWest {
			add(Gateway, gw.ID)
		}
	}
	called := map[mesh.ServiceID]bool{}
	for _, d := range g.Dependencies {
		if d.Strong {
			called[d.To] = true
		}
	}
	for _, s := range g.Services {
		if called[s.ID] {
			add(Service, string(s.ID))
		}
	}
	slices.SortFunc(list, func(a, b Scenario) int {
		return cmp.Or(comparePart(a.Parts[0], b.Parts[0]))
	})
	return list
}

// Compute evaluates the matrix in parallel. It stops early when ctx is done and returns its
// error.
func (m *Model) Compute(ctx context.Context, o Options) (*Matrix, error) {
	o.fill(m)
	services, blasts := o.plan(m)
	cells, sums, called := make([][]*Cell, len(services)), make([][]Sum, len(services)), make([]bool, len(services))
	shared := newRows(m, blasts)
	m.ahead(ctx, &o, services, blasts, shared)
	parallel(ctx, len(services), o.Workers, func() func(int) {
		w := newWorker(ctx, m, &o, blasts, shared)
		return func(i int) {
			cells[i], sums[i] = w.service(services[i], blasts)
			called[i] = w.called
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	matrix := &Matrix{Model: m, Cells: slices.Concat(cells...), Sums: slices.Concat(sums...)}
	for i, s := range services {
		if !called[i] && s.Objective != nil && !m.calledElsewhere(s) {
			matrix.Uncalled = append(matrix.Uncalled, s)
		}
	}
	return matrix, nil
}

// fill puts the defaults in place.
func (o *Options) fill(m *Model) {
	if o.Services == nil {
		o.Services = HasIntent
	}
	o.asked = o.Scenarios
	if o.Scenarios == nil {
		o.Scenarios = append([]Scenario{None}, m.scenarios()...)
		for _, s := range m.graph.Services {
			if o.Services(s) {
				o.named(s.Objective)
			}
		}
		o.Copies, o.Releases = true, true
	}
	if o.Faults == nil {
		o.Faults = Faults[:]
	}
}

// named adds the concrete scenarios that an objective lists: several failures at once, or one that
// is no place of the fleet.
func (o *Options) named(objective *mesh.Objective) {
	if objective == nil {
		return
	}
	for _, text := range objective.Survive {
		s, err := ParseScenario(text)
		if err != nil || s.IsNone() {
			continue // a kind of failure: each of them is listed already
		}
		if !slices.ContainsFunc(o.Scenarios, func(known Scenario) bool { return slices.Equal(known.Parts, s.Parts) }) {
			o.Scenarios = append(o.Scenarios, s)
		}
	}
}

// plan lists what to evaluate. The loss of a single service is left out where nobody asks for such: there may be
// thousands of them.
func (o *Options) plan(m *Model) ([]*mesh.Service, []*Blast) {
	var services []*mesh.Service
	for _, s := range m.graph.Services {
		if o.Services(s) {
			services = append(services, s)
		}
	}
	all := o.asked != nil || o.Forced || slices.ContainsFunc(services, asksForServices)
	blasts := make([]*Blast, 0, len(o.Scenarios))
	for _, s := range o.Scenarios {
		if all || !s.names(Service) {
			blasts = append(blasts, m.blast(s))
		}
	}
	return services, blasts
}

// parallel runs n jobs on workers goroutines; start makes each worker's own function.
func parallel(ctx context.Context, n, workers int, start func() func(int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for range min(workers, n) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			run := start()
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n || ctx.Err() != nil {
					return
				}
				run(i)
			}
		}()
	}
	wg.Wait()
}

// concerns reports whether a scenario belongs into a service's rows when nobody asked for it by
// name. What the configuration itself promises is about regions and clusters; zones and gateways
// are asked about where somebody declares an objective.
func concerns(s *mesh.Service, sc Scenario) bool {
	switch {
	case sc.names(Service):
		return asksForServices(s)
	case sc.names(Zone), sc.names(Gateway):
		return s.Objective != nil
	}
	return true
}

// asksForServices reports whether an objective speaks of the loss of single services. Without one
// the loss of each other service is left to whoever asks for it: a fleet in which everything
// depends on everything would have more such cells than all others together.
func asksForServices(s *mesh.Service) bool {
	return s.Objective != nil && slices.ContainsFunc(s.Objective.Survive, func(what string) bool {
		return what == string(Service) || strings.HasPrefix(what, string(Service)+"=")
	})
}
