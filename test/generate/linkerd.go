package generate

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Linkerd generates a fleet of Linkerd of Options.Resources objects: applications in some of the clusters, each cluster linked to
// every other. Of those that run in several clusters most are federated; PolicyShare of all have a breaker, with and without a
// timeout; Guarded of them are guarded; some have routes with weights, a profile, or a split under the operator.
func Linkerd(o Options) map[string][]byte {
	o = o.orDefault()
	f := newPlan(o)
	f.objectives = `objectives:
  - match: {labels: {tier: "1"}}
    survive: [zone, cluster]
    faults: [crash, hang, partition]
    rto: 60s
    encryption: mtls
`
	f.kind = "kind: linkerd, version: \"2.20\""
	for _, c := range f.clusters {
		for _, to := range f.clusters {
			if to != c {
				f.add(c, "linkerd-multicluster", func(p *page) { writeLink(p, to) })
			}
		}
		for _, ns := range f.namespaces {
			f.add(c, ns.name, func(p *page) {
				p.head("v1", "Namespace", "", ns.name)
				p.add("  annotations:\n    linkerd.io/inject: enabled\n")
			})
		}
	}
	for i := 0; len(f.parts) < f.Resources; i++ {
		a := f.newApp(i)
		a.stateful = false
		f.apps = append(f.apps, a)
		f.addLinkerd(a, rand.New(rand.NewPCG(f.Seed+1, uint64(i))))
	}
	f.parts = f.parts[:f.Resources]
	return f.files()
}

func (f *plan) addLinkerd(a *app, r *rand.Rand) {
	breaker, timeout, profile := chance(r, f.PolicyShare), chance(r, 0.6), chance(r, 0.05)
	federated := len(a.clusters) > 1 && chance(r, 0.7)
	operator := len(a.clusters) > 1 && !federated && chance(r, 0.4)
	for i, c := range a.clusters {
		add := func(when bool, write func(*page)) {
			if when {
				f.add(c, a.namespace.name, write)
			}
		}
		add(a.account, a.writeAccount)
		for i, v := range a.versions {
			add(true, func(p *page) { a.writeWorkload(p, c, v, i) })
		}
		add(true, func(p *page) { a.writeMeshedService(p, breaker, timeout, federated) })
		add(a.budget, a.writeBudget)
		add(a.autoscale, a.writeAutoscaler)
		add(profile, a.writeProfile)
		add(operator, func(p *page) { a.writeSplit(p, a.clusters[(i+1)%len(a.clusters)]) })
		add(len(a.versions) > 1, a.writeCanaryService)
		add(len(a.versions) > 1, a.writeWeights)
		add(a.guarded, a.writeServer)
		add(a.guarded, a.writeAdmitted)
		add(a.guarded, a.writeIdentities)
	}
}

func writeLink(p *page, to *cluster) {
	p.head("multicluster.linkerd.io/v1alpha3", "Link", "linkerd-multicluster", to.name)
	p.add(`spec:
  clusterCredentialsSecret: cluster-credentials-%[1]s
  gatewayAddress: gateway.%[1]s.example.com
  gatewayIdentity: linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local
  gatewayPort: "4143"
  probeSpec:
    failureThreshold: "3"
    path: /ready
    period: 3s
    port: "4191"
    timeout: 30s
  selector:
    matchLabels:
      mirror.linkerd.io/exported: "true"
  remoteDiscoverySelector:
    matchLabels:
      mirror.linkerd.io/exported: remote-discovery
  federatedServiceSelector:
    matchLabels:
      mirror.linkerd.io/federated: member
  targetClusterName: %[1]s
  targetClusterDomain: cluster.local
  targetClusterLinkerdNamespace: linkerd
`, to.name)
}

