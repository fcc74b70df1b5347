package failover

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// deadline is progressDeadlineSeconds where nobody wrote one.
// Kubernetes: 600 s for a Deployment; Argo Rollouts has the same.
const deadline = 600 * time.Second

// undo is what becomes of a workload whose release is rolled back: a reason why it cannot be, one why
// that is not known, or how long it takes.
type undo struct {
	cause   *Cause
	unknown string
	takes   window
	at      mesh.Origin // of the deadline
}

// rollOut judges the last way back: the controller of the bad pods goes back to an earlier revision.
func (e *evaluator) rollOut(q *asked, r *mesh.RouteRule, bad int, alone *Answer, c *care) *Answer {
	e.answer = alone
	workloads, stray := e.badWorkloads(q, r)
	if c.automatic {
		return e.takenBack(q, r, alone, c, e.missing(q, r, bad, ""))
	}
	var slowest undo
	var stuck []Cause
	doubt := ""
	if stray != "" {
		doubt = stray + " has no revisions that muster knows of: how it goes back is not known"
	}
	for _, w := range workloads {
		u := undoOf(w, e.fault)
		switch {
		case u.cause != nil:
			stuck = append(stuck, *u.cause)
		case u.unknown != "":
			doubt = u.unknown
		case u.takes.upper > slowest.takes.upper:
			slowest = u
		}
	}
	words := inWords(workloads)
	beside := e.missing(q, r, bad, words)
	switch {
	case len(stuck) > 0:
		e.tracef("way back: no other version can take the requests, and %s", stuck[0].Detail)
		if e.detail {
			alone.Causes = slices.Concat(stuck, beside)
		}
		return alone
	case doubt != "":
		e.tracef("way back: no other version can take the requests, and %s", doubt)
		alone.FailingShare, alone.Causes, alone.unknown, alone.Recovery = 0, beside, nil, Recovery{}
		alone.addUnknown(doubt)
		return alone
	}
	return e.rolledBack(q, r, alone, slowest, words, beside, e.refusals(workloads))
}

// rolledBack is the answer once the pods are those of an earlier revision.
func (e *evaluator) rolledBack(q *asked, r *mesh.RouteRule, alone *Answer, u undo, words string, beside []Cause, refused []string) *Answer {
	blast := e.blast
	e.blast = blast.rest
	a := e.destinations(q, r, true)
	e.blast = blast
	story := a.Trace
	a.Trace = alone.Trace
	a.back.how = "no other version can take the requests, and " + words + " is rolled back"
	e.answer = a
	e.tracef("way back: %s to its last revision, in %s to %s; the time until somebody decides is not included", a.back.how, u.takes.lower, u.takes.upper)
	for _, note := range refused {
		e.tracef("%s", note)
	}
	a.Trace = append(a.Trace, story...)
	a.Causes = append(a.Causes, beside...)
	if e.detail {
		a.Recovery.add("roll back", u.takes.lower, u.takes.upper, u.at)
		if bad := blast.release(q.Service); bad != nil {
			a.Recovery.Terms[len(a.Recovery.Terms)-1].Follows = bad.handed
		}
	}
	e.recycle(alone)
	return a
}

// badWorkloads are those of the bad release that the rule's destinations have pods of, and the name
// of an endpoint without any.
func (e *evaluator) badWorkloads(q *asked, r *mesh.RouteRule) (list []*mesh.Workload, stray string) {
	for i := range r.To {
		some(e.poolOf(q, &r.To[i]), func(_ *mesh.Service, ep *mesh.Endpoint) bool {
			switch w := ep.Workload; {
			case !e.blast.bad(ep):
			case w == nil:
				stray = name(ep)
			case !slices.Contains(list, w):
				list = append(list, w)
			}
			return false
		})
	}
	slices.SortFunc(list, func(a, b *mesh.Workload) int { return strings.Compare(a.ID, b.ID) })
	return list, stray
}

