package rollouts

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// look is an analysis at its place among the steps.
type look struct {
	of     *analysis
	at     mesh.Origin
	after  mesh.Value[time.Duration] // of pauses, from the first request to the new version on
	person mesh.Origin               // who has to let it go on before; zero if nobody has to
}

func (r *rollout) canary(c *argoCanary) {
	const path = "/spec/strategy/canary"
	r.Pattern = mesh.Of(mesh.Canary, r.at(path))
	r.Stable, r.Preview = text(c.StableService, r.at(path+"/stableService")), text(c.CanaryService, r.at(path+"/canaryService"))
	if len(c.TrafficRouting) > 0 {
		r.OldLives = seconds(c.ScaleDownDelaySeconds, 30*time.Second, r.at(path+"/scaleDownDelaySeconds"))
		r.routing(c.TrafficRouting, path+"/trafficRouting")
	}
	r.Shrinks = mesh.Of(c.DynamicStableScale, r.at(path+"/dynamicStableScale"))
	looks := r.looks(c, path)
	if len(c.Steps) == 0 && len(looks) == 0 {
		r.Pattern = mesh.Value[mesh.Pattern]{Origin: r.at(path)} // it replaces pods as a Deployment does
		r.Analysis = mesh.Trigger{Automatic: mesh.Of(false, r.at(path)), Why: "it has no steps and no analysis"}
		return
	}
	r.Analysis = r.firstThatFails(looks, r.at(path+"/steps"))
	r.promotes(len(looks) > 0)
}

// looks lists the analyses of a canary in the order in which they can see it, and notes where it waits for a person.
func (r *rollout) looks(c *argoCanary, path string) []look {
	var list []look
	after, began := mesh.Of(time.Duration(0), r.at(path+"/steps")), false
	var person mesh.Origin
	add := func(a *analysis, at mesh.Origin) { list = append(list, look{a, at, after, person}) }
	start := 0
	if c.Analysis != nil && c.Analysis.StartingStep != nil {
		start = int(min(max(*c.Analysis.StartingStep, 0), int64(len(c.Steps))))
	}
	for i := 0; i <= len(c.Steps); i++ {
		if c.Analysis != nil && i == start {
			add(c.Analysis, r.at(path+"/analysis"))
		}
		if i == len(c.Steps) {
			break
		}
		s, at := &c.Steps[i], r.at(path+"/steps/"+strconv.Itoa(i))
		began = began || s.SetWeight != nil && *s.SetWeight > 0 || s.SetHeaderRoute != nil || s.SetMirrorRoute != nil || s.SetCanaryScale != nil
		switch {
		case s.Pause != nil && s.Pause.Duration == "":
			if !r.Waits.IsKnown() {
				r.Waits = mesh.Of(true, at.Child("pause"))
			}
			if began {
				person = cmp.Or(person, at.Child("pause"))
			}
		case s.Pause != nil && began:
			if d := s.Pause.Duration.duration(at.Child("pause"), true); d.IsKnown() && after.IsKnown() {
				after.V = plus(after.V, d.V)
			} else if d.State == mesh.Unknown {
				after = d
			}
		case s.Analysis != nil:
			add(s.Analysis, at.Child("analysis"))
		case s.Experiment != nil:
			for j := range s.Experiment.Analyses {
				add(&s.Experiment.Analyses[j], at.Child("experiment/analyses/"+strconv.Itoa(j)))
			}
		case s.Plugin != nil:
			after = mesh.UnknownOf[time.Duration]("how long a step of a plugin takes is not known", at)
		}
	}
	return list
}

