package infrastructure

import (
	"regexp"
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
			return nil, because(asValue(l).Cause, "its target is not in the inputs")
		}
		if l = proxy.Leaf("backend_service"); nothing(l) {
			m := b.whole(proxy.Leaf("url_map"), googleMaps...)
			if m == nil {
				return nil, because(asValue(proxy.Leaf("url_map")).Cause, "its URL map is not in the inputs")
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
	return nil, because(asValue(l).Cause, "its backend service is not in the inputs")
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

// googleBackends reads the backends of a service as members. A preferred backend is filled before the others; one whose capacity_scaler is 0 is
// drained (google_compute_backend_service: backend.preference, backend.capacity_scaler).
func (b *builder) googleBackends(out *mesh.Record, s *Resource) {
	n, open := s.blocks("backend")
	if open != "" {
		leaveOpen(out, open)
	}
	preferred, unsure := 0, false
	for i := range n {
		l := s.Leaf("backend", i, "group")
		m := &mesh.Member{Name: "backend " + strconv.Itoa(i), Rank: 1, Origin: s.at("backend", i), RankOrigin: s.at("backend", i)}
		if to := b.whole(l); to != nil {
			m.Name = to.text("name").Or(to.Address)
		}
		if place := googlePath.FindStringSubmatch(asValue(l).Or("")); place != nil {
			m.Region = mesh.Of(strings.TrimSuffix(googleZone.ReplaceAllString(place[1], "$1"), "/"), originOf(l))
		}
		b.pointTo(out, m, l)
		if lb := b.googleGroup(s, l); lb != nil {
			m.Leads = lb
		}
		if scale := s.perMille("backend", i, "capacity_scaler"); scale.State == mesh.Unknown {
			m.Enabled = mesh.UnknownOf[bool](scale.Cause, scale.Origin)
		} else if scale.IsKnown() && scale.V == 0 {
			m.Enabled = mesh.Of(false, scale.Origin)
		}
		switch pref := s.text("backend", i, "preference"); {
		case pref.State == mesh.Unknown:
			unsure = true
		case pref.V == "PREFERRED":
			m.Rank, m.RankOrigin = 0, pref.Origin
			preferred++
		}
		m.Check = b.googleCheck(s, m)
		out.Members = append(out.Members, m)
	}
	slices.SortStableFunc(out.Members, func(x, y *mesh.Member) int { return x.Rank - y.Rank })
	switch {
	case unsure:
		out.Policy = mesh.OtherPolicy
	case preferred > 0 && preferred < n:
		out.Policy = mesh.Ordered
	}
}

// googlePath is the place in the address of a group: projects/p/zones/us-central1-a/networkEndpointGroups/pay.
var googlePath = regexp.MustCompile(`/(?:zones|regions)/([a-z0-9-]+)/`)

// googleGroup is a group of instances or endpoints as what a member leads to.
func (b *builder) googleGroup(s *Resource, l terraform.Leaf) *mesh.Balancer {
	g := b.whole(l)
	if g == nil || !strings.Contains(g.Type, "_group") {
		return nil
	}
	if known := b.balancerOf[g]; known != nil {
		return known
	}
	kind := "instance group"
	if strings.Contains(g.Type, "network_endpoint_group") {
		kind = "network endpoint group"
	}
	out := &mesh.Balancer{Kind: kind, Name: g.text("name").Or(""), Region: regionOf(g), Checks: b.googleServiceChecks(s)}
	if zone, ok := g.text("zone").Get(); ok {
		out.Zones = []string{bare(zone)}
	}
	zones, open := g.leaves("distribution_policy_zones")
	for _, l := range zones {
		zone, ok := asValue(l).Get()
		if !ok || open != "" {
			out.Zones = nil
			break
		}
		out.Zones = append(out.Zones, zone)
	}
	return b.lb(g, out)
}

// googleCheck is what takes a backend out: the health check of its service, which asks every endpoint.
func (b *builder) googleCheck(s *Resource, m *mesh.Member) mesh.Value[*mesh.RecordCheck] {
	h := b.googleServiceChecks(s)
	switch {
	case h.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](h.Cause, h.Origin)
	case !h.IsKnown():
		return mesh.Value[*mesh.RecordCheck]{Origin: h.Origin}
	}
	return mesh.Of(&mesh.RecordCheck{ID: "health of " + m.Name + " in " + s.id(), HealthCheck: *h.V}, h.Origin)
}

// googleServiceChecks is the health check of a backend service. Without one nothing is ever taken out, save by outlier detection, which sees
// nothing but requests that fail (serverless groups have no health checks).
func (b *builder) googleServiceChecks(s *Resource) mesh.Value[*mesh.HealthCheck] {
	l := s.Leaf("health_checks")
	at := originOf(l)
	n, open := s.blocks("health_checks")
	if n == 0 && open == "" {
		if !nothing(s.Leaf("outlier_detection")) {
			return mesh.UnknownOf[*mesh.HealthCheck]("outlier detection alone decides", s.at("outlier_detection"))
		}
		return mesh.Value[*mesh.HealthCheck]{Origin: s.here()}
	}
	if n == 1 {
		l = s.Leaf("health_checks", 0)
	}
	if c := b.whole(l, googleChecks...); c != nil {
		return googleHealth(c, "Google Cloud")
	}
	return mesh.UnknownOf[*mesh.HealthCheck](because(open, asValue(l).Cause, "its health check is not in the inputs"), at)
}

// googleHealth reads a health check, with the provider's defaults (google_compute_health_check: check_interval_sec 5, timeout_sec 5,
// unhealthy_threshold 2).
func googleHealth(c *Resource, by string) mesh.Value[*mesh.HealthCheck] {
	if c.Unsure != "" {
		return mesh.UnknownOf[*mesh.HealthCheck](c.Unsure, c.here())
	}
	handler := "http"
	for _, kind := range []string{"tcp_health_check", "ssl_health_check", "grpc_health_check", "grpc_tls_health_check"} {
		switch n, open := c.blocks(kind); {
		case open != "":
			return mesh.UnknownOf[*mesh.HealthCheck](open, c.here())
		case n > 0 && strings.HasPrefix(kind, "grpc"):
			handler = "grpc"
		case n > 0:
			handler = "tcp"
		}
	}
	return healthOf(by, handler, preset(c, c.seconds("check_interval_sec"), 5*time.Second, google), preset(c, c.seconds("timeout_sec"), 5*time.Second, google),
		preset(c, c.number("unhealthy_threshold"), 2, google), c.here())
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
