package generate

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// platform lists what every cluster has before any application: the namespaces and what holds in
// them as a whole, Istio's own settings, and the gateways.
func (f *plan) platform() {
	f.objectives = `objectives:
  - match: {labels: {tier: "1"}}
    survive: [zone, region]
    faults: [crash, hang, partition]
    rto: 60s
    encryption: mtls
  - match: {namespace: payments}
    survive: [zone]
    faults: [crash]
    rto: 2m
`
	for _, c := range f.clusters {
		f.meshSettings(c)
		f.gateway(c, "istio-ingress", "istio-ingressgateway", "ingressgateway", "8443")
		f.add(c, "istio-ingress", writePublicGateway)
		if c.network != "" {
			f.gateway(c, "istio-system", "istio-eastwestgateway", "eastwestgateway", "15443")
			f.add(c, "istio-system", writeCrossNetworkGateway)
		}
	}
	for _, ns := range f.namespaces {
		r := rand.New(rand.NewPCG(f.Seed, ^uint64(ns.index)))
		ns.closed = chance(r, 0.5)
		mode := pick(r, "STRICT", "STRICT", "PERMISSIVE")
		for _, c := range f.clusters {
			f.add(c, ns.name, func(p *page) { writeNamespace(p, ns.name) })
			f.add(c, ns.name, func(p *page) { writeMTLS(p, ns.name, mode) })
			if ns.closed {
				f.add(c, ns.name, func(p *page) { writeImports(p, ns) })
			}
		}
	}
}

func (f *plan) meshSettings(c *cluster) {
	f.add(c, "istio-system", func(p *page) {
		p.head("v1", "Namespace", "", "istio-system")
		if c.network != "" {
			p.add("  labels:\n    topology.istio.io/network: %s\n", c.network)
		}
	})
	f.add(c, "istio-system", func(p *page) {
		p.head("v1", "ConfigMap", "istio-system", "istio")
		p.add(`data:
  mesh: |-
    accessLogFile: /dev/stdout
    defaultConfig:
      discoveryAddress: istiod.istio-system.svc:15012
      proxyMetadata:
        ISTIO_META_DNS_CAPTURE: "true"
    enableAutoMtls: true
    rootNamespace: istio-system
    trustDomain: cluster.local
`)
	})
	f.add(c, "istio-system", func(p *page) { writeMTLS(p, "istio-system", "PERMISSIVE") })
}

// gateway lists a gateway's Namespace (unless it is Istio's own), Service, account and Deployment.
func (f *plan) gateway(c *cluster, namespace, name, istio, port string) {
	eastWest := istio == "eastwestgateway"
	if !eastWest {
		f.add(c, namespace, func(p *page) { writeNamespace(p, namespace) })
	}
	f.add(c, namespace, func(p *page) {
		p.head("v1", "Service", namespace, name)
		p.add("  labels:\n    app: %s\n    istio: %s\n", name, istio)
		if eastWest {
			p.add("    topology.istio.io/network: %s\n", c.network)
		}
		p.add(`spec:
  type: LoadBalancer
  selector:
    istio: %s
  ports:
  - name: tls
    port: %s
    targetPort: %s
status:
  loadBalancer:
    ingress:
    - ip: 198.51.100.%d
    - ip: 198.51.100.%d
`, istio, port, port, 10+c.index*4, 11+c.index*4)
	})
	f.add(c, namespace, func(p *page) { p.head("v1", "ServiceAccount", namespace, name) })
	f.add(c, namespace, func(p *page) {
		p.head("apps/v1", "Deployment", namespace, name)
		p.add(`spec:
  replicas: 3
  selector:
    matchLabels:
      istio: %[1]s
  template:
    metadata:
      annotations:
        inject.istio.io/templates: gateway
      labels:
        app: %[2]s
        istio: %[1]s
        sidecar.istio.io/inject: "true"
    spec:
      serviceAccountName: %[2]s
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: DoNotSchedule
        labelSelector:
          matchLabels:
            istio: %[1]s
      containers:
      - name: istio-proxy
        image: auto
        ports:
        - containerPort: %[3]s
`, istio, name, port)
	})
}

func writePublicGateway(p *page) {
	p.head("networking.istio.io/v1", "Gateway", "istio-ingress", "public")
	p.add("spec:\n  selector:\n    istio: ingressgateway\n  servers:\n  - port:\n      number: 8443\n      name: https\n      protocol: HTTPS\n    tls:\n      mode: SIMPLE\n      credentialName: public\n    hosts:\n    - \"*.example.com\"\n")
}

func writeCrossNetworkGateway(p *page) {
	p.head("networking.istio.io/v1", "Gateway", "istio-system", "cross-network")
	p.add("spec:\n  selector:\n    istio: eastwestgateway\n  servers:\n  - port:\n      number: 15443\n      name: tls\n      protocol: TLS\n    tls:\n      mode: AUTO_PASSTHROUGH\n    hosts:\n    - \"*.local\"\n")
}

func writeNamespace(p *page, name string) {
	p.head("v1", "Namespace", "", name)
	p.add("  labels:\n    istio-injection: enabled\n    team: %s\n", name)
}

func writeMTLS(p *page, namespace, mode string) {
	p.head("security.istio.io/v1", "PeerAuthentication", namespace, "default")
	p.add("spec:\n  mtls:\n    mode: %s\n", mode)
}

// writeImports limits what a namespace knows to what its applications call.
func writeImports(p *page, ns *namespace) {
	p.head("networking.istio.io/v1", "Sidecar", ns.name, "default")
	p.add("spec:\n  egress:\n  - hosts:\n    - istio-system/*\n    - ./*\n")
	for _, host := range ns.imports {
		p.add("    - %s\n", host)
	}
}

// config is the fleet's muster.yaml.
func (f *plan) config() string {
	var b strings.Builder
	names := make([]string, len(f.clusters))
	for i, c := range f.clusters {
		names[i] = c.name
	}
	fmt.Fprintf(&b, "apiVersion: passmuster.dev/v1\nmeshes:\n  - {name: prod, %s, trustDomain: cluster.local, clusters: [%s]}\nclusters:\n",
		f.kind, strings.Join(names, ", "))
	for _, c := range f.clusters {
		fmt.Fprintf(&b, "  - name: %s\n    region: %s\n    zones: [%s]\n", c.name, c.region, strings.Join(c.zones, ", "))
		if c.network != "" {
			fmt.Fprintf(&b, "    network: %s\n", c.network)
		}
		fmt.Fprintf(&b, "    sources:\n      - {path: clusters/%s}\n", c.name)
	}
	b.WriteString(f.objectives)
	return b.String()
}
