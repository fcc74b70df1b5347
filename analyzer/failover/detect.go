package failover

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/passmuster/muster/mesh"
)

// sight is whether passive detection counts a fault as failures, and how long one takes.
type sight struct {
	sees    bool
	unknown bool
	latency time.Duration
	origin  mesh.Origin
	why     string // when it does not see, or is unknown
}

// sees decides whether the callers' proxies count the fault.
// Envoy: connect failures count as 5xx; a request that waits counts only when a timeout ends it;
// a client that gives up is not counted.
func (s *sim) sees(o *mesh.OutlierDetection, fault Fault) sight {
	five, gateway, local := o.Consecutive5xx.Or(5), o.ConsecutiveGateway.Or(0), o.LocalOrigin.Or(0)
	counts := five > 0 || gateway > 0 || local > 0 || o.FailurePercentage != nil
	if !counts {
		return sight{why: "outlier detection counts nothing: consecutive5xxErrors is 0", origin: firstOrigin(o.Consecutive5xx.Origin, o.Origin)}
	}
	connect := s.pool.ConnectTimeout.Or(10 * time.Second)
	if s.pool.Persistent && fault == Partition {
		fault = Hang
	}
	if o.FailurePercentage != nil {
		return s.seesShare(fault)
	}
	if why := s.acceptedAndClosed(fault); why != "" {
		return sight{sees: s.optimistic, unknown: true, why: why, origin: o.Origin}
	}
	if one, ok := s.seesLostPlace(fault, connect); ok {
		return one
	}
	switch fault {
	case Crash:
		return sight{sees: true}
	case Hang:
		if !s.route.http {
			return sight{why: "connections are accepted and nothing times a TCP stream"}
		}
		if wait, origin, ok := s.route.wait(); ok {
			return sight{sees: true, latency: wait, origin: origin}
		}
		return sight{why: "the route has neither timeout nor perTryTimeout: a request that waits is not a failure that counts", origin: s.routeOrigin()}
	case Partition:
		if !s.route.http {
			return sight{sees: true, latency: connect, origin: s.pool.ConnectTimeout.Origin}
		}
		if wait, origin, ok := s.route.wait(); ok {
			if connect < wait {
				wait, origin = connect, s.pool.ConnectTimeout.Origin
			}
			return sight{sees: true, latency: wait, origin: origin}
		}
		return sight{sees: s.optimistic, unknown: true, why: "without timeout or perTryTimeout, requests on open connections wait for TCP: no setting decides when they fail", origin: s.routeOrigin()}
	case Error:
		if !s.route.http {
			return sight{why: "error answers are not seen on a TCP port"}
		}
		if five == 0 {
			return sight{why: "only gateway errors (502, 503, 504) are counted, not every 5xx", origin: firstOrigin(o.Consecutive5xx.Origin, o.Origin)}
		}
		return sight{sees: true}
	}
	return sight{}
}

func (s *sim) routeOrigin() mesh.Origin {
	if s.route.rule != nil {
		return s.route.rule.Origin
	}
	return mesh.Origin{}
}

// detect ejects failing hosts as far as detection sees them and its bound allows, spreads the
// load, and repeats until nothing changes: traffic that spills into the next tier meets the
// failed hosts there too. It returns false when nobody can take the load.
func (s *sim) detect() bool {
	readiness := s.answer.Recovery
	ejectedAny := false
	for round := 0; ; round++ {
		ok := len(s.hosts) > 0 && s.spread()
		if !ok || s.failing() == 0 {
			if ejectedAny && s.times() {
				s.earliest(readiness)
			}
			return ok
		}
		ejected := s.disconnect()
		for t := range s.pool.Targets {
			ejected += s.eject(t)
		}
		if ejected == 0 {
			s.notePanic()
			return true
		}
		ejectedAny = true
	}
}

