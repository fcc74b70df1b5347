package generate

import "math/rand/v2"

// route is the VirtualService of an application.
type route struct {
	fqdn    bool
	public  bool // reached through the ingress gateway, under a name of its own
	timeout int  // seconds; 0 = none
	perTry  int  // seconds; 0 = no retries written
	canary  int  // percent to v2; only with two versions
	header  bool // testers get v2
	mirror  bool
}

func newRoute(a *app, r *rand.Rand) *route {
	if !a.http() {
		return nil
	}
	wanted := len(a.versions) > 1 || a.mistake == missingHost || a.mistake == missingSubset
	if !chance(r, 0.3) && !wanted {
		return nil
	}
	v := &route{fqdn: chance(r, 0.5), public: chance(r, 0.15)}
	if chance(r, 0.75) {
		v.timeout = pick(r, 2, 3, 5, 10, 15)
	}
	if chance(r, 0.5) {
		v.perTry = max(1, v.timeout/3)
	}
	if len(a.versions) > 1 {
		v.canary, v.header, v.mirror = pick(r, 5, 10, 20), chance(r, 0.3), chance(r, 0.1)
	}
	return v
}

func (a *app) writeRoute(p *page) {
	v := a.route
	host := a.name
	if v.fqdn || v.public {
		host = a.host()
	}
	p.head(a.api("networking.istio.io"), "VirtualService", a.namespace.name, a.name)
	p.add("spec:\n  hosts:\n  - %s\n", host)
	if v.public {
		p.add("  - %s.%s.example.com\n  gateways:\n  - mesh\n  - istio-ingress/public\n", a.name, a.namespace.name)
	}
	p.add("  http:\n")
	if v.header {
		p.add("  - name: testers\n    match:\n    - headers:\n        x-tester:\n          exact: \"true\"\n    route:\n    - destination:\n        host: %s\n        subset: v2\n", host)
	}
	switch a.mistake {
	case missingHost:
		p.add("  - match:\n    - uri:\n        prefix: /v0\n    route:\n    - destination:\n        host: %s-legacy\n", a.name)
	case missingSubset:
		p.add("  - match:\n    - uri:\n        prefix: /beta\n    route:\n    - destination:\n        host: %s\n        subset: beta\n", host)
	}
	p.add("  - route:\n")
	if v.canary > 0 {
		p.add("    - destination:\n        host: %[1]s\n        subset: v1\n      weight: %[2]d\n    - destination:\n        host: %[1]s\n        subset: v2\n      weight: %[3]d\n",
			host, 100-v.canary, v.canary)
	} else {
		p.add("    - destination:\n        host: %s\n", host)
		if a.hasSubset("v1") {
			p.add("        subset: v1\n")
		}
	}
	if v.mirror {
		p.add("    mirror:\n      host: %s\n      subset: v2\n    mirrorPercentage:\n      value: 5\n", host)
	}
	if v.timeout > 0 {
		p.add("    timeout: %ds\n", v.timeout)
	}
	if v.perTry > 0 {
		p.add("    retries:\n      attempts: 2\n      perTryTimeout: %ds\n      retryOn: gateway-error,connect-failure,refused-stream\n", v.perTry)
	}
}
