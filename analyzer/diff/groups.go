package diff

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// groups joins cells of one service that changed in the same way for the same reason.
func (e *explainer) groups() []*Group {
	type key struct {
		service *mesh.Service
		change  Change
		kind    failover.CauseKind
		file    string // of the deciding line
		line    int
		detail  string // where there is no line
	}
	known := map[key]*Group{}
	var list []*Group
	for _, t := range e.pairs {
		cause := causeOf(t)
		k := key{service: t.Head.Service, change: t.change}
		switch at := cause.Origin.Position(); {
		case t.change == Slower || t.change == Better: // one sentence a service
		case at.IsZero():
			k.kind, k.detail = cause.Kind, cause.Detail
		default:
			k.kind, k.file, k.line = cause.Kind, at.File, at.Line
		}
		g := known[k]
		if g == nil {
			g = &Group{Change: t.change, Level: analyzer.Note, Service: t.Head.Service, Cause: cause}
			known[k] = g
			list = append(list, g)
		}
		g.add(t, cause)
	}
	list = fold(list)
	for _, r := range e.rest {
		e.addRest(&list, r)
	}
	for _, g := range list {
		g.settle()
	}
	slices.SortStableFunc(list, compareGroups)
	return list
}

// fold joins what nobody promised anything about with the loudest group of its service, where it names no line of its own: no
// cause at all, or that a dependency fails.
func fold(list []*Group) []*Group {
	loudest := map[*mesh.Service]*Group{}
	follows := func(g *Group) bool {
		return g.Change == Worse && g.Level == analyzer.Note && (g.Cause.Kind == failover.CauseDependency || g.Cause.Origin.Position().IsZero())
	}
	for _, g := range list {
		if l := loudest[g.Service]; g.Change == Worse && !follows(g) && (l == nil || g.Level != l.Level && g.Level.AtLeast(l.Level)) {
			loudest[g.Service] = g
		}
	}
	kept := list[:0]
	for _, g := range list {
		l := loudest[g.Service]
		if !follows(g) || l == nil {
			kept = append(kept, g)
			continue
		}
		l.Cells = append(l.Cells, g.Cells...)
		for _, p := range g.Ports {
			if !slices.Contains(l.Ports, p) {
				l.Ports = append(l.Ports, p)
			}
		}
	}
	return kept
}

// add takes a cell; the most telling one comes first.
func (g *Group) add(t told, cause failover.Cause) {
	level := t.promise().Level
	if level != g.Level && level.AtLeast(g.Level) {
		g.Level = level
	}
	if !slices.Contains(g.Ports, t.Head.Port) {
		g.Ports = append(g.Ports, t.Head.Port)
	}
	g.Cells = append(g.Cells, t.Pair)
	if n := len(g.Cells) - 1; n > 0 && g.moreTelling(t, g.Cells[0]) {
		g.Cells[0], g.Cells[n] = g.Cells[n], g.Cells[0]
		g.Cause = cause
	}
}

// moreTelling prefers the more severe broken promise, a declared one, the simpler scenario, and then the larger share.
func (g *Group) moreTelling(t told, than Pair) bool {
	a, b := t.promise(), told{Pair: than, change: g.Change}.promise()
	if a.Level != b.Level {
		return a.Level.AtLeast(b.Level)
	}
	if a.Declared != b.Declared {
		return a.Declared
	}
	if x, y := simplicity(t.Head.Scenario), simplicity(than.Head.Scenario); x != y {
		return x < y
	}
	return g.Change != Better && t.Head.FailingShare > than.Head.FailingShare
}

// simplicity orders scenarios by how soon people understand them; smaller is simpler.
func simplicity(s failover.Scenario) int {
	if s.IsNone() {
		return 0
	}
	i := slices.Index([]failover.Target{failover.Region, failover.Zone, failover.Cluster, failover.Datacenter}, s.Parts[0].Target)
	if i < 0 {
		i = 4
	}
	return len(s.Parts)*5 + i
}

func (g *Group) settle() {
	slices.Sort(g.Ports)
	if len(g.Cells) == 0 {
		return
	}
	worst := g.Cells[0]
	rest := g.Cells[1:]
	slices.SortStableFunc(rest, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.Head.FailingShare, a.Head.FailingShare), cmp.Compare(a.ID, b.ID))
	})
	if worst.Base != nil && g.Change != Better {
		g.Lost = lostTerm(worst.Base, worst.Head)
	}
}

