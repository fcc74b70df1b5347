package failover

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// The names of the terms for the time until a rollout controller goes back: its checks fail, or pods do not become
// ready in time.
const (
	TermAnalysis = "analysis"
	TermDeadline = "progress deadline"
)

// care is what rollout controllers do about a bad release by themselves.
type care struct {
	automatic bool // all bad pods are taken back, and nobody has to decide
	by        []*mesh.Rollout
	takes     window
	name      string      // of the term: "analysis" or "progress deadline"
	at        mesh.Origin // the line that decides how long it takes
	open      string      // why that is not known
	notes     []string    // what controllers leave undone, and the lines that decide
	// restarts: pods of the stable version have to start again.
	restarts bool
}

// careOf is what controllers do about the bad pods that a rule sends requests to.
func (e *evaluator) careOf(q *asked, r *mesh.RouteRule) care {
	var c care
	if len(e.graph.Rollouts) == 0 {
		return c
	}
	workloads, stray := e.badWorkloads(q, r)
	c.automatic = len(workloads) > 0 && stray == ""
	for _, w := range workloads {
		taken := c.takesBack(e.caresFor(q.Service, w), w, e.fault)
		c.automatic = c.automatic && taken
	}
	if len(c.by) > 0 && !c.automatic {
		c.notes = append(c.notes, c.by[0].Title()+" goes back by itself, and nobody does so for all of the other bad pods")
	}
	return c
}

// takesBack reports whether some controller takes a workload back by itself, and notes why others do not.
func (c *care) takesBack(list []*mesh.Rollout, w *mesh.Workload, f Fault) bool {
	for _, r := range list {
		if !r.Controller.Progressive() && r.Controller != mesh.FluxHelm {
			continue
		}
		t, name := triggerOf(r, w, f)
		switch {
		case t.Automatic.Or(false):
			c.add(r, t, name)
			return true
		case t.Automatic.State == mesh.Unknown:
			c.notes = append(c.notes, fmt.Sprintf("whether %s goes back by itself is not known: %s (%s)", r.Title(), t.Automatic.Cause, where(t.Automatic.Origin)))
		case t.Why != "":
			c.notes = append(c.notes, fmt.Sprintf("%s does not go back by itself: %s (%s)", r.Title(), t.Why, where(t.Automatic.Origin)))
		}
	}
	return false
}

// add takes in a controller that goes back. The slowest counts.
func (c *care) add(r *mesh.Rollout, t mesh.Trigger, name string) {
	c.by = append(c.by, r)
	if len(r.Writes) == 0 && r.Controller == mesh.ArgoRollouts || r.Controller == mesh.FluxHelm || r.Shrinks.Or(false) {
		c.restarts = true
	}
	span, known := t.Within.Get()
	if !known {
		c.open = cmp.Or(c.open, t.Within.Cause, "no line says")
	}
	if span.Upper >= c.takes.upper {
		c.name, c.at = name, t.Within.Origin
	}
	c.takes.lower, c.takes.upper = max(c.takes.lower, span.Lower), max(c.takes.upper, span.Upper)
}

// triggerOf is the reason for which a controller would take back a workload that has a fault. Checks see errors and hangs, and
// Argo Rollouts' go on where pods are not ready; Flagger looks at the readiness of pods first, and waits for its
// deadline while they are not ready.
// Flagger: pkg/controller/scheduler.go, IsCanaryReady comes before the count of failed checks.
func triggerOf(r *mesh.Rollout, w *mesh.Workload, f Fault) (mesh.Trigger, string) {
	const checks, deadline = TermAnalysis, TermDeadline
	a := r.Analysis
	if r.LatencyOnly && f == Error && a.Automatic.Or(false) {
		a = mesh.Trigger{Automatic: mesh.Of(false, a.Automatic.Origin), Why: "its checks look at latency alone, and errors are quick"}
	}
	seen := w.Readiness != nil && w.Readiness.Handler != "tcp" // a hang: the kernel accepts connections all the same
	switch {
	case f == Error, f == Hang && !seen:
		return a, checks
	case r.Controller == mesh.ArgoRollouts && (a.Automatic.Or(false) || !r.Deadline.Automatic.Or(false)):
		return a, checks
	case f == Hang && r.Controller == mesh.Flagger:
		return slower(a, r.Deadline), checks
	}
	return r.Deadline, deadline
}

