package infrastructure

import (
	"slices"
	"time"

	"github.com/passmuster/muster/mesh"
)

// checkOf is what decides whether a member counts as healthy: a health check of its own, what the target of its alias knows, or both together
// (Route 53 Developer Guide, "How Route 53 chooses records when health checking is configured").
func (b *builder) checkOf(m *nameMember, v *mesh.Member) mesh.Value[*mesh.RecordCheck] {
	own := b.ownCheck(m.Resource, "health_check_id")
	if n, open := m.count("alias"); n == 0 {
		if open != "" && own.State == mesh.Absent {
			return mesh.UnknownOf[*mesh.RecordCheck](open, m.at("alias"))
		}
		return own
	}
	handed := m.flag("alias", "evaluate_target_health")
	switch follows, known := handed.Get(); {
	case !known && handed.State == mesh.Unknown && own.State == mesh.Absent:
		return mesh.UnknownOf[*mesh.RecordCheck](handed.Cause, handed.Origin)
	case !follows && own.State == mesh.Absent:
		return mesh.Value[*mesh.RecordCheck]{Origin: handed.Origin}
	case !known || !follows || own.State == mesh.Unknown:
		return own
	case own.State == mesh.Absent:
		return mesh.Of(b.handedOn(m, v, handed.Origin), handed.Origin)
	}
	return mesh.Of(b.sumUp("Route 53", m.id()+" and its target", []*mesh.RecordCheck{own.V, b.handedOn(m, v, handed.Origin)}, mesh.Of(2, own.Origin)), own.Origin)
}

// handedOn is the health of the target of an alias.
func (b *builder) handedOn(m *nameMember, v *mesh.Member, at mesh.Origin) *mesh.RecordCheck {
	out := &mesh.RecordCheck{ID: "target of " + m.id(), Follows: true, HealthCheck: mesh.HealthCheck{By: "Route 53", Handler: "alias", Origin: at}}
	out.Notices = mesh.UnknownOf[time.Duration]("what the alias leads to decides", at)
	switch {
	case v.Next != nil:
		out.ID = "target " + v.Next.ID
	case v.Leads != nil:
		out.ID = "target " + v.Leads.ID
		if c, ok := v.Leads.Checks.Get(); ok && c != nil {
			out.HealthCheck = *c
			out.Notices = mesh.Of(noticed(*c), c.Origin)
		}
	}
	return out
}

// ownCheck reads a health_check_id.
func (b *builder) ownCheck(r *Resource, path ...any) mesh.Value[*mesh.RecordCheck] {
	l := r.Leaf(path...)
	at := r.origin(l, path)
	if c := b.link(l, "aws_route53_health_check"); c != nil {
		if c.Unsure != "" {
			return mesh.UnknownOf[*mesh.RecordCheck](c.Unsure, at)
		}
		return mesh.Of(b.healthCheck(c, 0), at)
	}
	id := r.shown(path...)
	switch {
	case id.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](id.Cause, at)
	case id.V == "":
		return mesh.Value[*mesh.RecordCheck]{Origin: at}
	}
	return mesh.Of(&mesh.RecordCheck{ID: id.V, HealthCheck: mesh.HealthCheck{By: "Route 53", Origin: at},
		Notices:  mesh.UnknownOf[time.Duration]("health check "+id.V+" is not in the inputs", at),
		Watches:  mesh.UnknownOf[string]("health check "+id.V+" is not in the inputs", at),
		Disabled: mesh.UnknownOf[bool]("health check "+id.V+" is not in the inputs", at),
		Inverted: mesh.UnknownOf[bool]("health check "+id.V+" is not in the inputs", at)}, at)
}

// How long a health checker waits (Route 53 Developer Guide, "How Route 53 determines whether a health check is healthy"): 4 s for a connection
// and 2 s for an answer, 2 s more for its text; 10 s for a TCP connection.
var checkWaits = map[string]time.Duration{"HTTP": 6 * time.Second, "HTTPS": 6 * time.Second, "HTTP_STR_MATCH": 8 * time.Second,
	"HTTPS_STR_MATCH": 8 * time.Second, "TCP": 10 * time.Second}

// healthCheck reads aws_route53_health_check, once for all members that share it.
func (b *builder) healthCheck(r *Resource, depth int) *mesh.RecordCheck {
	if c := b.checks[r]; c != nil {
		return c
	}
	kind := r.text("type")
	c := &mesh.RecordCheck{ID: r.id(), Disabled: given(r, r.flag("disabled"), false), Inverted: given(r, r.flag("invert_healthcheck"), false),
		HealthCheck: mesh.HealthCheck{By: "Route 53", Origin: r.here()}}
	switch t := kind.Or(""); {
	case !kind.IsKnown():
		c.Notices = mesh.UnknownOf[time.Duration]("its type is not known: "+kind.Cause, kind.Origin)
		c.Watches = mesh.UnknownOf[string]("its type is not known: "+kind.Cause, kind.Origin)
	case t == "CALCULATED":
		c = b.calculated(r, c, depth)
	case t == "RECOVERY_CONTROL":
		c.Manual, c.HealthCheck.Handler, c.HealthCheck.Origin = true, "routing control", r.at("routing_control_arn")
		c.Notices = mesh.UnknownOf[time.Duration]("somebody sets it", kind.Origin)
		c.Asks = b.asks(r, "routing_control_arn")
	case t == "CLOUDWATCH_METRIC":
		c.HealthCheck.Handler = "CloudWatch alarm"
		c.Notices = mesh.UnknownOf[time.Duration]("an alarm of CloudWatch decides", kind.Origin)
		c.Watches = mesh.UnknownOf[string]("an alarm of CloudWatch decides", kind.Origin)
		c.Asks = b.asks(r, "cloudwatch_alarm_name")
	case checkWaits[t] > 0:
		b.endpointCheck(r, c, t)
	default:
		c.Notices = mesh.UnknownOf[time.Duration]("its type "+t+" is not understood", kind.Origin)
		c.Watches = mesh.UnknownOf[string]("its type "+t+" is not understood", kind.Origin)
	}
	b.checks[r] = c
	return c
}