func inWords(list []*mesh.Workload) string {
	const most = 3
	words := make([]string, 0, most)
	for _, w := range list[:min(len(list), most)] {
		words = append(words, called(w))
	}
	if len(list) > most {
		words = append(words, fmt.Sprintf("%d more", len(list)-most))
	}
	return strings.Join(words, " and ")
}

func called(w *mesh.Workload) string { return fmt.Sprintf("%s %s in %s", w.Kind, w.Name, w.Cluster) }

// undoOf judges the rollback of one workload whose pods have a fault.
// Kubernetes: a Deployment keeps revisionHistoryLimit old ReplicaSets, a StatefulSet and a DaemonSet
// as many ControllerRevisions; `kubectl rollout undo` changes the template, and with OnDelete nobody
// replaces pods after that. A StatefulSet that replaces pods in order waits until a broken one is ready
// before it goes back (StatefulSet: forced rollback; kubernetes#67250).
func undoOf(w *mesh.Workload, f Fault) undo {
	s := w.Spec()
	u := s.Update
	switch w.Kind {
	case "Deployment", "StatefulSet", "DaemonSet", "Rollout":
	default:
		return undo{unknown: called(w) + " keeps no revisions: how it goes back is not known"}
	}
	if u.History.Origin.IsZero() {
		return undo{unknown: "the manifest of " + called(w) + " is not in the inputs: how it goes back is not known"}
	}
	if kept, known := u.History.Get(); known && kept < 1 {
		return undo{cause: &Cause{Kind: CauseNoRevision, Origin: u.History.Origin,
			Detail: called(w) + " keeps no earlier revision to roll back to (revisionHistoryLimit 0)"}}
	}
	if u.Strategy.V == "OnDelete" && w.Kind != "Deployment" {
		return undo{cause: &Cause{Kind: CauseNoRevision, Origin: u.Strategy.Origin,
			Detail: called(w) + " replaces pods only when somebody deletes them (OnDelete)"}}
	}
	if w.Kind == "StatefulSet" && u.Order.V != "Parallel" && (f == Crash || f == Hang && w.Readiness != nil) {
		return undo{unknown: called(w) + " may wait until its broken pods are ready before it goes back (podManagementPolicy OrderedReady): somebody has to delete them"}
	}
	for _, v := range []struct {
		state mesh.State
		what  string
	}{{u.History.State, "revisionHistoryLimit"}, {u.Strategy.State, "strategy"}, {u.MinReady.State, "minReadySeconds"}, {u.ProgressDeadline.State, "progressDeadlineSeconds"}} {
		if v.state == mesh.Unknown {
			return undo{unknown: fmt.Sprintf("the %s of %s is not known", v.what, called(w))}
		}
	}
	if why := whichImage(w); why != "" {
		return undo{unknown: why}
	}
	lower := u.MinReady.Or(0)
	return undo{takes: window{lower, max(lower, u.ProgressDeadline.Or(deadline))}, at: u.ProgressDeadline.Origin}
}

// whichImage says why it is not known what comes up when a workload is rolled back, or "".
func whichImage(w *mesh.Workload) string {
	for _, c := range w.Spec().Containers {
		if why := unpinned(c); why != "" {
			return fmt.Sprintf("which image comes up when %s is rolled back is not known: container %s %s", called(w), c.Name, why)
		}
	}
	return ""
}

// unpinned says why an earlier revision's image may be another one today, or "".
// Kubernetes: without a tag and a digest, the tag latest is meant.
func unpinned(c mesh.Container) string {
	image, known := c.Image.Get()
	switch {
	case !known:
		return "has an image that is not known"
	case image.Pinned():
		return ""
	case image.Tag == "" || image.Tag == "latest":
		return "has the image " + image.Reference + ", which is whatever is the latest"
	}
	return ""
}

