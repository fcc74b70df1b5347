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
		if place := googlePath.FindStringSubmatch(textOf(l).Or("")); place != nil {
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
	if known := b.balancers[g]; known != nil {
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
		zone, ok := textOf(l).Get()
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
	return mesh.UnknownOf[*mesh.HealthCheck](because(open, textOf(l).Cause, "its health check is not in the inputs"), at)
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