// notePanic explains dead hosts that are known to be dead and get requests all the same.
func (s *sim) notePanic() {
	if !s.panicked || !s.detail || s.trial {
		return
	}
	at := mesh.Origin{}
	for _, t := range s.pool.Targets {
		if o := t.Detection.Outlier; o != nil {
			at = firstOrigin(at, o.MinHealthPercent.Origin, o.Origin)
		}
	}
	detail := fmt.Sprintf("with fewer than %.0f %% of the endpoints healthy, health is ignored and dead ones get requests too", s.pool.Panic)
	s.cause(Cause{Kind: CausePanic, Origin: firstOrigin(at, s.pool.RuleOrigin, s.pool.Service.Origin), Detail: detail})
	s.tracef("%s", detail)
}

// eject takes failing hosts of one target out, lowest tier first, and returns how many.
func (s *sim) eject(t int) int {
	o := s.pool.Targets[t].Detection.Outlier
	listed, out, want := 0, 0, 0
	fault, refused := s.fault, window{}
	refuse := true
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.target != t {
			continue
		}
		listed++
		if h.ejected {
			out++
		}
		if h.fails == 1 && h.share > 0 && h.usable() {
			want++
			if h.far {
				fault = Partition
			}
			refuse = refuse && h.refuses
			refused = refused.or(h.noticed)
		}
	}
	if want == 0 {
		return 0
	}
	if o == nil {
		if s.pool.Connected && !s.pool.Persistent && fault == Partition {
			return s.silent(t, want)
		}
		s.noDetection(t, want)
		return 0
	}
	seen := s.sees(o, fault)
	if !seen.sees && refuse {
		// What is behind the gateway hangs or is cut off; the gateway itself closes connections
		// once it has noticed.
		fault = Crash
		if seen = s.sees(o, fault); seen.sees && s.times() {
			s.answer.Recovery.add("readiness", refused.lower, refused.upper, mesh.Origin{})
		}
	}
	if !seen.sees {
		if seen.unknown {
			if s.detail {
				s.answer.addUnsettled(unsettled{seen.why, seen.origin})
			}
			s.markUnknown(t)
		}
		if s.detail {
			s.cause(Cause{Kind: s.unseen(), Origin: firstOrigin(seen.origin, s.routeOrigin(), o.Origin), Detail: seen.why,
				Related: []mesh.Evidence{{What: s.detector(), Origin: o.Origin}}})
		}
		s.tracef("%s does not see this: %s", s.detector(), seen.why)
		return 0
	}
	may := o.Ejectable(listed) - out
	switch {
	case may <= 0 && o.Origin.In == nil && o.Origin.Note != "" && s.ordered():
		s.noDetection(t, want) // nobody wrote it, and it ejects nothing
	case may < want:
		s.bound(o, t, listed, want+out)
	}
	n := min(may, want)
	if n <= 0 {
		return 0
	}
	if o.FailurePercentage != nil && !s.sharesSuffice(o, t) {
		return 0
	}
	done, least := 0, 1.0
	for i := range s.hosts { // hosts are in tier order
		h := &s.hosts[i]
		if done < n && h.target == t && h.fails == 1 && h.share > 0 && h.usable() {
			h.ejected = true
			least = min(least, h.share)
			done++
		}
	}
	if s.times() {
		if o.FailurePercentage != nil {
			s.addShareDetection(o, seen, done)
			return done
		}
		count := failuresToEject(o, fault)
		gather := time.Duration(float64(count) * max(float64(listed), 1/least) / AssumedRate * float64(time.Second))
		if s.ordered() { // in the worst case one failure comes after the other, host by host
			gather = max(gather, time.Duration(count*done)*s.slowest(seen, fault)-seen.latency)
		}
		at := firstOrigin(o.Consecutive5xx.Origin, o.Origin)
		if s.ordered() && seen.latency > 0 {
			at = firstOrigin(seen.origin, at)
		}
		s.answer.Recovery.add("detect", seen.latency, seen.latency+gather, at)
		if s.traces {
			s.tracef("each proxy ejects %d of %d hosts after %d failures each (at %d requests/s: within %s)", done, listed, count, AssumedRate, seen.latency+gather)
		}
	}
	return done
}

