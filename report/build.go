package report

import (
	"iter"
	"math"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/drilled"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/analyzer/pattern"
	"github.com/passmuster/muster/mesh"
)

// Scan is what a report is made of. Inputs need no sorting; findings and cells come sorted.
type Scan struct {
	Version  string // of muster
	Inputs   Inputs
	Services []*mesh.Service
	Matrix   *failover.Matrix
	// Cells are those that the report shows; nil = those of the matrix. The sums are always the matrix's.
	Cells    iter.Seq2[*failover.Cell, error]
	Findings []*analyzer.Finding
	// Counted: no format is written that names the cells of findings, so that they are only counted.
	Counted bool
	// Patterns infers what a service runs; nil = nobody asks. It is asked about what is shown,
	// by several goroutines at a time.
	Patterns func(*mesh.Service) pattern.Inferred
	// Topology makes the picture of the fleet; nil = none. It is asked when a format shows it.
	Topology func() *Topology
	// Evidence is what drills have shown; nil = nobody said where they are told of.
	Evidence *analyzer.Evidence
}

// New builds the report of a scan.
func New(s Scan) *Report {
	r := &Report{
		Tool:     ToolOf(s.Version),
		Inputs:   s.Inputs.settle(),
		Services: make([]Service, len(s.Services)),
		Findings: make([]Finding, len(s.Findings)),
	}
	var index *drilled.Index
	if s.Evidence != nil {
		index, r.Summary.Drills = s.Evidence.Index, drillSummaryOf(s.Evidence.Tally())
	}
	r.Cells = withEvidence(index, s.Matrix.Cells)
	if s.Patterns != nil {
		r.pattern = func(i int, p *Pattern) { p.infer(s.Services[i], s.Patterns(s.Services[i])) }
	}
	r.topologyOf = s.Topology
	if s.Cells != nil {
		r.Cells = r.streamed(s.Cells, index)
	}
	for i, svc := range s.Services {
		r.Services[i] = serviceOf(svc)
	}
	parallel(len(s.Findings), func(i int) { r.Findings[i] = findingOf(s.Findings[i], s.Counted) })
	for i := range s.Findings {
		r.Summary.add(&r.Findings[i])
	}
	var t tally
	sums := s.Matrix.Summed()
	for i := range sums {
		r.Summary.Cells.Merge(sums[i].Outcomes)
		t.add(string(sums[i].Service.ID), sums[i].Scenario, sums[i].Fault, sums[i].Worst())
	}
	r.conclude(&t)
	return r
}

// ToolOf names this program.
func ToolOf(version string) Tool { return Tool{Name: "muster", Version: version} }

// Cells yields cells in the form of the contract.
func Cells(list []*failover.Cell) iter.Seq[*Cell] { return withEvidence(nil, list) }

// streamed yields cells in the form of the contract, and keeps the error that ends them early.
func (r *Report) streamed(cells iter.Seq2[*failover.Cell, error], x *drilled.Index) iter.Seq[*Cell] {
	return func(yield func(*Cell) bool) {
		r.unfinished = nil
		for c, err := range cells {
			if err != nil {
				r.unfinished = err
				return
			}
			out := cellOf(c)
			out.Evidence = evidenceOf(x, c)
			if !yield(out) {
				return
			}
		}
	}
}

// CountCells counts cells by outcome.
func CountCells(list []*failover.Cell) (n CellCounts) {
	for _, c := range list {
		n.Add(c.Outcome, 1)
	}
	return n
}

func (s *Summary) add(f *Finding) {
	if f.Suppressed != nil {
		s.Suppressed++
		return
	}
	switch analyzer.Level(f.Level) {
	case analyzer.Error:
		s.Error++
	case analyzer.Warning:
		s.Warning++
	case analyzer.Note:
		s.Note++
	}
}

func serviceOf(s *mesh.Service) Service {
	out := Service{
		ID: string(s.ID), Hosts: list(s.Hosts), Mesh: s.Mesh, Clusters: list(s.Clusters),
		Pattern:        declaredPattern(s),
		Objective:      s.Objective != nil,
		DRIntent:       failover.HasIntent(s),
		IntentEvidence: make([]string, len(s.Intent.Evidence)),
	}
	for i, e := range s.Intent.Evidence {
		out.IntentEvidence[i] = e.What
	}
	return out
}

func findingOf(f *analyzer.Finding, counted bool) Finding {
	out := Finding{
		Rule: f.Rule.ID, Slug: f.Rule.Slug, Level: string(f.Level), Message: f.Message, Resource: f.Resource,
		Position: PositionAt(f.Position()), Related: make([]Related, len(f.Related)),
		Scenario: f.Scenario, Fault: f.Fault, spoils: f.Cells.Len(), Fingerprint: f.Fingerprint(),
	}
	if !counted {
		out.Cells = f.Cells.IDs()
	}
	if f.Service != nil {
		out.Service = string(f.Service.ID)
	}
	if s := f.Suppressed; s != nil {
		out.Suppressed = suppressedOf(s)
	}
	for i, e := range f.Related {
		out.Related[i] = Related{Position{e.Origin}, e.What}
	}
	return out
}

func cellOf(c *failover.Cell) *Cell {
	out := &Cell{
		ID: c.ID(), Service: string(c.Service.ID), Port: c.Port, Subset: c.Subset,
		Client: Client{
			ID: c.Client.ID, Namespace: c.Client.Namespace, Cluster: c.Client.Cluster,
			Locality: c.Client.Locality.String(), Members: c.Client.Members,
		},
		Scenario: c.Scenario.String(), Fault: string(c.Fault),
		Outcome: string(c.Outcome), Reason: c.Reason, FailingShare: share(c.FailingShare),
		Authorized: c.Authorized, Capacity: c.Capacity,
		Before: shares(c.Before), Destinations: shares(c.Destinations),
		Recovery: Recovery{Lower: c.Recovery.Lower.String(), Upper: c.Recovery.Upper.String(), Terms: make([]Term, len(c.Recovery.Terms))},
		Trace:    list(c.Trace),
	}
	for i, t := range c.Recovery.Terms {
		out.Recovery.Terms[i] = Term{t.Name, t.Lower.String(), t.Upper.String(), Position{t.Origin}}
	}
	return out
}

// list is a copy that JSON never renders as null.
func list(in []string) []string { return append(make([]string, 0, len(in)), in...) }

func shares(in []failover.Destination) []failover.Destination {
	out := make([]failover.Destination, len(in))
	for i, d := range in {
		d.Share = share(d.Share)
		out[i] = d
	}
	return out
}

// share keeps four decimals: shares are predictions, not measurements.
func share(x float64) float64 { return math.Round(x*10000) / 10000 }
