package failover

import (
	"fmt"
	"math"
	"slices"

	"github.com/passmuster/muster/mesh"
)

// protection is what a connection to one endpoint carries, and whether it is accepted.
type protection struct {
	encryption string
	verdict    mesh.Verdict // of authorization
	denied     float64      // share of the requests that authorization refuses
	mismatch   string       // what the client speaks is not what the server accepts; "" = fits
	misfits    float64      // share of the requests that fail by that
	origin     mesh.Origin
	unknown    string
}

// protect judges one endpoint; what it returns is good until the next call. Behind an east-west gateway the TLS session ends at the
// endpoints, so theirs is the policy that counts; a gateway that ends it has a policy of its own.
func (s *sim) protect(h *host) *protection {
	e := h.ep
	if h.prot == nil {
		h.prot = s.judgeConnections(nil, e)
	}
	if len(e.Behind) == 0 {
		return h.prot[0]
	}
	p := &s.joined
	*p = protection{encryption: e.Protection().Encryption(), verdict: mesh.Allowed}
	denied, misfits, count := 0, 0, 0
	for i := range e.Behind {
		if s.hit(h, i) == yes {
			continue
		}
		count++
		one := h.prot[i]
		switch {
		case one.mismatch != "":
			misfits++
			p.mismatch, p.origin = one.mismatch, one.origin
		case one.verdict == mesh.Denied:
			denied++
			p.origin = one.origin
		case one.verdict == mesh.VerdictUnknown:
			p.verdict, p.origin = mesh.VerdictUnknown, one.origin
		}
		if one.unknown != "" {
			p.unknown = one.unknown
		}
	}
	if count > 0 {
		p.denied, p.misfits = float64(denied)/float64(count), float64(misfits)/float64(count)
	}
	if denied > 0 && denied == count {
		p.verdict = mesh.Denied
	}
	return p
}

// judgeConnections adds the judgement of the connection to an endpoint, or of those to each endpoint
// behind it.
func (s *sim) judgeConnections(list []*protection, e *mesh.Endpoint) []*protection {
	each(e, func(to *mesh.Endpoint) {
		if e.Relays != "" {
			to = e
		}
		misfit := e.Misfit
		if misfit == nil {
			misfit = to.Misfit
		}
		// Pods of one workload are mostly alike.
		k := connection{to.Inbound, to.Workload, to.Port, e.Security, to.MeshAble, e.Gateway, beyond(s.graph, s.pool.Service, to), misfit}
		if i := slices.IndexFunc(s.judgements, func(j judgement) bool { return j.connection == k }); i >= 0 {
			list = append(list, s.judgements[i].says)
			return
		}
		p := s.protections.next()
		*p = s.judgeConnection(to, e.Security, e.Gateway)
		if misfit != nil && p.mismatch == "" {
			p.mismatch, p.origin, p.misfits = misfit.Why, misfit.Origin, 1
		}
		list = append(list, p)
		if p.mismatch == "" && len(s.judgements) < mostJudgements { // a mismatch may point at the endpoint itself
			s.judgements = append(s.judgements, judgement{k, p})
		}
	})
	return list
}

// protections is the memory of what is kept of connections.
type protections struct {
	blocks [][]protection
	taken  int
}

// next is good until all are given back.
func (p *protections) next() *protection {
	const size = 16
	if p.taken == len(p.blocks)*size {
		p.blocks = append(p.blocks, make([]protection, size))
	}
	one := &p.blocks[p.taken/size][p.taken%size]
	p.taken++
	return one
}

// judgement is what is said of connections that are alike, of one client to one pool.
type judgement struct {
	connection
	says *protection
}

// mostJudgements are looked through for one that fits.
const mostJudgements = 16

// connection is what the judgement of one depends on, where it fits.
type connection struct {
	inbound  *mesh.Inbound
	workload *mesh.Workload
	port     int
	spoken   mesh.Security
	meshed   bool
	via      *mesh.Gateway
	beyond   *mesh.Edge
	misfit   *mesh.Misfit
}

