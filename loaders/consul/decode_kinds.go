package consul

import (
	"cmp"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// newEntry decodes an entry; body is its top level, or the spec of a Kubernetes resource. What is
// wrong with it is in Problem.
func newEntry(kind, name string, body *value, in mesh.Locator, origin mesh.Origin) *Entry {
	e := &Entry{Kind: kind, Name: name, Origin: origin, body: body}
	s, known := kinds[kind]
	if !known {
		e.Problem = &Problem{"malformed", "Consul knows no kind " + kind, origin}
		return e
	}
	v, p := s.normal(body, in)
	if p != nil {
		e.Problem = p
		return e
	}
	d := &decoder{in: in}
	switch kind {
	case proxyDefaults:
		e.ProxyDefaults = d.proxyDefaults(v)
	case serviceDefaults:
		e.ServiceDefaults = d.serviceDefaults(v)
	case serviceResolver:
		e.Resolver = d.resolver(v)
	case serviceSplitter:
		e.Splitter = d.splitter(v)
	case serviceRouter:
		e.Router = d.router(v)
	case exportedServices:
		e.Exports = d.exports(v)
	case intentions:
		e.Intentions = d.intentions(v)
	case apiGateway:
		e.Listeners = d.listeners(v)
	case httpRoute:
		e.Attached = d.attached(v, "http")
	case tcpRoute:
		e.Attached = d.attached(v, "tcp")
	case samenessGroup:
		e.Sameness = d.sameness(v)
	case "mesh":
		e.Mesh = &MeshWide{AllowPermissive: d.bool(v.get("AllowEnablingPermissiveMutualTLS")), Incoming: d.tls(v.get("TLS").get("Incoming")), Outgoing: d.tls(v.get("TLS").get("Outgoing"))}
	case terminatingGateway:
		e.Linked = d.linked(v)
	case "ingress-gateway":
		for _, l := range v.find("listeners").elements() {
			e.Behind = append(e.Behind, d.behind(l)...)
		}
	}
	if at := v.get("PrioritizeByLocality").object(); at != nil && d.text(at.get("Mode")) != "" {
		e.enterprise = &Problem{"enterprise-only", "PrioritizeByLocality is a feature of Consul Enterprise", at.origin(in)}
	}
	if at := v.get("FailoverPolicy").object(); at != nil && d.text(at.get("Mode")) != "" {
		e.enterprise = &Problem{"enterprise-only", "FailoverPolicy.Mode is a feature of Consul Enterprise", at.origin(in)}
	}
	e.Problem = d.problem
	return e
}

func (d *decoder) proxyDefaults(v *value) *ProxyDefaults {
	mode := v.get("MeshGateway").get("Mode")
	mtls := v.get("MutualTLSMode")
	out := &ProxyDefaults{MeshGateway: d.text(mode), MutualTLS: d.text(mtls), Mode: d.text(v.get("Mode")),
		Origin: d.origin(v), GatewayAt: d.origin(mode), MutualTLSAt: d.origin(mtls)}
	if config := v.get("Config").merged(); config != nil {
		out.PassiveAt = d.origin(config.find("passivehealthcheck"))
		for _, m := range config.members {
			if strings.EqualFold(m.key, "protocol") && (m.val.kind == textValue || m.val.kind == numberValue) {
				out.Protocol = m.val.text
			}
		}
	}
	return out
}

func (d *decoder) serviceDefaults(v *value) *ServiceDefaults {
	mode := v.get("MeshGateway").get("Mode")
	mtls := v.get("MutualTLSMode")
	return &ServiceDefaults{
		Protocol: d.text(v.get("Protocol")), ExternalSNI: d.text(v.get("ExternalSNI")),
		MeshGateway: d.text(mode), Origin: d.origin(v), GatewayAt: d.origin(mode), Mode: d.text(v.get("Mode")),
		MutualTLS: d.text(mtls), MutualTLSAt: d.origin(mtls), Upstreams: d.upstreamDefaults(v.get("UpstreamConfig")),
	}
}

func (d *decoder) reference(v *value) Reference {
	return Reference{
		Service: d.text(v.get("Service")), Subset: d.text(v.get("ServiceSubset")),
		Datacenter: d.text(v.get("Datacenter")), Peer: d.text(v.get("Peer")),
		Namespace: d.text(v.get("Namespace")), Partition: d.text(v.get("Partition")),
		Sameness: d.text(v.get("SamenessGroup")),
	}
}

func (d *decoder) resolver(v *value) *Resolver {
	out := &Resolver{
		DefaultSubset: d.text(v.get("DefaultSubset")), DefaultAt: d.origin(v.get("DefaultSubset")),
		ConnectTimeout: d.duration(v.get("ConnectTimeout")), RequestTimeout: d.duration(v.get("RequestTimeout")),
		Subsets: map[string]Subset{}, Failover: map[string]Failover{}, Origin: d.origin(v),
		ConnectAt: d.origin(v.get("ConnectTimeout")), RequestAt: d.origin(v.get("RequestTimeout")),
	}
	if subsets := v.get("Subsets"); subsets != nil {
		for _, m := range subsets.members {
			sub := Subset{Filter: d.text(m.val.get("Filter")), OnlyPassing: d.bool(m.val.get("OnlyPassing")), Origin: d.origin(m.val), FilterAt: d.origin(m.val)}
			if f := m.val.get("Filter"); f != nil {
				sub.FilterAt = d.origin(f)
			}
			out.Subsets[m.key] = sub
		}
	}
	if r := v.get("Redirect"); r != nil && r.kind == objectValue {
		out.Redirect = &Redirect{Reference: d.reference(r), Origin: d.origin(r)}
	}
	if failover := v.get("Failover"); failover != nil {
		for _, m := range failover.members {
			out.Failover[m.key] = d.failover(m.val)
		}
	}
	if lb := v.get("LoadBalancer"); lb != nil && lb.kind == objectValue {
		out.LoadBalancer = d.loadBalancer(lb)
	}
	return out
}

func (d *decoder) failover(v *value) Failover {
	f := Failover{
		Reference: d.reference(v), Datacenters: d.texts(v.get("Datacenters")),
		PolicyMode: d.text(v.get("Policy").get("Mode")), Origin: d.origin(v), ListAt: d.origin(v),
	}
	if at := v.get("Datacenters"); at != nil {
		f.ListAt = d.origin(at)
	}
	if targets := v.get("Targets"); targets != nil {
		f.ListAt = d.origin(targets)
		for _, t := range targets.items {
			f.Targets = append(f.Targets, FailoverTarget{d.reference(t), d.origin(t)})
		}
	}
	return f
}

func (d *decoder) loadBalancer(v *value) *LoadBalancer {
	ring, least := v.get("RingHashConfig"), v.get("LeastRequestConfig")
	lb := &LoadBalancer{
		Policy:          d.text(v.get("Policy")),
		MinimumRingSize: d.unsigned(ring.get("MinimumRingSize")), MaximumRingSize: d.unsigned(ring.get("MaximumRingSize")),
		ChoiceCount: d.unsigned(least.get("ChoiceCount")), Origin: d.origin(v),
		hasRing: ring != nil && ring.kind == objectValue, hasLeast: least != nil && least.kind == objectValue,
	}
	for _, p := range v.get("HashPolicies").elements() {
		cookie := p.get("CookieConfig")
		h := HashPolicy{
			Field: d.text(p.get("Field")), FieldValue: d.text(p.get("FieldValue")), SourceIP: d.bool(p.get("SourceIP")), Origin: d.origin(p),
			cookie: cookie != nil && cookie.kind == objectValue, cookieSession: d.bool(cookie.get("Session")),
		}
		if ttl := cookie.get("TTL"); ttl != nil {
			h.cookieTTL = d.duration(ttl)
		}
		lb.HashPolicies = append(lb.HashPolicies, h)
	}
	return lb
}

func (d *decoder) splitter(v *value) *Splitter {
	out := &Splitter{Origin: d.origin(v)}
	for _, s := range v.get("Splits").elements() {
		out.Splits = append(out.Splits, Split{rounded(float32(d.number(s.get("Weight")))), d.reference(s), d.origin(s)})
	}
	return out
}

func (d *decoder) router(v *value) *Router {
	out := &Router{Origin: d.origin(v)}
	for _, r := range v.get("Routes").elements() {
		to := r.get("Destination")
		route := Route{Origin: d.origin(r), Match: d.match(r.get("Match").get("HTTP")), Destination: Destination{
			Reference: d.reference(to), PrefixRewrite: d.text(to.get("PrefixRewrite")),
			RequestTimeout: d.duration(to.get("RequestTimeout")), IdleTimeout: d.duration(to.get("IdleTimeout")),
			NumRetries: d.unsigned(to.get("NumRetries")), RetryOn: d.texts(to.get("RetryOn")),
			RetryOnConnectFailure: d.bool(to.get("RetryOnConnectFailure")),
		}}
		for _, code := range to.get("RetryOnStatusCodes").elements() {
			route.Destination.RetryOnStatusCodes = append(route.Destination.RetryOnStatusCodes, d.unsigned(code))
		}
		out.Routes = append(out.Routes, route)
	}
	return out
}

func (d *decoder) match(v *value) Match {
	m := Match{PathExact: d.text(v.get("PathExact")), PathPrefix: d.text(v.get("PathPrefix")), PathRegex: d.text(v.get("PathRegex"))}
	condition := func(v *value) FieldMatch {
		return FieldMatch{
			Name: d.text(v.get("Name")), Present: d.bool(v.get("Present")), Invert: d.bool(v.get("Invert")),
			Exact: d.text(v.get("Exact")), Prefix: d.text(v.get("Prefix")), Suffix: d.text(v.get("Suffix")), Regex: d.text(v.get("Regex")),
		}
	}
	for _, h := range v.get("Header").elements() {
		m.Headers = append(m.Headers, condition(h))
	}
	for _, q := range v.get("QueryParam").elements() {
		m.Query = append(m.Query, condition(q))
	}
	for _, method := range v.get("Methods").elements() {
		m.Methods = append(m.Methods, strings.ToUpper(d.text(method)))
	}
	return m
}

func (d *decoder) intentions(v *value) *Intentions {
	out := &Intentions{Origin: d.origin(v), JWT: len(v.get("JWT").object().find("providers").elements()) > 0}
	for _, s := range v.get("Sources").elements() {
		out.Sources = append(out.Sources, IntentionSource{Name: d.text(s.get("Name")), Peer: d.text(s.get("Peer")), Sameness: d.text(s.get("SamenessGroup")),
			Allow: strings.EqualFold(d.text(s.get("Action")), "allow"), Permissions: len(s.get("Permissions").elements()) > 0, Origin: d.origin(s)})
		if at := s.get("Permissions"); len(at.elements()) > 0 && out.PermissionsAt.IsZero() {
			out.PermissionsAt = d.origin(at)
		}
	}
	return out
}

func (d *decoder) exports(v *value) []Export {
	var out []Export
	for _, s := range v.get("Services").elements() {
		e := Export{Service: d.text(s.get("Name")), Origin: d.origin(s)}
		for _, c := range s.get("Consumers").elements() {
			e.Consumers = append(e.Consumers, Consumer{
				Peer:      cmp.Or(d.text(c.get("Peer")), d.text(c.get("PeerName"))),
				Partition: d.text(c.get("Partition")), Sameness: d.text(c.get("SamenessGroup")), Origin: d.origin(c),
			})
		}
		out = append(out, e)
	}
	return out
}
