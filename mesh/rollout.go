package mesh

import "time"

// Controller is the kind of a rollout controller.
type Controller string

// The controllers that muster knows: two that release versions step by step, and three that apply what Git or a
// chart says.
const (
	Flagger           Controller = "flagger"
	ArgoRollouts      Controller = "argo-rollouts"
	ArgoCD            Controller = "argo-cd"
	FluxHelm          Controller = "flux-helm"
	FluxKustomization Controller = "flux-kustomization"
)

var controllerNames = map[Controller]string{
	Flagger: "Flagger", ArgoRollouts: "Argo Rollouts", ArgoCD: "Argo CD", FluxHelm: "Flux", FluxKustomization: "Flux",
}

// String is the controller's own name, for sentences.
func (c Controller) String() string { return controllerNames[c] }

// Progressive reports whether the controller lets a version prove itself before all requests go to it.
func (c Controller) Progressive() bool { return c == Flagger || c == ArgoRollouts }

// Rollout is one rollout controller's care for one workload.
type Rollout struct {
	Controller Controller
	Resource            // its own object: a Canary, a Rollout, an Application, a HelmRelease, a Kustomization
	Target     Resource // what it rolls out; the zero Resource where the inputs do not tell
	Workload   *Workload
	// Pattern is how it releases; absent where it replaces everything at once.
	Pattern Value[Pattern]
	// Apex is the Service that callers use, Stable the one of the version that is proven, and Preview the one of
	// the version that is not: names in the namespace of the object.
	Apex, Stable, Preview Value[string]
	// Step is the share of the requests, in percent (1 to 100), that it gives a new version first; absent where it gives it none of its
	// own, or nobody says.
	Step Value[int]
	// Writes are the objects whose weights or selectors it changes while it works.
	Writes []Written

	// Analysis is going back because checks of the new version fail, and Deadline because its pods do not become
	// ready in time.
	Analysis, Deadline Trigger
	// LatencyOnly: its checks look at how long requests take, and at no errors.
	LatencyOnly bool
	// Waits is true where it stops until a person lets it go on; its Origin is the line that says so.
	Waits Value[bool]
	// Promotes is true where nothing but time and readiness stands between the new version and all requests.
	Promotes Value[bool]

	History Value[int] // earlier revisions that it keeps
	Window  Value[int] // how many of them a way back may reach without the steps; absent = none
	// Shrinks is true where the stable version loses pods while the new one gains them.
	Shrinks Value[bool]
	// OldLives is how long the pods of the old version outlive the promotion of the new one. Known 0 = they go at once.
	OldLives Value[time.Duration]

	// Reverts is true where it undoes by itself what others change in the objects that it applies.
	Reverts Value[bool]
	// Refuses is true where it refuses to go back to an earlier state while it is set up as it is.
	Refuses Value[bool]
	// Inert is remediation that is written and never happens: the line that is without effect, and why it is.
	Inert []Evidence
	// Contests are objects that it and another controller write against each other.
	Contests []Contest
	Origin   Origin
}

// Trigger is one reason for which a controller goes back by itself.
type Trigger struct {
	// Automatic is whether it does. Its Origin is the line that decides.
	Automatic Value[bool]
	// Why says why it does not, in one clause.
	Why string
	// Within is how long that takes from the first request that the fault meets. Its Origin is the line to change.
	Within Value[Span]
}

// Span is a bound on a time: it takes at least Lower and at most Upper.
type Span struct{ Lower, Upper time.Duration }

// Written is an object whose fields a controller changes.
type Written struct {
	Resource
	What   string // "weights", "selector", "replicas"
	Origin Origin // where the controller is told of it
}

// Contest is an object that two controllers write, each undoing what the other did.
type Contest struct {
	Resource        // the object that they write
	With     string // the other controller, in words
	What     string // what would happen, as a clause
	Origin   Origin // the line that decides
	Related  []Evidence
}

// Automatic tells whether the controller goes back by itself for any reason at all.
func (r *Rollout) Automatic() Value[bool] {
	a, d := r.Analysis.Automatic, r.Deadline.Automatic
	switch {
	case a.Or(false), d.State == Absent:
		return a
	case d.Or(false), a.State == Absent, d.State == Unknown:
		return d
	}
	return a
}

// Title names the controller and its object, for sentences: "Flagger Canary shop/checkout in east".
func (r *Rollout) Title() string {
	return r.Controller.String() + " " + r.Kind + " " + r.Namespace + "/" + r.Name + " in " + r.Cluster
}

// RolloutsOf are the rollouts of a workload, in the order of the graph.
func (g *Graph) RolloutsOf(w *Workload) []*Rollout { return g.rollouts[w] }