// judgeConnection judges a connection that ends at the endpoint itself, or at the gateway in front of it.
func (s *sim) judgeConnection(e *mesh.Endpoint, spoken mesh.Security, via *mesh.Gateway) protection {
	p := protection{encryption: spoken.Encryption()}
	p.verdict, p.origin = s.authorize(e, spoken, via)
	if p.verdict == mesh.Denied {
		p.denied = 1
	}
	meshed := e.MeshAble
	if e.Workload != nil && e.Workload.Meshed.State == mesh.Unknown {
		p.unknown = "whether " + e.Workload.Namespace + "/" + e.Workload.Name + " has a proxy is not known: " + e.Workload.Meshed.Cause
		if s.pool.TLS.Mode == mesh.AutoTLS {
			p.encryption = "unknown"
		}
		return p
	}
	switch {
	case spoken == mesh.MeshMTLS && !meshed && !s.pool.Service.External:
		p.mismatch, p.origin = "mesh mTLS is demanded of an endpoint without a proxy", firstOrigin(s.pool.TLS.Origin, e.Origin)
	case spoken == mesh.MeshMTLS && beyond(s.graph, s.pool.Service, e) != nil:
		p.mismatch, p.origin = foreign(beyond(s.graph, s.pool.Service, e)), s.pool.TLS.Origin
	case e.Inbound == nil:
	case spoken == mesh.MeshMTLS && e.Inbound.Mode(e.Port).Mode == mesh.DisableMTLS && s.pool.TLS.Explicit:
		p.mismatch, p.origin = "mesh mTLS is spoken to a port that accepts only plaintext", s.pool.TLS.Origin
	case spoken == mesh.Plaintext && meshed && e.Inbound.Mode(e.Port).Mode == mesh.Strict && !e.Inbound.Mode(e.Port).Implied:
		p.mismatch, p.origin = "plaintext is sent to a server that accepts only mTLS", firstOrigin(s.pool.TLS.Origin, e.Inbound.Mode(e.Port).Origin)
	case spoken == mesh.SimpleTLS && meshed && !s.pool.Service.External:
		p.mismatch, p.origin = "TLS without a client certificate is spoken to a mesh endpoint", s.pool.TLS.Origin
	}
	if p.mismatch != "" {
		p.misfits = 1
	}
	return p
}

// mayBeMeshed names endpoints that are out of reach only if they have no proxy, which is not
// known; "" if there are none.
func (s *sim) mayBeMeshed() string {
	for i := range s.hosts {
		if s.hosts[i].fails < 1 {
			return "" // somebody is left without them
		}
	}
	for _, l := range s.pool.Losses {
		if l.Kind != mesh.LossServerTLS {
			continue
		}
		for _, e := range l.Endpoints {
			if w := e.Workload; w != nil && w.Meshed.State == mesh.Unknown && s.blast.endpoint(s.pool.Service, e) != yes {
				return "whether " + w.Namespace + "/" + w.Name + " has a proxy is not known: " + w.Meshed.Cause
			}
		}
	}
	return ""
}

// authorize asks the endpoint's policies about the client. A class with several identities is
// refused only if each of them is: not every workload of a namespace needs to call.
func (s *sim) authorize(e *mesh.Endpoint, sec mesh.Security, via *mesh.Gateway) (mesh.Verdict, mesh.Origin) {
	if e.Inbound == nil || e.Inbound.Authorization == nil || !e.MeshAble {
		return mesh.Allowed, mesh.Origin{}
	}
	// Endpoints of one service mostly obey one list of policies.
	k := verdictKey{e.Inbound.Authorization, s.client, e.Port, sec, true, via}
	if k != s.asked {
		s.said, s.saidAt = s.decide(e, sec, via)
		s.asked = k
	}
	return s.said, s.saidAt
}

func (s *sim) decide(e *mesh.Endpoint, sec mesh.Security, via *mesh.Gateway) (mesh.Verdict, mesh.Origin) {
	caller := mesh.Caller{Port: e.Port}
	if via != nil && via.Identity != "" && sec == mesh.MeshMTLS { // the server sees the gateway, whoever calls
		caller.Principal, caller.Namespace, caller.Through = via.Identity, via.Namespace, true
		return e.Inbound.Authorization.Decide(caller)
	}
	if sec == mesh.Plaintext || sec == mesh.SimpleTLS || s.client.Kind == mesh.Unmeshed {
		return e.Inbound.Authorization.Decide(caller)
	}
	if len(s.client.Principals) == 0 {
		return mesh.VerdictUnknown, mesh.Origin{}
	}
	caller.Namespace = s.client.Namespace
	worst, at := mesh.Denied, mesh.Origin{}
	for _, p := range s.client.Principals {
		caller.Principal = p
		v, origin := e.Inbound.Authorization.Decide(caller)
		if v == mesh.Allowed {
			return v, origin
		}
		if v == mesh.VerdictUnknown {
			worst = v
		}
		at = origin
	}
	return worst, at
}