// failuresToEject is how many failures of a kind eject a host.
// Envoy: connect failures and timeouts count as 503 and 504, hence also as gateway errors, unless
// failures of local origin are counted apart.
func failuresToEject(o *mesh.OutlierDetection, f Fault) int {
	five, gateway, local := o.Consecutive5xx.Or(5), o.ConsecutiveGateway.Or(0), o.LocalOrigin.Or(0)
	switch {
	case f == Error:
		return max(five, 1)
	case local > 0:
		return local
	case five > 0 && gateway > 0:
		return min(five, gateway)
	}
	return max(five, gateway, 1)
}

// markUnknown gives up on the hosts whose failures nobody can time.
func (s *sim) markUnknown(t int) {
	for i := range s.hosts {
		if h := &s.hosts[i]; h.target == t && h.fails == 1 && h.usable() {
			h.unknown = true
		}
	}
}

// earliest: the outage ends when the hosts are ejected, or, if that is sooner, when they leave
// the list. Both clocks start with the fault.
func (s *sim) earliest(readiness Recovery) {
	r := &s.answer.Recovery
	if len(readiness.Terms) == 0 {
		return
	}
	detect := Recovery{}
	for _, t := range r.Terms[len(readiness.Terms):] {
		detect.add(t.Name, t.Lower, t.Upper, t.Origin)
	}
	if detect.Upper <= readiness.Upper {
		*r = detect
	} else {
		*r = readiness
	}
}

// noDetection explains why nothing takes the dead hosts of a target out.
func (s *sim) noDetection(t, dead int) {
	if !s.detail || s.trial {
		return
	}
	s.tracef("nothing takes the %d dead hosts out: no %s in effect", dead, s.detector())
	found := false
	for _, l := range s.pool.Losses {
		if l.Takes&mesh.TakesDetection == 0 || !s.explains(l) {
			continue
		}
		found = true
		s.cause(causeOf(l))
	}
	if found {
		return
	}
	_, named := s.pool.Tiering.(mesh.DNSFailover)
	if hc := s.pool.Targets[t].Detection.Check; named && hc != nil && !s.checkSees(hc) {
		s.cause(Cause{Kind: CauseUnseen, Origin: hc.Origin, Detail: fmt.Sprintf("the %s check of %s takes this for healthy", hc.Handler, hc.By)})
		return
	}
	if lt, ok := s.pool.Tiering.(*mesh.LocalityTiers); ok && (len(lt.Failover) > 0 || len(lt.FailoverPriority) > 0) {
		s.cause(Cause{Kind: CauseInert, Origin: lt.Origin, Detail: "locality failover needs outlier detection in the same policy, and there is none"})
		return
	}
	if s.stale() && len(s.pool.Targets) > 1 {
		s.cause(Cause{Kind: CauseInert, Origin: firstOrigin(s.pool.Targets[1].Origin, s.pool.RuleOrigin, s.pool.Service.Origin),
			Detail: "what is lost stays listed as healthy, and failover then needs a passive health check of the caller that may eject every endpoint"})
		return
	}
	if named && !slices.ContainsFunc(s.hosts, func(h host) bool { return h.fails < 1 }) {
		return // no answer is left that a check could choose
	}
	s.cause(Cause{Kind: CauseNoDetection, Origin: firstOrigin(s.pool.RuleOrigin, s.pool.Service.Origin), Detail: "no " + s.detector() + " is in effect"})
}

// detector is what the client's mesh calls the detection that looks at answers.
func (s *sim) detector() string { return Detector(s.graph.Mesh(s.client.Mesh)) }

