package analyzer

import (
	"slices"
	"strings"

	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// Breach is a cell that somebody promised, and one cause why the promise does not hold.
type Breach struct {
	Cell     *failover.Cell
	Cause    *failover.Cause // of the cell, or of the promise
	Level    Level
	Declared bool // by an objective; otherwise by the configuration's own intent
	Unproven bool // the cell is unknown
}

// breaches holds every promised cell of the matrix against its promise.
func breaches(m *failover.Matrix) []*Breach {
	parts := slices.Collect(slices.Chunk(m.Cells, 1024))
	lists := make([][]*Breach, len(parts))
	parallel(len(parts), func(i int) {
		b := broken{list: make([]*Breach, 0, len(parts[i]))}
		for _, c := range parts[i] {
			b.cell, b.found, b.errors = c, 0, 0
			b.judge()
		}
		lists[i] = b.list
	})
	return slices.Concat(lists...)
}

// breaks reports whether a cell breaks a promise.
func breaks(c *failover.Cell) bool {
	b := broken{cell: c, glance: true}
	b.judge()
	return b.found > 0
}

// broken holds one cell against its promise.
type broken struct {
	cell   *failover.Cell
	glance bool // it is only asked whether there are any
	list   []*Breach
	memory []Breach // of breaches to come: nearly every cell has one
	found  int
	errors int             // of those found
	open   *failover.Cause // of the last cell that is not proven
	lines  []mesh.Origin   // of it
}

func (b *broken) add(cause *failover.Cause, l Level, declared bool) {
	b.note(l)
	if !b.glance {
		b.keep(Breach{Cell: b.cell, Cause: cause, Level: l, Declared: declared})
	}
}

// keep adds a breach to the list.
func (b *broken) keep(one Breach) {
	if len(b.memory) == 0 {
		b.memory = make([]Breach, 256)
	}
	b.memory[0] = one
	b.list, b.memory = append(b.list, &b.memory[0]), b.memory[1:]
}

func (b *broken) note(l Level) {
	b.found++
	if l == Error {
		b.errors++
	}
}

func (b *broken) judge() {
	if c := b.cell; promised(c.Service, c.Scenario, c.Fault) {
		b.declared()
	} else {
		b.inferred()
	}
}

// ForFindings narrows a matrix to what findings are made of: of the failures that somebody promises
// anything about, the cells that break the promise. All others are summed up.
func ForFindings(o failover.Options) failover.Options {
	o.Explain = judged
	o.Keep = breaks
	o.Spare = harmless
	return o
}

// harmless reports whether a failure of places or of a service's copy breaks no promise about a service,
// whatever else there is to say about it.
func harmless(s *mesh.Service, sc failover.Scenario, f failover.Fault, g failover.Glance) bool {
	if !promised(s, sc, f) {
		return g.Outcome == failover.Unknown || g.Outcome == failover.Survives && !g.Exposed
	}
	if g.Outcome != failover.Survives || g.Exposed || g.Hidden {
		return false
	}
	rto, ok := s.Objective.RTO.Get()
	return !ok || g.Upper <= rto
}

// judged reports whether somebody promises anything about a failure of a service. Cells of other
// failures make no finding.
func judged(s *mesh.Service, sc failover.Scenario, f failover.Fault) bool {
	return promised(s, sc, f) || promisedByIntent(s, sc)
}

// ofRelease reports whether a failure is a bad release and nothing else.
func ofRelease(sc failover.Scenario) bool {
	return len(sc.Parts) == 1 && sc.Parts[0].Target == failover.Release
}

// covers reports whether an objective lists a fault. A release that answers errors while it stays
// ready is what a bad release mostly looks like: where nobody listed faults, it is meant.
func covers(o *mesh.Objective, sc failover.Scenario, f failover.Fault) bool {
	return len(o.Faults) == 0 || slices.Contains(o.Faults, string(f)) || o.UsualFaults && f == failover.Error && ofRelease(sc)
}

// promised reports whether the service's objective covers the failure: each that it lists, any one
// at a time, under each fault it lists.
func promised(s *mesh.Service, sc failover.Scenario, f failover.Fault) bool {
	o := s.Objective
	if o == nil {
		return false
	}
	if sc.IsNone() {
		return true // what does not work before any failure survives none
	}
	if !covers(o, sc, f) {
		return false
	}
	if ofRelease(sc) && (o.Pattern == mesh.Canary || o.Pattern == mesh.BlueGreen) {
		return true // a pattern of releases promises the way back
	}
	return slices.ContainsFunc(o.Survive, func(what string) bool { return means(what, sc) })
}

// means reports whether an entry of an objective, a kind of failure or one by name, means a scenario.
func means(what string, sc failover.Scenario) bool {
	if len(sc.Parts) == 1 && string(sc.Parts[0].Target) == what {
		return true
	}
	if !strings.Contains(what, "=") {
		return false // a kind of failure, and not this one
	}
	named, err := failover.ParseScenario(what)
	return err == nil && !named.IsNone() && slices.Equal(named.Parts, sc.Parts)
}

// promisedByIntent reports whether the configuration itself sets out to move traffic in the failure.
// Versions that routes tell apart are meant to replace one another.
func promisedByIntent(s *mesh.Service, sc failover.Scenario) bool {
	if ofRelease(sc) {
		return true
	}
	_, ok := s.Intent.Mechanism()
	return ok && namedByIntent(sc)
}

// declared: an objective gives an error for everything it lists that loses traffic, one
// warning for what cannot be proven, and a warning where only capacity or time may be short.
func (b *broken) declared() {
	c := b.cell
	o := c.Service.Objective
	if c.Outcome == failover.Unknown {
		b.unproven(c.Reason, c.Undecided)
	} else if where := unprotected(c, o.Encryption); where != "" {
		b.unproven("whether requests to "+where+" are encrypted is not known", nil)
	}
	for i := range c.Causes {
		cause := &c.Causes[i]
		switch cause.Kind {
		case failover.CauseBrokenBefore:
		case failover.CauseShortOf:
			b.add(cause, Warning, true)
		case failover.CauseCanaryAlone, failover.CauseSingleColour:
			b.add(cause, patternLevel(c, cause.Kind), true)
		case failover.CauseExposed:
			if o.Encryption != "any" && (o.Encryption != "" || protectedBefore(c)) {
				b.add(cause, Error, true)
			}
		default:
			if c.FailingShare > 0 {
				b.add(cause, Error, true)
			}
		}
		if c.Scenario.IsNone() && b.found > 0 {
			break // one reason is enough for what has never worked
		}
	}
	if c.FailingShare > 0 && b.errors == 0 {
		b.add(&failover.Cause{Kind: failover.CauseNoDetection, Origin: c.Service.Origin, Detail: c.Reason}, Error, true)
	}
	if rto, ok := o.RTO.Get(); ok && c.Outcome != failover.Lost && c.FailingShare == 0 && c.Recovery.Upper > rto {
		b.tooSlow(rto)
	}
}

// unproven notes that the inputs leave a cell open, and the lines that do.
func (b *broken) unproven(detail string, lines []mesh.Origin) {
	b.note(Warning)
	if b.glance {
		return
	}
	at := b.cell.Service.Objective.Origin
	if x := b.open; x != nil && x.Origin == at && x.Detail == detail && slices.Equal(b.lines, lines) { // as of most neighbours
		b.keep(Breach{Cell: b.cell, Level: Warning, Declared: true, Unproven: true, Cause: x})
		return
	}
	cause := &failover.Cause{Origin: at, Detail: detail}
	b.open, b.lines = cause, lines
	for _, at := range lines {
		cause.Related = append(cause.Related, mesh.Evidence{What: "what leaves it open", Origin: at})
	}
	b.keep(Breach{Cell: b.cell, Level: Warning, Declared: true, Unproven: true, Cause: cause})
}

// patternLevel: where only a rollout is left, requests come back by it. That is an error where they do
// not, or where the objective declares the pattern whose way back is missing.
func patternLevel(c *failover.Cell, kind failover.CauseKind) Level {
	declared := map[failover.CauseKind]mesh.Pattern{failover.CauseCanaryAlone: mesh.Canary, failover.CauseSingleColour: mesh.BlueGreen}
	if c.FailingShare > 0 || c.Service.Objective.Pattern == declared[kind] {
		return Error
	}
	return Warning
}

// unprotected names a destination whose encryption the objective asks for and the inputs do not
// decide.
func unprotected(c *failover.Cell, encryption string) string {
	if encryption != "mtls" && encryption != "tls" {
		return ""
	}
	for _, d := range c.Destinations {
		if d.Encryption == "unknown" {
			return c.Service.Name + " in " + d.Cluster
		}
	}
	return ""
}

// loudUnderIntent are the causes that make an error where the configuration itself sets out to
// move traffic: its mechanism is inert, or its destination is absent, unreachable, refused or
// exposed. Hangs, capacity and manual switches are warnings at most.
var loudUnderIntent = map[failover.CauseKind]Level{
	failover.CauseInert:       Error,
	failover.CauseBound:       Error,
	failover.CauseMeshDefault: Error,
	failover.CauseDiscarded:   Error,
	failover.CauseNotVisible:  Error,
	failover.CauseMisspelt:    Error,
	failover.CauseNoEndpoint:  Error,
	failover.CauseUnreachable: Error,
	failover.CauseRefused:     Error,
	failover.CauseTLSMismatch: Error,
	failover.CauseExposed:     Error,
	failover.CauseMissing:     Error,
	failover.CauseUnwatched:   Error,
	failover.CauseNotExported: Error,
	failover.CauseInvalid:     Error,
	failover.CauseUnchecked:   Error,
	failover.CauseBlindAlias:  Error,
	failover.CauseSharedCheck: Error,
	failover.CauseAstray:      Error,
	failover.CauseNoStandby:   Error,
	failover.CauseOneRegion:   Error,
	failover.CauseUnseen:      Warning,
	failover.CausePanic:       Warning,
	failover.CauseShortOf:     Warning,
	failover.CauseNotSwitched: Warning,
	failover.CauseDependency:  Warning,
}

// loudOfReleases are the causes that make a warning where only the routes tell versions apart: the
// way back is missing, too small, refused or exposed. What the mesh does alone promises nothing.
var loudOfReleases = map[failover.CauseKind]Level{
	failover.CauseCanaryAlone:  Warning,
	failover.CauseSingleColour: Warning,
	failover.CauseNoRevision:   Warning,
	failover.CauseUnreachable:  Warning,
	failover.CauseRefused:      Warning,
	failover.CauseTLSMismatch:  Warning,
	failover.CauseExposed:      Warning,
	failover.CauseShortOf:      Warning,
}

// withoutLoss are the causes that speak although no request fails.
var withoutLoss = []failover.CauseKind{failover.CauseExposed, failover.CauseShortOf, failover.CauseCanaryAlone, failover.CauseSingleColour}

// inferred: without a declaration, the configuration promises only what it sets out to
// do, in a scenario that it names: the loss of one region's copy of the service, or a bad release
// where routes tell versions apart.
func (b *broken) inferred() {
	c := b.cell
	if !promisedByIntent(c.Service, c.Scenario) || c.Outcome == failover.Unknown {
		return
	}
	loud := loudUnderIntent
	if ofRelease(c.Scenario) {
		loud = loudOfReleases
	}
	for i := range c.Causes {
		cause := &c.Causes[i]
		level, ok := loud[cause.Kind]
		if !ok {
			continue
		}
		if c.FailingShare == 0 && !slices.Contains(withoutLoss, cause.Kind) {
			continue
		}
		if cause.Kind == failover.CauseExposed && !protectedBefore(c) {
			continue
		}
		if c.Fault == failover.Hang {
			level = Warning // what a hang alone shows is a warning at most
		}
		b.add(cause, level, false)
	}
}

// namedByIntent: locality configuration names regions. The scenarios it speaks of are a region,
// a cluster, and the loss of one region's copy of the service itself.
func namedByIntent(sc failover.Scenario) bool {
	for _, p := range sc.Parts {
		switch p.Target {
		case failover.Region, failover.Cluster, failover.Workload, failover.Endpoint:
		default:
			return false
		}
	}
	return !sc.IsNone()
}

// protectedBefore reports whether the requests were encrypted on a normal day.
func protectedBefore(c *failover.Cell) bool {
	if len(c.Before) == 0 {
		return false
	}
	for _, d := range c.Before {
		if d.Encryption != "mtls" && d.Encryption != "tls" {
			return false
		}
	}
	return true
}
