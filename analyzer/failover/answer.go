package failover

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// Outcome judges a cell after its recovery bound.
type Outcome string

// The outcomes, from best to worst; unknown stands apart.
const (
	Survives Outcome = "survives" // no request fails, callers are authorised, capacity suffices
	Degraded Outcome = "degraded" // some requests fail, or capacity is short
	Lost     Outcome = "lost"     // every request fails
	Unknown  Outcome = "unknown"  // the inputs do not decide
)

// Answer is what happens to the requests of one class of clients to one service in one scenario
// under one fault, after the recovery bound.
type Answer struct {
	Outcome      Outcome
	Reason       string  // one clause: why it is not "survives", and what the way back of a release is
	FailingShare float64 // of the requests, 0..1
	Authorized   bool
	Capacity     Capacity
	Before       []Destination // on a normal day
	Destinations []Destination // where requests are answered now, by share; failing ones are not in it
	Recovery     Recovery
	Causes       []Cause // what makes it fail, the deciding one first
	Trace        []string
	// Undecided are the lines that leave an unknown cell open, or nil: then a reason of it stands on no line.
	Undecided []mesh.Origin
	unknown   []unsettled
	before    []Destination // Before, not rounded: what a share of it is taken from
	// exposed: some requests may go over with less protection than they should; hidden: what protects some
	// is not known. Both are found without details, and may be set where no cause is left of it.
	exposed, hidden bool
	weakest         uint8    // the rank of what protects the least protected requests, see encryptions
	elsewhere       []served // shares that other services than the asked one answer
	back            back     // of a bad release, where the mesh alone does not help
}

// Destination is a share of the requests and what protects them on the way.
type Destination struct {
	Locality   string  `json:"locality"`
	Cluster    string  `json:"cluster"`
	Service    string  `json:"service"`
	Share      float64 `json:"share"`
	Encryption string  `json:"encryption"` // mtls, tls, plaintext or unknown
}

// Capacity compares what the traffic needs with what is left, in replicas.
type Capacity struct {
	Needed    int `json:"needed"`
	Available int `json:"available"`
}

// Recovery bounds the time from the fault until the answer holds: the sum of its terms.
type Recovery struct {
	Lower, Upper time.Duration
	Terms        []Term
}

// Term is one named part of the recovery bound, with the setting it comes from.
type Term struct {
	Name         string // "detect", "readiness", "node lease", "connect", "retry", "dns ttl", …
	Lower, Upper time.Duration
	Origin       mesh.Origin
	// Follows are the lines, of other objects, without which there would be no such term; empty where it stands for itself.
	Follows []mesh.Origin
}

func (r *Recovery) add(name string, lower, upper time.Duration, origin mesh.Origin) {
	r.Lower += lower
	r.Upper += upper
	r.Terms = append(r.Terms, Term{Name: name, Lower: lower, Upper: upper, Origin: origin})
}

// CauseKind names the mechanism that makes a cell fail. Rules own kinds.
type CauseKind string

// The causes.
const (
	CauseInert        CauseKind = "failover-inert"    // failover is written, but nothing is ever ejected
	CauseMeshDefault  CauseKind = "mesh-default"      // the mesh's default detection ejects too few, and makes no tiers
	CauseNoDetection  CauseKind = "no-detection"      // nothing takes the dead endpoints out
	CauseBound        CauseKind = "ejection-bound"    // not enough hosts may be ejected
	CauseUnseen       CauseKind = "failure-unseen"    // detection does not see this fault (no timeout)
	CauseDiscarded    CauseKind = "policy-discarded"  // the policy that would help is replaced or shadowed
	CauseNotVisible   CauseKind = "rule-not-visible"  // the rule that would help is not seen by these clients
	CauseMisspelt     CauseKind = "field-unknown"     // the setting that would help is misspelt
	CauseNoEndpoint   CauseKind = "no-destination"    // no endpoint is left for these clients
	CauseSharedFate   CauseKind = "shared-fate"       // all endpoints are in the failed domain, by placement
	CauseUnreachable  CauseKind = "unreachable"       // the destination's address leads nowhere
	CauseRefused      CauseKind = "caller-refused"    // the destination's policy denies the caller
	CauseTLSMismatch  CauseKind = "tls-mismatch"      // what the client speaks is not what the server accepts
	CauseExposed      CauseKind = "exposed"           // requests go over in plaintext
	CauseMissing      CauseKind = "target-missing"    // a route leads to a host or subset that does not exist
	CauseDependency   CauseKind = "dependency-lost"   // a strong dependency dies with the domain
	CauseShortOf      CauseKind = "short-of-capacity" // survivors cannot carry the load
	CausePanic        CauseKind = "panic"             // so few hosts are healthy that health is ignored
	CauseNotSwitched  CauseKind = "not-switched"      // nobody switches: the operator or checker is gone
	CauseBrokenBefore CauseKind = "broken-before"     // fails on a normal day too
	CauseTooSlow      CauseKind = "too-slow"          // recovers, but not within the objective
	// CauseAnalysisSlow: a rollout controller goes back, but its checks take longer than the objective allows.
	CauseAnalysisSlow CauseKind = "analysis-too-slow"
	CauseUnwatched    CauseKind = "unwatched"      // checks look past the program that died
	CauseInvalid      CauseKind = "invalid-object" // the mesh refuses the object that would move traffic
	CauseNotExported  CauseKind = "not-exported"   // the standby is another mesh's, which does not offer it
	// Of records that lead callers to one of several places.
	CauseUnchecked   CauseKind = "record-unchecked"       // nothing asks whether the answer that is lost is healthy
	CauseBlindAlias  CauseKind = "alias-ignores-target"   // an alias that does not look at what it leads to
	CauseSharedCheck CauseKind = "record-shared-check"    // one check takes all answers out together
	CauseAstray      CauseKind = "record-check-astray"    // the check asks something else
	CauseNoStandby   CauseKind = "record-without-standby" // no other answer is defined
	CauseOneRegion   CauseKind = "record-one-region"      // the other answer lies in the same region
	// Of bad releases. The first two say that the way back that the pattern means is not there.
	CauseCanaryAlone  CauseKind = "canary-alone"  // no stable version is left beside a canary
	CauseSingleColour CauseKind = "single-colour" // the other colour has no pod
	CauseNoRevision   CauseKind = "no-revision"   // nothing is kept to roll back to, or nobody replaces pods
)