// secure judges each destination of the new path: refused or mismatched shares fail, plaintext
// shares are exposed. It returns what is not known about authorization.
func (e *evaluator) secure(a *Answer, d *day) (undecided []string) {
	refused := 0.0
	e.places = e.places[:0]
	for i := range e.hosts {
		h := &e.hosts[i]
		share := h.share * (1 - h.fails)
		if share <= 0 {
			continue
		}
		p := e.protect(h)
		if e.detail {
			e.explainProtection(h.ep, p)
		}
		refused += share * p.misfits
		if p.denied > 0 {
			refused += share * p.denied
			a.Authorized = false
		}
		if share *= max(0, 1-p.misfits-p.denied); share < 1e-9 {
			continue
		}
		if p.verdict == mesh.VerdictUnknown {
			// The policy looks at the request too; identity alone does not decide. Traffic that
			// meets such policies before the failure carries the same requests after it.
			if e.traces {
				e.tracef("%s: authorization also depends on the request", name(h.ep))
			}
			if !d.depends {
				undecided = append(undecided, fmt.Sprintf("the authorization policy of %s in %s also depends on the request", e.pool.Service.Name, h.ep.Cluster))
			}
		}
		if e.detail {
			e.answered(h, share, p.encryption)
		}
		if by := ownerOf(h.ep); by != nil && by != e.pool.Service {
			a.answers(by, share)
		}
		a.hidden = a.hidden || p.encryption == "unknown"
		a.weakest = max(a.weakest, uint8(EncryptionRank(p.encryption)))
		if e.exposes(h.ep, p.encryption) {
			a.exposed = true
			if e.detail {
				e.cause(Cause{Kind: CauseExposed, Origin: e.whyPlaintext(h.ep), Detail: fmt.Sprintf("%s in %s takes requests in %s", name(h.ep), h.ep.Cluster, p.encryption)})
			}
		}
	}
	a.Destinations = e.takePlaces(a.Destinations)
	a.FailingShare = math.Min(1, a.FailingShare+refused)
	return undecided
}

// explainProtection names what makes requests to an endpoint fail.
func (e *evaluator) explainProtection(ep *mesh.Endpoint, p *protection) {
	if p.unknown != "" {
		e.tracef("%s", p.unknown)
	}
	if p.misfits > 0 {
		e.cause(Cause{Kind: CauseTLSMismatch, Origin: p.origin, Detail: fmt.Sprintf("%s (%s)", p.mismatch, name(ep))})
		if e.traces {
			e.tracef("%s: %s", name(ep), p.mismatch)
		}
	}
	if p.denied > 0 {
		e.cause(e.refusal(ep, p))
		if e.traces {
			e.tracef("%s denies the caller (%s)", name(ep), p.origin)
		}
	}
}

// refusal explains why policies refuse the client at an endpoint.
func (e *evaluator) refusal(ep *mesh.Endpoint, p *protection) Cause {
	service, cluster := e.pool.Service.Name, ep.Cluster
	if e.admitsByName(ep) {
		return Cause{Kind: CauseRefused, Origin: e.whyPlaintext(ep), Related: []mesh.Evidence{{What: "the policy that asks for an identity", Origin: p.origin}},
			Detail: fmt.Sprintf("the authorization policy of %s in %s asks for an identity, and the connection carries none", service, cluster)}
	}
	return Cause{Kind: CauseRefused, Origin: p.origin, Detail: fmt.Sprintf("the authorization policy of %s in %s denies %s", service, cluster, e.principal(ep.Gateway))}
}

// admitsByName reports whether the policies of an endpoint would admit the client if the connection
// carried its identity, and it does not.
func (s *sim) admitsByName(e *mesh.Endpoint) bool {
	if e.Security == mesh.MeshMTLS || s.client.Kind == mesh.Unmeshed {
		return false
	}
	if len(e.Behind) == 0 {
		v, _ := s.authorize(e, mesh.MeshMTLS, nil)
		return v == mesh.Allowed && guards(e)
	}
	return slices.ContainsFunc(e.Behind, func(b *mesh.Endpoint) bool {
		v, _ := s.authorize(b, mesh.MeshMTLS, e.Gateway)
		return v == mesh.Allowed && guards(b)
	})
}

func guards(e *mesh.Endpoint) bool { return e.Inbound != nil && e.Inbound.Authorization != nil }

