package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Input is what a plan is made from.
type Input struct {
	Graph *mesh.Graph
	// Cells are the predictions to drill, explained and of one scenario.
	Cells []*failover.Cell
	// Findings are those of a scan; the plan keeps the ones that speak of its cells.
	Findings []*analyzer.Finding
	// Touched are all services that the scenario touches; nil = those of the cells.
	Touched []mesh.ServiceID
	// Pattern tells what a service runs; nil = nobody knows.
	Pattern func(*mesh.Service) mesh.Pattern
	// Digest is that of the configuration, and Scope the inputs as they were given.
	Digest string
	Scope  []string
	// OwnerLabels are the labels of services that name who answers for them, the first that is set counts.
	OwnerLabels []string
	Driver      string // "" = external
}

// ErrNoCells says that there is nothing to plan.
var ErrNoCells = errors.New("no cell of the matrix is left to drill")

// Times of a drill where nothing decides them.
const (
	watch       = 30 * time.Second // what has to hold after recovery, to be called held
	leastFault  = 2 * time.Minute
	normalDay   = time.Minute
	watchReturn = 2 * time.Minute
)

// New makes a plan from cells of the matrix. What nobody can know but the people who drill (targets of probes, approvers, whether
// the way back was tested) stays empty, and Check asks for it. It is an error if the cells are of several scenarios, or of
// services with different objectives: one drill has one of each.
func New(in Input) (*Plan, error) {
	cells := slices.DeleteFunc(slices.Clone(in.Cells), func(c *failover.Cell) bool { return c.Subset != "" })
	if len(cells) == 0 {
		return nil, ErrNoCells
	}
	sc := cells[0].Scenario
	if sc.IsNone() {
		return nil, errors.New("a drill needs a failure: the scenario is none")
	}
	for _, c := range cells {
		if c.Scenario.String() != sc.String() {
			return nil, fmt.Errorf("the cells are of several scenarios (%s, %s): a drill has one", sc, c.Scenario)
		}
	}
	objectives, err := objectivesOf(cells)
	if err != nil {
		return nil, err
	}
	services := servicesOf(cells)
	p := &Plan{
		APIVersion: APIVersion, Kind: Kind, Objectives: objectives,
		Config:  Config{Digest: in.Digest, Scope: in.Scope},
		Cadence: Cadence{Every: Duration(90 * 24 * time.Hour), Triggers: []string{"config_change", "release"}, MaxAge: Duration(365 * 24 * time.Hour)},
	}
	p.Metadata = metadataOf(in, services, sc)
	p.Scenario = Scenario{Type: typeOf(sc), Fail: sc.String(), FaultModes: modesOf(cells), Pattern: patternOf(in, services)}
	for _, c := range cells {
		p.Expect = append(p.Expect, Expect(in.Graph, c))
	}
	p.Scenario.Assumptions = assumptionsOf(in, cells)
	p.Findings = findingsOf(in.Findings, p.Expect)
	p.Objective = promise(services, sc, p)
	p.Hypothesis = hypothesis(sc, p.Expect)
	p.Probes = probesOf(cells, p)
	p.Fault = Fault{Driver: in.Driver, Duration: Duration(faultTime(p)), Before: Duration(normalDay), After: Duration(max(watchReturn, time.Duration(objectives.Failback)+watch)), Targets: targetsOf(in.Graph, cells, sc)}
	if p.Fault.Driver == "" {
		p.Fault.Driver = "external"
	}
	p.Safety = safetyOf(in, sc, p)
	p.Rollback = rollbackOf(sc, p)
	p.Evidence = Evidence{Export: []string{"oscal", "junit", "sarif"}, Keep: Duration(7 * 365 * 24 * time.Hour)}
	return p, nil
}

func servicesOf(cells []*failover.Cell) []*mesh.Service {
	var list []*mesh.Service
	for _, c := range cells {
		if !slices.Contains(list, c.Service) {
			list = append(list, c.Service)
		}
	}
	return list
}

// modesOf are the fault modes of the cells, in the order of reports.
func modesOf(cells []*failover.Cell) []string {
	var modes []string
	for _, f := range failover.Faults {
		if slices.ContainsFunc(cells, func(c *failover.Cell) bool { return c.Fault == f }) {
			modes = append(modes, string(f))
		}
	}
	return modes
}