// Cause is one reason why a cell is what it is, with the line that decides.
type Cause struct {
	Kind    CauseKind
	Loss    mesh.LossKind // the loss behind it, if any
	Origin  mesh.Origin   // the line to change
	Related []mesh.Evidence
	Detail  string // one clause that completes the sentence
	// Follows are the lines that it is a consequence of, all of them; empty where it stands for itself.
	Follows []mesh.Origin
}

// addCause keeps one cause per kind and place.
func (a *Answer) addCause(c Cause) {
	for _, old := range a.Causes {
		if old.Kind == c.Kind && old.Loss == c.Loss && old.Origin == c.Origin {
			return
		}
	}
	a.Causes = append(a.Causes, c)
}

// unsettled is a reason why an answer is unknown, with the line that leaves it open, if any does.
type unsettled struct {
	why string
	at  mesh.Origin
}

func (a *Answer) addUnknown(reason string) { a.addUnsettled(unsettled{why: reason}) }

func (a *Answer) addUnsettled(d unsettled) {
	if !slices.Contains(a.unknown, d) {
		a.unknown = append(a.unknown, d)
	}
}

// settleReason states what is unsettled as the reason of an unknown cell, each once.
func (a *Answer) settleReason() {
	var reasons []string
	lines := true
	for _, d := range a.unknown {
		if !slices.Contains(reasons, d.why) {
			reasons = append(reasons, d.why)
		}
		lines = lines && d.at.In != nil
	}
	a.Reason = strings.Join(reasons, "; ")
	for _, d := range a.unknown {
		if lines && !slices.Contains(a.Undecided, d.at) {
			a.Undecided = append(a.Undecided, d.at)
		}
	}
}

// sortDestinations joins equal destinations and orders them by share; the list is changed in place.
func sortDestinations(list []Destination) []Destination {
	same := func(a, b *Destination) bool {
		return a.Locality == b.Locality && a.Cluster == b.Cluster && a.Service == b.Service && a.Encryption == b.Encryption
	}
	out := slices.DeleteFunc(list, func(d Destination) bool { return !(d.Share >= 1e-9) })
	slices.SortFunc(out, func(a, b Destination) int { return comparePlaces(&a, &b) })
	n := 0
	for i := range out {
		if n > 0 && same(&out[n-1], &out[i]) {
			out[n-1].Share += out[i].Share
			continue
		}
		out[n] = out[i]
		n++
	}
	return settle(out[:n])
}

// settle orders different destinations by share, and rounds; the list is changed in place.
func settle(list []Destination) []Destination {
	list = slices.DeleteFunc(list, func(d Destination) bool { return d.Share < 1e-9 })
	for i := range list {
		list[i].Share = round(list[i].Share)
	}
	slices.SortFunc(list, compareDestinations)
	return list
}

func compareDestinations(a, b Destination) int {
	if a.Share != b.Share {
		return cmp.Compare(b.Share, a.Share)
	}
	return comparePlaces(&a, &b)
}

func comparePlaces(a, b *Destination) int {
	if a.Locality != b.Locality {
		return cmp.Compare(a.Locality, b.Locality)
	}
	return cmp.Or(cmp.Compare(a.Cluster, b.Cluster), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Encryption, b.Encryption))
}

// round keeps four decimals: shares are predictions, not measurements.
func round(x float64) float64 { return float64(int64(x*10000+0.5)) / 10000 }