// exposes reports whether requests lose protection on the way to an endpoint: less than the
// objective asks for, or none where others of the pool are reached encrypted.
func (e *evaluator) exposes(ep *mesh.Endpoint, encryption string) bool {
	switch {
	case encryption == "plaintext":
		return e.demanded == "mtls" || e.demanded == "tls" || e.protectsElsewhere(ep)
	case encryption == "tls":
		return e.demanded == "mtls"
	}
	return false
}

// principal is whom a server sees, through a gateway or not.
func (e *evaluator) principal(via *mesh.Gateway) string {
	if via != nil && via.Identity != "" {
		return via.Identity + ", the gateway that the requests come through"
	}
	if len(e.client.Principals) == 0 {
		return "a caller without identity"
	}
	return e.client.Principals[0]
}

// protectsElsewhere reports whether some other endpoint of the pool is reached encrypted: then a
// plaintext one is an exposure, and not a service that was never meant to be protected.
func (e *evaluator) protectsElsewhere(ep *mesh.Endpoint) bool {
	for _, t := range e.pool.Targets {
		for _, o := range t.Endpoints {
			if o != ep && o.Protection() != mesh.Plaintext {
				return true
			}
		}
	}
	return false
}

// whyPlaintext points at what makes the endpoint speak plaintext.
func (e *evaluator) whyPlaintext(ep *mesh.Endpoint) mesh.Origin {
	if e.pool.TLS.Explicit {
		return e.pool.TLS.Origin
	}
	if ep.SecurityOrigin.In != nil {
		return ep.SecurityOrigin
	}
	if w := ep.Workload; w != nil && w.Meshed.IsKnown() && !w.Meshed.V && w.Meshed.Origin.In != nil {
		return w.Meshed.Origin
	}
	if ep.Inbound != nil {
		if m := ep.Inbound.Mode(ep.Port); m.Mode == mesh.DisableMTLS {
			return m.Origin
		}
	}
	return ep.Origin
}

func name(e *mesh.Endpoint) string {
	switch {
	case e.Gateway != nil:
		return "gateway " + e.Address
	case e.Workload != nil:
		return e.Workload.Namespace + "/" + e.Workload.Name
	case e.Name != "":
		return e.Name
	}
	return e.Address
}

// capacity compares, in replicas, what served on a normal day with what is left for these
// clients. Needed is the part of it that is in use: the autoscaler's target, or half.
func (e *evaluator) capacity(a *Answer, d *day) {
	if !e.detail && len(e.hosts) == 0 {
		return
	}
	var after []bool // who answers now, where hosts are not those of a normal day
	var seats []int32
	if e.moved != nil || !d.plain {
		seats = d.seatsOf()
		after = e.answering(d)
	}
	served, left, n := 0, 0, 0
	e.ceiling = e.ceiling[:0]
	for i := range d.hosts {
		ep := d.hosts[i].ep
		for j := range max(len(ep.Behind), 1) {
			m, alive := ep, false
			if len(ep.Behind) > 0 {
				m = ep.Behind[j]
			}
			if after != nil {
				alive = after[seats[n]]
			} else if h := &e.hosts[i]; h.share > 0 && h.fails < 1 {
				alive = e.stands(h, j)
			}
			n++
			if d.serves[i] {
				served++
			}
			if alive { // of a later tier, too: it helps now
				left += e.grows(m.Workload)
			}
		}
	}
	if served > 0 {
		a.Capacity = Capacity{Needed: int(math.Ceil(float64(served) * d.util)), Available: left}
	}
}

// answering tells, by their seats on a normal day, which endpoints get requests and answer them.
func (e *evaluator) answering(d *day) []bool {
	seats := d.seats
	if e.moved != nil {
		seats = e.moved.seatsOf(d)
	}
	e.after = append(e.after[:0], make([]bool, d.taken)...)
	n := 0
	for i := range e.hosts {
		h := &e.hosts[i]
		members := max(len(h.ep.Behind), 1)
		if h.share == 0 || h.fails >= 1 {
			n += members
			continue
		}
		for j := range members {
			if seat := seats[n]; seat >= 0 {
				e.after[seat] = e.stands(h, j)
			}
			n++
		}
	}
	return e.after
}

// grows is how many replicas one living endpoint stands for: with an autoscaler the workload's
// ceiling, once.
func (e *evaluator) grows(w *mesh.Workload) int {
	if w == nil || w.Autoscale == nil {
		return 1
	}
	if slices.Contains(e.ceiling, w) {
		return 0
	}
	e.ceiling = append(e.ceiling, w)
	return max(w.Autoscale.Max, 1)
}
