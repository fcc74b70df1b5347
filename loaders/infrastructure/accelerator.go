package infrastructure

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// accelerator is a listener of Global Accelerator in the making.
type accelerator struct {
	of      *mesh.Record
	enabled mesh.Value[bool]
}

// acceleratorListener reads aws_globalaccelerator_listener: addresses that do not change lead to the nearest region with a healthy endpoint, and to
// any where there is none (Global Accelerator, "How failover works for unhealthy endpoints").
func acceleratorListener(b *builder, r *Resource) {
	rec := &mesh.Record{ID: r.id(), Kind: "Global Accelerator", HostCause: "AWS gives its name", Zone: "Global Accelerator", Environment: b.Environment,
		Policy: mesh.Nearest, TTL: mesh.Of(time.Duration(0), mesh.Default("Global Accelerator")), Fallback: mesh.FallbackAll, Open: r.Unsure, Origin: r.here()}
	a := &accelerator{of: rec, enabled: mesh.Of(true, mesh.Default("the AWS provider"))}
	if of := b.link(r.Leaf("accelerator_arn"), "aws_globalaccelerator_accelerator", "data.aws_globalaccelerator_accelerator"); of != nil {
		a.enabled = given(of, of.flag("enabled"), true)
		if b.records[of] == nil {
			b.records[of] = rec
		}
	}
	n, _ := r.count("port_range")
	for i := range n {
		from, to := r.number("port_range", i, "from_port"), r.number("port_range", i, "to_port")
		for port := from.V; from.IsKnown() && to.IsKnown() && port <= to.V && port > 0 && port < 1<<16 && len(rec.Ports) < maxPorts; port++ {
			rec.Ports = append(rec.Ports, port)
		}
	}
	b.records[r], b.accelerators[r] = rec, a
	b.out.Records = append(b.out.Records, rec)
}

// maxPorts is how many ports of a listener are listed.
const maxPorts = 64

// endpointGroup reads aws_globalaccelerator_endpoint_group: the endpoints of one region.
func endpointGroup(b *builder, r *Resource) {
	b.afterwards(func() {
		b.afterwards(func() {
			listener := b.link(r.Leaf("listener_arn"), "aws_globalaccelerator_listener")
			if a := b.accelerators[listener]; a != nil {
				b.endpoints(r, a)
				return
			}
			if b.strays[r.Type] {
				return
			}
			b.strays[r.Type] = true
			for _, l := range b.ofType("aws_globalaccelerator_listener") {
				if a := b.accelerators[l]; a.of.Open == "" {
					a.of.Open = whyNot(r, "listener_arn")
				}
			}
		})
	})
}

// endpoints adds the members of a group. A group that gets no share of requests (traffic_dial_percentage 0) still takes over: failover does not look
// at the dial. An endpoint of weight 0 never does.
func (b *builder) endpoints(r *Resource, a *accelerator) {
	region := r.text("endpoint_group_region")
	if region.State == mesh.Absent {
		region = r.region()
	}
	dial := r.number("traffic_dial_percentage")
	n, open := r.count("endpoint_configuration")
	for i := range n {
		path := func(name string) []any { return []any{"endpoint_configuration", i, name} }
		m := &mesh.Member{Name: r.Address, Origin: r.at("endpoint_configuration", i), RankOrigin: dial.Origin, Weight: given(r, r.number(path("weight")...), 128)}
		b.leadTo(r, m, r.Leaf(path("endpoint_id")...))
		b.noCircle(m, a.of)
		m.Region = region
		switch on, known := a.enabled.Get(); {
		case !known || !on:
			m.Enabled = a.enabled
		case dial.State == mesh.Unknown:
			m.Enabled = mesh.UnknownOf[bool]("its traffic dial is not known: "+dial.Cause, dial.Origin)
		case dial.IsKnown() && dial.V == 0:
			m.Rank = 1
		}
		m.Check = mesh.Of(b.endpointHealth(r, m), r.here())
		a.of.Members = append(a.of.Members, m)
	}
	if open == "" {
		open = r.Unsure
	}
	if a.of.Open == "" {
		a.of.Open = open
	}
}

// endpointHealth: of load balancers it is what they know of their targets; others are asked as the group says (Global Accelerator, "Changing health
// check options").
func (b *builder) endpointHealth(r *Resource, m *mesh.Member) *mesh.RecordCheck {
	if m.Leads != nil {
		c := &mesh.RecordCheck{ID: "target " + m.Leads.ID, Follows: true, HealthCheck: mesh.HealthCheck{By: "Global Accelerator", Handler: "load balancer", Origin: m.Leads.Origin},
			Notices: mesh.UnknownOf[time.Duration]("the load balancer decides", m.Leads.Origin)}
		if checks, ok := m.Leads.Checks.Get(); ok && checks != nil {
			c.HealthCheck, c.Notices = *checks, mesh.Of(noticed(*checks), checks.Origin)
		}
		return c
	}
	interval, failures := given(r, r.seconds("health_check_interval_seconds"), 30*time.Second), given(r, r.number("threshold_count"), 3)
	protocol := given(r, r.text("health_check_protocol"), "TCP")
	c := &mesh.RecordCheck{ID: r.id(), HealthCheck: mesh.HealthCheck{By: "Global Accelerator", Handler: "http", Interval: interval.V, Failure: failures.V, Origin: r.here()}}
	if protocol.V == "TCP" {
		c.HealthCheck.Handler = "tcp"
	}
	c.Notices = mesh.Of(noticed(c.HealthCheck), interval.Origin)
	for _, cause := range []string{interval.Cause, failures.Cause, protocol.Cause} {
		if cause != "" {
			c.Notices = mesh.UnknownOf[time.Duration](cause, r.here())
		}
	}
	return c
}
