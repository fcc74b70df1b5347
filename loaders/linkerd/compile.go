package linkerd

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// Class is the class of c for s: a service belongs to its cluster, and so do its callers. They differ where their namespace has a
// ServiceProfile or a route of its own for it, and where they bypass their proxy.
func (f *Fleet) Class(s *mesh.Service, c *mesh.Client) string {
	own := f.byPublic[s]
	if own == nil || own.world.at.Name != c.Cluster {
		return "-"
	}
	class := ""
	if c.Namespace != s.Namespace && own.differs(c.Namespace) {
		class = c.Namespace
	}
	if ports := own.bypasses(c); len(ports) > 0 {
		class += fmt.Sprintf("|%s bypass%v", c.Namespace, ports) // the line that says so is one of the namespace's
	}
	return class
}

// differs reports whether a namespace has configuration for a service of another.
func (s *service) differs(namespace string) bool {
	if s.world.Profiles[kubernetes.Key{Namespace: namespace, Name: s.world.host(s.Key)}] != nil {
		return true
	}
	return slices.ContainsFunc(s.world.attached[s.Key], func(r attachment) bool { return r.Namespace == namespace })
}

// View compiles what clients of c's class know about s.
func (f *Fleet) View(s *mesh.Service, c *mesh.Client) *mesh.View {
	own := f.byPublic[s]
	v := &mesh.View{Service: s}
	if own == nil {
		return v
	}
	direct := own.bypasses(c)
	for _, p := range own.ports {
		r := routing{service: own, port: p, namespace: c.Namespace, view: v}
		if slices.Contains(direct, p.Number) && !own.headless {
			r.direct(c)
		} else {
			r.compile()
		}
	}
	slices.SortStableFunc(v.Pools, func(a, b *mesh.Pool) int { return cmp.Or(a.Port-b.Port, cmp.Compare(a.Subset, b.Subset)) })
	return v
}

// Resolve answers what one client knows of every service of its cluster.
func (f *Fleet) Resolve(c *mesh.Client) *mesh.Resolution {
	out := &mesh.Resolution{Client: c}
	w := f.worlds[c.Cluster]
	if w == nil {
		return out
	}
	for _, key := range w.order {
		v := f.View(w.services[key].public, c)
		out.Pools = append(out.Pools, v.Pools...)
		out.Routes = append(out.Routes, v.Routes...)
	}
	return out
}

// routing is how requests to one port of a service go, while it is worked out.
type routing struct {
	*service
	port      *port
	namespace string // of the callers
	view      *mesh.View
}

// compile decides what governs: a ServiceProfile that says enough turns everything else off.
func (r *routing) compile() {
	if r.headless {
		p := r.pool(nil, mesh.Flat{}, callPolicy{})
		p.Discovery = mesh.OriginalDst
		r.view.Pools = append(r.view.Pools, p)
		return
	}
	answer := r.world.profileFor(r.service, r.port, r.namespace)
	if at, off := answer.TurnsPolicyOff(); off {
		r.byProfile(answer, at)
		return
	}
	r.byPolicy()
}

// pool makes a pool of some targets.
func (r *routing) pool(targets []mesh.Target, tiering mesh.Tiering, of callPolicy) *mesh.Pool {
	return &mesh.Pool{
		Service: r.public, Host: r.world.host(r.Key), Port: r.port.Number, Protocol: r.port.protocol(), Discovery: mesh.EDS,
		LB: "PEAK_EWMA", Targets: targets, Tiering: tiering, TLS: mesh.ClientTLS{Mode: mesh.AutoTLS, Origin: byDefault},
		ConnectTimeout: mesh.Of(connectTimeout, byDefault), Connected: true,
		Losses: append(slices.Clone(of.losses), r.losses...),
	}
}

// plain is the pool of the service's own endpoints.
func (r *routing) plain(of callPolicy) *mesh.Pool {
	target := r.target(r.service, r.port, 1, of)
	return r.pool([]mesh.Target{target}, single(target.Endpoints), of)
}

// single is the tiering of one group of endpoints.
func single(list []*mesh.Endpoint) mesh.Tiering {
	if slices.ContainsFunc(list, func(e *mesh.Endpoint) bool { return len(e.ForZones) > 0 }) {
		return mesh.Hinted{}
	}
	return mesh.Flat{}
}

// target is a backend of a pool: the breaker is that of the service which callers address, and a mirror's gateway is probed.
func (*routing) target(s *service, p *port, weight uint32, of callPolicy) mesh.Target {
	t := mesh.Target{Name: s.world.host(s.Key), Port: p.Number, Weight: weight, Endpoints: p.endpoints, Detection: mesh.Detection{Outlier: of.outlier}, Origin: s.public.Origin}
	if cluster := s.mirrorOf(); cluster != "" {
		if l := s.world.linkTo(cluster); l != nil {
			t.Detection.Check = l.probe()
		}
	}
	return t
}

// add adds a pool, and a route to it.
func (r *routing) add(p *mesh.Pool, rules ...*mesh.RouteRule) {
	r.view.Pools = append(r.view.Pools, p)
	r.route(rules...)
}

func (r *routing) route(rules ...*mesh.RouteRule) {
	kind := mesh.HTTPRoute
	if r.port.opaque {
		kind = mesh.TCPRoute
	}
	r.view.Routes = append(r.view.Routes, &mesh.Route{Kind: kind, Host: r.world.host(r.Key), Port: r.port.Number, Rules: rules})
}

// itself is the service as the destination of a rule.
func (r *routing) itself(at mesh.Origin) []mesh.Backend {
	return []mesh.Backend{{Service: r.public, Host: r.world.host(r.Key), Port: r.port.Number, Weight: 100, Origin: at}}
}

// drawn is a pool of several backends as the destination of a rule.
func (r *routing) drawn(pool *mesh.Pool, weight uint32, at mesh.Origin) mesh.Backend {
	return mesh.Backend{Service: r.public, Host: r.world.host(r.Key), Port: r.port.Number, Weight: weight, Pool: pool, Origin: at}
}