func (a *app) writeMeshedService(p *page, breaker, timeout, federated bool) {
	p.head("v1", "Service", a.namespace.name, a.name)
	p.add("  labels:\n    app: %s\n    tier: \"%d\"\n", a.name, a.tier)
	if federated {
		p.add("    mirror.linkerd.io/federated: member\n")
	} else {
		p.add("    mirror.linkerd.io/exported: \"true\"\n")
	}
	if breaker || timeout {
		p.add("  annotations:\n")
	}
	if breaker {
		p.add("    balancer.linkerd.io/failure-accrual: consecutive\n    balancer.linkerd.io/failure-accrual-consecutive-max-failures: \"%d\"\n", 3+a.index%5)
	}
	if timeout {
		p.add("    timeout.linkerd.io/request: %ds\n    retry.linkerd.io/http: gateway-error\n", 1+a.index%4)
	}
	p.add("spec:\n  selector:\n    app: %s\n  ports:\n", a.name)
	for _, port := range a.ports {
		p.add("  - name: %s\n    port: %d\n    targetPort: %d\n", port.name, port.number, port.target)
	}
}

func (a *app) writeProfile(p *page) {
	p.head("linkerd.io/v1alpha2", "ServiceProfile", a.namespace.name, a.host())
	p.add("spec:\n  routes:\n  - name: GET /\n    condition:\n      method: GET\n      pathRegex: /.*\n    isRetryable: true\n    timeout: 2s\n")
}

func (a *app) writeSplit(p *page, to *cluster) {
	p.head("split.smi-spec.io/v1alpha2", "TrafficSplit", a.namespace.name, a.name)
	p.add("  labels:\n    failover.linkerd.io/controlled-by: linkerd-failover\n  annotations:\n    failover.linkerd.io/primary-service: %s\n", a.name)
	p.add("spec:\n  service: %[1]s\n  backends:\n  - service: %[1]s\n    weight: 1\n  - service: %[1]s-%[2]s\n    weight: 0\n", a.name, to.name)
}

func (a *app) writeWeights(p *page) {
	p.head("policy.linkerd.io/v1beta3", "HTTPRoute", a.namespace.name, a.name+"-canary")
	p.add("spec:\n  parentRefs:\n  - group: core\n    kind: Service\n    name: %[1]s\n    port: %[2]d\n  rules:\n  - backendRefs:\n    - name: %[1]s\n      port: %[2]d\n      weight: 90\n    - name: %[1]s-canary\n      port: %[2]d\n      weight: 10\n", a.name, a.ports[0].number)
}

// writeCanaryService selects the new version alone; the Service of the application has both.
func (a *app) writeCanaryService(p *page) {
	p.head("v1", "Service", a.namespace.name, a.name+"-canary")
	p.add("spec:\n  selector:\n    app: %s\n    version: %s\n  ports:\n", a.name, a.versions[1])
	for _, port := range a.ports {
		p.add("  - name: %s\n    port: %d\n    targetPort: %d\n", port.name, port.number, port.target)
	}
}

func (a *app) writeServer(p *page) {
	p.head("policy.linkerd.io/v1beta3", "Server", a.namespace.name, a.name)
	p.add("spec:\n  podSelector:\n    matchLabels:\n      app: %s\n  port: %s\n  proxyProtocol: HTTP/1\n", a.name, a.ports[0].name)
}

func (a *app) writeAdmitted(p *page) {
	p.head("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", a.namespace.name, a.name)
	p.add("spec:\n  targetRef:\n    group: policy.linkerd.io\n    kind: Server\n    name: %[1]s\n  requiredAuthenticationRefs:\n  - group: policy.linkerd.io\n    kind: MeshTLSAuthentication\n    name: %[1]s\n", a.name)
}

func (a *app) writeIdentities(p *page) {
	p.head("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", a.namespace.name, a.name)
	var who strings.Builder
	for _, c := range a.callers {
		fmt.Fprintf(&who, "  - \"%s.%s.serviceaccount.identity.linkerd.cluster.local\"\n", c.serviceAccount(), c.namespace.name)
	}
	if who.Len() == 0 {
		fmt.Fprintf(&who, "  - \"*.%s.serviceaccount.identity.linkerd.cluster.local\"\n", a.namespace.name)
	}
	p.add("spec:\n  identities:\n%s", who.String())
}