// causeOf turns a loss that the compiler noted into the cause of a cell.
func causeOf(l mesh.Loss) Cause {
	kind := CauseDiscarded
	switch l.Kind {
	case mesh.LossNotVisible, mesh.LossOnBackend:
		kind = CauseNotVisible
	case mesh.LossWeightZero, mesh.LossNeverReady, mesh.LossUnattended:
		kind = CauseInert
	case mesh.LossUnknownField:
		kind = CauseMisspelt
	case mesh.LossMeshDefault:
		kind = CauseMeshDefault
	case mesh.LossDistribute, mesh.LossClientTLS, mesh.LossServerTLS, mesh.LossClusterLocal, mesh.LossScaledToZero, mesh.LossMergeHosts, mesh.LossFiltered, mesh.LossTargetEmpty:
		kind = CauseNoEndpoint
	case mesh.LossNoGateway, mesh.LossNoIdentity:
		kind = CauseUnreachable
	case mesh.LossForeignRoots:
		kind = CauseTLSMismatch
	case mesh.LossRefused:
		kind = CauseInvalid
	case mesh.LossMissing:
		kind = CauseMissing
	case mesh.LossWrongSide, mesh.LossVoidFailover:
		kind = CauseInert
	case mesh.LossCheckGone:
		kind = CauseUnwatched
	case mesh.LossNotExported:
		kind = CauseNotExported
	case mesh.LossUnchecked:
		kind = CauseUnchecked
	case mesh.LossBlindAlias:
		kind = CauseBlindAlias
	case mesh.LossSharedCheck:
		kind = CauseSharedCheck
	case mesh.LossAstrayCheck:
		kind = CauseAstray
	case mesh.LossManual:
		kind = CauseNotSwitched
	case mesh.LossNoStandby:
		kind = CauseNoStandby
	case mesh.LossOneRegion:
		kind = CauseOneRegion
	}
	c := Cause{Kind: kind, Loss: l.Kind, Origin: l.Origin, Detail: l.Detail}
	if !l.Of.IsZero() {
		c.Related = append(c.Related, mesh.Evidence{What: "what it takes away", Origin: l.Of})
	}
	return c
}

// bound explains an ejection bound that is too low.
func (s *sim) bound(o *mesh.OutlierDetection, t, listed, want int) {
	if !s.detail || s.trial {
		return
	}
	percent := o.MaxEjectionPercent.Or(10)
	s.tracef("maxEjectionPercent %d allows %d of %d hosts to be ejected, %d would have to go", percent, o.Ejectable(listed), listed, want)
	at := o.Origin
	if o.MaxEjectionPercent.IsKnown() && o.MaxEjectionPercent.Origin.In != nil {
		at = o.MaxEjectionPercent.Origin
	}
	c := Cause{Kind: CauseBound, Origin: at,
		Detail: fmt.Sprintf("maxEjectionPercent %d lets %d of %d hosts be ejected, and %d are dead", percent, o.Ejectable(listed), listed, want)}
	if list, l := untieredList(s.pool); list != nil {
		c.Kind, c.Loss, c.Origin = CauseMeshDefault, l.Kind, list.Origin
		c.Detail = fmt.Sprintf("the only outlier detection is the mesh's default, which makes no tiers, and its %s", c.Detail)
		c.Related = append(c.Related, mesh.Evidence{What: "the mesh's default", Origin: at})
	}
	for _, l := range s.pool.Losses {
		if l.Kind == mesh.LossSubset && l.Takes&mesh.TakesDetection != 0 {
			c.Loss = l.Kind
			c.Origin = l.Origin
		}
	}
	s.cause(c)
}

// retry is the share that still fails after the route's retries, each to another host.
// Envoy: the previous-hosts predicate; a retry falls on the same tier unless the policy prefers
// remote localities.
func (s *sim) retry(failing float64) float64 {
	r := s.route.retries
	if !s.route.http || r.Attempts <= 0 || failing >= 1-1e-9 && !r.RemoteLocalities {
		return failing
	}
	if !retried(r.On, s.fault) {
		return failing
	}
	if r.Attempts = s.route.attempts(s.fault); r.Attempts <= 0 {
		return failing
	}
	left := 0.0
	remote := -1
	if r.RemoteLocalities && r.Attempts >= retriesBeforeRemote {
		remote = s.cleanTier()
	}
	for tier := 0; tier < s.tiers; tier++ {
		left += s.retryTier(tier, remote, r.Attempts, r.AnyHost)
	}
	if left < 1e-9 {
		left = 0
	}
	if s.times() && left < failing {
		if s.traces {
			s.tracef("%d retries on other hosts bring the failing share from %.1f %% to %.1f %%", r.Attempts, 100*failing, 100*left)
		}
		per := r.PerTry.Or(0)
		if s.fault == Crash || s.fault == Error {
			per = 0
		}
		s.answer.Recovery.add("retry", 0, per*time.Duration(r.Attempts), r.Origin)
	}
	return left
}

