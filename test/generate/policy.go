package generate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// rule is a DestinationRule of an application.
type rule struct {
	host    string
	policy  policy
	ports   map[int]policy // portLevelSettings, of one port at most
	subsets []subset
	comment string
}

// policy is a trafficPolicy. A zero member is not written.
type policy struct {
	connections int
	simple      string
	failover    [][2]string // from, to
	priority    []string
	distribute  string // the client's region: the rest is divided over others
	rest        []string
	outlier     *outlier
	tls         string
}

// outlier is an outlierDetection; maxPercent 0 leaves Istio's default of 10 %.
type outlier struct{ errors, interval, base, maxPercent int }

type subset struct {
	version string
	policy  policy
}

// newRule decides whether the application has a DestinationRule, and which. The share of those
// that are about failover is PolicyShare; of these about half do what their author wanted.
func (f *plan) newRule(a *app, r *rand.Rand) *rule {
	drill := chance(r, f.PolicyShare)
	if !drill && !chance(r, 0.3) && len(a.versions) == 1 && a.mistake != missingRegion {
		return nil
	}
	w := &rule{host: a.name}
	if chance(r, 0.6) {
		w.host = a.host()
	}
	for _, v := range a.versions {
		if len(a.versions) > 1 {
			w.subsets = append(w.subsets, subset{version: v})
		}
	}
	if drill || a.mistake == missingRegion {
		f.aboutFailover(a, w, r)
	} else {
		plain(w, r)
	}
	return w
}

// plain is a rule that says nothing about failure.
func plain(w *rule, r *rand.Rand) {
	switch x := r.Float64(); {
	case x < 0.4:
		w.policy.tls = "ISTIO_MUTUAL"
	case x < 0.65:
		w.policy.connections = 100 + r.IntN(10)*100
	case x < 0.95:
		w.policy.simple = pick(r, "LEAST_REQUEST", "ROUND_ROBIN", "RANDOM")
	default:
		w.policy.tls = "DISABLE"
	}
}

func (f *plan) aboutFailover(a *app, w *rule, r *rand.Rand) {
	good := &outlier{errors: pick(r, 3, 5, 5, 7), interval: pick(r, 5, 10, 30), base: pick(r, 30, 60), maxPercent: pick(r, 50, 100, 100)}
	here := a.regions()
	if len(here) == 1 && a.mistake != missingRegion {
		w.policy.outlier = good // one region: nowhere to go, but bad pods are taken out
		w.policy.connections = 200
		return
	}
	var around [][2]string
	for i, from := range here {
		around = append(around, [2]string{from, here[(i+1)%len(here)]})
	}
	if a.mistake == missingRegion {
		around = [][2]string{{here[0], goneRegion}}
	}
	p := &w.policy
	p.outlier, p.failover = good, around
	switch x := r.Float64(); {
	case x < 0.45:
		p.connections, p.simple = 500, "LEAST_REQUEST"
		w.comment = "# Each region falls back to the next one."
	case x < 0.57:
		p.outlier = &outlier{errors: 5, interval: 10, base: 30} // 10 % of six pods is nobody
	case x < 0.67:
		p.outlier = nil // without it there are no tiers
	case x < 0.77:
		p.failover, p.priority = nil, []string{"topology.kubernetes.io/region", "topology.kubernetes.io/zone"}
	case x < 0.82:
		p.failover, p.distribute, p.rest = nil, here[0], here
	case x < 0.91:
		last := a.ports[len(a.ports)-1].number
		w.ports = map[int]policy{last: {connections: 50}} // replaces everything for that port
	default:
		if len(w.subsets) == 0 {
			w.subsets = []subset{{version: a.versions[0]}}
		}
		w.subsets[0].policy.simple = "RANDOM" // throws the locality setting away
	}
	if a.mistake == missingRegion && len(p.failover) == 0 {
		p.failover, p.priority, p.distribute = around, nil, ""
	}
}

func (p policy) zero() bool {
	return p.connections == 0 && p.simple == "" && p.failover == nil && p.priority == nil && p.distribute == "" && p.outlier == nil && p.tls == ""
}

// text is the members of the policy.
func (p policy) text() string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	if p.tls != "" {
		add("tls:\n  mode: %s\n", p.tls)
	}
	if p.connections > 0 {
		add("connectionPool:\n  tcp:\n    maxConnections: %d\n    connectTimeout: 2s\n  http:\n    http2MaxRequests: %d\n", p.connections, p.connections*4)
	}
	if locality := p.locality(); p.simple != "" || locality != "" {
		add("loadBalancer:\n")
		if p.simple != "" {
			add("  simple: %s\n", p.simple)
		}
		b.WriteString(locality)
	}
	if o := p.outlier; o != nil {
		add("outlierDetection:\n  consecutive5xxErrors: %d\n  interval: %ds\n  baseEjectionTime: %ds\n", o.errors, o.interval, o.base)
		if o.maxPercent > 0 {
			add("  maxEjectionPercent: %d\n", o.maxPercent)
		}
	}
	return b.String()
}

func (p policy) locality() string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	switch {
	case len(p.failover) > 0:
		add("  localityLbSetting:\n    enabled: true\n    failover:\n")
		for _, pair := range p.failover {
			add("    - from: %s\n      to: %s\n", pair[0], pair[1])
		}
	case len(p.priority) > 0:
		add("  localityLbSetting:\n    failoverPriority:\n")
		for _, label := range p.priority {
			add("    - %s\n", label)
		}
	case p.distribute != "":
		add("  localityLbSetting:\n    distribute:\n    - from: %s/*\n      to:\n", p.distribute)
		share := 20 / max(1, len(p.rest)-1)
		for i, region := range p.rest {
			weight := share
			if i == 0 {
				weight = 100 - share*(len(p.rest)-1)
			}
			add("        %s/*: %d\n", region, weight)
		}
	}
	return b.String()
}

func (a *app) writeRule(p *page) {
	w := a.rule
	if w.comment != "" {
		p.add("%s\n", w.comment)
	}
	p.head(a.api("networking.istio.io"), "DestinationRule", a.namespace.name, a.name)
	p.add("spec:\n  host: %s\n", w.host)
	if !w.policy.zero() || len(w.ports) > 0 {
		p.add("  trafficPolicy:\n%s", indent(4, w.policy.text()))
		for number, of := range w.ports {
			p.add("    portLevelSettings:\n    - port:\n        number: %d\n%s", number, indent(6, of.text()))
		}
	}
	if len(w.subsets) > 0 {
		p.add("  subsets:\n")
	}
	for _, s := range w.subsets {
		p.add("  - name: %[1]s\n    labels:\n      version: %[1]s\n", s.version)
		if !s.policy.zero() {
			p.add("    trafficPolicy:\n%s", indent(6, s.policy.text()))
		}
	}
}

// hasSubset reports whether the application's rule defines a subset.
func (a *app) hasSubset(version string) bool {
	return a.rule != nil && slices.ContainsFunc(a.rule.subsets, func(s subset) bool { return s.version == version })
}

// api is the group with the version that the application's team got used to.
func (a *app) api(group string) string {
	if a.namespace.index%4 == 3 {
		return group + "/v1beta1"
	}
	return group + "/v1"
}
