package drillreport

import (
	"slices"

	"github.com/passmuster/muster/drill/audit"
	"github.com/passmuster/muster/drill/measure"
)

// Class is what is written about a class of drift, once for all formats.
type Class struct {
	ID, Name, Title string
	// Why says when it fires and what it means.
	Why string
	// Next is what to do about it.
	Next     string
	Severity audit.Severity
}

// Classes are all classes of drift, in the order of their ids (docs/drills/drift.md): those of the audit, with what is written
// about them.
var Classes = described()

func described() (all []Class) {
	for _, c := range audit.Classes() {
		d := Class{ID: c.ID, Name: c.Name, Severity: c.Severity}
		for _, w := range words {
			if w.id == c.ID {
				d.Title, d.Why, d.Next = w.title, w.why, w.next
			}
		}
		all = append(all, d)
	}
	return all
}

// words are written about the classes.
var words = [...]struct{ id, title, why, next string }{
	{"D01", "Nothing fails over", "Enough requests lay wholly inside the fault, and not one was answered by a destination that was predicted to take over: who relies on this failover has none.",
		"Look at the line that decides: without outlier detection, or with a list of tiers that does nothing, proxies keep sending to what is dead. Repair it, and drill the same fault mode again."},
	{"D02", "Traffic went where it was not expected", "Answers came from a place that the prediction does not name for this failure: capacity, data residency and cost were planned for another one.",
		"Compare the routes and the locality settings that proxies hold with those that were scanned; if the place is right, derive the plan again and review it."},
	{"D03", "What should have failed still answered", "The failed domain answered well inside the fault: either the fault was not applied as a whole, or it reaches less than the scenario says. Nothing can be concluded from such a drill.",
		"Verify the fault (hooks.verify) before the clock runs, and check which endpoints the scenario means."},
	{"D04", "Only a part of the traffic recovered", "Some sources, zones or connections recovered and others did not: an average would have hidden it.",
		"Look at what those that did not recover have in common: a version of the proxy, a zone, long-lived connections, a policy of a namespace."},
	{"D05", "Slower than promised", "Even the lower bound of what was measured is longer than the objective: no reading of the samples keeps the promise.",
		"Shorten the largest stage (detection, ejection, connection, warm-up), at the line that the prediction names for it; or promise what can be kept."},
	{"D06", "Plaintext while failing over", "At least one answer came over a hop without TLS. Availability hides this: an unencrypted standby recovers as fast as an encrypted one.",
		"Require mTLS where the standby runs, and find out who could read the traffic while the fault lasted."},
	{"D07", "Somebody else answered", "The peer's identity or trust domain is not one of those expected at that place: another service account, or a certificate of another authority.",
		"Compare trust bundles and service accounts of both places; if the identity is right, add it to peer_identity of the plan."},
	{"D08", "Encryption is not proven", "No evidence came from the destination's side, so the last hop may have been anything. What nobody saw is no pass.",
		"Let the destination echo how the request reached it (echo.tls and echo.peer headers), or add metrics with reporter=destination as a source."},
	{"D09", "Traffic did not return", "After the fault was removed, traffic stayed on the standby for longer than the objective: the next failure meets a service without a standby.",
		"Check ejection times and health checks of the first tier, and whether failing back is a step that somebody has to take."},
	{"D10", "Requests failed while traffic returned", "Requests went wrong while traffic returned: repairing the fault was an outage of its own.",
		"Let endpoints become ready before they get traffic, warm them up (slow start), and drain the standby."},
	{"D11", "Traffic went back and forth", "The place that answered most changed more than twice in one fault: each change costs connections, caches and money.",
		"Dampen health checks and ejections, and raise the time for which an ejection lasts."},
	{"D12", "Two primaries at once", "Successes with the role of a primary, or with different epochs, came from two places at overlapping times: writes may have diverged.",
		"Do not fail over again before fencing is proven. Compare the data of both sides for the window that the evidence names."},
	{"D13", "The survivor had too little room", "The survivor refused requests for want of capacity, or its latency passed the objective: it stands, and cannot carry the load.",
		"Size the survivor for the whole load of the failed side, at peak, and look at circuit breakers and autoscaling limits."},
	{"D14", "Retries multiplied the load", "Attempts per request, or the load on the survivor, passed the limit: retries turn a partial failure into a whole one.",
		"Lower attempts, use a retry budget, and do not retry in several layers."},
	{"D15", "Good answers that came too late", "Answers had good codes and took longer than the objective for latency: users had an outage that error rates do not show.",
		"Compare timeouts and retries per try with the latency objective; look at the distance to the survivor."},
	{"D16", "Shares differ from the prediction", "The shares of places differ from the predicted ones by more than the tolerance, and not by chance.",
		"Compare weights, replicas and overprovisioning of what proxies hold with what was scanned."},
	{"D17", "Acknowledged data was lost", "The highest counter that could be read after the failover is below the highest that was acknowledged before, by more than the objective.",
		"Find out which writes were acknowledged and not replicated, and whether acknowledging waits for the other side."},
	{"D18", "Requests failed in another way than predicted", "Errors or response flags are not those that were predicted: the cause of the failure is another one than the model thinks.",
		"Read the flags of the evidence: NR is a missing route, NC a missing cluster, UF with TLS a handshake that failed."},
	{"D19", "Another configuration was drilled", "The configuration that was drilled, or that proxies held, is not the one that the prediction was computed from.",
		"Scan what is deployed, derive the plan again, and drill that."},
	{"D20", "Not tested, or too long ago", "What belongs to the universe of the plan has no evidence, or evidence older than the plan allows.",
		"Drill it. A configuration that was never tested counts for less than one that failed."},
	{"D21", "Only some fault modes were drilled", "A drill that only kills processes passes configurations that a hang or a partition breaks.",
		"Drill the missing fault modes; hang needs no more than SIGSTOP."},
	{"D22", "The measurement cannot carry a verdict", "The null drill was not clean, requests were late, left out or not recorded, or clocks were too far apart.",
		"Repair what the doubts name, and repeat the drill: until then the result is inconclusive."},
	{"D23", "Better than predicted", "The prediction saw no way to survive, and traffic survived: the model lacks something, or the inputs do.",
		"Look for what answered, and add it to the inputs of the scan; if nothing is missing there, please report it as a gap of the model."},
	{"D24", "The way back was not walked", "A step of the rollback is missing, failed or was interrupted: the environment may still be in the state of the drill.",
		"Restore what the plan's rollback names now, and note who did it and when."},
	{"D25", "The observer was inside of the failure", "The prober or a source of metrics was in the failed domain: what it did not see proves nothing.",
		"Probe from outside of the failed domain, and keep metrics of one place in another."},
}

