package failover

import (
	"encoding/binary"

	"github.com/passmuster/muster/mesh"
)

// shapes writes down what decides the answers of a question, apart from names: two questions of
// one shape have equal answers in every scenario that names places.
type shapes struct {
	key   []byte
	parts map[string]uint32 // numbers of longer keys
	ids   map[any]uint32    // numbers of values
	pools map[*mesh.Pool]poolShape
	place map[clientPlace]uint32

	asked verdictKey // the last one
	said  mesh.Verdict
	// byName is the verdict on a connection that carries the client's identity.
	byName mesh.Verdict
}

// poolShape is a pool's part of a shape.
type poolShape struct {
	number   uint32
	guarded  bool // policies look at who calls
	compares bool // labels of the caller decide, too
	alone    bool // it cannot be shared
}

// clientPlace is what a scenario and a pool see of any client.
type clientPlace struct {
	cluster, network string
	locality         mesh.Locality
	kind             mesh.ClientKind
}

func newShapes() shapes {
	return shapes{parts: map[string]uint32{}, ids: map[any]uint32{}, pools: map[*mesh.Pool]poolShape{}, place: map[clientPlace]uint32{}}
}

// of returns the shape of a question, or nil when its answers cannot be shared. The bytes are valid
// until the next call.
func (s *shapes) of(e *evaluator, q *asked) []byte {
	e.client = q.Client
	guarded, compares := false, false
	pools := make([]uint32, 0, 8)
	for _, r := range q.rules {
		if r.Direct != "" {
			continue
		}
		for i := range r.To {
			p := poolShape{}
			if pool := e.poolOf(q, &r.To[i]); pool != nil {
				if p = s.pool(pool); p.alone {
					return nil
				}
			}
			pools = append(pools, p.number)
			guarded, compares = guarded || p.guarded, compares || p.compares
		}
	}
	s.key = s.key[:0]
	s.num(s.placeOf(q.Client))
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
		}
	}
	if guarded {
		s.verdicts(e, q)
	}
	if compares {
		s.id(q.Client)
	}
	return s.key
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
	k := verdictKey{ep.Inbound.Authorization, e.client, ep.Port, spoken, ep.MeshAble}
	if k != s.asked {
		s.asked = k
		s.said, _ = e.authorize(ep, spoken)
		s.byName, _ = e.authorize(ep, mesh.MeshMTLS)
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
}

func (s *shapes) placeOf(c *mesh.Client) uint32 {
	k := clientPlace{c.Cluster, c.Network, c.Locality, c.Kind}
	n, ok := s.place[k]
	if !ok {
		n = uint32(len(s.place))
		s.place[k] = n
	}
	return n
}

func (s *shapes) rule(e *evaluator, r *mesh.RouteRule) {
	t := traffic{timeout: r.Timeout, retries: e.retriesOf(r)}
	wait, _, ok := t.wait()
	s.flag(ok)
	s.num(uint32(wait.Milliseconds()))
	s.num(uint32(t.attempts(Crash)))
	s.num(uint32(t.attempts(Hang)))
	s.id(t.retries.On)
	s.flag(t.retries.RemoteLocalities)
}

// pool is the shape of one pool; 0 is left for a pool that does not exist.
func (s *shapes) pool(p *mesh.Pool) poolShape {
	if known, ok := s.pools[p]; ok {
		return known
	}
	s.key = s.key[:0]
	shape := s.write(p)
	if !shape.alone {
		n, ok := s.parts[string(s.key)]
		if !ok {
			n = uint32(len(s.parts) + 1)
			s.parts[string(s.key)] = n
		}
		shape.number = n
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
	s.id(lt.TrafficDistribution)
	s.num(uint32(len(lt.Failover)))
	for _, f := range lt.Failover {
		s.id(f.From)
		s.id(f.To)
	}
	if len(lt.FailoverPriority) > 0 || len(lt.Distribute) > 0 {
		s.id(lt) // labels decide: shared only with itself
		shape.compares = len(lt.FailoverPriority) > 0
	}
	s.id(p.Discovery)
	s.flag(p.Protocol.IsHTTP())
	s.num(uint32(p.Panic))
	s.id(p.TLS.Mode)
	s.flag(p.TLS.Explicit)
	s.flag(p.SendsUnhealthy)
	s.flag(p.Service.External)
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
		}
		if t.Detection.Check != nil {
			return poolShape{alone: true}
		}
		s.num(uint32(len(t.Endpoints)))
		for _, e := range t.Endpoints {
			shape.guarded = s.endpoint(e) || shape.guarded
			s.num(uint32(len(e.Behind)))
			for _, b := range e.Behind {
				shape.guarded = s.endpoint(b) || shape.guarded
			}
		}
	}
	return shape
}

// endpoint writes one endpoint, and reports whether it looks at who calls.
func (s *shapes) endpoint(e *mesh.Endpoint) (guarded bool) {
	s.id(e.Locality)
	s.id(e.Cluster)
	s.id(e.Network)
	s.num(e.Weight)
	s.flag(e.Health == mesh.Healthy)
	s.flag(e.ZoneUnknown)
	s.flag(e.MeshAble)
	s.id(e.Security)
	s.flag(e.Gateway != nil)
	if e.Gateway != nil {
		s.id(e.Gateway)
		s.id(e.Address) // entries of one address are one host
	}
	s.flag(e.Inbound != nil)
	if e.Inbound != nil {
		s.id(e.Inbound.Mode(e.Port).Mode)
		guarded = e.Inbound.Authorization != nil
		s.flag(guarded)
	}
	w := e.Workload
	s.flag(w != nil)
	if w == nil {
		return guarded
	}
	s.num(uint32(w.Meshed.State))
	s.flag(w.Readiness != nil)
	if w.Readiness != nil {
		s.id(w.Readiness.Handler)
	}
	s.flag(w.Autoscale != nil)
	if w.Autoscale != nil {
		s.id(w)
	}
	return guarded
}

func (s *shapes) id(v any) {
	n, ok := s.ids[v]
	if !ok {
		n = uint32(len(s.ids) + 10)
		s.ids[v] = n
	}
	s.num(n)
}

func (s *shapes) num(n uint32) { s.key = binary.LittleEndian.AppendUint32(s.key, n) }

func (s *shapes) flag(b bool) {
	if b {
		s.key = append(s.key, 1)
		return
	}
	s.key = append(s.key, 0)
}