func metadataOf(in Input, services []*mesh.Service, sc failover.Scenario) Metadata {
	m := Metadata{Title: subject(services) + ": " + lossOf(sc), Type: "functional", ID: slug(subject(services) + "-" + sc.String())}
	for _, s := range services {
		if s.Namespace != "" && !slices.Contains(m.Universe, s.Namespace) {
			m.Universe = append(m.Universe, s.Namespace)
		}
		if owner := ownerOf(s, in.OwnerLabels); m.Owner == "" {
			m.Owner = owner
		}
		if m.Criticality == "" {
			m.Criticality = s.Labels["criticality"]
		}
	}
	slices.Sort(m.Universe)
	return m
}

func ownerOf(s *mesh.Service, labels []string) string {
	for _, label := range labels {
		if owner := s.Labels[label]; owner != "" {
			return owner
		}
	}
	return ""
}

func patternOf(in Input, services []*mesh.Service) string {
	pattern := ""
	for i, s := range services {
		one := ""
		if s.Objective != nil {
			one = string(s.Objective.Pattern)
		}
		if one == "" && in.Pattern != nil {
			one = string(in.Pattern(s))
		}
		if i > 0 && one != pattern {
			return ""
		}
		pattern = one
	}
	return pattern
}

// assumptionsOf are what the prediction takes for granted, and what the drill cannot show.
func assumptionsOf(in Input, cells []*failover.Cell) []string {
	var list []string
	add := func(text string) {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	var subsets []string
	for _, c := range in.Cells {
		if c.Subset != "" && !slices.Contains(subsets, c.Subset) {
			subsets = append(subsets, c.Subset)
		}
	}
	if len(subsets) > 0 {
		slices.Sort(subsets)
		add("subsets (" + strings.Join(subsets, ", ") + ") are drilled as a part of all requests: a probe cannot choose one")
	}
	if typeOf(cells[0].Scenario) == "bad-release" {
		add("expectations name places and no versions: which version answered, the answers have to tell (x-workload)")
	}
	for _, c := range cells {
		if c.Outcome == failover.Unknown {
			add("what becomes of " + nameOf(c.Service) + " is not known (" + c.Reason + "): the drill finds out, and can confirm nothing")
		}
		if c.Service.Objective == nil {
			add(nameOf(c.Service) + " has no objective: the drill can confirm the prediction, and there is no promise to keep")
		}
	}
	add("each proxy sends at least 10 requests per second, without which passive detection takes longer")
	return list
}

func findingsOf(findings []*analyzer.Finding, expect []Expectation) []Finding {
	known := map[string]bool{}
	for i := range expect {
		known[expect[i].Cell] = true
	}
	var list []Finding
	for _, f := range findings {
		if f.Suppressed != nil || f.Cells.Len() == 0 {
			continue
		}
		cells := slices.DeleteFunc(f.Cells.IDs(), func(id string) bool { return !known[id] })
		if len(cells) > 0 {
			list = append(list, Finding{Rule: f.Rule.ID, Fingerprint: f.Fingerprint(), Message: f.Message, At: at(f.Position()), Cells: cells})
		}
	}
	return list
}

// at is a position as a plan names it, "" for none.
func at(p mesh.Position) string {
	if p.IsZero() {
		return ""
	}
	return p.String()
}

// bound is the longest that recovery is predicted to take.
func (p *Plan) bound() time.Duration {
	longest := time.Duration(0)
	for i := range p.Expect {
		if r := p.Expect[i].Recovery; r != nil {
			longest = max(longest, time.Duration(r.Upper))
		}
	}
	return longest
}

// leastFaultTime is how long the fault has to last for recovery to be seen, and to be seen holding.
func (p *Plan) leastFaultTime() time.Duration {
	return max(p.bound(), time.Duration(p.Objectives.RTO)) + watch
}

// faultTime is a comfortable one, in tens of seconds.
func faultTime(p *Plan) time.Duration {
	const unit = 10 * time.Second
	least := max(leastFault, p.leastFaultTime()+watch)
	return least + (unit-least%unit)%unit
}