// retriesBeforeRemote: Istio's retry priority leaves the tried tiers out after every second try.
// Istio: retry.buildPreviousPrioritiesConfig (update_frequency 2).
const retriesBeforeRemote = 2

// attempts is how many retries the route's timeout has room for, after tries that wait for an
// answer that never comes.
func (t traffic) attempts(f Fault) int {
	if f != Hang && f != Partition {
		return t.retries.Attempts
	}
	per, ok := t.retries.PerTry.Get()
	if !ok || per == 0 {
		return 0 // the first try uses up the route's timeout
	}
	if all, ok := t.timeout.Get(); ok && all > 0 {
		return min(t.retries.Attempts, int(all/per)-1)
	}
	return t.retries.Attempts
}

// retryTier lets retries carry a tier's failing requests to its healthy hosts, or to a remote
// tier, and returns the share that still fails. Shares move with the requests.
func (s *sim) retryTier(tier, remote, attempts int, anyHost bool) float64 {
	load, bad, good, failing := 0.0, 0, 0, 0.0
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.tier != tier || h.share == 0 {
			continue
		}
		load += h.share
		failing += h.share * h.fails
		if h.fails > 0 {
			bad++
		} else {
			good++
		}
	}
	if failing == 0 {
		return 0
	}
	p := failing / load // of the first try
	switch {
	case remote >= 0 && remote != tier:
		p = 0
	case good == 0:
		return failing
	case anyHost:
		p = math.Pow(p, float64(1+attempts))
	default:
		for k, b, n := 0, bad, bad+good; k < attempts && p > 0; k++ {
			b, n = b-1, n-1
			if b <= 0 {
				p = 0
				break
			}
			p *= float64(b) / float64(n)
		}
	}
	left := load * p
	s.moveShares(tier, remote, failing-left, left/failing)
	return left
}

// moveShares takes rescued requests from the failing hosts of a tier to the hosts that answer
// them.
func (s *sim) moveShares(tier, remote int, rescued, keep float64) {
	to := tier
	if remote >= 0 {
		to = remote
	}
	weights := 0.0
	for i := range s.hosts {
		h := &s.hosts[i]
		if h.tier == tier && h.fails > 0 {
			h.share *= 1 - h.fails*(1-keep)
		}
		if h.tier == to && h.fails == 0 && h.usable() {
			weights += h.weight
		}
	}
	for i := range s.hosts {
		if h := &s.hosts[i]; h.tier == to && h.fails == 0 && h.usable() && weights > 0 {
			h.share += rescued * h.weight / weights
		}
	}
}

// cleanTier is the first tier of which every host is usable and healthy, or -1.
// Envoy: the previous-priorities predicate tries tiers that were not attempted yet.
func (s *sim) cleanTier() int {
	for tier := 0; tier < s.tiers; tier++ {
		size, clean := 0, true
		for i := range s.hosts {
			if h := &s.hosts[i]; h.tier == tier {
				size++
				clean = clean && h.fails == 0 && h.usable()
			}
		}
		if clean && size > 0 {
			return tier
		}
	}
	return -1
}

// retried tells whether a retry policy covers what a fault looks like.
// Envoy: x-envoy-retry-on. Status codes are those of answers: a refused connection or a timeout is
// a reset, and no code retries it (RetryStateImpl::wouldRetryFromReset). Istio's default is connect-failure,refused-stream,unavailable,cancelled.
func retried(on string, f Fault) bool {
	for c := range strings.SplitSeq(on, ",") {
		switch c = strings.TrimSpace(c); c {
		case "5xx":
			return true
		case "gateway-error":
			if f != Error {
				return true
			}
		case "reset":
			if f != Error {
				return true // a try that times out is reset too
			}
		case "connect-failure", "reset-before-request":
			if f == Crash || f == Partition {
				return true
			}
		case "500":
			if f == Error {
				return true
			}
		}
	}
	return false
}

func firstOrigin(list ...mesh.Origin) mesh.Origin {
	for _, o := range list {
		if !o.IsZero() {
			return o
		}
	}
	return mesh.Origin{}
}