// addRest counts cells beyond the limit with the most severe group of their service and change.
func (e *explainer) addRest(list *[]*Group, r uncounted) {
	var to *Group
	for _, g := range *list {
		if g.Service == r.service && g.Change == r.change && (to == nil || g.Level != to.Level && g.Level.AtLeast(to.Level)) {
			to = g
		}
	}
	if to != nil {
		to.More += r.n
	}
}

func compareGroups(a, b *Group) int {
	order := func(c Change) int { return slices.Index(Changes[:], c) }
	levels := []analyzer.Level{analyzer.Error, analyzer.Warning, analyzer.Note}
	share := func(g *Group) float64 {
		if g.Change == Better {
			return 0
		}
		return g.Cells[0].Head.FailingShare
	}
	return cmp.Or(
		cmp.Compare(order(a.Change), order(b.Change)),
		cmp.Compare(slices.Index(levels, a.Level), slices.Index(levels, b.Level)),
		cmp.Compare(share(b), share(a)),
		cmp.Compare(a.Service.ID, b.Service.ID),
		cmp.Compare(a.Cells[0].ID, b.Cells[0].ID))
}

// promise is the one that the cell breaks in the head, or for what became better broke in the base.
func (t told) promise() analyzer.Breach {
	if t.level != "" {
		return analyzer.Breach{Level: t.level}
	}
	of := t.Head
	if t.change == Better && t.Base != nil {
		of = t.Base
	}
	if b := analyzer.Worst(of); b != nil {
		return *b
	}
	return analyzer.Breach{Level: analyzer.Note}
}

// causeOf is why the cell is what it is now: the cause of the promise that it breaks, preferably one that the base does not have.
func causeOf(t told) failover.Cause {
	switch t.change {
	case Better:
		return first(t.Base, nil)
	case Unproven:
		cause := failover.Cause{Detail: t.Head.Reason}
		if len(t.Head.Undecided) > 0 {
			cause.Origin = t.Head.Undecided[0]
		}
		return cause
	case Slower:
		return grown(t.Base, t.Head)
	}
	return first(t.Head, t.Base)
}

// first is the deciding cause of a cell, preferably one that other does not have.
func first(c, other *failover.Cell) failover.Cause {
	if c == nil {
		return failover.Cause{}
	}
	if other != nil {
		for _, cause := range c.Causes {
			if !slices.ContainsFunc(other.Causes, func(o failover.Cause) bool { return o.Kind == cause.Kind && o.Loss == cause.Loss }) {
				return cause
			}
		}
	}
	if b := analyzer.Worst(c); b != nil && !b.Unproven {
		return *b.Cause
	}
	if len(c.Causes) > 0 {
		return c.Causes[0]
	}
	return failover.Cause{Detail: c.Reason}
}

// grown names the term of the recovery bound that grew most.
func grown(base, head *failover.Cell) failover.Cause {
	var most time.Duration
	var cause failover.Cause
	for _, term := range head.Recovery.Terms {
		was := time.Duration(0)
		for _, o := range base.Recovery.Terms {
			if o.Name == term.Name {
				was += o.Upper
			}
		}
		if more := term.Upper - was; more > most {
			most = more
			cause = failover.Cause{Origin: term.Origin, Detail: term.Name + " takes up to " + term.Upper.String() + ", " + was.String() + " before"}
		}
	}
	return cause
}

// lostTerm is the setting of the base that the head's recovery does without.
func lostTerm(base, head *failover.Cell) mesh.Evidence {
	for _, term := range base.Recovery.Terms {
		if term.Origin.In != nil && !slices.ContainsFunc(head.Recovery.Terms, func(o failover.Term) bool { return o.Name == term.Name }) {
			return mesh.Evidence{What: setting(term), Origin: term.Origin}
		}
	}
	return mesh.Evidence{}
}

// setting names what a term comes from as the file does, or else as the bound does.
func setting(t failover.Term) string {
	parts := strings.Split(t.Origin.Path, "/")
	for i := len(parts) - 1; i > 0; i-- {
		if strings.Trim(parts[i], "0123456789") != "" {
			return parts[i]
		}
	}
	return t.Name
}
