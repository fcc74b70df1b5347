package fix

import (
	"context"
	"fmt"

	"github.com/passmuster/muster/analyzer"
	"github.com/passmuster/muster/analyzer/failover"
	"github.com/passmuster/muster/mesh"
)

// identity names a finding across edits.
func identity(f *analyzer.Finding) string { return f.Rule.ID + " " + f.Fingerprint() }

// worse says why a scan after a repair is no proof of it, or "": the finding is still there, another one has come, or
// something is worse than it was.
func worse(ctx context.Context, before, after *State, targets ...*analyzer.Finding) (string, error) {
	if why := worseFindings(before, after, targets); why != "" {
		return why, nil
	}
	if now, was := len(after.Fleet.Inputs.Unreadable), len(before.Fleet.Inputs.Unreadable); now > was {
		return "something could not be read any more: " + after.Fleet.Inputs.Unreadable[now-1].Message, nil
	}
	was, err := before.predicted(ctx)
	if err != nil {
		return "", err
	}
	now, err := after.predicted(ctx)
	if err != nil {
		return "", err
	}
	return worseCells(was, now), nil
}

func worseFindings(before, after *State, targets []*analyzer.Finding) string {
	gone := map[string]bool{}
	for _, f := range targets {
		gone[identity(f)] = true
	}
	known := map[string]*analyzer.Finding{}
	for _, f := range before.Findings {
		known[identity(f)] = f
	}
	for _, f := range after.Findings {
		old := known[identity(f)]
		switch {
		case gone[identity(f)]:
			return "the finding would still be there"
		case old == nil:
			return fmt.Sprintf("%s would come up at %s: %s", f.Rule.ID, f.Position(), f.Message)
		case f.Level != old.Level && f.Level.AtLeast(old.Level):
			return fmt.Sprintf("%s at %s would become %s", f.Rule.ID, f.Position(), f.Level)
		case old.Suppressed != nil && f.Suppressed == nil:
			return fmt.Sprintf("%s at %s would not be accepted any more", f.Rule.ID, f.Position())
		}
	}
	return ""
}

// tally counts the cells of a service that only one of two scans has.
type tally struct {
	failover.Outcomes
	guards [unsettled + 1]int
}

// worseCells compares cell by cell, and by numbers those that only one scan has: an edit may group callers otherwise.
func worseCells(was, now map[uint64]cell) string {
	alone := map[mesh.ServiceID]*[2]tally{}
	count := func(c cell, side int) {
		t := alone[c.service]
		if t == nil {
			t = &[2]tally{}
			alone[c.service] = t
		}
		t[side].Add(c.outcome, 1)
		t[side].guards[c.guard]++
	}
	worst := "" // the least, so that the reason does not depend on the order of a map
	found := func(format string, args ...any) {
		if text := fmt.Sprintf(format, args...); worst == "" || text < worst {
			worst = text
		}
	}
	for id, old := range was {
		c, ok := now[id]
		switch {
		case !ok:
			count(old, 0)
		case !noWorse(old.outcome, c.outcome) || c.failing > old.failing+1e-9:
			found("a prediction for %s would be worse: %s, not %s", c.service, c.outcome, old.outcome)
		case c.guard > old.guard && old.guard != noWay || old.guard == noWay && c.guard > mtls || c.guard == unsettled && old.guard != unsettled:
			found("requests to %s would be protected less", c.service)
		}
	}
	for id, c := range now {
		if _, ok := was[id]; !ok {
			count(c, 1)
		}
	}
	for service, t := range alone {
		old, c := t[0], t[1]
		if c.Lost > old.Lost || c.Lost+c.Degraded > old.Lost+old.Degraded || c.Unknown > old.Unknown {
			found("predictions for %s would be worse", service)
		}
		if c.guards[tls] > old.guards[tls] || c.guards[plaintext] > old.guards[plaintext] || c.guards[unsettled] > old.guards[unsettled] {
			found("requests to %s would be protected less", service)
		}
	}
	return worst
}

// noWorse: unknown is neither better nor worse than a failure, so that nothing may become it or turn from it into one.
func noWorse(was, now failover.Outcome) bool {
	return was == now || now == failover.Survives || was == failover.Lost && now == failover.Degraded
}
