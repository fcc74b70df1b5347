package rollouts

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

type canaryObject struct {
	Spec struct {
		Provider  string `json:"provider"`
		TargetRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"targetRef"`
		AutoscalerRef *struct {
			Name string `json:"name"`
		} `json:"autoscalerRef"`
		ProgressDeadlineSeconds *int64 `json:"progressDeadlineSeconds"`
		SkipAnalysis            bool   `json:"skipAnalysis"`
		Suspend                 bool   `json:"suspend"`
		Service                 struct {
			Name        string            `json:"name"`
			GatewayRefs []json.RawMessage `json:"gatewayRefs"`
		} `json:"service"`
		Analysis       *canaryAnalysis `json:"analysis"`
		CanaryAnalysis *canaryAnalysis `json:"canaryAnalysis"` // before v1beta1
	} `json:"spec"`
}

type canaryAnalysis struct {
	Interval   scalar            `json:"interval"`
	Iterations int64             `json:"iterations"`
	Threshold  *int64            `json:"threshold"`
	Match      []json.RawMessage `json:"match"`
	// StepWeight and StepWeights are how the share of the new version grows, in percent.
	StepWeight  int64           `json:"stepWeight"`
	StepWeights []int64         `json:"stepWeights"`
	Metrics     []canaryMetric  `json:"metrics"`
	Webhooks    []canaryWebhook `json:"webhooks"`
}

type canaryMetric struct {
	Name           string `json:"name"`
	ThresholdRange *struct {
		Min *float64 `json:"min"`
		Max *float64 `json:"max"`
	} `json:"thresholdRange"`
	Threshold   *float64         `json:"threshold"`
	TemplateRef *json.RawMessage `json:"templateRef"`
	Query       string           `json:"query"`
}

type canaryWebhook struct {
	Type     string            `json:"type"`
	Metadata map[string]string `json:"metadata"`
}

// canary is a Canary while it is read.
type canary struct {
	*canaryObject
	*mesh.Rollout
	doc      *source.Document
	whole    bool
	analysis *canaryAnalysis // nil if there is none
	path     string          // of the analysis
	gated    bool            // checks that can fail come before the promotion, and none after it
}

// readCanary reads a Canary.
// Flagger: pkg/controller/scheduler.go and scheduler_metrics.go, and its documentation, "How it works".
func (b *builder) readCanary(d *source.Document) {
	o, whole := object[canaryObject](b, d)
	if o == nil {
		return
	}
	c := &canary{canaryObject: o, Rollout: b.begin(mesh.Flagger, d), doc: d, whole: whole, analysis: o.Spec.Analysis, path: "/spec/analysis"}
	if c.analysis == nil && o.Spec.CanaryAnalysis != nil {
		c.analysis, c.path = o.Spec.CanaryAnalysis, "/spec/canaryAnalysis"
	}
	s := &o.Spec
	c.Target = b.resource(cmp.Or(s.TargetRef.Kind, "Deployment"), c.Namespace, s.TargetRef.Name)
	c.Workload = b.workload(c.Target.Kind, c.Namespace, c.Target.Name)
	if apex := text(cmp.Or(s.Service.Name, s.TargetRef.Name), c.at("/spec/service/name")); apex.IsKnown() {
		c.Apex = apex
		c.Stable, c.Preview = mesh.Of(apex.V+"-primary", apex.Origin), mesh.Of(apex.V+"-canary", apex.Origin)
	}
	c.strategy()
	c.writes(b)
	c.judge()
	if strings.HasPrefix(s.Provider, "gatewayapi") && len(s.Service.GatewayRefs) == 0 && whole {
		at := c.at("/spec/service")
		b.out.Facts = append(b.out.Facts, &mesh.Fact{Kind: mesh.FactInvalid, Origin: at, Resource: c.Resource, Message: "Flagger refuses Canary " + c.Namespace + "/" + c.Name +
			": with the Gateway API it needs service.gatewayRefs, the Service or Gateway that its route belongs to; it writes no route, and takes nothing back"})
		c.Analysis = mesh.Trigger{Automatic: mesh.Of(false, at), Why: "Flagger refuses it, for want of service.gatewayRefs"}
		c.Deadline, c.Promotes, c.Inert, c.Writes = c.Analysis, mesh.Value[bool]{}, nil, nil
	}
	b.canaries[c.Rollout] = o
	b.out.Rollouts = append(b.out.Rollouts, c.Rollout)
}

func (c *canary) at(path string) mesh.Origin { return mesh.At(c.doc, path) }

func (c *canary) strategy() {
	switch a := c.analysis; {
	case a == nil:
		c.Pattern = mesh.Of(mesh.Canary, c.Origin)
	case len(a.Match) > 0 && a.Iterations > 0:
		c.Pattern = mesh.Of(mesh.AB, c.at(c.path+"/match"))
	case a.Iterations > 0:
		c.Pattern = mesh.Of(mesh.BlueGreen, c.at(c.path+"/iterations"))
	default:
		c.Pattern = mesh.Of(mesh.Canary, c.at(c.path))
		c.Step = c.step()
	}
}

// step is the first weight of the new version, in percent.
// Flagger: nextStepWeight in pkg/controller/scheduler.go; stepWeight counts before stepWeights.
func (c *canary) step() mesh.Value[int] {
	a := c.analysis
	first, at := a.StepWeight, c.at(c.path+"/stepWeight")
	if first <= 0 && len(a.StepWeights) > 0 {
		first, at = a.StepWeights[0], c.at(c.path+"/stepWeights")
	}
	if first <= 0 {
		return mesh.Value[int]{}
	}
	return mesh.Of(int(min(first, 100)), at)
}

// writes names the object whose weights Flagger writes: one of the name of the apex Service.
func (c *canary) writes(b *builder) {
	kind := ""
	switch p := c.Spec.Provider; {
	case p == "istio":
		kind = "VirtualService"
	case p == "linkerd", strings.HasPrefix(p, "smi:"):
		kind = "TrafficSplit"
	case strings.HasPrefix(p, "gatewayapi"):
		kind = "HTTPRoute"
	}
	if kind != "" && c.Apex.IsKnown() {
		c.Writes = append(c.Writes, mesh.Written{Resource: b.resource(kind, c.Namespace, c.Apex.V), What: "weights", Origin: c.at("/spec/provider")})
	}
}

// judge decides whether the Canary goes back by itself, and when.
func (c *canary) judge() {
	s := &c.Spec
	interval := c.interval()
	c.Deadline = mesh.Trigger{Automatic: mesh.Of(true, c.at("/spec/progressDeadlineSeconds"))}
	if limit := seconds(s.ProgressDeadlineSeconds, 600*time.Second, c.at("/spec/progressDeadlineSeconds")); limit.IsKnown() && interval.IsKnown() {
		c.Deadline.Within = mesh.Of(mesh.Span{Upper: plus(limit.V, interval.V)}, limit.Origin)
	} else {
		c.Deadline.Within = mesh.UnknownOf[mesh.Span](cmp.Or(limit.Cause, interval.Cause), limit.Origin)
	}
	c.Analysis = c.checks(interval)
	c.gates()
	c.Promotes = mesh.Of(false, c.Analysis.Automatic.Origin)
	switch a := c.Analysis.Automatic; {
	case !c.whole:
		why := "part of the Canary cannot be read"
		c.Analysis.Automatic, c.Deadline.Automatic = mesh.UnknownOf[bool](why, c.Origin), mesh.UnknownOf[bool](why, c.Origin)
		c.Promotes = mesh.UnknownOf[bool](why, c.Origin)
	case s.Suspend:
		at := c.at("/spec/suspend")
		c.Waits = mesh.Of(true, at)
		c.Analysis = mesh.Trigger{Automatic: mesh.Of(false, at), Why: "it is suspended"}
		c.Deadline = c.Analysis
	case s.SkipAnalysis:
		at := c.at("/spec/skipAnalysis")
		c.Analysis = mesh.Trigger{Automatic: mesh.Of(false, at), Why: "skipAnalysis leaves its checks out"}
		c.Promotes = mesh.Of(true, at)
	case a.State == mesh.Unknown:
		c.Promotes = mesh.UnknownOf[bool](a.Cause, a.Origin)
	case c.gated:
	case !a.V && !c.Waits.V:
		c.Promotes = mesh.Of(true, a.Origin)
	case !a.V && c.analysis != nil && len(c.analysis.Metrics) > 0:
		c.Inert = []mesh.Evidence{{What: c.Analysis.Why, Origin: a.Origin}}
	}
	if s.SkipAnalysis && !s.Suspend && c.whole {
		c.Deadline.Automatic = mesh.UnknownOf[bool]("skipAnalysis is set", c.at("/spec/skipAnalysis"))
	}
}

// interval is how often Flagger looks at a Canary: every minute unless it says otherwise, and every ten seconds at
// most (GetAnalysisInterval).
func (c *canary) interval() mesh.Value[time.Duration] {
	at := c.at(c.path + "/interval")
	if c.analysis == nil || c.analysis.Interval == "" {
		return mesh.Of(time.Minute, at)
	}
	d := c.analysis.Interval.duration(at, false)
	if d.IsKnown() {
		d.V = max(d.V, 10*time.Second)
	}
	return d
}
