package infrastructure

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/mesh"
)

const google = "the Google provider"

var (
	googleServices  = []string{"google_compute_backend_service", "google_compute_region_backend_service"}
	googleMaps      = []string{"google_compute_url_map", "google_compute_region_url_map"}
	googleAddresses = []string{"google_compute_global_address", "google_compute_address"}
	googleChecks    = []string{"google_compute_health_check", "google_compute_region_health_check", "google_compute_http_health_check", "google_compute_https_health_check"}
	googleProxies   = []string{"google_compute_target_http_proxy", "google_compute_target_https_proxy", "google_compute_target_tcp_proxy", "google_compute_target_ssl_proxy",
		"google_compute_target_grpc_proxy", "google_compute_region_target_http_proxy", "google_compute_region_target_https_proxy", "google_compute_region_target_tcp_proxy"}
)

// googlePlace is the region that a resource of Google is in: that of its zone, its own, its location, else that of its provider.
func googlePlace(r *Resource) mesh.Value[string] {
	if r.Mode == "data" && !nothing(r.Leaf("self_link")) {
		return mesh.UnknownOf[string]("data source: "+r.Address, r.here())
	}
	for _, path := range []string{"zone", "region", "location"} {
		switch v := r.text(path); {
		case v.State == mesh.Absent:
		case !v.IsKnown():
			return v
		case googleZone.MatchString(bare(v.V)):
			return mesh.Of(googleZone.FindStringSubmatch(bare(v.V))[1], v.Origin)
		default:
			return mesh.Of(bare(v.V), v.Origin)
		}
	}
	return r.region()
}

// googleGlobalRule reads google_compute_global_forwarding_rule: one address for callers everywhere, who come to the nearest backend with room
// that is healthy (Cloud Load Balancing, "Backend services overview"). What it leads to is the backend service of its target.
func googleGlobalRule(b *builder, r *Resource) {
	b.step(linkBalancers, func() { b.listen(r) })
	if r.text("load_balancing_scheme").Or("") == "INTERNAL_SELF_MANAGED" {
		return // a mesh: clients know the endpoints themselves
	}
	out := &mesh.Record{Kind: "Google Cloud load balancer", HostCause: nameless, Policy: mesh.Nearest, TTL: mesh.Of(time.Duration(0), r.here()),
		Fallback: mesh.FallbackNone, Ports: googlePorts(r)}
	service, why := b.googleTarget(r)
	if service == nil && why == "" {
		return // it only redirects, or leads to a bucket
	}
	b.record(r, out, func() {
		if service == nil {
			leaveOpen(out, why)
			out.Policy = mesh.OtherPolicy
			return
		}
		b.googleBackends(out, service)
	})
}

// listen notes the address that a rule listens on.
func (b *builder) listen(r *Resource) {
	if a := b.whole(r.Leaf("ip_address"), googleAddresses...); a != nil {
		if b.googlePort(r) == 443 {
			b.rulesOf[a] = slices.Insert(b.rulesOf[a], 0, r)
		} else {
			b.rulesOf[a] = append(b.rulesOf[a], r)
		}
	}
}

func (b *builder) googlePort(r *Resource) int {
	if ports := googlePorts(r); len(ports) > 0 {
		return ports[0]
	}
	return 0
}

// googlePorts are the ports of a rule: one, where its range is one.
func googlePorts(r *Resource) []int {
	from, to, ranged := strings.Cut(r.text("port_range").Or(""), "-")
	if n, err := strconv.Atoi(from); err == nil && n > 0 && n < 1<<16 && (!ranged || from == to) {
		return []int{n}
	}
	return nil
}

// googleTarget is the backend service that a forwarding rule leads to; nil without a reason, if it leads to none.
func (b *builder) googleTarget(r *Resource) (*Resource, string) {
	l := r.Leaf("backend_service")
	if nothing(l) {
		if l = r.Leaf("target"); nothing(l) {
			return nil, ""
		}
		proxy := b.whole(l, googleProxies...)
		if proxy == nil {
			return nil, because(textOf(l).Cause, "its target is not in the inputs")
		}
		if l = proxy.Leaf("backend_service"); nothing(l) {
			m := b.whole(proxy.Leaf("url_map"), googleMaps...)
			if m == nil {
				return nil, because(textOf(proxy.Leaf("url_map")).Cause, "its URL map is not in the inputs")
			}
			return b.googleMap(m)
		}
	}
	return b.googleService(l)
}

func (b *builder) googleService(l terraform.Leaf) (*Resource, string) {
	if s := b.whole(l, googleServices...); s != nil && s.Mode != "data" {
		return s, s.Unsure
	}
	if s := b.whole(l, "google_compute_backend_bucket"); s != nil {
		return nil, ""
	}
	return nil, because(textOf(l).Cause, "its backend service is not in the inputs")
}

// googleMap is what a URL map sends to where no rule of it says otherwise: the default service, else the one that all its matchers agree on.
func (b *builder) googleMap(m *Resource) (*Resource, string) {
	if l := m.Leaf("default_service"); !nothing(l) {
		return b.googleService(l)
	}
	n, open := m.blocks("default_route_action", "weighted_backend_services")
	if open != "" || n > 1 {
		return nil, because(open, "its URL map divides requests by weight")
	}
	if n == 1 {
		return b.googleService(m.Leaf("default_route_action", "weighted_backend_services", 0, "backend_service"))
	}
	var only *Resource
	n, open = m.blocks("path_matcher")
	for i := range n {
		s, why := b.googleService(m.Leaf("path_matcher", i, "default_service"))
		if nothing(m.Leaf("path_matcher", i, "default_service")) {
			continue
		}
		if why != "" || only != nil && s != only {
			return nil, because(why, "its URL map leads to several services")
		}
		only = s
	}
	return only, open
}

// googleRegionalRule reads google_compute_forwarding_rule: a load balancer of one region. Which of its backends is a failover one
// (backend.failover) decides inside of the region alone.
func googleRegionalRule(b *builder, r *Resource) {
	out := b.lb(r, &mesh.Balancer{Kind: "regional load balancer", Name: r.text("name").Or(""), Region: googlePlace(r)})
	b.step(linkBalancers, func() {
		b.listen(r)
		s, why := b.googleTarget(r)
		if s == nil {
			out.Checks = mesh.UnknownOf[*mesh.HealthCheck](because(why, "it has no backend service"), r.here())
			return
		}
		out.Checks = b.googleServiceChecks(s)
	})
}
