package analyzer

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Setting is what a config says of one rule.
type Setting struct {
	Level  string // "off" removes its findings; "" leaves their levels
	Params map[string]any
	// Scopes decide about some findings alone: the first that covers one has the word.
	Scopes []Scope
}

// Scope is the level of those findings of a rule that it covers.
type Scope struct {
	Covers func(*mesh.Subject) bool
	Level  string
}

// Silent reports whether nothing that a rule finds is told.
func (s Setting) Silent() bool {
	return s.Level == "off" && !slices.ContainsFunc(s.Scopes, func(x Scope) bool { return x.Level != "off" })
}

// level is what a finding is to have, "" as it comes.
func (s Setting) level(f *Finding) string {
	if len(s.Scopes) > 0 {
		subject := &mesh.Subject{Service: f.Service, Resource: f.Resource, Position: f.Position()}
		for _, x := range s.Scopes {
			if x.Covers(subject) {
				return x.Level
			}
		}
		if s.Level == "" && f.Rule.OptIn {
			return "off"
		}
	}
	return s.Level
}

// Run judges a fleet: it holds the matrix against its promises and lets the rules speak. Settings
// are by the id of a rule. Findings come sorted.
func Run(g *mesh.Graph, m *failover.Matrix, rules []*Rule, settings map[string]Setting) []*Finding {
	broken := breaches(m)
	owner := map[failover.CauseKind]*Rule{}
	for _, r := range rules {
		for _, k := range r.Causes {
			owner[k] = r
		}
	}
	findings := fromBreaches(broken, owner)
	for _, p := range passes(g, m, broken, rules, settings) {
		findings = append(findings, p.found...)
	}
	findings = dedupe(findings)
	findings = certain(g, settle(findings, settings))
	findings = yield(findings)
	sortFindings(findings)
	return findings
}

// settle gives findings the object that they stand in and the level that a config wants, and leaves
// out those that it wants off.
func settle(findings []*Finding, settings map[string]Setting) []*Finding {
	return slices.DeleteFunc(findings, func(f *Finding) bool {
		if f.Resource == (mesh.Resource{}) {
			f.Resource = resourceOf(f.Origin)
		}
		level := settings[f.Rule.ID].level(f)
		if level == "off" {
			return true
		}
		if level != "" {
			f.Level = Level(level)
		}
		return false
	})
}

// certain leaves out what rests on values that are not known. What is said at an objective stays: that it is not proven.
func certain(g *mesh.Graph, findings []*Finding) []*Finding {
	return slices.DeleteFunc(findings, func(f *Finding) bool {
		promised := f.Service != nil && f.Service.Objective != nil && f.Origin == f.Service.Objective.Origin
		return !promised && g.Doubtful(f.Resource, f.Service)
	})
}

// passes lets each rule with a Run function look at the fleet, several at a time; they come in the
// order of the rules.
func passes(g *mesh.Graph, m *failover.Matrix, broken []*Breach, rules []*Rule, settings map[string]Setting) []*Pass {
	model := m.Model
	if model == nil {
		model = failover.NewModel(g)
	}
	var list []*Pass
	for _, r := range rules {
		if r.Run != nil && !r.AuditsSuppressions() {
			list = append(list, &Pass{Graph: g, Matrix: m, Model: model, Broken: broken, Params: r.params(settings[r.ID].Params), rule: r})
		}
	}
	var wg sync.WaitGroup
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(list)); i = next.Add(1) - 1 {
				list[i].rule.Run(list[i])
			}
		})
	}
	wg.Wait()
	return list
}