// firstThatFails judges analyses by the first that can fail, as a version sees it that is bad from its first request
// on.
func (r *rollout) firstThatFails(looks []look, none mesh.Origin) mesh.Trigger {
	t := mesh.Trigger{Automatic: mesh.Of(false, none), Why: "it has no analysis"}
	for i, l := range looks {
		if i == mostLooks {
			return mesh.Trigger{Automatic: mesh.UnknownOf[bool]("it has too many analyses", l.at)}
		}
		v := r.b.analyse(r.Namespace, l.of, l.at)
		switch can, known := v.fails.Get(); {
		case !known:
			return mesh.Trigger{Automatic: v.fails}
		case !can:
			t = mesh.Trigger{Automatic: v.fails, Why: v.why}
			continue
		case l.person.In != nil:
			return mesh.Trigger{Automatic: mesh.Of(false, l.person), Why: "it waits for a person before its first analysis (pause without a duration)"}
		case !v.within.IsKnown() || !l.after.IsKnown():
			v.within = mesh.UnknownOf[mesh.Span](cmp.Or(v.within.Cause, l.after.Cause), cmp.Or(v.within.Origin, l.after.Origin))
		default:
			v.within.V.Upper = plus(v.within.V.Upper, l.after.V)
		}
		return mesh.Trigger{Automatic: mesh.Of(true, l.at), Within: v.within}
	}
	return t
}

// promotes notes whether anything stands between the new version and all requests, and analyses that cannot fail.
func (r *rollout) promotes(analysed bool) {
	switch a := r.Analysis.Automatic; {
	case a.State == mesh.Unknown:
		r.Promotes = mesh.UnknownOf[bool](a.Cause, a.Origin)
	case a.V || r.Waits.V || r.Spec.Paused:
		r.Promotes = mesh.Of(false, cmp.Or(r.Waits.Origin, a.Origin))
		if analysed && !a.V && a.Origin != r.Waits.Origin && !strings.HasPrefix(r.Analysis.Why, "it waits") {
			r.Inert = []mesh.Evidence{{What: r.Analysis.Why, Origin: a.Origin}}
		}
	default:
		r.Promotes = mesh.Of(true, a.Origin)
	}
}

// blueGreen reads a switch of Services. Only the analysis after the promotion sees what requests do to the new version; the one
// before keeps it from being promoted.
func (r *rollout) blueGreen(g *argoBlueGreen) {
	const path = "/spec/strategy/blueGreen"
	r.Pattern = mesh.Of(mesh.BlueGreen, r.at(path))
	r.Apex, r.Preview = text(g.ActiveService, r.at(path+"/activeService")), text(g.PreviewService, r.at(path+"/previewService"))
	r.Stable = r.Apex
	r.OldLives = seconds(g.ScaleDownDelaySeconds, 30*time.Second, r.at(path+"/scaleDownDelaySeconds"))
	if r.Apex.IsKnown() {
		r.Writes = append(r.Writes, mesh.Written{Resource: r.b.resource("Service", r.Namespace, r.Apex.V), What: "selector", Origin: r.Apex.Origin})
	}
	if g.AutoPromotionEnabled != nil && !*g.AutoPromotionEnabled && g.AutoPromotionSeconds <= 0 {
		r.Waits = mesh.Of(true, r.at(path+"/autoPromotionEnabled"))
	}
	gate := mesh.Trigger{Automatic: mesh.Of(false, r.at(path)), Why: "it has no analysis"}
	if a := g.PrePromotionAnalysis; a != nil {
		gate = r.firstThatFails([]look{{of: a, at: r.at(path + "/prePromotionAnalysis"), after: mesh.Of(time.Duration(0), r.at(path))}}, r.at(path))
	}
	r.Analysis = gate
	if a := g.PostPromotionAnalysis; a != nil {
		r.Analysis = r.firstThatFails([]look{{of: a, at: r.at(path + "/postPromotionAnalysis"), after: mesh.Of(time.Duration(0), r.at(path))}}, r.at(path))
	}
	r.promotes(g.PrePromotionAnalysis != nil || g.PostPromotionAnalysis != nil)
	switch {
	case g.PostPromotionAnalysis == nil && gate.Automatic.Or(false):
		r.Analysis = mesh.Trigger{Automatic: mesh.Of(false, r.at(path+"/prePromotionAnalysis")), Why: "its analysis ends with the promotion, before requests reach the new version"}
	case gate.Automatic.Or(false):
		r.Promotes, r.Inert = mesh.Of(false, gate.Automatic.Origin), nil
	case gate.Automatic.State == mesh.Unknown:
		r.Promotes, r.Inert = mesh.UnknownOf[bool](gate.Automatic.Cause, gate.Automatic.Origin), nil
	}
}