// endpointCheck asks an address. Where nothing is written it asks every 30 s and wants 3 failures (API CreateHealthCheck: RequestInterval,
// FailureThreshold).
func (b *builder) endpointCheck(r *Resource, c *mesh.RecordCheck, kind string) {
	interval, failures := r.seconds("request_interval"), r.number("failure_threshold")
	if interval.State == mesh.Absent {
		interval = mesh.Of(30*time.Second, mesh.Default("Route 53"))
	}
	if failures.State == mesh.Absent {
		failures = mesh.Of(3, mesh.Default("Route 53"))
	}
	c.HealthCheck.Handler, c.HealthCheck.Timeout = "http", checkWaits[kind]
	if kind == "TCP" {
		c.HealthCheck.Handler = "tcp"
	}
	c.HealthCheck.Interval, c.HealthCheck.Failure = interval.V, failures.V
	switch {
	case !interval.IsKnown():
		c.Notices = mesh.UnknownOf[time.Duration](interval.Cause, interval.Origin)
	case !failures.IsKnown():
		c.Notices = mesh.UnknownOf[time.Duration](failures.Cause, failures.Origin)
	default:
		c.Notices = mesh.Of(noticed(c.HealthCheck), failures.Origin)
	}
	asked := "fqdn"
	if r.Leaf("fqdn").Absent {
		asked = "ip_address"
	}
	c.Watches, c.Asks = r.shown(asked), b.asks(r, asked)
	if to := b.link(r.Leaf(asked), "aws_route53_record"); to != nil && b.records[to] != nil && b.records[to].Host != "" {
		c.Watches = mesh.Of(b.records[to].Host, r.at(asked))
	}
}

// asks are the resources that an attribute of a check names, if it names nothing else.
func (b *builder) asks(r *Resource, path ...any) (ids []string) {
	l := r.Leaf(path...)
	if !certain(l) {
		return nil
	}
	for _, to := range b.referred(l) {
		ids = append(ids, to.id())
	}
	slices.Sort(ids)
	return ids
}

// calculated sums up other health checks.
func (b *builder) calculated(r *Resource, c *mesh.RecordCheck, depth int) *mesh.RecordCheck {
	c.HealthCheck.Handler = "calculated"
	b.checks[r] = c // a check that is part of itself ends here
	children, open := b.listed(r, []string{"aws_route53_health_check"}, "child_healthchecks")
	var parts []*mesh.RecordCheck
	for _, child := range children {
		switch {
		case depth >= maxParts || child == r:
			open = "its checks are made of one another"
		case len(parts) < maxChildren:
			if b.checks[child] != nil && b.checks[child].HealthCheck.Handler == "calculated" && b.checks[child].Notices.State == mesh.Absent {
				open = "its checks are made of one another"
				continue
			}
			parts = append(parts, b.healthCheck(child, depth+1))
		}
	}
	sum := b.sumUp("Route 53", c.ID, parts, r.number("child_health_threshold"))
	sum.PartsOpen, sum.Disabled, sum.Inverted, sum.HealthCheck.Origin = open, c.Disabled, c.Inverted, r.here()
	if open != "" {
		sum.Notices = mesh.UnknownOf[time.Duration](open, r.at("child_healthchecks"))
	}
	*c = *sum
	return c
}

// Bounds of Route 53 ("Quotas": a calculated health check has at most 255 children), and of how deep they are followed.
const maxChildren, maxParts = 255, 4

// sumUp is a check that is made of others: it notices a fault once the slowest part has.
func (b *builder) sumUp(by, id string, parts []*mesh.RecordCheck, needs mesh.Value[int]) *mesh.RecordCheck {
	out := &mesh.RecordCheck{ID: id, Parts: parts, Needs: needs, HealthCheck: mesh.HealthCheck{By: by, Handler: "calculated", Origin: needs.Origin}}
	out.Notices = mesh.UnknownOf[time.Duration]("none of its checks is known", needs.Origin)
	manual := len(parts) > 0
	for i, p := range parts {
		manual = manual && p.Manual
		for _, id := range p.Asks {
			if !slices.Contains(out.Asks, id) && len(out.Asks) < maxChildren {
				out.Asks = append(out.Asks, id)
			}
		}
		if i == 0 || out.Notices.IsKnown() && (!p.Notices.IsKnown() || p.Notices.V > out.Notices.V) {
			out.Notices = p.Notices
			out.HealthCheck.Interval, out.HealthCheck.Timeout, out.HealthCheck.Failure = p.HealthCheck.Interval, p.HealthCheck.Timeout, p.HealthCheck.Failure
		}
	}
	out.Manual = manual
	return out
}
