package audit

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/drill/measure"
	"github.com/passmuster/muster/drill/observe"
	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/record"
)

// minRequests is how many requests must lie wholly inside a phase before their absence somewhere proves anything.
const minRequests = 30

// seen is what one source saw of one expected cell.
type seen struct {
	a      *auditor
	expect *plan.Expectation
	id     plan.Cell
	cell   *Cell
	source string // the file
	native bool
	// reporter is the end that a foreign source stands at. timeless: it does not tell when requests were, or not of all.
	reporter observe.Reporter
	timeless bool
	probe    *plan.Probe // that asked; nil = not known
	failed   []failover.Part

	view    measure.View
	fault   measure.Fault
	faulted bool // there is a fault in the recording
	apart   time.Duration
	opts    measure.Options
	result  measure.Result
	// null is the normal day: the phase of the null round, else that before the fault.
	null      measure.Phase
	nullKinds []record.Sample
	nullRound bool
	doubts    []measure.Doubt
	// answers are the places in the order of sending, of the phase that is compared.
	answers []string

	outcome  string
	hops     hops
	verdicts []judged
}

// judged is one promise held against what was seen.
type judged struct {
	verdict measure.Verdict
	reason  string
	// fact: it was seen whatever the clocks, the null drill or the prober's lateness say.
	fact bool
}

// view measures what one prober saw of an expected cell.
func (a *auditor) view(e *plan.Expectation, v *measure.View) {
	id, _ := plan.ParseCell(e.Cell) // Audit has checked it
	s := &seen{a: a, expect: e, id: id, view: *v, source: a.file[v.Prober], native: true, probe: a.probeOf(id, v.Prober)}
	s.cell = a.newCell(e, id, v.Prober, "native")
	scenario, err := failover.ParseScenario(id.Scenario)
	if err == nil {
		s.failed = scenario.Parts
	}
	s.opts = a.options(e)
	s.fault, s.faulted = a.faultOf(id)
	if !s.faulted {
		// All of it is before a fault that never came.
		s.fault = measure.Fault{By: v.Prober, Inject: measure.Bracket{From: never, To: never}}
	} else {
		s.cut()
	}
	s.apart, _ = a.merged.Apart(v.Prober, s.fault.By)
	s.result = measure.Measure(s.view, s.fault, s.apart, s.opts)
	s.normalDay()
	s.doubt()
	s.fill()
	s.classes()
	a.seen = append(a.seen, s)
	a.covered[e.Cell] = a.covered[e.Cell] || s.result.During.Sent() > 0
}

// never is a moment after all recordings.
const never = time.Duration(1) << 61

// cut leaves out what an earlier fault of the same cell may have touched.
func (s *seen) cut() {
	from := time.Duration(0)
	for _, f := range s.a.faults {
		if f.ID == s.fault.ID || f.Scenario != s.fault.Scenario || f.Mode != s.fault.Mode || f.Inject.From > s.fault.Inject.From {
			continue
		}
		from = max(from, f.Inject.To)
		if f.Removed {
			from = max(from, f.Remove.To)
		}
	}
	if from > 0 {
		s.view = s.view.Cut(from, never)
	}
}

// options are those of the plan.
func (a *auditor) options(e *plan.Expectation) measure.Options {
	o := measure.Options{
		Latency: a.plan.Objectives.Latency.Std(), Over: a.plan.Objectives.P99During.Std(),
		Dest:   func(s record.Sample) string { return e.Place(s.Dest) },
		During: places(e.During), After: places(e.After),
		Settle: a.plan.Objectives.RTO.Std(),
	}
	if e.Recovery != nil {
		o.Settle = e.Recovery.Upper.Std()
	}
	return o
}

// places are those of which something is expected, sorted.
func places(shares map[string]float64) []string {
	var all []string
	for place, share := range shares {
		if share > 0 {
			all = append(all, place)
		}
	}
	slices.Sort(all)
	return all
}

// probeOf is the probe of the plan whose answers speak of a cell.
func (a *auditor) probeOf(id plan.Cell, from string) *plan.Probe {
	for i := range a.plan.Probes {
		p := &a.plan.Probes[i]
		if p.Service == id.Service && (p.Port == 0 || p.Port == id.Port) && (p.Client == "" || p.Client == id.Client) && (p.From == "" || p.From == prober(from)) {
			return p
		}
	}
	return nil
}

func (a *auditor) newCell(e *plan.Expectation, id plan.Cell, prober, origin string) *Cell {
	return &Cell{
		Cell: e.Cell, Service: id.Service, Client: id.Client, Scenario: id.Scenario, Fault: id.Fault, Prober: prober, Origin: origin,
		Expected: *e, Reasons: []string{}, Windows: []Window{}, Stages: []Stage{}, Drift: []Drift{}, Doubts: []Doubt{}, Timeline: []Bucket{},
		Encryption: Encryption{Peers: []Peer{}},
	}
}

// normalDay measures the null round, and takes what was before the fault where there is none.
func (s *seen) normalDay() {
	s.null, s.nullKinds = s.result.Before, s.view.Kinds
	want := s.id.NormalDay().String()
	for _, v := range slices.Concat(s.a.normal, s.a.views) {
		if v.Cell != want || prober(v.Prober) != prober(s.view.Prober) || len(v.Requests) == 0 {
			continue
		}
		none := measure.Fault{By: v.Prober, Inject: measure.Bracket{From: never, To: never}}
		r := measure.Measure(v, none, 0, s.opts)
		s.null, s.nullKinds, s.nullRound = r.Before, v.Kinds, true
	}
}

// prober is the id of a prober without the number of its recording: one that went on after an interruption is the same.
func prober(id string) string {
	name, _, _ := strings.Cut(id, "#")
	return name
}

// groups goes through the requests of some phases by kind.
func (s *seen) groups(yield func(k *record.Sample, g measure.Group), phases ...*measure.Phase) {
	for _, p := range phases {
		for _, g := range p.Groups {
			yield(&s.view.Kinds[g.Kind], g)
		}
	}
}

// reference leads to the lines of some requests.
func (s *seen) reference(which func(k *record.Sample) bool, phases ...*measure.Phase) []Reference {
	ref := Reference{Source: s.source}
	s.groups(func(k *record.Sample, g measure.Group) {
		if !which(k) {
			return
		}
		if ref.First == 0 || g.First < ref.First && g.First > 0 {
			ref.First = g.First
		}
		ref.Last = max(ref.Last, g.Last)
		ref.Count += g.Requests()
	}, phases...)
	if ref.Count == 0 {
		return []Reference{}
	}
	return []Reference{ref}
}

// who is the service and its caller, as a sentence names them.
func (s *seen) who() string {
	return s.a.name(s.id.Service) + " for " + cmp.Or(s.id.Client, "its callers")
}

// while names the failure.
func (s *seen) while() string { return while(s.id.Scenario, s.id.Fault) }

func while(scenario, mode string) string {
	what := strings.ReplaceAll(scenario, "+", " and ")
	switch mode {
	case "crash":
		return "while " + what + " was down (crash)"
	case "hang":
		return "while " + what + " hung (hang)"
	case "partition":
		return "while " + what + " was cut off (partition)"
	case "error":
		return "while " + what + " answered errors (error)"
	}
	return "while " + what + " failed (" + mode + ")"
}
