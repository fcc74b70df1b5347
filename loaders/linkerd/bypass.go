package linkerd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/mesh"
)

// BypassLabel stands among the labels of callers for the ports of services that bypass their proxy, as "80,8080". It is what the
// annotation comes to: labels of callers decide nothing else in Linkerd.
const BypassLabel = annotationSkipOutbound

// Bypassed are the ports of a cluster's services that bypass the proxy of a pod, as BypassLabel has them; "" = none.
func (f *Fleet) Bypassed(cluster string, pod *kubernetes.Pod) string {
	w := f.worlds[cluster]
	if w == nil {
		return ""
	}
	m, ok := w.meshing[pod.Key]
	if !ok || !m.Meshed.Or(true) {
		return ""
	}
	var text []string
	for _, p := range w.servicePorts() {
		if m.SkipOutbound.Has(p) {
			text = append(text, strconv.Itoa(p))
			w.bypassed[p] = true
		}
	}
	value := strings.Join(text, ",")
	if at := pod.Namespace + "|" + value; value != "" && w.bypassAt[at].IsZero() {
		w.bypassAt[at] = m.SkipOutbound.Origin
	}
	return value
}

// servicePorts are the ports of all services of the cluster, sorted.
func (w *world) servicePorts() []int {
	if w.bypassed != nil {
		return w.offered
	}
	w.bypassed, w.bypassAt = map[int]bool{}, map[string]mesh.Origin{}
	for _, s := range w.services {
		for _, p := range s.ports {
			w.offered = append(w.offered, p.Number)
		}
	}
	slices.Sort(w.offered)
	w.offered = slices.Compact(w.offered)
	return w.offered
}

// LabelsMatter reports whether some callers of the cluster bypass their proxy for a port of the service.
func (f *Fleet) LabelsMatter(s *mesh.Service, c *mesh.Client) bool {
	own := f.byPublic[s]
	return own != nil && own.world.at.Name == c.Cluster && slices.ContainsFunc(own.ports, func(p *port) bool { return own.world.bypassed[p.Number] })
}

// bypasses lists the ports of a service for which a caller bypasses its proxy.
func (s *service) bypasses(c *mesh.Client) []int {
	text := c.Labels[BypassLabel]
	if text == "" {
		return nil
	}
	var out []int
	for one := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(one); err == nil && s.port(n) != nil {
			out = append(out, n)
		}
	}
	return out
}

// direct compiles a port for callers whose connections bypass their proxy: kube-proxy picks an endpoint, and nothing of the mesh
// holds. Of a Service without endpoints of its own cluster it knows none; a gateway refuses whoever has no identity.
func (r *routing) direct(c *mesh.Client) {
	at := r.world.bypassAt[c.Namespace+"|"+c.Labels[BypassLabel]]
	p := r.pool(nil, mesh.Flat{}, callPolicy{})
	p.LB, p.Connected, p.ConnectTimeout = "RANDOM", false, mesh.Value[time.Duration]{}
	p.TLS = mesh.ClientTLS{Mode: mesh.ClientTLSN, Explicit: true, Origin: at}
	target := mesh.Target{Name: r.world.host(r.Key), Port: r.port.Number, Weight: 1, Origin: r.public.Origin}
	if !r.isMirror() {
		for _, e := range r.port.endpoints {
			own := *e
			own.Security, own.SecurityOrigin = mesh.Plaintext, at
			target.Endpoints = append(target.Endpoints, &own)
		}
	}
	p.Targets, p.Tiering = []mesh.Target{target}, single(target.Endpoints)
	loss := mesh.Loss{Kind: mesh.LossBypassed, Takes: mesh.TakesDetection | mesh.TakesRoute, Origin: at, Endpoints: r.elsewhere(c),
		Detail: fmt.Sprintf("port %d is among the skip-outbound-ports of its callers in %s: kube-proxy picks among the pods of their own cluster, without mTLS, routes, retries and breaker", r.port.Number, c.Namespace)}
	if len(loss.Endpoints) > 0 {
		loss.Takes |= mesh.TakesEndpoints
	}
	p.Losses = append(p.Losses, loss)
	r.view.Pools = append(r.view.Pools, p)
	r.view.Routes = append(r.view.Routes, &mesh.Route{Kind: mesh.TCPRoute, Host: r.world.host(r.Key), Port: r.port.Number,
		Rules: []*mesh.RouteRule{{To: r.itself(at), Origin: at}}})
}

// elsewhere are the endpoints that callers whose connections do not bypass their proxy have beside those of the Service.
func (r *routing) elsewhere(c *mesh.Client) []*mesh.Endpoint {
	usual := &mesh.View{Service: r.public}
	through := routing{service: r.service, port: r.port, namespace: c.Namespace, view: usual}
	through.compile()
	var out []*mesh.Endpoint
	add := func(p *mesh.Pool) {
		for _, t := range p.Targets {
			for _, e := range t.Endpoints {
				if (r.isMirror() || !slices.Contains(r.port.endpoints, e)) && !slices.Contains(out, e) {
					out = append(out, e)
				}
			}
		}
	}
	for _, p := range usual.Pools {
		add(p)
	}
	for _, route := range usual.Routes {
		for _, rule := range route.Rules {
			for i := range rule.Drawn {
				if p := rule.Drawn[i].Pool; p != nil {
					add(p)
				}
			}
		}
	}
	return out
}
