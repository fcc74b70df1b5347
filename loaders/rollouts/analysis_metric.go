package rollouts

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// judge decides whether a metric can fail. It fails once more measurements failed than failureLimit allows, which is 0 if
// nobody wrote it; a measurement fails by its conditions, and without any it always succeeds. Jobs and Kayenta judge
// themselves.
// Argo Rollouts: utils/evaluate/evaluate.go, analysis/analysis.go.
func (m *analysisMetric) judge(at mesh.Origin, fill func(string) string) verdict {
	success, failure := fill(m.SuccessCondition), fill(m.FailureCondition)
	_, job := m.Provider["job"]
	_, kayenta := m.Provider["kayenta"]
	_, plugin := m.Provider["plugin"]
	switch {
	case job || kayenta:
		return verdict{fails: mesh.Of(true, at), within: mesh.UnknownOf[mesh.Span]("how long its job or judgement runs is not written", at)}
	case success == "" && failure == "" && plugin:
		return verdict{fails: mesh.UnknownOf[bool]("what its plugin takes for a failure is not known", at)}
	case success == "" && failure == "":
		return verdict{fails: mesh.Of(false, at), why: "its metrics have no successCondition and no failureCondition, and so succeed whatever they measure"}
	case placeholder(success + failure):
		return verdict{fails: mesh.UnknownOf[bool]("a condition has an argument that is not known", at)}
	case strings.TrimSpace(success) == "true" && failure == "":
		return verdict{fails: mesh.Of(false, at.Child("successCondition")), why: "the condition of its metrics is always true"}
	case strings.TrimSpace(failure) == "false":
		return verdict{fails: mesh.Of(false, at.Child("failureCondition")), why: "the condition of its metrics is always false"}
	}
	limit := scalar(fill(string(m.FailureLimit))).count(at.Child("failureLimit"))
	counted := scalar(fill(string(m.Count))).count(at.Child("count"))
	interval := scalar(fill(string(m.Interval))).duration(at.Child("interval"), false)
	delay := scalar(fill(string(m.InitialDelay))).duration(at.Child("initialDelay"), false)
	most := counted
	if m.Count == "" && m.Interval == "" {
		most = mesh.Of(int64(1), counted.Origin)
	}
	switch {
	case limit.State == mesh.Unknown || counted.State == mesh.Unknown:
		return verdict{fails: mesh.UnknownOf[bool](cmp.Or(limit.Cause, counted.Cause), at)}
	case limit.V < 0:
		return verdict{fails: mesh.Of(false, limit.Origin), why: "its failureLimit lets every measurement fail"}
	case most.IsKnown() && most.V > 0 && limit.V >= most.V:
		return verdict{fails: mesh.Of(false, limit.Origin), why: fmt.Sprintf("its metrics are measured %d times, and fail after more than %d failures", most.V, limit.V)}
	}
	v := verdict{fails: mesh.Of(true, at)}
	v.within = m.within(limit, interval, delay, most)
	return v
}

// within is the time until a metric has failed, from the start of its analysis.
func (m *analysisMetric) within(limit mesh.Value[int64], interval, delay mesh.Value[time.Duration], most mesh.Value[int64]) mesh.Value[mesh.Span] {
	at := interval.Origin
	if limit.IsKnown() && limit.V > 0 {
		at = limit.Origin
	}
	if interval.State == mesh.Unknown || delay.State == mesh.Unknown {
		return mesh.UnknownOf[mesh.Span](cmp.Or(interval.Cause, delay.Cause), at)
	}
	lower := plus(delay.V, times(interval.V, limit.V))
	upper := plus(delay.V, times(interval.V, limit.V+1))
	if most.Or(0) == 1 {
		upper = lower // it looks once, when its analysis begins
	}
	return mesh.Of(mesh.Span{Lower: lower, Upper: upper}, at)
}