// slower is a trigger where either of two may be the one that acts.
func slower(a, b mesh.Trigger) mesh.Trigger {
	switch {
	case !a.Automatic.Or(false):
		return a
	case !b.Automatic.Or(false):
		return b
	case !a.Within.IsKnown():
		return a
	case !b.Within.IsKnown():
		return b
	case b.Within.V.Upper > a.Within.V.Upper:
		a.Within.Origin = b.Within.Origin
	}
	a.Within.V = mesh.Span{Lower: min(a.Within.V.Lower, b.Within.V.Lower), Upper: max(a.Within.V.Upper, b.Within.V.Upper)}
	return a
}

func where(o mesh.Origin) string {
	if o.In == nil {
		return o.String()
	}
	return o.Position().Short()
}

// decided tells in the trace who sends the requests back, and adds the time until then.
func (e *evaluator) decided(q *asked, c *care, a *Answer) {
	if !c.automatic {
		e.tracef("the time until somebody, or a controller, decides is not included")
		return
	}
	for _, r := range c.by {
		if c.name == TermDeadline {
			e.tracef("%s goes back by itself: pods are not ready, and its deadline passes", r.Title())
		} else {
			e.tracef("%s goes back by itself: muster takes its checks to see the fault from the first bad request on", r.Title())
		}
	}
	switch {
	case c.open == "":
		e.tracef("it takes %s to %s until it does (%s)", c.takes.lower, c.takes.upper, where(c.at))
		if e.detail {
			a.Recovery.add(c.name, c.takes.lower, c.takes.upper, c.at)
		}
	default:
		e.tracef("how long it takes until it does is not known: %s", c.open)
		if o := q.Service.Objective; o != nil && o.RTO.IsKnown() && a.FailingShare == 0 {
			a.addUnknown("how long a rollout controller takes to go back is not known: " + c.open)
		}
	}
}

// takenBack is the answer where a controller returns all requests to the version that was there before: it kept that
// version, whatever the workload keeps.
func (e *evaluator) takenBack(q *asked, r *mesh.RouteRule, alone *Answer, c *care, beside []Cause) *Answer {
	blast := e.blast
	e.blast = blast.rest
	a := e.destinations(q, r, true)
	e.blast = blast
	story := a.Trace
	a.Trace = alone.Trace
	a.back.how = c.by[0].Title() + " goes back to the version before"
	if len(c.by) > 1 {
		a.back.how += fmt.Sprintf(", and so do %d more", len(c.by)-1)
	}
	e.answer = a
	e.decided(q, c, a)
	term, takes, at := "config push", configPush, c.by[0].Origin
	if c.restarts {
		term, takes, at = e.restart(c, a)
	}
	e.tracef("way back: %s, in another %s to %s", a.back.how, takes.lower, takes.upper)
	a.Trace = append(a.Trace, story...)
	a.Causes = append(a.Causes, beside...)
	if e.detail {
		a.Recovery.add(term, takes.lower, takes.upper, at)
	}
	return a
}

// restart is how long pods of the stable version take to come up again, and whether they are the same ones.
func (e *evaluator) restart(c *care, a *Answer) (string, window, mesh.Origin) {
	var slowest window
	at := c.by[0].Origin
	for _, r := range c.by {
		u := r.Workload.Spec().Update
		lower := u.MinReady.Or(0)
		if upper := max(lower, u.ProgressDeadline.Or(deadline)); upper > slowest.upper {
			slowest, at = window{lower, upper}, u.ProgressDeadline.Origin
		}
		if why := whichImage(r.Workload); why != "" && a.FailingShare == 0 {
			a.addUnknown(why)
		}
	}
	return "roll back", slowest, at
}

// refusals are the keepers of bad workloads that stand against a rollback by hand.
func (e *evaluator) refusals(workloads []*mesh.Workload) []string {
	var list []string
	for _, w := range workloads {
		for _, r := range e.graph.RolloutsOf(w) {
			note := ""
			switch {
			case r.Reverts.Or(false):
				note = fmt.Sprintf("%s undoes what is changed by hand (%s): the way back is a change in Git", r.Title(), where(r.Reverts.Origin))
			case r.Refuses.Or(false):
				note = fmt.Sprintf("%s refuses to roll back while it syncs by itself (%s): the way back is a change in Git", r.Title(), where(r.Refuses.Origin))
			}
			if note != "" && !slices.Contains(list, note) {
				list = append(list, note)
			}
		}
	}
	return list
}

// PromisesReleases reports whether an objective speaks of bad releases: it lists them, or declares a pattern of
// releases.
func PromisesReleases(s *mesh.Service) bool { return s != nil && asksForReleases(s) }