// fromBreaches joins breaches into one finding per rule, deciding position and service; the
// worst cell tells the story.
func fromBreaches(broken []*Breach, owner map[failover.CauseKind]*Rule) []*Finding {
	type key struct {
		rule    *Rule
		place   int
		service *mesh.Service
	}
	type group struct {
		worst   *Breach
		cells   []*failover.Cell
		related []mesh.Evidence
		follows []mesh.Origin
		alone   bool // one of the breaches follows from nothing else
	}
	places := newPlacer()
	locate(broken, func(b *Breach) mesh.Origin { return b.Cause.Origin })
	groups := map[key]*group{}
	var order []key
	for _, b := range broken {
		if b.Unproven {
			continue // the rule about proof speaks of these, one finding a service
		}
		rule := owner[b.Cause.Kind]
		if rule == nil {
			continue
		}
		k := key{rule, places.of(b.Cause.Origin), b.Cell.Service}
		of := groups[k]
		switch {
		case of == nil:
			of = &group{worst: b}
			groups[k] = of
			order = append(order, k)
		case moreTelling(b, of.worst):
			of.worst = b
		}
		if n := len(of.cells); n == 0 || of.cells[n-1] != b.Cell { // breaches come cell by cell
			of.cells = append(of.cells, b.Cell)
		}
		of.alone = of.alone || len(b.Cause.Follows) == 0
		for _, o := range b.Cause.Follows {
			if !slices.Contains(of.follows, o) {
				of.follows = append(of.follows, o)
			}
		}
		for _, e := range b.Cause.Related {
			if !slices.ContainsFunc(of.related, func(o mesh.Evidence) bool { return places.of(o.Origin) == places.of(e.Origin) }) {
				of.related = append(of.related, e)
			}
		}
	}
	list := make([]*Finding, 0, len(order))
	for _, k := range order {
		of := groups[k]
		b := of.worst
		if of.alone {
			of.follows = nil
		}
		list = append(list, &Finding{
			Rule: k.rule, Level: b.Level, Message: message(b), Service: k.service, Origin: b.Cause.Origin,
			Related: of.related, Scenario: b.Cell.Scenario.String(), Fault: string(b.Cell.Fault), Cells: failover.IDs(of.cells), Cause: b.Cause, Follows: of.follows,
		})
	}
	return list
}

// moreTelling prefers the more severe level, the larger loss, a declared promise, and then the
// simpler scenario.
func moreTelling(a, b *Breach) bool {
	if a.Level != b.Level {
		return levelRank[a.Level] < levelRank[b.Level]
	}
	if a.Declared != b.Declared {
		return a.Declared
	}
	if x, y := a.Cell.FailingShare, b.Cell.FailingShare; x != y {
		return x > y
	}
	return cmp.Compare(len(a.Cell.Scenario.Parts), len(b.Cell.Scenario.Parts)) < 0
}

// dedupe keeps one finding per rule, place and service, the most severe one. Copies of a service in several clusters are one.
func dedupe(list []*Finding) []*Finding {
	type key struct {
		rule    *Rule
		place   int
		service *mesh.Service
	}
	type words struct {
		rule    *Rule
		place   int
		message string
	}
	places := newPlacer()
	locate(list, func(f *Finding) mesh.Origin { return f.Origin })
	at := map[key]int{}
	said := map[words]*Finding{}
	var out []*Finding
	for _, f := range list {
		k := key{f.Rule, places.of(f.Origin), f.Service}
		if f.Origin.In == nil {
			out = append(out, f)
			continue
		}
		if i, ok := at[k]; ok {
			if levelRank[f.Level] < levelRank[out[i].Level] {
				out[i] = f
			}
			continue
		}
		w := words{f.Rule, k.place, f.Message}
		if first := said[w]; first != nil && first.Level == f.Level && sameElsewhere(first.Service, f.Service) {
			first.Cells = append(first.Cells, f.Cells...)
			continue
		}
		said[w] = f
		at[k] = len(out)
		out = append(out, f)
	}
	return out
}

// sameElsewhere reports whether two services are one to people: of one name, in several clusters of a mesh that makes a service of
// each cluster's (Linkerd, Consul). What is said of both in the same words at the same place is said once.
func sameElsewhere(a, b *mesh.Service) bool {
	return a != nil && b != nil && a.Mesh == b.Mesh && a.Namespace == b.Namespace && a.Name == b.Name
}

// place is where an origin stands. One file can be a source of several clusters: its documents
// are several, their places one.
type place struct {
	file         string
	line, column int
	note         string
}

// placer numbers places.
type placer struct {
	numbers map[place]int
	known   map[mesh.Origin]int
}

func newPlacer() *placer { return &placer{map[place]int{}, map[mesh.Origin]int{}} }

func (x *placer) of(o mesh.Origin) int {
	if n, ok := x.known[o]; ok {
		return n
	}
	pos := o.Position()
	p := place{pos.File, pos.Line, pos.Column, ""}
	if o.In == nil {
		p.note = o.Note
	}
	n, ok := x.numbers[p]
	if !ok {
		n = len(x.numbers)
		x.numbers[p] = n
	}
	x.known[o] = n
	return n
}

// Named is a document that knows its object, as loaders' documents do.
type Named interface {
	Resource() mesh.Resource
}

func resourceOf(o mesh.Origin) mesh.Resource {
	if n, ok := o.In.(Named); ok {
		return n.Resource()
	}
	return mesh.Resource{}
}
