package analyzer

import (
	"slices"
	"sync"

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
	return RunWith(g, m, rules, settings, nil)
}

// RunWith is Run with what drills have shown; nil = nothing is known of drills.
func RunWith(g *mesh.Graph, m *failover.Matrix, rules []*Rule, settings map[string]Setting, drills *Evidence) []*Finding {
	broken := breaches(m)
	owner := map[failover.CauseKind]*Rule{}
	for _, r := range rules {
		for _, k := range r.Causes {
			owner[k] = r
		}
	}
	locate(broken, func(b *Breach) mesh.Origin { return b.Cause.Origin })
	list := passes(g, m, broken, rules, settings, drills)
	services := byService(broken)
	told := make([][]*Finding, len(services))
	// What breaches say and what rules say for themselves depends on nothing of the other.
	parallel(len(services)+len(list), func(i int) {
		if i < len(services) {
			told[i] = fromBreaches(services[i], owner)
		} else {
			p := list[i-len(services)]
			p.rule.Run(p)
		}
	})
	findings := slices.Concat(told...)
	for _, p := range list {
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

// passes are what each rule with a Run function is to look at, in the order of the rules.
func passes(g *mesh.Graph, m *failover.Matrix, broken []*Breach, rules []*Rule, settings map[string]Setting, drills *Evidence) []*Pass {
	model := m.Model
	if model == nil {
		model = failover.NewModel(g)
	}
	of := sync.OnceValue(func() map[*mesh.Service][]*Breach {
		by := map[*mesh.Service][]*Breach{}
		for _, b := range broken {
			by[b.Cell.Service] = append(by[b.Cell.Service], b)
		}
		return by
	})
	var list []*Pass
	for _, r := range rules {
		if r.Run != nil && !r.AuditsSuppressions() {
			list = append(list, &Pass{Graph: g, Matrix: m, Model: model, Broken: broken, of: of, Evidence: drills, Params: r.params(settings[r.ID].Params), rule: r})
		}
	}
	return list
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