// ClassOf describes a class; one that is not known is described by its id.
func ClassOf(id string) Class {
	if i := slices.IndexFunc(Classes, func(c Class) bool { return c.ID == id }); i >= 0 {
		return Classes[i]
	}
	return Class{ID: id, Name: "unknown", Title: "Drift of class " + id, Why: "This muster does not know the class; the one that reported it explains it.", Severity: audit.Medium,
		Next: "Read the message, and the documentation of the version that wrote the report."}
}

// remedies are what to change before the drill is repeated, by kind of doubt.
var remedies = map[string]string{
	string(measure.DoubtIncomplete): "let the prober end by itself, so that its recording gets a footer",
	string(measure.DoubtClosed):     "probe with an open schedule: a prober that waits for answers understates outages",
	string(measure.DoubtLate):       "give the prober a host with more room, or lower its rate, so that requests leave on time",
	string(measure.DoubtDropped):    "raise the prober's limit of waiting requests, or shorten the timeout, so that no request is left out",
	string(measure.DoubtMissing):    "keep all lines of the recording; ticks without a line prove nothing",
	string(measure.DoubtProber):     "give the prober's host more ports, files or memory: requests failed on it",
	string(measure.DoubtClock):      "compare the prober's clock with the injector's at the begin and the end, or run both on one host",
	string(measure.DoubtNull):       "find out what fails without a fault, and repeat once the null round is clean",
	string(measure.DoubtShort):      "hold the fault for longer than the objective",
}
