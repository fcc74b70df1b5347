package infrastructure

import (
	"time"

	"github.com/passmuster/muster/mesh"
)

// distribution reads aws_cloudfront_distribution: requests that no other behaviour takes go to one origin, or to the first of an origin group, and
// to the second when the first fails (CloudFront, "Optimizing high availability with CloudFront origin failover").
func distribution(b *builder, r *Resource) {
	rec := &mesh.Record{ID: r.id(), Kind: "CloudFront distribution", Zone: "CloudFront", Environment: b.Environment, Policy: mesh.SingleAnswer,
		TTL: mesh.Of(time.Duration(0), mesh.Default("CloudFront")), Fallback: mesh.FallbackMember, Open: r.Unsure, Origin: r.here()}
	switch l := r.Leaf("aliases", 0); {
	case l.Absent || l.Unknown == nil && l.Value.IsNull():
		rec.HostCause = "AWS gives its name"
	case l.Unknown != nil:
		rec.HostCause = "its name is not known: " + l.Unknown.Reason
	default:
		name, _ := r.textOf(l)
		if rec.Host = bare(name); rec.Host == "" {
			rec.HostCause = "its name is no text, or sensitive"
		}
	}
	b.records[r] = rec
	b.out.Records = append(b.out.Records, rec)
	b.afterwards(func() { b.afterwards(func() { b.origins(r, rec) }) })
}

func (b *builder) origins(r *Resource, rec *mesh.Record) {
	target := r.shown("default_cache_behavior", "target_origin_id")
	if !target.IsKnown() {
		rec.Policy = mesh.OtherPolicy
		if rec.Open == "" {
			rec.Open = "its origin is not known: " + target.Cause
		}
		return
	}
	groups, open := r.count("origin_group")
	for i := range groups {
		if r.known("origin_group", i, "origin_id") != target.V {
			continue
		}
		rec.Policy = mesh.Ordered
		n, more := r.count("origin_group", i, "member")
		open += more
		for j := range n {
			id := r.shown("origin_group", i, "member", j, "origin_id")
			m := b.origin(r, rec, id)
			m.Rank, m.RankOrigin = j, id.Origin
			if j < n-1 {
				b.originCheck(r, m, id)
			}
			rec.Members = append(rec.Members, m)
		}
	}
	if rec.Policy != mesh.Ordered {
		rec.Members = append(rec.Members, b.origin(r, rec, target))
	}
	if rec.Open == "" {
		rec.Open = open
	}
}

// origin is the member that an origin is.
func (b *builder) origin(r *Resource, rec *mesh.Record, id mesh.Value[string]) *mesh.Member {
	m := &mesh.Member{Name: id.V, Origin: id.Origin, RankOrigin: id.Origin, Enabled: given(r, r.flag("enabled"), true)}
	if i := originAt(r, id); i >= 0 {
		b.leadTo(r, m, r.Leaf("origin", i, "domain_name"))
		b.noCircle(m, rec)
		m.Origin = r.at("origin", i, "domain_name")
		return m
	}
	why := "origin " + id.V + " is not written"
	if id.Cause != "" {
		why = id.Cause
	}
	m.Target, m.Region = mesh.UnknownOf[string](why, id.Origin), mesh.UnknownOf[string](why, id.Origin)
	return m
}

func originAt(r *Resource, id mesh.Value[string]) int {
	n, _ := r.count("origin")
	for i := range n {
		if id.IsKnown() && r.known("origin", i, "origin_id") == id.V {
			return i
		}
	}
	return -1
}

// originCheck: each request shows anew whether an origin answers. CloudFront tries to connect so often and waits so long (provider:
// connection_attempts 3, connection_timeout 10 s).
func (b *builder) originCheck(r *Resource, m *mesh.Member, id mesh.Value[string]) {
	c := &mesh.RecordCheck{ID: r.id() + " origin " + id.V, HealthCheck: mesh.HealthCheck{By: "CloudFront", Handler: "request", Origin: id.Origin}}
	i := originAt(r, id)
	if i < 0 {
		m.Check = mesh.UnknownOf[*mesh.RecordCheck](m.Target.Cause, id.Origin)
		return
	}
	attempts := given(r, r.number("origin", i, "connection_attempts"), 3)
	wait := given(r, r.seconds("origin", i, "connection_timeout"), 10*time.Second)
	c.HealthCheck.Failure, c.HealthCheck.Timeout = attempts.V, wait.V
	c.Notices = mesh.Of(noticed(mesh.HealthCheck{Failure: attempts.V, Interval: wait.V}), attempts.Origin)
	for _, cause := range []string{attempts.Cause, wait.Cause} {
		if cause != "" {
			c.Notices = mesh.UnknownOf[time.Duration](cause, id.Origin)
		}
	}
	m.Check = mesh.Of(c, id.Origin)
}
