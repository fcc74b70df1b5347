package rollouts

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// checks judges the analysis. Each failed look counts; the look after the last one that is allowed goes back.
func (c *canary) checks(interval mesh.Value[time.Duration]) mesh.Trigger {
	at := c.at(c.path)
	if c.analysis == nil {
		return mesh.Trigger{Automatic: mesh.Of(false, at), Why: "it has no analysis"}
	}
	yes, maybe, latency := mesh.Origin{}, mesh.Origin{}, true
	for i := range c.analysis.Metrics {
		m, here := &c.analysis.Metrics[i], c.at(c.path+"/metrics/"+strconv.Itoa(i))
		switch fails, known := m.fails(); {
		case !known:
			maybe = here
		case fails:
			yes = cmp.Or(yes, here.Child("thresholdRange"))
			latency = latency && m.Name == "request-duration" && m.Query == "" && m.TemplateRef == nil
		}
	}
	for i := range c.analysis.Webhooks {
		if c.analysis.Webhooks[i].tests() {
			yes, latency = cmp.Or(yes, c.at(c.path+"/webhooks/"+strconv.Itoa(i))), false
		}
	}
	t := mesh.Trigger{Within: c.within(interval)}
	switch {
	case yes.In != nil && c.Spec.Provider == "kubernetes":
		c.gated = true
		t.Automatic, t.Why = mesh.Of(false, c.at("/spec/provider")), "with the provider kubernetes requests reach the new version once it is promoted, and its checks end with the promotion"
	case yes.In != nil:
		t.Automatic, c.LatencyOnly = mesh.Of(true, yes), latency && maybe.In == nil
	case maybe.In != nil:
		t.Automatic = mesh.UnknownOf[bool]("what its metric allows is not written", maybe)
	case len(c.analysis.Metrics) > 0:
		t.Automatic, t.Why = mesh.Of(false, c.at(c.path+"/metrics")), "none of its metrics has a bound that a bad version could miss"
	default:
		t.Automatic, t.Why = mesh.Of(false, at), "its analysis has no metric, and no webhook that tests the new version"
	}
	return t
}

func (c *canary) within(interval mesh.Value[time.Duration]) mesh.Value[mesh.Span] {
	at, threshold := interval.Origin, int64(1)
	if t := c.analysis.Threshold; t != nil {
		at, threshold = c.at(c.path+"/threshold"), max(*t, 1)
	}
	if !interval.IsKnown() {
		return mesh.UnknownOf[mesh.Span](interval.Cause, interval.Origin)
	}
	return mesh.Of(mesh.Span{Lower: times(interval.V, threshold), Upper: times(interval.V, threshold+1)}, at)
}

// fails reports whether a metric can fail. One without a range is compared with its threshold, which is 0 if nobody
// wrote one: no share of successes is below that, and every duration is above it. What another metric says where it
// has neither is not known.
func (m *canaryMetric) fails() (fails, known bool) {
	switch r := m.ThresholdRange; {
	case r != nil:
		if m.Name == "request-success-rate" && r.Max == nil && r.Min != nil && *r.Min <= 0 {
			return false, true
		}
		return r.Min != nil || r.Max != nil, true
	case m.Threshold != nil && *m.Threshold > 0, m.Name == "request-duration":
		return true, true
	}
	return false, m.Name == "request-success-rate"
}

// tests reports whether a webhook runs beside the checks and can fail. The load generator of Flagger's load tester is
// none of these: it answers before the load has begun.
func (w *canaryWebhook) tests() bool {
	if w.Type != "" && w.Type != "rollout" {
		return false
	}
	kind := w.Metadata["type"]
	return w.Metadata["cmd"] == "" || kind != "" && kind != "cmd"
}

// gates notes the webhooks that a person answers. While a Canary waits for an increase of traffic, failed checks do not take
// it back (flagger#1801).
func (c *canary) gates() {
	if c.analysis == nil {
		return
	}
	for i, w := range c.analysis.Webhooks {
		if !strings.HasPrefix(w.Type, "confirm-") {
			continue
		}
		at := c.at(fmt.Sprintf("%s/webhooks/%d/type", c.path, i))
		if !c.Waits.IsKnown() {
			c.Waits = mesh.Of(true, at)
		}
		if w.Type == "confirm-traffic-increase" && c.Analysis.Automatic.Or(false) {
			c.Analysis.Automatic = mesh.UnknownOf[bool]("while it waits in confirm-traffic-increase, failed checks do not take it back", at)
		}
	}
}
