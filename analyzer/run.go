package analyzer

import (
	"cmp"
	"slices"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Setting is what a config says of one rule.
type Setting struct {
	Level  string // "off" removes its findings; "" leaves their levels
	Params map[string]any
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
	var findings []*Finding
	findings = append(findings, fromBreaches(broken, owner)...)
	for _, r := range rules {
		if r.Run == nil {
			continue
		}
		r.Run(&Pass{Graph: g, Matrix: m, Broken: broken, Params: r.params(settings[r.ID].Params), rule: r, report: func(f *Finding) {
			findings = append(findings, f)
		}})
	}
	findings = dedupe(findings)
	findings = slices.DeleteFunc(findings, func(f *Finding) bool { return settings[f.Rule.ID].Level == "off" })
	for _, f := range findings {
		if l := settings[f.Rule.ID].Level; l != "" {
			f.Level = Level(l)
		}
		if f.Resource == (mesh.Resource{}) {
			f.Resource = resourceOf(f.Origin)
		}
	}
	findings = yield(findings)
	sortFindings(findings)
	return findings
}

// fromBreaches joins breaches into one finding per rule, deciding position and service; the
// worst cell tells the story.
func fromBreaches(broken []*Breach, owner map[failover.CauseKind]*Rule) []*Finding {
	type key struct {
		rule    *Rule
		place   place
		service *mesh.Service
	}
	places := placer{}
	worst := map[key]*Breach{}
	cells := map[key][]string{}
	related := map[key][]mesh.Evidence{}
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
		if worst[k] == nil {
			order = append(order, k)
			worst[k] = b
		} else if moreTelling(b, worst[k]) {
			worst[k] = b
		}
		cells[k] = append(cells[k], b.Cell.ID())
		for _, e := range b.Cause.Related {
			if !slices.ContainsFunc(related[k], func(o mesh.Evidence) bool { return places.of(o.Origin) == places.of(e.Origin) }) {
				related[k] = append(related[k], e)
			}
		}
	}
	list := make([]*Finding, 0, len(order))
	for _, k := range order {
		b := worst[k]
		ids := cells[k]
		slices.Sort(ids)
		list = append(list, &Finding{
			Rule: k.rule, Level: b.Level, Message: message(b), Service: k.service, Origin: b.Cause.Origin,
			Related: related[k], Scenario: b.Cell.Scenario.String(), Fault: string(b.Cell.Fault), Cells: slices.Compact(ids),
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

// dedupe keeps one finding per rule, place and service, the most severe one.
func dedupe(list []*Finding) []*Finding {
	type key struct {
		rule    *Rule
		place   place
		service *mesh.Service
	}
	places := placer{}
	at := map[key]int{}
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
		at[k] = len(out)
		out = append(out, f)
	}
	return out
}

// place is where an origin stands. One file can be a source of several clusters: its documents
// are several, their places one.
type place struct {
	file         string
	line, column int
	note         string
}

type placer map[mesh.Origin]place

func (x placer) of(o mesh.Origin) place {
	if p, ok := x[o]; ok {
		return p
	}
	pos := o.Position()
	p := place{pos.File, pos.Line, pos.Column, ""}
	if o.In == nil {
		p.note = o.Note
	}
	x[o] = p
	return p
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
