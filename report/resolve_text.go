package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/passmuster/muster/report/resolution"
)

// ResolutionText sums up what one client knows: each destination with its tiers, what ejects its
// hosts and what is spoken to it, and the routes that lead there.
func ResolutionText(w io.Writer, t Terminal, about string, c resolution.Client) error {
	p := newPen(w, t)
	p.line(t.paint(bold, printable(c.Name)) + "  " + t.paint(dim, printable(about)))
	routes := map[string][]resolution.Rule{}
	for _, r := range c.Routes {
		routes[target(r.Host, r.Port, "")] = r.Rules
	}
	for _, d := range c.Destinations {
		p.space()
		p.destination(d)
		if d.Subset == "" {
			p.rules(routes[target(d.Host, d.Port, "")])
			delete(routes, target(d.Host, d.Port, ""))
		}
	}
	for _, r := range c.Routes { // hosts that are no service: a route's own
		if rules := routes[target(r.Host, r.Port, "")]; rules != nil {
			p.space()
			p.line(t.paint(bold, printable(target(r.Host, r.Port, ""))) + t.paint(dim, "  a route only"))
			p.rules(rules)
		}
	}
	if len(c.TCP) > 0 {
		p.space()
		p.line(t.paint(bold, "TCP and TLS routes"))
		for _, r := range c.TCP {
			p.paragraph("  ", strings.Join(append([]string{target(r.Host, r.Port, "")}, r.SNI...), " ")+" "+t.glyph("→", "->")+" "+backends(r.To))
		}
	}
	p.inbound(c.Inbound)
	p.space()
	p.line(count(len(c.Destinations), "destination") + ", " + count(len(c.Routes)+len(c.TCP), "route"))
	return p.flush()
}

func (p *pen) inbound(list []resolution.Inbound) {
	if len(list) == 0 {
		return
	}
	p.space()
	p.line(p.t.paint(bold, "Accepts"))
	for _, in := range list {
		text := fmt.Sprintf("port %d: mTLS %s", in.Port, in.MTLS)
		if in.Port == 0 {
			text = "any other port: mTLS " + in.MTLS
		}
		if len(in.RBAC) > 0 {
			text += ", " + count(len(in.RBAC), "authorization rule")
		}
		p.paragraph("  ", text)
	}
}

func target(host string, port int, subset string) string {
	s := fmt.Sprintf("%s:%d", host, port)
	if subset != "" {
		s += " subset " + subset
	}
	return s
}

func (p *pen) destination(d resolution.Destination) {
	p.line(p.t.paint(bold, printable(target(d.Host, d.Port, d.Subset))) + "  " + p.t.paint(dim, joinParts([]string{d.Discovery, d.LB})))
	if d.Rule != "" {
		p.decided("rule", d.Rule, d.Origins["destinationRule"])
	}
	p.decided("tls", d.TLS, d.Origins["tls"])
	eject := "nothing ejects a host"
	if o := d.OutlierDetection; o != nil {
		sweep := ""
		if o.Interval != "0s" { // a breaker has no sweep
			sweep = ", swept every " + o.Interval
		}
		eject = fmt.Sprintf("%s%s, for %s; at most %d %%: %s", triggers(o), sweep, o.BaseEjection, o.MaxEjectionPercent, count(o.Ejectable, "host"))
	}
	p.decided("ejection", eject, d.Origins["outlierDetection"])
	if len(d.Priorities) == 0 && d.Discovery != "original-dst" {
		p.field("tier", "no endpoint")
	}
	for i, tier := range d.Priorities {
		p.field(fmt.Sprintf("tier %d", i+1), places(tier))
	}
	if why := d.Origins["tiers"]; why != "" {
		p.field("", why)
	}
	for _, k := range slices.Sorted(maps.Keys(d.Origins)) {
		if strings.HasPrefix(k, "lost[") {
			p.field("lost", d.Origins[k])
		}
	}
}

