package infrastructure

import (
	"slices"
	"strconv"
	"time"

	"github.com/passmuster/muster/mesh"
)

const fastly = "the Fastly provider"

// fastlyService reads fastly_service_vcl: its domains lead to its backends, through a director, or by auto_loadbalance. Who is chosen is not known
// where VCL of its own, a snippet or a condition may choose.
func fastlyService(b *builder, r *Resource) {
	if on := r.flag("activate"); on.IsKnown() && !on.V {
		return
	}
	out := &mesh.Record{Kind: "Fastly service", HostCause: nameless, Policy: mesh.OtherPolicy, TTL: mesh.Of(time.Duration(0), mesh.Default("Fastly")), Fallback: mesh.FallbackNone}
	b.record(r, out, func() { b.fastlyBackends(r, out) })
	n, open := r.blocks("domain")
	if open != "" {
		leaveOpen(out, open)
	}
	if n > 0 {
		name := r.text("domain", 0, "name")
		out.Host, out.HostCause = bare(name.V), name.Cause
	}
	b.step(linkNames, func() {
		for i := 1; i < n; i++ {
			if host := bare(r.text("domain", i, "name").Or("")); host != "" {
				second := *out
				second.ID, second.Host, second.HostCause = r.id()+" "+host, host, ""
				second.Members = slices.Clone(out.Members)
				b.out.Records = append(b.out.Records, &second)
			}
		}
	})
}

// fastlyBackends reads the backends: those of the one director, else those that share requests by themselves.
func (b *builder) fastlyBackends(r *Resource, out *mesh.Record) {
	n, open := r.blocks("backend")
	directors, more := r.blocks("director")
	if why := because(open, more); why != "" {
		leaveOpen(out, why)
	}
	chosen, auto := map[string]bool{}, 0
	for _, name := range r.anyOrder("director", 0, "backends") {
		chosen[name] = true
	}
	for i := range n {
		name := r.text("backend", i, "name").Or("backend " + strconv.Itoa(i))
		if directors == 1 && !chosen[name] {
			continue
		}
		if r.flag("backend", i, "auto_loadbalance").Or(false) {
			auto++
		}
		m := &mesh.Member{Name: name, Weight: preset(r, r.number("backend", i, "weight"), 100, fastly), Origin: r.at("backend", i), RankOrigin: r.at("backend", i)}
		b.pointTo(out, m, r.Leaf("backend", i, "address"))
		m.Check = r.fastlyCheck(i, name)
		out.Members = append(out.Members, m)
	}
	switch {
	case fastlyChooses(r) || directors > 1:
	case len(out.Members) == 1 && n == 1 && directors == 0:
		out.Policy = mesh.SingleAnswer
	case directors == 1 && len(out.Members) == len(chosen) && len(chosen) > 0 && quorate(r, out):
		out.Policy = mesh.Shared
	case directors == 0 && auto == n && n > 0:
		out.Policy = mesh.Shared
	}
}

// quorate reports whether a director stays up with any one of its backends: it is down as a whole once less than quorum percent (75 where nobody
// says otherwise) of its weights are up (Fastly API, "Director").
func quorate(r *Resource, out *mesh.Record) bool {
	quorum := preset(r, r.number("director", 0, "quorum"), 75, fastly)
	sum, least := 0, 0
	for i, m := range out.Members {
		if !m.Weight.IsKnown() {
			return false
		}
		if sum += m.Weight.V; i == 0 || m.Weight.V < least {
			least = m.Weight.V
		}
	}
	return quorum.IsKnown() && least*100 >= quorum.V*sum
}

// fastlyChooses reports whether code or conditions may choose the backend.
func fastlyChooses(r *Resource) bool {
	for _, kind := range []string{"vcl", "snippet", "dynamicsnippet"} {
		if n, open := r.blocks(kind); n > 0 || open != "" {
			return true
		}
	}
	n, _ := r.blocks("backend")
	for i := range n {
		if v := r.text("backend", i, "request_condition"); v.State == mesh.Unknown || v.V != "" {
			return true
		}
	}
	return false
}

// anyOrder are the texts of a list or a set; none if one of them is not known.
func (r *Resource) anyOrder(path ...any) (out []string) {
	l := r.Leaf(path...)
	if nothing(l) || l.Unknown != nil || l.Value.IsNull() || !l.Value.CanIterateElements() {
		return nil
	}
	for it := l.Value.ElementIterator(); it.Next(); {
		_, v := it.Element()
		text, ok := asText(v)
		if !ok {
			return nil
		}
		out = append(out, text)
	}
	return out
}

// fastlyCheck reads the healthcheck that a backend names: every 5,000 ms, 5,000 ms for an answer, down once fewer than threshold (3) of the last
// window (5) are good (fastly_service_vcl: healthcheck).
func (r *Resource) fastlyCheck(backend int, name string) mesh.Value[*mesh.RecordCheck] {
	check := r.text("backend", backend, "healthcheck")
	switch {
	case check.State == mesh.Unknown:
		return mesh.UnknownOf[*mesh.RecordCheck](check.Cause, check.Origin)
	case check.V == "":
		return mesh.Value[*mesh.RecordCheck]{Origin: r.at("backend", backend)}
	}
	i := r.blockNamed("healthcheck", check)
	if i < 0 {
		return mesh.UnknownOf[*mesh.RecordCheck]("health check "+check.V+" is not in the inputs", check.Origin)
	}
	const h = "healthcheck"
	window, good := preset(r, r.number(h, i, "window"), 5, fastly), preset(r, r.number(h, i, "threshold"), 3, fastly)
	failures := mesh.Of(max(1, window.V-good.V+1), window.Origin)
	if why := because(window.Cause, good.Cause); why != "" {
		failures = mesh.UnknownOf[int](why, r.at(h, i))
	}
	return probe("Fastly on "+name+" of "+r.id(), "Fastly", "http", preset(r, read(r, in(time.Millisecond), h, i, "check_interval"), 5*time.Second, fastly),
		preset(r, read(r, in(time.Millisecond), h, i, "timeout"), 5*time.Second, fastly), failures, r.at(h, i))
}
