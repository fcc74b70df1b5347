package analyzer

import (
	"fmt"
	"slices"
	"time"

	"github.com/passmuster/muster/analyzer/failover"
)

// Breach is a cell that somebody promised, and one cause why the promise does not hold.
type Breach struct {
	Cell     *failover.Cell
	Cause    failover.Cause
	Level    Level
	Declared bool // by an objective; otherwise by the configuration's own intent
	Unproven bool // the cell is unknown
}

// breaches holds every promised cell of the matrix against its promise.
func breaches(m *failover.Matrix) []*Breach {
	var list []*Breach
	for _, c := range m.Cells {
		declared := promised(c)
		switch {
		case declared:
			list = append(list, declaredBreaches(c)...)
		default:
			list = append(list, inferredBreaches(c)...)
		}
	}
	return list
}

// promised reports whether the service's objective covers the cell: each failure it lists, any
// one at a time, under each fault it lists.
func promised(c *failover.Cell) bool {
	o := c.Service.Objective
	if o == nil {
		return false
	}
	if len(o.Faults) > 0 && !slices.Contains(o.Faults, string(c.Fault)) {
		return false
	}
	for _, s := range o.Survive {
		if named, err := failover.ParseScenario(s); err == nil && !named.IsNone() && slices.Equal(named.Parts, c.Scenario.Parts) {
			return true
		}
		if len(c.Scenario.Parts) == 1 && string(c.Scenario.Parts[0].Target) == s {
			return true
		}
	}
	return false
}

// declaredBreaches: an objective gives an error for everything it lists that loses traffic, one
// warning for what cannot be proven, and a warning where only capacity or time may be short.
func declaredBreaches(c *failover.Cell) []*Breach {
	o := c.Service.Objective
	var list []*Breach
	add := func(cause failover.Cause, l Level) {
		list = append(list, &Breach{Cell: c, Cause: cause, Level: l, Declared: true})
	}
	unproven := func(detail string) {
		list = append(list, &Breach{Cell: c, Level: Warning, Declared: true, Unproven: true,
			Cause: failover.Cause{Origin: o.Origin, Detail: detail}})
	}
	if c.Outcome == failover.Unknown {
		unproven(c.Reason)
	} else if where := unprotected(c, o.Encryption); where != "" {
		unproven("whether requests to " + where + " are encrypted is not known")
	}
	for _, cause := range c.Causes {
		switch cause.Kind {
		case failover.CauseBrokenBefore:
		case failover.CauseShortOf:
			add(cause, Warning)
		case failover.CauseExposed:
			if o.Encryption != "any" && (o.Encryption != "" || protectedBefore(c)) {
				add(cause, Error)
			}
		default:
			if c.FailingShare > 0 {
				add(cause, Error)
			}
		}
	}
	if c.FailingShare > 0 && !slices.ContainsFunc(list, func(b *Breach) bool { return b.Level == Error }) {
		add(failover.Cause{Kind: failover.CauseNoDetection, Origin: c.Service.Origin, Detail: c.Reason}, Error)
	}
	if rto, ok := o.RTO.Get(); ok && c.Outcome != failover.Lost && c.FailingShare == 0 {
		list = append(list, tooSlow(c, rto)...)
	}
	return list
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

// tooSlow compares the recovery bound with the RTO: certain when even the lower bound exceeds it.
func tooSlow(c *failover.Cell, rto time.Duration) []*Breach {
	if c.Recovery.Upper <= rto {
		return nil
	}
	var worst failover.Term
	for _, t := range c.Recovery.Terms {
		if t.Upper >= worst.Upper {
			worst = t
		}
	}
	at := worst.Origin
	if at.In == nil {
		at = c.Service.Objective.Origin
	}
	level, verb := Warning, "may take up to "+c.Recovery.Upper.String()
	if c.Recovery.Lower > rto {
		level, verb = Error, "takes at least "+c.Recovery.Lower.String()
	}
	return []*Breach{{Cell: c, Level: level, Declared: true, Cause: failover.Cause{
		Kind: failover.CauseTooSlow, Origin: at,
		Detail: fmt.Sprintf("recovery %s, and the objective allows %s; the longest part is %q", verb, rto, worst.Name)}}}
}

// loudUnderIntent are the causes that make an error where the configuration itself sets out to
// move traffic: its mechanism is inert, or its destination is absent, unreachable, refused or
// exposed. Hangs, capacity and manual switches are warnings at most.
var loudUnderIntent = map[failover.CauseKind]Level{
	failover.CauseInert:       Error,
	failover.CauseBound:       Error,
	failover.CauseDiscarded:   Error,
	failover.CauseNotVisible:  Error,
	failover.CauseMisspelt:    Error,
	failover.CauseNoEndpoint:  Error,
	failover.CauseUnreachable: Error,
	failover.CauseRefused:     Error,
	failover.CauseTLSMismatch: Error,
	failover.CauseExposed:     Error,
	failover.CauseMissing:     Error,
	failover.CauseUnseen:      Warning,
	failover.CausePanic:       Warning,
	failover.CauseShortOf:     Warning,
	failover.CauseNotSwitched: Warning,
	failover.CauseDependency:  Warning,
}

// inferredBreaches: without a declaration, the configuration promises only what it sets out to
// do, in a scenario that it names: the loss of one region's copy of the service.
func inferredBreaches(c *failover.Cell) []*Breach {
	if _, ok := c.Service.Intent.Mechanism(); !ok || !namedByIntent(c) || c.Outcome == failover.Unknown {
		return nil
	}
	var list []*Breach
	for _, cause := range c.Causes {
		level, ok := loudUnderIntent[cause.Kind]
		if !ok {
			continue
		}
		if c.FailingShare == 0 && cause.Kind != failover.CauseExposed && cause.Kind != failover.CauseShortOf {
			continue
		}
		if cause.Kind == failover.CauseExposed && !protectedBefore(c) {
			continue
		}
		if c.Fault == failover.Hang {
			level = Warning // what a hang alone shows is a warning at most
		}
		list = append(list, &Breach{Cell: c, Cause: cause, Level: level})
	}
	return list
}

// namedByIntent: locality configuration names regions. The scenarios it speaks of are a region,
// a cluster, and the loss of one region's copy of the service itself.
func namedByIntent(c *failover.Cell) bool {
	for _, p := range c.Scenario.Parts {
		switch p.Target {
		case failover.Region, failover.Cluster, failover.Workload, failover.Endpoint:
		default:
			return false
		}
	}
	return !c.Scenario.IsNone()
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
