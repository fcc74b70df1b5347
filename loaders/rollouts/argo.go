package rollouts

import (
	"encoding/json"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

type rolloutObject struct {
	Spec struct {
		WorkloadRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"workloadRef"`
		Paused                  bool   `json:"paused"`
		ProgressDeadlineSeconds *int64 `json:"progressDeadlineSeconds"`
		ProgressDeadlineAbort   bool   `json:"progressDeadlineAbort"`
		RevisionHistoryLimit    *int64 `json:"revisionHistoryLimit"`
		RollbackWindow          *struct {
			Revisions *int64 `json:"revisions"`
		} `json:"rollbackWindow"`
		Strategy struct {
			Canary    *argoCanary    `json:"canary"`
			BlueGreen *argoBlueGreen `json:"blueGreen"`
		} `json:"strategy"`
	} `json:"spec"`
}

type argoCanary struct {
	StableService         string                     `json:"stableService"`
	CanaryService         string                     `json:"canaryService"`
	TrafficRouting        map[string]json.RawMessage `json:"trafficRouting"`
	Steps                 []argoStep                 `json:"steps"`
	Analysis              *analysis                  `json:"analysis"`
	ScaleDownDelaySeconds *int64                     `json:"scaleDownDelaySeconds"`
	DynamicStableScale    bool                       `json:"dynamicStableScale"`
}

type argoStep struct {
	SetWeight      *int64           `json:"setWeight"`
	SetCanaryScale *json.RawMessage `json:"setCanaryScale"`
	SetHeaderRoute *json.RawMessage `json:"setHeaderRoute"`
	SetMirrorRoute *json.RawMessage `json:"setMirrorRoute"`
	Plugin         *json.RawMessage `json:"plugin"`
	Pause          *struct {
		Duration scalar `json:"duration"`
	} `json:"pause"`
	Analysis   *analysis `json:"analysis"`
	Experiment *struct {
		Analyses []analysis `json:"analyses"`
	} `json:"experiment"`
}

type argoBlueGreen struct {
	ActiveService         string    `json:"activeService"`
	PreviewService        string    `json:"previewService"`
	AutoPromotionEnabled  *bool     `json:"autoPromotionEnabled"`
	AutoPromotionSeconds  int64     `json:"autoPromotionSeconds"`
	PrePromotionAnalysis  *analysis `json:"prePromotionAnalysis"`
	PostPromotionAnalysis *analysis `json:"postPromotionAnalysis"`
	ScaleDownDelaySeconds *int64    `json:"scaleDownDelaySeconds"`
}

// rollout is a Rollout while it is read.
type rollout struct {
	*rolloutObject
	*mesh.Rollout
	b   *builder
	doc *source.Document
}

// readRollout reads a Rollout of Argo Rollouts.
func (b *builder) readRollout(d *source.Document) {
	o, whole := object[rolloutObject](b, d)
	if o == nil {
		return
	}
	r := &rollout{rolloutObject: o, Rollout: b.begin(mesh.ArgoRollouts, d), b: b, doc: d}
	s := &o.Spec
	r.Target = r.Resource
	r.Workload = b.workload("Rollout", r.Namespace, r.Name)
	r.History = count(s.RevisionHistoryLimit, 10, r.at("/spec/revisionHistoryLimit"))
	if w := s.RollbackWindow; w != nil && w.Revisions != nil {
		r.Window = count(w.Revisions, 0, r.at("/spec/rollbackWindow/revisions"))
	}
	r.deadline()
	switch {
	case s.Strategy.Canary != nil:
		r.canary(s.Strategy.Canary)
	case s.Strategy.BlueGreen != nil:
		r.blueGreen(s.Strategy.BlueGreen)
	}
	if s.Paused && !r.Waits.IsKnown() {
		r.Waits = mesh.Of(true, r.at("/spec/paused"))
	}
	if !whole {
		why := "part of the Rollout cannot be read"
		r.Analysis.Automatic, r.Deadline.Automatic = mesh.UnknownOf[bool](why, r.Origin), mesh.UnknownOf[bool](why, r.Origin)
		r.Promotes, r.Inert = mesh.UnknownOf[bool](why, r.Origin), nil
	}
	if s.WorkloadRef.Kind == "Deployment" {
		b.borrowed[r.Rollout] = s.WorkloadRef.Name
	}
	b.out.Rollouts = append(b.out.Rollouts, r.Rollout)
}

func (r *rollout) at(path string) mesh.Origin { return mesh.At(r.doc, path) }

// deadline judges progressDeadlineAbort: without it, the deadline marks the Rollout Degraded and leaves it there.
func (r *rollout) deadline() {
	at := r.at("/spec/progressDeadlineAbort")
	r.Deadline = mesh.Trigger{Automatic: mesh.Of(r.Spec.ProgressDeadlineAbort, at)}
	if !r.Spec.ProgressDeadlineAbort {
		r.Deadline.Why = "its deadline only marks it Degraded (progressDeadlineAbort is not true)"
		return
	}
	limit := seconds(r.Spec.ProgressDeadlineSeconds, 600*time.Second, r.at("/spec/progressDeadlineSeconds"))
	r.Deadline.Within = mesh.Value[mesh.Span]{V: mesh.Span{Upper: limit.V}, State: limit.State, Cause: limit.Cause, Origin: limit.Origin}
}
