package failover

import (
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/muster/mesh"
)

// shapes writes down what decides the answers of a question, apart from names: two questions of
// one shape have equal answers in every scenario that names places, unless the clients of one are
// inside.
type shapes struct {
	key       []byte
	numbers   *numbers
	pools     map[*mesh.Pool]poolShape
	workloads []*mesh.Workload // of the pool being written, by their first endpoint
	graph     *mesh.Graph
	gateways  map[*mesh.Workload]string // ids of the gateways that a workload is the pods of

	// glance: rows have to tell exposures, too; timed: and recovery bounds.
	glance, timed bool

	asked verdictKey // the last one
	said  mesh.Verdict
	// byName is the verdict on a connection that carries the client's identity.
	byName mesh.Verdict
}

// numbers stand for longer keys. They are shared by all who compare shapes, most of whom ask for what is known.
type numbers struct {
	mu sync.RWMutex
	of map[string]uint32
}

// number of a key, from 1.
func (n *numbers) number(key []byte) uint32 {
	n.mu.RLock()
	known, ok := n.of[string(key)]
	n.mu.RUnlock()
	if ok {
		return known
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	known, ok = n.of[string(key)]
	if !ok {
		known = uint32(len(n.of) + 1)
		n.of[string(key)] = known
	}
	return known
}

// poolShape is a pool's part of a shape.
type poolShape struct {
	number   uint32
	guarded  bool     // policies look at who calls
	compares []string // labels of the caller that order its endpoints
	alone    bool     // it cannot be shared
}

func newNumbers() *numbers { return &numbers{of: map[string]uint32{}} }

func newShapes(n *numbers, g *mesh.Graph) shapes {
	s := shapes{numbers: n, graph: g, pools: map[*mesh.Pool]poolShape{}, gateways: map[*mesh.Workload]string{}}
	for _, gw := range g.Gateways {
		for _, w := range gw.Workloads {
			s.gateways[w] += gw.ID + ","
		}
	}
	return s
}

// of returns the shape of a question, or nil when its answers cannot be shared. The bytes are valid
// until the next call.
func (s *shapes) of(e *evaluator, q *asked) []byte {
	e.client = q.Client
	guarded := false
	var compares []string
	pools := make([]uint32, 0, 8)
	for _, r := range q.rules {
		if r.Direct != "" {
			continue
		}
		if r.Drawn != nil {
			return nil // answered one by one
		}
		for i := range r.To {
			p := poolShape{}
			if pool := e.poolOf(q, &r.To[i]); pool != nil {
				if p = s.pool(pool); p.alone {
					return nil
				}
			}
			pools = append(pools, p.number)
			guarded = guarded || p.guarded
			compares = append(compares, p.compares...)
		}
	}
	s.key = s.key[:0]
	s.text(e.configCluster())
	s.text(q.Client.Network)
	s.text(string(q.Client.Kind))
	if o := q.Service.Objective; s.glance && o != nil {
		s.text(o.Encryption)
	}
	s.flag(s.timed)
	for _, r := range q.rules {
		if r.Direct != "" {
			continue
		}
		s.num(uint32(len(r.To)))
		s.rule(e, r)
		for i := range r.To {
			s.num(r.To[i].Weight)
			s.num(pools[0])
			pools = pools[1:]
			if pool := e.poolOf(q, &r.To[i]); pool != nil {
				s.order(pool, q.Client.Locality)
			}
		}
	}
	if guarded {
		s.verdicts(e, q)
	}
	if len(compares) > 0 {
		s.flag(q.Client.HasLabels())
	}
	for _, label := range compares {
		s.text(q.Client.Label(label))
	}
	return s.key
}

// order writes all that the client's place says about a pool: how far its localities are, or which
// distribution holds.
func (s *shapes) order(p *mesh.Pool, client mesh.Locality) {
	t, ok := p.Tiering.(*mesh.LocalityTiers)
	switch {
	case !ok:
	case len(t.Distribute) > 0:
		s.num(uint32(slices.IndexFunc(t.Distribute, func(d mesh.Distribution) bool { return t.Obeys(client, d) })))
	case t.ByDistance():
		var last mesh.Locality
		known := false
		for i := range p.Targets {
			for _, e := range p.Targets[i].Endpoints {
				if known && e.Locality == last {
					continue // what is told of one locality holds for the next endpoints in it
				}
				last, known = e.Locality, true
				s.key = append(s.key, byte(t.Distance(client, last)))
			}
		}
	}
}

// verdicts writes what each endpoint's policies say to the client.
func (s *shapes) verdicts(e *evaluator, q *asked) {
	for _, r := range q.rules {
		if r.Direct != "" {
			continue
		}
		for i := range r.To {
			pool := e.poolOf(q, &r.To[i])
			if pool == nil {
				continue
			}
			for j := range pool.Targets {
				for _, ep := range pool.Targets[j].Endpoints {
					if len(ep.Behind) == 0 {
						s.verdict(e, ep, ep.Security)
					}
					for _, b := range ep.Behind {
						s.verdict(e, b, ep.Security)
					}
				}
			}
		}
	}
}

func (s *shapes) verdict(e *evaluator, ep *mesh.Endpoint, spoken mesh.Security) {
	if ep.Inbound == nil || ep.Inbound.Authorization == nil {
		return
	}
	k := verdictKey{ep.Inbound.Authorization, e.client, ep.Port, spoken, ep.MeshAble, nil}
	if k != s.asked {
		s.asked = k
		s.said, _ = e.authorize(ep, spoken, nil)
		s.byName, _ = e.authorize(ep, mesh.MeshMTLS, nil)
	}
	s.key = append(s.key, byte(s.said), byte(s.byName))
}

// verdictKey is what a verdict depends on.
type verdictKey struct {
	policies *mesh.Authorization
	client   *mesh.Client
	port     int
	spoken   mesh.Security
	meshed   bool
	via      *mesh.Gateway
}

func (s *shapes) rule(e *evaluator, r *mesh.RouteRule) {
	t := traffic{timeout: r.Timeout, retries: e.retriesOf(r)}
	wait, _, ok := t.wait()
	s.flag(ok)
	s.num(uint32(wait.Milliseconds()))
	s.num(uint32(t.attempts(Crash)))
	s.num(uint32(t.attempts(Hang)))
	if s.timed {
		s.duration(wait)
		s.duration(t.retries.PerTry.Or(0))
	}
	s.text(t.retries.On)
	s.flag(t.retries.RemoteLocalities)
}

// pool is the shape of one pool; 0 is left for a pool that does not exist.
func (s *shapes) pool(p *mesh.Pool) poolShape {
	if known, ok := s.pools[p]; ok {
		return known
	}
	s.key, s.workloads = s.key[:0], s.workloads[:0]
	shape := s.write(p)
	if !shape.alone {
		shape.number = s.numbers.number(s.key)
	}
	s.pools[p] = shape
	return shape
}

func (s *shapes) write(p *mesh.Pool) (shape poolShape) {
	lt, ok := p.Tiering.(*mesh.LocalityTiers)
	if !ok {
		return poolShape{alone: true} // other tierings are few and answered one by one
	}
	s.flag(lt.On)
	s.flag(lt.ZoneAware)
	s.flag(lt.Weighted)
	s.flag(lt.PreferNetwork)
	s.flag(lt.IgnoresPriority)
	s.text(lt.TrafficDistribution)
	s.num(uint32(len(lt.Failover)))
	for _, f := range lt.Failover {
		s.text(f.From)
		s.text(f.To)
	}
	s.num(uint32(len(lt.Distribute)))
	for _, d := range lt.Distribute {
		s.text(d.From)
		s.num(uint32(len(d.To)))
		for _, to := range d.To {
			s.text(to.Locality)
			s.num(to.Percent)
		}
	}
	s.num(uint32(len(lt.FailoverPriority)))
	for _, l := range lt.FailoverPriority {
		s.text(l)
		key, _, _ := strings.Cut(l, "=")
		shape.compares = append(shape.compares, key)
	}
	s.text(string(p.Discovery))
	s.flag(p.Protocol.IsHTTP())
	s.num(uint32(p.Panic))
	s.text(string(p.TLS.Mode))
	s.flag(p.TLS.Explicit)
	s.flag(p.SendsUnhealthy)
	s.flag(p.Service.External)
	s.flag(s.timed)
	if s.timed {
		s.duration(p.ConnectTimeout.Or(10 * time.Second))
	}
	for _, l := range p.Losses {
		if l.Kind == mesh.LossServerTLS {
			return poolShape{alone: true} // what is out of reach may turn out to be unknown
		}
	}
	s.num(uint32(len(p.Targets)))
	for i := range p.Targets {
		t := &p.Targets[i]
		s.num(t.Weight)
		o := t.Detection.Outlier
		s.flag(o != nil)
		if o != nil {
			s.flag(o.Consecutive5xx.Or(5) > 0)
			s.flag(o.ConsecutiveGateway.Or(0) > 0)
			s.flag(o.LocalOrigin.Or(0) > 0)
			s.num(uint32(o.MaxEjectionPercent.Or(10)))
			if s.timed {
				s.num(uint32(o.Consecutive5xx.Or(5)))
				s.num(uint32(o.ConsecutiveGateway.Or(0)))
				s.num(uint32(o.LocalOrigin.Or(0)))
			}
		}
		if t.Detection.Check != nil {
			return poolShape{alone: true}
		}
		s.num(uint32(len(t.Endpoints)))
		for _, e := range t.Endpoints {
			if beyond(s.graph, p.Service, e) != nil || e.Misfit != nil {
				return poolShape{alone: true}
			}
			shape.guarded = s.endpoint(e, e.Security, shape.compares) || shape.guarded
			s.num(uint32(len(e.Behind)))
			for _, b := range e.Behind {
				shape.guarded = s.endpoint(b, e.Security, shape.compares) || shape.guarded
			}
		}
	}
	return shape
}

// endpoint writes one endpoint, with the labels that callers compare with theirs, and reports
// whether it looks at who calls. Of the mTLS mode it writes what is a mismatch to what is spoken.
func (s *shapes) endpoint(e *mesh.Endpoint, spoken mesh.Security, labels []string) (guarded bool) {
	s.locality(e.Locality)
	s.text(e.LocalityText)
	s.text(e.Cluster)
	s.text(e.Network)
	for _, l := range labels {
		s.text(e.Label(l))
	}
	s.num(e.Weight)
	s.flag(e.Health == mesh.Healthy)
	s.flag(e.ZoneUnknown)
	s.flag(e.MeshAble)
	s.text(string(e.Security))
	s.text(string(e.Relays))
	s.flag(e.Gateway != nil)
	if e.Gateway != nil {
		s.text(e.Gateway.ID)
		s.text(e.Address) // entries of one address are one host
	}
	mode := mesh.MTLSMode("")
	if e.Inbound != nil {
		mode = e.Inbound.Mode(e.Port).Mode
		guarded = e.Inbound.Authorization != nil
	}
	s.flag(guarded)
	s.flag(spoken == mesh.MeshMTLS && mode == mesh.DisableMTLS || spoken == mesh.Plaintext && mode == mesh.Strict || spoken == mesh.SimpleTLS && e.Inbound != nil)
	w := e.Workload
	s.flag(w != nil)
	if w == nil {
		return guarded
	}
	s.text(s.gateways[w])
	s.num(uint32(w.Meshed.State))
	s.flag(w.Readiness != nil)
	if w.Readiness != nil {
		s.text(w.Readiness.Handler)
		if s.timed {
			s.num(uint32(w.Readiness.Failure))
			s.duration(w.Readiness.Period)
			s.duration(w.Readiness.Timeout)
		}
	}
	s.flag(w.Autoscale != nil)
	if a := w.Autoscale; a != nil { // what is left of a workload can grow to its ceiling, once
		i := slices.Index(s.workloads, w)
		if i < 0 {
			i = len(s.workloads)
			s.workloads = append(s.workloads, w)
		}
		s.num(uint32(i))
		s.num(uint32(a.Max))
		s.num(uint32(a.Utilisation))
	}
	return guarded
}

func (s *shapes) locality(l mesh.Locality) {
	s.text(l.Region)
	s.text(l.Zone)
	s.text(l.Subzone)
}

func (s *shapes) text(t string) {
	s.key = binary.AppendUvarint(s.key, uint64(len(t)))
	s.key = append(s.key, t...)
}

func (s *shapes) duration(d time.Duration) {
	s.key = binary.LittleEndian.AppendUint64(s.key, uint64(d))
}

func (s *shapes) num(n uint32) { s.key = binary.LittleEndian.AppendUint32(s.key, n) }

func (s *shapes) flag(b bool) {
	if b {
		s.key = append(s.key, 1)
		return
	}
	s.key = append(s.key, 0)
}