// decided is a field with the line that decides it.
func (p *pen) decided(name, value, origin string) {
	if origin != "" {
		value += "  (" + origin + ")"
	}
	p.field(name, value)
}

func triggers(o *resolution.OutlierDetection) string {
	var parts []string
	if o.Consecutive5xx > 0 {
		parts = append(parts, fmt.Sprintf("%d answers of 5xx in a row", o.Consecutive5xx))
	}
	if o.ConsecutiveGateway > 0 {
		parts = append(parts, fmt.Sprintf("%d of 502, 503 or 504", o.ConsecutiveGateway))
	}
	if parts == nil {
		return "no trigger"
	}
	return strings.Join(parts, " or ")
}

// places counts the endpoints of a tier by where they are.
func places(tier []resolution.Endpoint) string {
	type at struct {
		region, zone, subzone, cluster string
		gateway                        bool
		health, tls                    string
	}
	n := map[at]int{}
	for _, e := range tier {
		n[at{e.Region, e.Zone, e.Subzone, e.Cluster, e.Gateway, e.Health, e.TLS}]++
	}
	keys := slices.SortedFunc(maps.Keys(n), func(a, b at) int {
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.zone, b.zone), cmp.Compare(a.subzone, b.subzone),
			cmp.Compare(a.cluster, b.cluster), cmp.Compare(a.health, b.health), cmp.Compare(a.tls, b.tls))
	})
	parts := make([]string, len(keys))
	for i, k := range keys {
		what := "endpoint"
		if k.gateway {
			what = "gateway"
		}
		where := strings.TrimRight(k.region+"/"+k.zone+"/"+k.subzone, "/")
		if where == "" {
			where = "an unknown place"
		}
		if k.cluster != "" {
			where += " (" + k.cluster + ")"
		}
		parts[i] = joinParts([]string{count(n[k], what) + " in " + where, k.health, "tls " + k.tls})
	}
	return strings.Join(parts, "; ")
}

func (p *pen) rules(list []resolution.Rule) {
	for _, r := range list {
		if len(list) == 1 && r.From == "" && r.Timeout == "" && r.Retries == nil {
			return // the default route says nothing that the destination does not
		}
		text := match(r.Match) + " " + p.t.glyph("→", "->") + " " + r.Direct + backends(r.To)
		if r.Timeout != "" {
			text += ", timeout " + r.Timeout
		}
		if r.Retries != nil {
			if r.Retries.Attempts == 1 {
				text += ", 1 retry"
			} else {
				text += fmt.Sprintf(", %d retries", r.Retries.Attempts)
			}
			if r.Retries.PerTryTimeout != "" {
				text += " of " + r.Retries.PerTryTimeout
			}
		}
		if r.Fault != "" {
			text += ", injects " + r.Fault
		}
		from := r.From
		if r.Position != "" {
			from = strings.TrimSpace(from + " " + r.Position)
		}
		p.decided("route", text, from)
	}
}

func match(m resolution.Match) string {
	var parts []string
	add := func(what, v string) {
		if v != "" {
			parts = append(parts, strings.TrimSpace(what+" "+v))
		}
	}
	add("", m.Path)
	add("method", m.Method)
	add("authority", m.Authority)
	for _, k := range slices.Sorted(maps.Keys(m.Headers)) {
		add("header "+k, m.Headers[k])
	}
	for _, k := range slices.Sorted(maps.Keys(m.Query)) {
		add("query "+k, m.Query[k])
	}
	if parts == nil {
		return "any request"
	}
	return strings.Join(parts, ", ")
}

func backends(list []resolution.To) string {
	parts := make([]string, len(list))
	for i, to := range list {
		parts[i] = target(to.Host, to.Port, to.Subset)
		if len(list) > 1 {
			parts[i] = fmt.Sprintf("%d to %s", to.Weight, parts[i])
		}
		if to.Missing {
			parts[i] += " (does not exist: 503)"
		}
	}
	return strings.Join(parts, ", ")
}