// missing names the version that the pattern means to go back to, and that has no pod anywhere. The
// pattern is what the objective declares, else what weights and matches show.
func (e *evaluator) missing(q *asked, r *mesh.RouteRule, bad int, words string) []Cause {
	if !e.detail {
		return nil
	}
	versions := mesh.VersionsIn(q.Service, []*mesh.View{q.view})
	kind := kindOfSplit(q.Service, r, versions)
	if kind == "" {
		return nil
	}
	var chosen *Cause
	for i := range versions {
		v := &versions[i]
		if v.Of == nil || len(v.Endpoints) > 0 || v.Of == q.Service && v.Labels == nil {
			continue // what does not exist, has pods, or is all versions at once
		}
		if kind == CauseSingleColour && declaredPattern(q.Service) == "" && atRest(&r.To[bad], v.Name) {
			continue // a canary that has not begun
		}
		what, at := "subset "+v.Name, v.Origin.Child("labels")
		if v.Of != q.Service {
			what, at = v.Name, v.Origin
		}
		detail := what + " has no pod"
		if l := e.parked(q, v, r.To[bad].Port); l != nil {
			at, detail = l.Origin, fmt.Sprintf("%s (%s)", detail, l.Detail)
		} else if v.Weight.Or(0) > 0 || v.Matched {
			continue // requests go there today: that is another fault
		}
		if words != "" {
			detail += ", so only a rollout of " + words + " is left"
		}
		if chosen == nil || v.Weight.Or(0) > 0 { // the one that is meant to get requests is the stable one
			chosen = &Cause{Kind: kind, Origin: at, Detail: detail}
		}
	}
	if chosen == nil {
		return nil
	}
	e.tracef("%s", chosen.Detail)
	return []Cause{*chosen}
}

// kindOfSplit tells a canary from blue-green: a declared pattern decides, else several shares or a
// match make a canary, and everything at one of several weights makes blue-green. A declared canary
// whose stable version has everything is at rest, and none.
func kindOfSplit(s *mesh.Service, r *mesh.RouteRule, versions []mesh.Version) CauseKind {
	declared := declaredPattern(s)
	switch {
	case len(versions) < 2:
	case declared == mesh.BlueGreen:
		return CauseSingleColour
	case len(r.To) > 1 || slices.ContainsFunc(versions, func(v mesh.Version) bool { return v.Matched }):
		return CauseCanaryAlone
	case len(r.Idle) > 0 && declared != mesh.Canary:
		return CauseSingleColour
	}
	return ""
}

func declaredPattern(s *mesh.Service) mesh.Pattern {
	if s.Objective == nil {
		return ""
	}
	return s.Objective.Pattern
}

// atRest reports whether names tell that what gets every request is the stable version, or that what
// has no pod is the canary, as rollout controllers leave them between two releases.
// Flagger: NAME-primary and NAME-canary, which it scales to zero; Argo Rollouts: NAME-stable and NAME-canary.
func atRest(live *mesh.Backend, missing string) bool {
	called := func(name, word string) bool {
		host, subset, _ := strings.Cut(name, "/")
		first, _, _ := strings.Cut(host, ".")
		return first == word || strings.HasSuffix(first, "-"+word) || subset == word || strings.HasSuffix(subset, "-"+word)
	}
	to := live.Host + "/" + live.Subset
	return called(to, "primary") || called(to, "stable") || called(missing, "canary")
}

// parked is the loss of a version that is scaled to zero, or nil.
func (e *evaluator) parked(q *asked, v *mesh.Version, port int) *mesh.Loss {
	b := mesh.Backend{Service: v.Of, Host: v.Of.ID.Host(), Port: port}
	if v.Of == q.Service {
		b.Subset = v.Name
	}
	pool := e.poolOf(q, &b)
	if pool == nil {
		return nil
	}
	i := slices.IndexFunc(pool.Losses, func(l mesh.Loss) bool { return l.Kind == mesh.LossScaledToZero })
	if i < 0 {
		return nil
	}
	return &pool.Losses[i]
}
