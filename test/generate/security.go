package generate

// The objects of an application that limit who may call it, how, and what it knows of others.

func (a *app) writeGuard(p *page) {
	p.head(a.api("security.istio.io"), "AuthorizationPolicy", a.namespace.name, a.name)
	p.add("spec:\n  selector:\n    matchLabels:\n      app: %s\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals:\n", a.name)
	for _, c := range a.callers[:min(len(a.callers), maxCallers)] {
		p.add("        - %s\n", c.principal())
	}
	if a.mistake == missingCaller {
		p.add("        - cluster.local/ns/%s/sa/%s-retired\n", a.namespace.name, a.name)
	}
	p.add("        - cluster.local/ns/istio-ingress/sa/istio-ingressgateway\n")
	if len(a.callers) > maxCallers {
		p.add("    - source:\n        namespaces:\n")
		seen := map[*namespace]bool{}
		for _, c := range a.callers[maxCallers:] {
			if !seen[c.namespace] {
				seen[c.namespace] = true
				p.add("        - %s\n", c.namespace.name)
			}
		}
	}
	if a.http() && a.index%3 == 0 {
		p.add("    to:\n    - operation:\n        methods:\n        - GET\n        - POST\n")
	}
}

func (a *app) writeStrict(p *page) {
	p.head(a.api("security.istio.io"), "PeerAuthentication", a.namespace.name, a.name)
	p.add("spec:\n  selector:\n    matchLabels:\n      app: %s\n  mtls:\n    mode: STRICT\n", a.name)
	if a.index%4 == 0 {
		p.add("  portLevelMtls:\n    %d:\n      mode: PERMISSIVE\n", a.ports[0].target)
	}
}

func (a *app) writeSidecar(p *page) {
	p.head(a.api("networking.istio.io"), "Sidecar", a.namespace.name, a.name)
	p.add("spec:\n  workloadSelector:\n    labels:\n      app: %s\n  egress:\n  - hosts:\n    - istio-system/*\n    - ./*\n", a.name)
	for _, u := range a.upstreams {
		if u.namespace != a.namespace {
			p.add("    - %s/%s\n", u.namespace.name, u.host())
		}
	}
}

// partner is the host of the partner's API that the application calls.
func (a *app) partner() string { return a.name + ".partners.example.net" }

func (a *app) writeExternal(p *page) {
	p.head(a.api("networking.istio.io"), "ServiceEntry", a.namespace.name, a.name+"-partner")
	p.add("spec:\n  hosts:\n  - %s\n  exportTo:\n  - .\n  location: MESH_EXTERNAL\n  ports:\n  - number: 443\n    name: tls\n    protocol: TLS\n", a.partner())
	if a.index%3 != 0 {
		p.add("  resolution: DNS\n")
		return
	}
	p.add("  resolution: STATIC\n  endpoints:\n  - address: 203.0.113.%d\n    locality: %s\n  - address: 203.0.113.%d\n    locality: %s\n",
		1+a.index%120, regions[0], 121+a.index%120, regions[1])
}

func (a *app) writeExternalRule(p *page) {
	p.head(a.api("networking.istio.io"), "DestinationRule", a.namespace.name, a.name+"-partner")
	p.add("spec:\n  host: %s\n  trafficPolicy:\n    connectionPool:\n      tcp:\n        connectTimeout: 1s\n    outlierDetection:\n      consecutive5xxErrors: 3\n      interval: 10s\n      baseEjectionTime: 60s\n      maxEjectionPercent: 100\n", a.partner())
}
